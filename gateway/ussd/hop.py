"""A USSD hop, from what the provider says to what the phone shows.

    load (one trip) -> hear -> read -> draw, or have an effect (one read, one statement) -> save (one trip) -> reply

Three things keep a hop from happening twice: its reply, kept in the session under the hop's key; the session's
compare-and-set; and, for a hop with an effect, its row in acted_hops, written by the effect's own statement.
"""

import asyncio
import time
from contextlib import suppress

import structlog

from contracts.fields.msisdn import masked
from gateway.events import UssdInput, UssdReply
from gateway.turn import Turn, UssdOptions, act_until
from gateway.ussd import conversation
from gateway.ussd.context import Heard, WrongCallerError
from gateway.ussd.conversation import Conversation, Repeat, Typed, hear
from gateway.ussd.steps import Turns
from menus.refusal_texts import BUSY, UNSURE
from menus.translate import translate
from storage import sessions
from storage.encryption import Sealer
from storage.postgres import database
from storage.sessions import Loaded, Sessions

log = structlog.get_logger()

_AWAY = (*database.UNAVAILABLE, *sessions.UNAVAILABLE)
_LOCK_POLL_SECONDS = 0.02
_LOCK_PATIENCE = 0.6  # of a hop's time
_LET_GO_SECONDS = 0.1  # may come on top of a hop's time


class Ussd:
    """Answers hops. One per process; holds no state of its own."""

    def __init__(self, turns: Turns, store: Sessions, sealer: Sealer, options: UssdOptions) -> None:
        self._turns = turns
        self._sessions = store
        self._sealer = sealer
        self._options = options

    async def hop(self, said: UssdInput) -> UssdReply:
        """The reply to one hop: always one, within the hop's time. Raises only WrongCallerError."""
        started = time.perf_counter()
        heard = Heard(said, self._sealer)
        try:
            async with asyncio.timeout(self._options.hop_seconds):
                reply = await self._locked_hop(heard)
        except WrongCallerError:
            raise
        except Exception as fault:  # whatever it is, a caller gets a screen, not a fault
            heard.fault = type(fault).__name__
            if not isinstance(fault, _AWAY):
                log.exception("unexpected", at=heard.at, exc_info=True)
            why = UNSURE if heard.acting else BUSY
            reply = heard.stands or UssdReply(translate(why, heard.language or self._options.language), ends=True)
        log.info(
            "hop", provider=said.provider, session=heard.hop.key.hex()[:8], caller=masked(said.msisdn), at=heard.at,
            went_to=heard.went_to, acted=heard.acted, repeat=heard.repeat, ends=reply.ends, fault=heard.fault,
            octets=len(reply.text), took_ms=round((time.perf_counter() - started) * 1000, 2),
        )  # fmt: skip
        return reply

    async def _locked_hop(self, heard: Heard) -> UssdReply:
        heard.act_until = act_until(self._options.hop_seconds)
        loaded = await self._load(heard)
        saved = False
        try:
            turn = await self._turn(loaded, heard)
            if isinstance(turn, UssdReply):
                return turn
            heard.stands = turn.reply if turn.acted else None
            saved = await self._save(loaded, turn, heard)
            return turn.reply if saved or turn.acted else await self._what_was_said(heard)
        finally:
            if not saved:
                await self._let_go(loaded)

    async def _load(self, heard: Heard) -> Loaded:
        """The session with its lock. A lock that is never let go (its holder died) is waited for, then passed by."""
        said = heard.said
        dials = heard.caller_key if not said.history else None
        loaded = await self._sessions.load(said.provider, said.session_id, dials)
        give_up = time.perf_counter() + self._options.hop_seconds * _LOCK_PATIENCE
        while not loaded.is_ours and time.perf_counter() < give_up:
            await asyncio.sleep(_LOCK_POLL_SECONDS)
            loaded = await self._sessions.load(said.provider, said.session_id, dials, loaded.token)
        return loaded

    async def _turn(self, loaded: Loaded, heard: Heard) -> Turn | UssdReply:
        """What this hop comes to; only a reply where it was answered before, or fits nowhere."""
        talk = conversation.from_bytes(loaded.plain) if loaded.plain else None
        if talk is None:
            return await self._turns.begin(heard, await self._dropped(loaded, heard))
        heard.meets(talk)
        match hear(talk, heard.said.history, heard.hop.key, heard.key_of):
            case Repeat(reply, astray):
                heard.repeat = "astray" if astray else "repeat"
                return reply
            case Typed(text):
                return await self._turns.go_on(talk, text, heard)

    async def _dropped(self, loaded: Loaded, heard: Heard) -> Conversation | None:
        """What this caller left unfinished a moment ago, if they were somewhere worth going back to."""
        if loaded.left_at is None or heard.said.history:
            return None
        left = await self._sessions.peek(loaded.left_at)
        talk = conversation.from_bytes(left) if left else None
        if talk is None or talk.caller != heard.caller_key.hex() or not talk.is_unfinished:
            return None
        return talk

    async def _save(self, loaded: Loaded, turn: Turn, heard: Heard) -> bool:
        talk = turn.conversation
        changes = talk.is_unfinished != heard.was_unfinished or loaded.left_at
        return await self._sessions.save(
            loaded, conversation.to_bytes(talk), leaver=heard.caller_key if changes else None,
            leaves=talk.is_unfinished,
        )  # fmt: skip

    async def _what_was_said(self, heard: Heard) -> UssdReply:
        """Somebody answered this session while we did: theirs is the answer."""
        loaded = await self._sessions.load(heard.said.provider, heard.said.session_id)
        try:
            turn = await self._turn(loaded, heard)
            return turn if isinstance(turn, UssdReply) else turn.reply
        finally:
            await self._let_go(loaded)

    async def _let_go(self, loaded: Loaded) -> None:
        """Release the lock; if the store is away, a reply that there is stands all the same, and the lock runs out."""
        with suppress(*sessions.UNAVAILABLE):
            async with asyncio.timeout(_LET_GO_SECONDS):
                await self._sessions.release(loaded)
