"""A USSD hop, from what the provider says to what the phone shows.

    load (one trip) -> hear -> read -> draw, or have an effect (one read, one statement) -> save (one trip) -> reply

Three things keep a hop from happening twice: its reply, kept in the session under the hop's key; the session's
compare-and-set; and, for a hop with an effect, its row in acted_hops, written by the effect's own statement.
"""

import asyncio
import base64
import time
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog

from contracts import actions
from contracts.actions import Actor, Plan
from contracts.effects import Effect, SetLanguage
from contracts.lifecycle import Refusal
from contracts.money import Currency
from contracts.msisdn import masked
from contracts.pin_hash import PinHasher
from contracts.readings import Person, person
from gateway import conversation
from gateway.conversation import Conversation, Repeat, hear
from gateway.events import UssdInput, UssdReply
from gateway.wording import messages_for
from menus import MENU_VERSION
from menus.paging import Budget
from menus.refusals import BUSY, UNSURE, WRONG_PIN
from menus.screen import SCREENS, Caller, Outcome
from menus.session import HOME, Again, Perform, Session, Sheet, after_effect, read, show
from menus.words import Text, say
from storage import database, sessions
from storage.acts import HopOnce, PersonRow
from storage.records import Hop, Records, StandRow
from storage.sealing import Sealer
from storage.sessions import Loaded, Sessions

log = structlog.get_logger()

_AWAY = (*database.UNAVAILABLE, *sessions.UNAVAILABLE)
_LOCK_POLL_SECONDS = 0.02
_TRIES_WHEN_MOVED = 4


class WrongCallerError(Exception):
    """A session that another phone began: an attack or a fault of the provider's, never a new caller."""


class Clock(Protocol):
    def __call__(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class UssdOptions:
    """`budgets`: septets a screen may have, by network code, "" for the others; `prefix` is counted in them."""

    service_code: str
    country: str
    currency: Currency
    language: str
    zone: ZoneInfo
    budgets: dict[str, Budget]
    hop_seconds: float


@dataclass(frozen=True, slots=True)
class Turn:
    """What one hop came to. `acted` names the effect it had; then `reply` stands, whatever becomes of the session."""

    conversation: Conversation = field(repr=False)
    reply: UssdReply
    acted: str | None = None


class Ussd:
    """Answers hops. One per process; holds no state of its own."""

    def __init__(
        self, records: Records, store: Sessions, sealer: Sealer, hasher: PinHasher, options: UssdOptions, now: Clock
    ) -> None:
        self._records = records
        self._sessions = store
        self._sealer = sealer
        self._hasher = hasher
        self._options = options
        self._now = now

    async def hop(self, said: UssdInput) -> UssdReply:
        """The reply to one hop: always one, within the hop's time. Raises only WrongCallerError."""
        started = time.perf_counter()
        heard = _Heard(said, self._sealer)
        try:
            async with asyncio.timeout(self._options.hop_seconds):
                reply = await self._locked_hop(heard)
        except WrongCallerError:
            raise
        except Exception as fault:  # whatever it is, a caller gets a screen, not a fault
            heard.fault = type(fault).__name__
            if not isinstance(fault, _AWAY):
                log.exception("unexpected", at=heard.at, exc_info=True)
            reply = UssdReply(
                say(UNSURE if heard.acting else BUSY, heard.language or self._options.language), ends=True
            )
        log.info(
            "hop", provider=said.provider, session=heard.hop.key.hex()[:8], caller=masked(said.msisdn), at=heard.at,
            went_to=heard.went_to, acted=heard.acted, repeat=heard.repeat, ends=reply.ends, fault=heard.fault,
            octets=len(reply.text), took_ms=round((time.perf_counter() - started) * 1000, 2),
        )  # fmt: skip
        return reply

    async def _locked_hop(self, heard: "_Heard") -> UssdReply:
        loaded = await self._load(heard)
        saved = False
        try:
            turn = await self._turn(loaded, heard)
            if turn is None:
                return heard.known
            saved = await self._save(loaded, turn, heard)
            return turn.reply if saved or turn.acted else await self._what_was_said(heard)
        finally:
            if not saved:
                await self._sessions.release(loaded)

    async def _load(self, heard: "_Heard") -> Loaded:
        """The session with its lock. A lock that is never let go (its holder died) is waited for, then passed by."""
        said = heard.said
        loaded = await self._sessions.load(said.provider, said.session_id)
        give_up = time.perf_counter() + self._options.hop_seconds * 0.6
        while not loaded.is_ours and time.perf_counter() < give_up:
            await asyncio.sleep(_LOCK_POLL_SECONDS)
            loaded = await self._sessions.load(said.provider, said.session_id, loaded.token)
        return loaded

    async def _turn(self, loaded: Loaded, heard: "_Heard") -> Turn | None:
        """What this hop comes to; None if it was answered before (`heard.known`)."""
        if loaded.plain is None:
            return await self._begin(heard)
        talk = conversation.from_bytes(loaded.plain)
        heard.meets(talk)
        match hear(talk, heard.said.history, heard.hop.key, heard.key_of):
            case Repeat(reply, astray):
                heard.repeat = "astray" if astray else "repeat"
                heard.known = reply
                return None
            case typed:
                return await self._typed(talk, typed.text, heard)

    async def _begin(self, heard: "_Heard") -> Turn:
        """A session we do not know: a dial, a dial that goes deeper at once, or one whose session was lost."""
        known = await person(self._records, heard.said.msisdn)
        session = Session(known.language or self._options.language)
        talk = Conversation(heard.caller_key, b"", 0, (), session)
        heard.language = session.language
        if heard.said.history:
            return await self._walk(talk, heard)
        return self._reply(talk, await self._draw(session, heard, reading=known), heard)

    async def _walk(self, talk: Conversation, heard: "_Heard") -> Turn:
        """Take the typed history step by step as if it were typed now. An effect on the way is only remembered, never
        had: one that was had answers from its record; else the walk stops at the screen that asks for it."""
        sheet = await self._draw(talk.session, heard)
        typed = heard.said.history.split("*")
        for count, answer in enumerate(typed, start=1):
            step = read(sheet.session, answer, self._caller(sheet.session, heard))
            if isinstance(step, Perform):
                hop = heard.hop_at("*".join(typed[:count]))
                if (acted := await self._acted(hop)) is None:
                    break
                sheet = Sheet(acted.conversation.session, acted.reply.text, acted.reply.ends)
                talk = acted.conversation
                continue
            sheet = await self._draw(step.session, heard, why=step.why if isinstance(step, Again) else None)
            if isinstance(step, Again) or sheet.ends:
                break
        return self._reply(talk, sheet, heard)

    async def _typed(self, talk: Conversation, typed: str, heard: "_Heard") -> Turn:
        step = read(talk.session, typed, self._caller(talk.session, heard))
        if isinstance(step, Perform):
            return await self._perform(talk, step, heard)
        why = step.why if isinstance(step, Again) else None
        return self._reply(talk, await self._draw(step.session, heard, why=why), heard)

    async def _perform(self, talk: Conversation, step: Perform, heard: "_Heard") -> Turn:
        """Have the effect; when what it was decided on moves meanwhile, decide again."""
        actor, effect, now = self._actor(talk, heard), step.effect, self._now()
        pin_was_right: str | None = None
        for _ in range(_TRIES_WHEN_MOVED):
            stand = await actions.look(self._records, effect, actor, heard.hop, now, pin=effect.needs_pin)
            pin_hash: str | None = None
            if effect.needs_pin:
                if stand.pin_hash != pin_was_right and not await self._is_right(step, stand):
                    return self._reply(talk, await self._wrong_pin(step, stand, heard), heard)
                pin_was_right = stand.pin_hash
            elif step.secret:
                pin_hash = await self._hasher.hash(step.secret)
            decided = actions.decide(effect, stand, actor, now, pin_hash)
            turn = await self._after(talk, step, decided, heard)
            proved = actions.proved(stand, actor, now) if effect.needs_pin else None
            heard.acting = True
            if await self._carry_out(turn, decided, proved, heard, now):
                return turn
            if acted := await self._acted(heard.hop):
                return acted
        raise TimeoutError("the contract moved each time it was decided on")

    async def _is_right(self, step: Perform, stand: StandRow) -> bool:
        if not (step.secret and stand.granted and stand.pin_hash):
            return False
        return await self._hasher.verify(step.secret, stand.pin_hash)

    async def _wrong_pin(self, step: Perform, stand: StandRow, heard: "_Heard") -> Sheet:
        """The same screen for a wrong PIN and for a locked one, so that a guesser learns nothing."""
        return await self._draw(step.session, heard, why=WRONG_PIN, reading=Person(stand.language, stand.has_pin))

    async def _after(self, talk: Conversation, step: Perform, decided: Plan | Refusal, heard: "_Heard") -> Turn:
        refused = isinstance(decided, Refusal)
        outcome = Outcome(refusal=decided) if isinstance(decided, Refusal) else Outcome(contract=decided.about)
        session = after_effect(step.session, step.effect, step.then)
        if isinstance(step.effect, SetLanguage) and not refused:
            session = replace(session, language=step.effect.language)
        sheet = await self._draw(session, heard, outcome=outcome)
        return replace(self._reply(talk, sheet, heard), acted=_name_of(step.effect, decided))

    async def _carry_out(
        self, turn: Turn, decided: Plan | Refusal, proved: PersonRow | None, heard: "_Heard", now: datetime
    ) -> bool:
        plan = Plan() if isinstance(decided, Refusal) else decided
        heard.acted = turn.acted
        options, hop = self._options, heard.hop
        sealed = self._sealer.seal(conversation.to_bytes(turn.conversation), _place_of(hop))
        once = HopOnce(
            hop.provider, hop.session_id, hop.key.hex(), turn.reply.text, turn.reply.ends,
            base64.b64encode(sealed).decode(),
        )  # fmt: skip
        return await actions.carry_out(
            self._records, plan, channel="ussd", now=now, person=proved, hop=once,
            messages=messages_for(plan.notices, options.language, options.service_code),
        )  # fmt: skip

    async def _acted(self, hop: Hop) -> Turn | None:
        """What this hop came to when it acted, if it has."""
        found = await self._records.acted(hop)
        if found is None:
            return None
        text, ends, sealed = found
        plain = self._sealer.open(sealed, _place_of(hop))
        if plain is None:
            return None
        return Turn(conversation.from_bytes(plain), UssdReply(text, ends), "before")

    async def _save(self, loaded: Loaded, turn: Turn, heard: "_Heard") -> bool:
        try:
            return await self._sessions.save(loaded, conversation.to_bytes(turn.conversation))
        except sessions.UNAVAILABLE as fault:
            if turn.acted is None:
                raise
            heard.fault = type(fault).__name__  # the effect is in the database, and so is this reply
            return False

    async def _what_was_said(self, heard: "_Heard") -> UssdReply:
        """Somebody answered this session while we did: theirs is the answer."""
        loaded = await self._sessions.load(heard.said.provider, heard.said.session_id)
        try:
            turn = await self._turn(loaded, heard) if loaded.plain else None
            return turn.reply if turn else heard.known
        finally:
            await self._sessions.release(loaded)

    async def _draw(
        self,
        session: Session,
        heard: "_Heard",
        *,
        why: Text | None = None,
        outcome: Outcome | None = None,
        reading: object = None,
    ) -> Sheet:
        """The page of `session.here`. At most one query: its reading, unless what it gives is known already."""
        drawn = SCREENS.get(session.here.name) or SCREENS[HOME.name]
        about = session.here.about if drawn.name == session.here.name else {}
        caller = self._caller(session, heard)
        if drawn.wants_outcome:
            screen = drawn.draw(caller, outcome or Outcome(), **about)
        elif drawn.reads is None:
            screen = drawn.draw(caller, **about)
        else:
            if reading is None:
                by = {name: about[name] for name in drawn.reads_by}
                reading = await drawn.reads(self._records, heard.said.msisdn, **by)
            screen = drawn.draw(caller, reading, **about)
        heard.went_to = drawn.name
        budgets = self._options.budgets
        return show(session, screen, budgets.get(heard.said.network_code) or budgets[""], why)

    def _reply(self, talk: Conversation, sheet: Sheet, heard: "_Heard") -> Turn:
        reply = UssdReply(sheet.text, sheet.ends)
        return Turn(talk.said(heard.hop.key, len(heard.said.history), reply, sheet.session), reply)

    def _caller(self, session: Session, heard: "_Heard") -> Caller:
        options = self._options
        today = self._now().astimezone(options.zone).date()
        return Caller(
            heard.said.msisdn, options.service_code, options.country, options.currency, today, session.answers
        )  # fmt: skip

    def _actor(self, talk: Conversation, heard: "_Heard") -> Actor:
        said = heard.said
        return Actor(
            said.msisdn, talk.session.language, "ussd", said.provider, said.network_code, said.session_id,
            MENU_VERSION, tuple(reply.text for _, reply in talk.replies),
        )  # fmt: skip


class _Heard:
    """One hop on its way through, with what the log line will say of it."""

    def __init__(self, said: UssdInput, sealer: Sealer) -> None:
        self.said = said
        self._sealer = sealer
        self.caller_key = sealer.key("caller", said.msisdn)
        self.hop = self.hop_at(said.history)
        self.known = UssdReply("", ends=True)
        self.language: str | None = None
        self.at: str | None = None
        self.went_to: str | None = None
        self.acted: str | None = None
        self.acting = False
        self.repeat: str | None = None
        self.fault: str | None = None

    def key_of(self, history: str) -> bytes:
        return self._sealer.key("hop", self.said.provider, self.said.session_id, history)

    def hop_at(self, history: str) -> Hop:
        return Hop(self.said.provider, self.said.session_id, self.key_of(history))

    def meets(self, talk: Conversation) -> None:
        """Check that this session is this caller's."""
        if talk.caller != self.caller_key:
            raise WrongCallerError
        self.language = talk.session.language
        self.at = talk.session.here.name


def _place_of(hop: Hop) -> str:
    return f"acted:{hop.provider}:{hop.session_id}:{hop.key.hex()}"


def _name_of(effect: Effect, decided: Plan | Refusal) -> str:
    return f"{type(effect).__name__}: {decided.value}" if isinstance(decided, Refusal) else type(effect).__name__
