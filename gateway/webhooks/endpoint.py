"""Delivers to one endpoint: takes new events from the feed, and posts those that are due, each lane in order."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

import aiohttp
import structlog

from contracts.actions import Clock
from gateway.feed.shapes import FeedEvent, events_of
from gateway.feed.tail import FeedTail
from gateway.outbox.breaker import CircuitBreaker
from gateway.outgoing import AnswerLostError, NotReachedError, ask
from gateway.webhooks.addresses import NOT_PUBLIC
from gateway.webhooks.schedule import GONE, ReceiverAnswer, RetryTimes, attempt_of
from gateway.webhooks.secrets import decrypt_secret, encrypt_secret
from gateway.webhooks.signing import signed_headers
from storage.encryption import Encryptor
from storage.webhooks import AttemptRow, HeldEndpoint, OperatorAct, WaitingDelivery, WebhookRows
from values.frozen import replace

log = structlog.get_logger()

IN_FLIGHT: Final = 8  # calls to one endpoint at once
WANTS_NO_MORE: Final = "it answered 410: it wants no more events"
_UNSIGNED: Final = "its secret was encrypted with a SECRET_KEY that is gone: rotate it, then enable it"
_MOST_WAITING = 10_000  # then no further events are taken from the feed, where they are as safe
_MOST_KNOWN = 2_000
_LONGEST_NAP_SECONDS = 1.0


class Endpoint:
    """One endpoint, for as long as this process holds it."""

    def __init__(
        self, held: HeldEndpoint, rows: WebhookRows, feed: FeedTail, encryptor: Encryptor, holder: UUID, now: Clock,
        times: RetryTimes,
    ) -> None:  # fmt: skip
        self.held, self._rows, self._feed, self._encryptor = held, rows, feed, encryptor
        self._holder, self._now, self._times = holder, now, times
        self._breaker, self._is_over = CircuitBreaker(), False
        self._known: dict[int, FeedEvent] = {}  # some that were taken from the feed and are not delivered
        self._calls: dict[asyncio.Task[None], UUID] = {}  # with their lanes

    def update(self, held: HeldEndpoint) -> None:
        """The endpoint as it is now: its secret may have been rotated."""
        self.held = replace(held, cursor=self.held.cursor)

    async def run(self, http: aiohttp.ClientSession, still_held: Callable[[], bool]) -> None:
        """Deliver while the endpoint is held; then let the calls under way finish."""
        await self._encrypt_again()
        try:
            while still_held() and not self._is_over:
                heads = await self._heads()
                is_more = await self._take() if heads is not None and _has_room(heads) else False
                if not self._start(http, heads or ()) and not is_more:
                    await self._pause(heads or ())
        finally:
            if self._calls:
                await asyncio.wait(self._calls)

    async def _heads(self) -> list[WaitingDelivery] | None:
        """Return the events that are next in their lanes, the first due first; None while no call is free."""
        free = IN_FLIGHT - len(self._calls)
        return await self._rows.heads(self.held.id, list(self._calls.values()), free) if free else None

    async def _take(self) -> bool:
        """Take the next events from the feed. Return whether there were any."""
        begin, types = self.held.cursor, self.held.types
        events, end = await self._feed.after(begin)
        if end == begin:
            return False
        wanted = [event for event in events if types is None or event.type in types]
        lanes = [(event.position, event.lane) for event in wanted]
        if not await self._rows.deal(self.held.id, self._holder, begin, end, lanes, self._now()):
            raise RuntimeError("another process delivers to this endpoint")
        self.held = replace(self.held, cursor=end)
        for event in wanted[: max(0, _MOST_KNOWN - len(self._known))]:
            self._known[event.position] = event
        return True

    def _start(self, http: aiohttp.ClientSession, heads: Sequence[WaitingDelivery]) -> bool:
        """Send what is due. Return whether anything was."""
        now, clock = self._now(), asyncio.get_running_loop().time
        is_any = False
        for waiting in heads:
            if waiting.due_at > now or not self._breaker.allows(clock()):
                break
            call = asyncio.create_task(self._deliver(http, waiting))
            self._calls[call], is_any = waiting.lane, True
        return is_any

    async def _pause(self, heads: Sequence[WaitingDelivery]) -> None:
        """Return when a call ends, something new has happened or is due, or after a second."""
        due_in = (heads[0].due_at - self._now()).total_seconds() if heads else _LONGEST_NAP_SECONDS
        nap = _LONGEST_NAP_SECONDS if due_in <= 0 else min(due_in, _LONGEST_NAP_SECONDS)  # due, but the breaker is open
        grown = asyncio.create_task(self._feed.wait_beyond(self.held.cursor, nap))
        try:
            await asyncio.wait({grown, *self._calls}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            grown.cancel()
        for call in [call for call in self._calls if call.done()]:
            del self._calls[call]
            call.result()  # the database was away: begin anew

    async def _deliver(self, http: aiohttp.ClientSession, waiting: WaitingDelivery) -> None:
        """Post one event and record what came of it."""
        event = self._known.get(waiting.position) or await self._read(waiting.position)
        if event is None:  # deleted with its message
            gone = AttemptRow(self.held.id, waiting.position, "delivered", self._now(), None)
            await self._rows.record(gone)
            return
        secrets = self._secrets()
        if not secrets:
            await self._disable(_UNSIGNED)
            return
        answer = await self._post(http, event, secrets)
        clock = asyncio.get_running_loop().time()
        if answer.is_away:
            self._breaker.record_failure(clock)
        else:
            self._breaker.record_success()
        jitter = random.random()  # noqa: S311 - spreads load, hides nothing
        attempt = attempt_of(self.held.id, waiting, answer, self._now(), self._times, jitter)
        await self._rows.record(attempt)
        if attempt.status != "pending":
            self._known.pop(waiting.position, None)
        if attempt.status == "failed":
            log.warning("webhook given up", webhook_id=str(self.held.id), event_id=waiting.position, why=answer.why)
        if answer.status == GONE:
            await self._disable(WANTS_NO_MORE)

    async def _disable(self, why: str) -> None:
        self._is_over = True
        log.warning("webhook disabled", webhook_id=str(self.held.id), why=why)
        await self._rows.disable(self.held.id, why, OperatorAct(None, self._now()))

    async def _read(self, position: int) -> FeedEvent | None:
        events = events_of(await self._feed.rows.at([position]), position - 1)
        return next((event for event in events if event.position == position), None)

    async def _post(self, http: aiohttp.ClientSession, event: FeedEvent, secrets: Sequence[str]) -> ReceiverAnswer:
        # The time is for the receiver, who compares it with a clock of its own.
        message_id = f"evt_{self.held.id.hex}_{event.position}"
        headers = signed_headers(secrets, message_id, int(time.time()), event.body)
        headers |= {"Content-Type": "application/json", "Accept-Encoding": "identity", "User-Agent": "VoicePact"}
        began = time.monotonic()

        def took_ms() -> int:
            return round((time.monotonic() - began) * 1000)

        try:
            answer = await ask(http, "POST", self.held.url, headers, event.body)
        except NotReachedError as fault:
            is_refused = NOT_PUBLIC in str(fault.__cause__)
            return ReceiverAnswer(None, NOT_PUBLIC if is_refused else f"not reached: {fault}", took_ms())
        except AnswerLostError as fault:
            return ReceiverAnswer(None, f"no answer: {fault}", took_ms())
        why = None if 200 <= answer.status < 300 else f"HTTP {answer.status}"
        return ReceiverAnswer(answer.status, why, took_ms(), answer.retry_after)

    def _secrets(self) -> list[str]:
        """Return the secrets that sign now, the newest first."""
        held, stored = self.held, [self.held.secret]
        if held.old_secret and held.old_secret_until and held.old_secret_until > self._now():
            stored.append(held.old_secret)
        found = [decrypt_secret(self._encryptor, held.id, one) for one in stored]
        return [secret for secret in found if secret] if found[0] else []

    async def _encrypt_again(self) -> None:
        """While SECRET_KEY is being replaced, have the secrets outlive the old one."""
        if len(self._encryptor.every) > 1 and (secrets := self._secrets()):
            new = [encrypt_secret(self._encryptor, self.held.id, secret) for secret in secrets]
            await self._rows.encrypt_again(self.held, new[0], new[1] if len(new) > 1 else None)


def _has_room(heads: Sequence[WaitingDelivery]) -> bool:
    return not heads or heads[0].waiting < _MOST_WAITING
