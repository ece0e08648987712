"""The outbox: claim what is due, have it sent, sleep until something is due or a new message wakes it."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeAlias

import aiohttp
import structlog
from asyncpg.pool import PoolConnectionProxy

from contracts.actions import Clock
from contracts.notices import ANSWERS
from gateway.background.repeat import JobState
from gateway.outbox.retry import TRIES_WHEN_UNSURE
from gateway.outbox.routes import Route
from gateway.outbox.sending import Batch, BatchSender, OutboxOptions
from gateway.outgoing import open_client
from gateway.providers import Provider
from storage.outbox import Claim, OutboxRows
from storage.outbox_waking import ASKED_EVERY_SECONDS, CHANNEL, SERVER, WORKER, worker_listens
from storage.postgres import database

log = structlog.get_logger()

Listening: TypeAlias = "database.Connection | PoolConnectionProxy[Any]"

_CLAIM = 100  # messages
_CLAIMS_AHEAD = 2  # claim again while fewer batches are ready than this many times the calls in flight
_ANSWERS = sorted(ANSWERS)
_FINAL = frozenset({"unwanted", "late"})  # why a message is not sent and never will be; the other reasons only defer it
_UNRECORDED = 400  # sends that wait for the database; with more, no further one is started
_LONGEST_NAP_SECONDS = 5.0
_LISTENER_ANSWERS_WITHIN_SECONDS = 5.0
_CLEANS_EVERY_SECONDS = 1.0  # also while there is much to send
_AFTER_A_DEATH = timedelta(seconds=1)  # reports that arrive meanwhile are merged before the message is sent again
# A woken outbox waits this long for each message of the last claims, so that in a busy hour it claims dozens at once
# and in a quiet hour a single message is sent at once.
_GATHER_SECONDS_EACH = 0.005
_GATHER_SECONDS_AT_MOST = 0.1


class Outbox:
    """Sends the queue of SMS. Any number of them may run, in any number of processes: a claim is a lease."""

    def __init__(
        self, pool: database.Pool, providers: Mapping[str, Provider], routes: Sequence[Route], options: OutboxOptions,
        now: Clock, *, in_worker: bool = False,
    ) -> None:  # fmt: skip
        """`in_worker`: this process only sends, and spares those that serve callers. Raise ValueError for a route to a
        provider that is not in `providers`."""
        self._rows = OutboxRows(pool)
        self._sender = BatchSender(self._rows, providers, routes, options, now)
        self._options = options
        self._now = now
        self.job = JobState("outbox")
        self._lease = timedelta(seconds=options.timeout_seconds * 3)
        self._cleaned_at = 0.0
        self._claimed_messages = 0
        self._application = WORKER if in_worker else SERVER
        self._leaves_it_to_a_worker = False
        self._is_running = False
        self._awake = asyncio.Event()
        self._free_calls = asyncio.Semaphore(options.in_flight)
        self._claiming: asyncio.Task[bool] | None = None
        self._ready: deque[Batch] = deque()
        self._under_way: set[asyncio.Task[None]] = set()

    @property
    def providers(self) -> list[str]:
        """The names of all providers that messages may go to."""
        return self._sender.provider_names

    @property
    def paused_providers(self) -> list[str]:
        """The providers that get no message now, because their last calls failed."""
        return self._sender.paused_providers

    def call_when_written(self, call: Callable[[], None]) -> None:
        """Call this whenever sends are recorded."""
        self._rows.when_written = call

    def wake(self) -> bool:
        """Claim what this process has queued. Return False if somebody else should: a worker that listens, or anybody
        because this outbox does not run."""
        if not self._is_running or self._leaves_it_to_a_worker:
            return False
        self._awake.set()
        return True

    async def run(self) -> None:
        """Send until cancelled; then let the calls under way finish and record them."""
        async with open_client(self._options.timeout_seconds) as http:
            listener = asyncio.create_task(self._listen())
            self._is_running = True
            try:
                while True:
                    await self._send_then_sleep(http)
            finally:
                self._is_running = False
                listener.cancel()
                with suppress(asyncio.CancelledError):
                    await listener
                await self._shut_down()

    async def _shut_down(self) -> None:
        """Release the batches that were claimed and not started; wait for the calls under way."""
        if self._claiming:
            await asyncio.wait([self._claiming], timeout=self._options.timeout_seconds)
        ready, self._ready = self._ready, deque()
        await asyncio.gather(*map(self._sender.release, ready))
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=self._options.timeout_seconds + 1)

    async def _send_then_sleep(self, http: aiohttp.ClientSession) -> None:
        """Claim and send until nothing is due, then sleep until something is."""
        self._awake.clear()
        self._claimed_messages = 0
        try:
            await self._send_all_due(http)
            await self._clean_up()
            nap = await self._seconds_until_due()
        except Exception as fault:  # if the outbox ended, nobody would notice until people complain
            self.job.failed(fault)
            nap = 1.0
        with suppress(TimeoutError):
            async with asyncio.timeout(nap):
                await self._awake.wait()
            await asyncio.sleep(min(self._claimed_messages * _GATHER_SECONDS_EACH, _GATHER_SECONDS_AT_MOST))

    async def _send_all_due(self, http: aiohttp.ClientSession) -> None:
        """Claim the next messages while the ones before are being sent."""
        is_more = True
        while True:
            if self._claiming and (self._claiming.done() or not self._ready):
                await asyncio.wait([self._claiming])  # if this is cancelled, `_shut_down` waits for the claim
                claimed, self._claiming = self._claiming, None
                is_more = claimed.result()
            if is_more and not self._claiming and len(self._ready) <= self._options.in_flight * _CLAIMS_AHEAD:
                self._claiming = asyncio.create_task(self._claim())
            if self._ready:
                await self._free_calls.acquire()
                self._start_call(http, self._ready.popleft())
            elif not self._claiming:
                return
            if asyncio.get_running_loop().time() - self._cleaned_at > _CLEANS_EVERY_SECONDS:
                await self._clean_up()
            if len(self._under_way) > _UNRECORDED + self._options.in_flight:
                await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)

    def _start_call(self, http: aiohttp.ClientSession, batch: Batch) -> None:
        call = asyncio.create_task(self._send(http, batch))
        self._under_way.add(call)
        call.add_done_callback(self._end_call)

    async def _send(self, http: aiohttp.ClientSession, batch: Batch) -> None:
        """Send and record. The next call may start while this one is recorded together with others."""
        try:
            outcomes = await self._sender.send(http, batch)
        finally:
            self._free_calls.release()
        await self._sender.record(batch, outcomes)

    async def _claim(self) -> bool:
        """Make claimed messages into batches; return whether more are due, which one claim does not take."""
        now = self._now()
        claim = await self._rows.claim(
            now, _CLAIM, now + self._lease, gap=self._options.number_gap, hourly=self._options.hourly_per_number,
            answers=_ANSWERS,
        )  # fmt: skip
        _log_unsent(claim)
        self._claimed_messages += len(claim.rows)
        if claim.rows:
            self._ready.extend(await self._sender.make_batches(claim.rows, now + self._lease))
        return len(claim.rows) + sum(map(len, claim.unsent.values())) >= _CLAIM

    async def _clean_up(self) -> None:
        """Take over messages whose worker died, and give up those that no report came for."""
        now = self._now()
        self._cleaned_at = asyncio.get_running_loop().time()
        await self._rows.expire_leases(now, now + _AFTER_A_DEATH, TRIES_WHEN_UNSURE)
        await self._rows.end_unreported(now, now - self._options.reports_within)
        self.job.succeeded(_LONGEST_NAP_SECONDS)

    async def _seconds_until_due(self) -> float:
        now = self._now()
        due = await self._rows.next_due()
        wait = (due - now).total_seconds() if due else _LONGEST_NAP_SECONDS
        return min(max(wait, 0.01), _LONGEST_NAP_SECONDS)

    async def _listen(self) -> None:
        """Wake the outbox when another process queues a message and this one is chosen. Without this the end of the nap
        finds the message."""
        while True:
            try:
                await self._listen_until_it_breaks()
            except Exception as fault:  # a password that was changed, too: if this ended, nobody would notice
                self.job.failed(fault)
            self._leaves_it_to_a_worker = False
            await asyncio.sleep(1.0)

    async def _listen_until_it_breaks(self) -> None:
        connection = await database.connect(self._options.database_url, self._application)
        closed = asyncio.Event()
        connection.add_termination_listener(lambda *_: closed.set())
        try:
            async with asyncio.timeout(_LISTENER_ANSWERS_WITHIN_SECONDS):
                await connection.add_listener(CHANNEL, self._wake_if_told)
            self._awake.set()
            while not closed.is_set():
                # On a dead line nothing comes, not even its end: only an answer shows that it is alive.
                async with asyncio.timeout(_LISTENER_ANSWERS_WITHIN_SECONDS):
                    self._leaves_it_to_a_worker = await worker_listens(connection)
                with suppress(TimeoutError):
                    await asyncio.wait_for(closed.wait(), ASKED_EVERY_SECONDS)
        finally:
            connection.terminate()

    def _wake_if_told(self, connection: Listening, _sender: int, _channel: str, told: object) -> None:
        if told in ("", str(connection.get_server_pid())):  # empty: an older version, or a person, tells all
            self._awake.set()

    def _end_call(self, call: asyncio.Task[None]) -> None:
        self._under_way.discard(call)
        if not call.cancelled() and (fault := call.exception()):
            log.error("send failed", exc_info=fault)


def _log_unsent(claim: Claim) -> None:
    """One line for a message that will never be sent; only a count of those that were put off."""
    for why, message_ids in claim.unsent.items():
        if why not in _FINAL:
            log.info("mt put off", why=why, messages=len(message_ids))
            continue
        for message_id in message_ids:
            log.info("mt not sent", message_id=str(message_id), why=why)
