"""The outbox at work: claims what is due, has it sent, and sleeps until something is due or somebody wakes it."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

import aiohttp
import structlog

from contracts.actions import Clock
from contracts.notices import ANSWERS
from gateway.outbox.retry import TRIES_WHEN_UNSURE
from gateway.outbox.routes import Route
from gateway.outbox.sending import Batch, BatchSender, OutboxOptions
from gateway.providers import Provider
from storage.outbox import OutboxRows
from storage.postgres import database

log = structlog.get_logger()

_CLAIM = 100
_CLAIMS_AHEAD = 2  # times the calls in flight: so many go out while the next are claimed
_ANSWERS = sorted(ANSWERS)
_UNRECORDED = 400  # sends that wait for the database at most, before no more are begun
_LONGEST_NAP_SECONDS = 5.0
_TENDS_EVERY_SECONDS = 1.0  # however much there is to send
_AFTER_A_DEATH = timedelta(seconds=1)  # reports that came meanwhile are heard before a message goes again
# After being woken, for each message that the last look at the queue found: in a quiet hour one goes at once, in a busy
# one they are claimed by the dozen.
_GATHER_SECONDS_EACH = 0.005
_GATHER_SECONDS_AT_MOST = 0.1


class Outbox:
    """`run` works until cancelled; then calls under way are let finish and are recorded."""

    def __init__(
        self, pool: database.Pool, providers: Mapping[str, Provider], routes: Sequence[Route], options: OutboxOptions,
        now: Clock,
    ) -> None:  # fmt: skip
        """ValueError for a route to a provider that is not in `providers`."""
        self._rows = OutboxRows(pool)
        self._calls = BatchSender(self._rows, providers, routes, options, now)
        self._options = options
        self._now = now
        self._lease = timedelta(seconds=options.timeout_seconds * 3)
        self._tended_at = 0.0
        self._found = 0
        self._awake = asyncio.Event()
        self._room = asyncio.Semaphore(options.in_flight)
        self._claiming: asyncio.Task[bool] | None = None
        self._ready: deque[Batch] = deque()
        self._under_way: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        timeout = aiohttp.ClientTimeout(total=self._options.timeout_seconds)
        async with aiohttp.ClientSession(
            timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), connector=aiohttp.TCPConnector(limit=0)
        ) as http:
            listener = asyncio.create_task(self._listen())
            try:
                while True:
                    await self._work(http)
            finally:
                listener.cancel()
                with suppress(asyncio.CancelledError):
                    await listener
                await self._wind_up()

    async def _wind_up(self) -> None:
        """What was claimed and not begun goes back; what is under way is let finish."""
        if self._claiming:
            await asyncio.wait([self._claiming], timeout=self._options.timeout_seconds)
        ready, self._ready = self._ready, deque()
        await asyncio.gather(*map(self._calls.leave, ready))
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=self._options.timeout_seconds + 1)

    async def _work(self, http: aiohttp.ClientSession) -> None:
        """Claim and send until nothing is due, then sleep until something is."""
        self._awake.clear()
        self._found = 0
        try:
            await self._send_all_due(http)
            await self._tend()
            nap = await self._until_next()
        except (*database.UNAVAILABLE, *database.ROW_FAULTS) as fault:  # a deadlock is none of its own making
            log.warning("outbox waits for the database", fault=type(fault).__name__)
            nap = 1.0
        except Exception:  # whatever it is: an outbox that is gone is missed by nobody until people complain
            log.exception("outbox", exc_info=True)
            nap = 1.0
        with suppress(TimeoutError):
            async with asyncio.timeout(nap):
                await self._awake.wait()
            await asyncio.sleep(min(self._found * _GATHER_SECONDS_EACH, _GATHER_SECONDS_AT_MOST))

    async def _send_all_due(self, http: aiohttp.ClientSession) -> None:
        """The next messages are claimed while the last are on their way."""
        is_more = True
        while True:
            if self._claiming and (self._claiming.done() or not self._ready):
                await asyncio.wait([self._claiming])  # a stop leaves the claim to `_wind_up`
                claimed, self._claiming = self._claiming, None
                is_more = claimed.result()
            if is_more and not self._claiming and len(self._ready) <= self._options.in_flight * _CLAIMS_AHEAD:
                self._claiming = asyncio.create_task(self._claim())
            if self._ready:
                await self._room.acquire()
                self._begin(http, self._ready.popleft())
            elif not self._claiming:
                return
            if asyncio.get_running_loop().time() - self._tended_at > _TENDS_EVERY_SECONDS:
                await self._tend()
            if len(self._under_way) > _UNRECORDED + self._options.in_flight:
                await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)

    def _begin(self, http: aiohttp.ClientSession, group: Batch) -> None:
        call = asyncio.create_task(self._send(http, group))
        self._under_way.add(call)
        call.add_done_callback(self._done)

    async def _send(self, http: aiohttp.ClientSession, group: Batch) -> None:
        """The room is for calls: the next may begin while this one's outcome is written down with others."""
        try:
            results = await self._calls.send(http, group)
        finally:
            self._room.release()
        await self._calls.record(group, results)

    async def _claim(self) -> bool:
        """Whether anything was due."""
        now = self._now()
        claim = await self._rows.claim(
            now, _CLAIM, now + self._lease, gap=self._options.number_gap, hourly=self._options.hourly_per_number,
            answers=_ANSWERS,
        )  # fmt: skip
        if claim.unsent:
            log.info("mt not sent", **claim.unsent)
        self._found += len(claim.rows)
        if claim.rows:
            self._ready.extend(await self._calls.make_batches(claim.rows, now + self._lease))
        return bool(claim.rows or claim.unsent)

    async def _tend(self) -> None:
        """See to what others left behind, and to what nobody reports on."""
        now = self._now()
        self._tended_at = asyncio.get_running_loop().time()
        await self._rows.expire_leases(now, now + _AFTER_A_DEATH, TRIES_WHEN_UNSURE)
        await self._rows.end_unreported(now, now - self._options.reports_within)

    async def _until_next(self) -> float:
        now = self._now()
        due = await self._rows.next_due()
        wait = (due - now).total_seconds() if due else _LONGEST_NAP_SECONDS
        return min(max(wait, 0.01), _LONGEST_NAP_SECONDS)

    async def _listen(self) -> None:
        """Be woken when a message is queued, by whatever process. Without it the nap's end finds it."""
        while True:
            with suppress(*database.UNAVAILABLE):
                connection = await database.connect(self._options.database_url)
                closed = asyncio.Event()
                connection.add_termination_listener(lambda *_, gone=closed: gone.set())
                try:
                    await connection.add_listener("sms_queued", lambda *_: self._awake.set())
                    self._awake.set()
                    await closed.wait()
                finally:
                    connection.terminate()
            await asyncio.sleep(1.0)

    def _done(self, call: asyncio.Task[None]) -> None:
        self._under_way.discard(call)
        if not call.cancelled() and (fault := call.exception()):
            log.error("send failed", exc_info=fault)
