"""The outbox at work: claims what is due, has it sent, and sleeps until something is due or somebody wakes it."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

import aiohttp
import structlog

from contracts.actions import Clock
from contracts.notices import ANSWERS
from gateway.outbox.calls import Calls, Group, OutboxOptions
from gateway.outbox.retry import TRIES_WHEN_UNSURE
from gateway.outbox.routes import Route
from gateway.providers import Provider
from storage import database
from storage.outbox import OutboxRows

log = structlog.get_logger()

_CLAIM = 100
_ANSWERS = sorted(ANSWERS)
_NUMBER_GAP = timedelta(seconds=1)  # between two messages to one number
_LONGEST_NAP_SECONDS = 5.0
_GATHER_SECONDS = 0.03  # after being woken: what is queued next to it is claimed with it


class Outbox:
    """`run` works until cancelled; then calls under way are let finish and are recorded."""

    def __init__(
        self, pool: database.Pool, providers: Mapping[str, Provider], routes: Sequence[Route], options: OutboxOptions,
        now: Clock,
    ) -> None:  # fmt: skip
        """ValueError for a route to a provider that is not in `providers`."""
        self._rows = OutboxRows(pool)
        self._calls = Calls(self._rows, providers, routes, options, now)
        self._options = options
        self._now = now
        self._lease = timedelta(seconds=options.timeout_seconds * 2 + 10)
        self._awake = asyncio.Event()
        self._room = asyncio.Semaphore(options.in_flight)
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
                if self._under_way:
                    await asyncio.wait(self._under_way, timeout=self._options.timeout_seconds + 1)

    async def _work(self, http: aiohttp.ClientSession) -> None:
        """Claim and send until nothing is due, then sleep until something is."""
        self._awake.clear()
        try:
            while groups := await self._claim():
                for group in groups:
                    await self._room.acquire()
                    call = asyncio.create_task(self._calls.send(http, group))
                    self._under_way.add(call)
                    call.add_done_callback(self._done)
            nap = await self._until_next()
        except database.UNAVAILABLE as fault:
            log.warning("outbox waits for the database", fault=type(fault).__name__)
            nap = 1.0
        with suppress(TimeoutError):
            async with asyncio.timeout(nap):
                await self._awake.wait()
            await asyncio.sleep(_GATHER_SECONDS)

    async def _claim(self) -> list[Group] | None:
        """The groups of the next claim; None when nothing was due."""
        now = self._now()
        claim = await self._rows.claim(
            now, _CLAIM, now + self._lease, gap=_NUMBER_GAP, hourly=self._options.hourly_per_number,
            answers=_ANSWERS,
        )  # fmt: skip
        if claim.unsent:
            log.info("mt not sent", **claim.unsent)
        if not claim.rows:
            return None
        return await self._calls.grouped(claim.rows)

    async def _until_next(self) -> float:
        now = self._now()
        await self._rows.expire_leases(now, now, list(TRIES_WHEN_UNSURE.values()))
        await self._rows.end_unreported(now, now - self._options.reports_within)
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
        self._room.release()
        if not call.cancelled() and (fault := call.exception()):
            log.error("send failed", exc_info=fault)
