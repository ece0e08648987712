"""A USSD hop, from the provider's request to the reply that the phone shows.

    load (one trip) -> read history -> take a step (one read; an effect is one statement) -> save (one trip) -> reply

Three things keep a hop from happening twice: the reply stored in the session under the hop's key; the compare-and-set
by which the session is saved; and, for a hop with an effect, its row in acted_hops, which the effect's own statement
writes.
"""

import asyncio
import time
from contextlib import suppress

import structlog

from contracts.fields.msisdn import masked
from contracts.pin_hash import PinQueueFullError
from gateway.events import UssdInput, UssdReply
from gateway.limits.request_deadlines import RequestDeadlines
from gateway.limits.use_counter import UseCounter
from gateway.limits.workload import Workload
from gateway.logs import shown_session
from gateway.ussd import conversation as conversations
from gateway.ussd.context import HopContext, HopResult, UssdOptions, WrongCallerError
from gateway.ussd.conversation import Conversation, Repeat, Typed, read_history
from gateway.ussd.steps import Steps
from menus.refusal_texts import BUSY, UNSURE
from menus.translate import translate
from storage import sessions
from storage.encryption import Encryptor
from storage.postgres import database
from storage.sessions import Loaded, Sessions

log = structlog.get_logger()

_UNAVAILABLE = (*database.UNAVAILABLE, *sessions.UNAVAILABLE, PinQueueFullError)
_TO_ACT = 0.8  # of a hop's time may be spent on an effect; in the rest a promise of it can still be written
_LOCK_WAIT = 0.6  # of a hop's time
_LOCK_POLL_SECONDS = 0.02
_UNLOCK_SECONDS = 0.1  # may come on top of a hop's time


class HopHandler:
    """Answers hops. One per process. Between two hops it keeps only how many each caller had."""

    def __init__(
        self, steps: Steps, store: Sessions, encryptor: Encryptor, options: UssdOptions, workload: Workload
    ) -> None:  # fmt: skip
        self._steps = steps
        self._workload = workload
        self._sessions = store
        self._encryptor = encryptor
        self._options = options
        self._deadlines = RequestDeadlines(options.hop_seconds)
        self._hops_of_callers = UseCounter(options.hops_of_caller)

    async def answer(self, request: UssdInput) -> UssdReply:
        """Return the reply to one hop, within the hop's time, whatever fails. Raise WrongCallerError, nothing else."""
        if self._hops_of_callers.retry_after_seconds(request.msisdn):
            return self._refuse_too_many(request)
        if not request.history and self._workload.is_too_much():
            self._workload.turn_away_dial()
            return self._busy(request)
        started = time.perf_counter()
        act_until = asyncio.get_running_loop().time() + self._options.hop_seconds * _TO_ACT
        context = HopContext(request, self._encryptor, act_until)
        where = {
            "provider": request.provider, "session": shown_session(request.session_id),
            "msisdn": masked(request.msisdn),
        }  # fmt: skip
        began_at = self._workload.begin()
        try:
            with self._deadlines.of_request():
                reply = await self._answer_locked(context)
        except WrongCallerError:
            raise
        except Exception as fault:  # the caller gets a screen whatever it is
            context.fault = type(fault).__name__
            if not isinstance(fault, _UNAVAILABLE):
                log.exception("unexpected", **where, at=context.at, exc_info=True)
            why = UNSURE if context.is_acting else BUSY
            language = context.language or self._options.language_of(request.msisdn)
            reply = context.committed_reply or UssdReply(translate(why, language), ends=True)
        finally:
            self._workload.end(began_at, is_answered=context.fault is None)
        log.info(
            "hop", **where, at=context.at, went_to=context.went_to, acted=context.acted, repeat=context.repeat,
            ends=reply.ends, fault=context.fault, octets=len(reply.text),
            took_ms=round((time.perf_counter() - started) * 1000, 2),
        )  # fmt: skip
        return reply

    def _refuse_too_many(self, request: UssdInput) -> UssdReply:
        if self._hops_of_callers.is_first_refusal(request.msisdn):
            log.warning("too many hops", provider=request.provider, msisdn=masked(request.msisdn))
        return self._busy(request)

    def _busy(self, request: UssdInput) -> UssdReply:
        return UssdReply(translate(BUSY, self._options.language_of(request.msisdn)), ends=True)

    async def _answer_locked(self, context: HopContext) -> UssdReply:
        loaded = await self._load(context)
        is_saved = False
        try:
            result = await self._result(loaded, context)
            if isinstance(result, UssdReply):
                return result
            context.committed_reply = result.reply if result.acted else None
            is_saved = await self._save(loaded, result, context)
            return result.reply if is_saved or result.acted else await self._reply_of_copy(context)
        finally:
            if not is_saved:
                await self._release(loaded)

    async def _load(self, context: HopContext) -> Loaded:
        """Load the session and take its lock. A lock that nobody releases, because its holder died, is waited for and
        then ignored."""
        request = context.request
        dialler = context.caller_key if not request.history else None
        loaded = await self._sessions.load(request.provider, request.session_id, dialler)
        give_up = time.perf_counter() + self._options.hop_seconds * _LOCK_WAIT
        while not loaded.is_ours and time.perf_counter() < give_up:
            await asyncio.sleep(_LOCK_POLL_SECONDS)
            loaded = await self._sessions.load(request.provider, request.session_id, dialler, loaded.token)
        return loaded

    async def _result(self, loaded: Loaded, context: HopContext) -> HopResult | UssdReply:
        """Take the step that this hop asks for. Return only a reply where the hop was answered before, or is astray."""
        conversation = conversations.from_bytes(loaded.plain) if loaded.plain else None
        if conversation is None:
            return await self._steps.begin(context, await self._unfinished(loaded, context))
        context.enter(conversation)
        match read_history(conversation, context.request.history, context.hop.key, context.key_of):
            case Repeat(reply, is_astray):
                context.repeat = "astray" if is_astray else "repeat"
                return reply
            case Typed(text) if "*" in text and await self._has_missed_hops(conversation, text, loaded, context):
                return await self._steps.catch_up(conversation, text, context)
            case Typed(text):
                return await self._steps.go_on(conversation, text, context)

    async def _has_missed_hops(
        self, conversation: Conversation, text: str, loaded: Loaded, context: HopContext
    ) -> bool:
        """Return whether what is new, in which a `*` stands, is several answers: hops that the session does not know
        were answered. They were, as far as can be known, if the store lost saves since; they were, for certain, if one
        has acted: its reply is sent even if the session cannot be saved after it. Otherwise the `*` was typed."""
        return conversation.may_be_older(loaded.life) or await self._steps.has_acted_within(text, context)

    async def _unfinished(self, loaded: Loaded, context: HopContext) -> Conversation | None:
        """Return the session that this caller was cut off from a moment ago, if they had got beyond home in it."""
        if loaded.left_at is None or context.request.history:
            return None
        stored = await self._sessions.peek(loaded.left_at)
        left = conversations.from_bytes(stored) if stored else None
        if left is None or left.caller != context.caller_key or not left.is_unfinished:
            return None
        return left

    async def _save(self, loaded: Loaded, result: HopResult, context: HopContext) -> bool:
        is_unfinished = result.conversation.is_unfinished
        notes_it = is_unfinished != context.was_unfinished or loaded.left_at
        plain = conversations.to_bytes(result.conversation.saved_in(loaded.life))
        leaver = context.caller_key if notes_it else None
        return await self._sessions.save(loaded, plain, leaver=leaver, leaves=is_unfinished)

    async def _reply_of_copy(self, context: HopContext) -> UssdReply:
        """A copy of this request was answered and saved first: return its reply."""
        loaded = await self._sessions.load(context.request.provider, context.request.session_id)
        try:
            result = await self._result(loaded, context)
            return result if isinstance(result, UssdReply) else result.reply
        finally:
            await self._release(loaded)

    async def _release(self, loaded: Loaded) -> None:
        """Release the lock. If the session store is away the reply is sent all the same, and the lock expires."""
        with suppress(*sessions.UNAVAILABLE):
            async with asyncio.timeout(_UNLOCK_SECONDS):
                await self._sessions.release(loaded)
