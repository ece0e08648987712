"""The outbox: claims messages that are due, sends them through their provider, records what became of them.

The queue is the table sms_logs itself. A claim is a lease: whoever dies with one leaves the message `unconfirmed` when
the lease ends, and it goes again. Many calls are under way at once; what they came to is recorded together.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import aiohttp
import structlog

from contracts.actions import Clock
from contracts.msisdn import Msisdn, masked
from gateway.events import Accepted, HttpAnswer, HttpCall, MtSms, Rejected, TryLater, Unsure, Verdict
from gateway.providers import Provider
from gateway.retry import next_try
from storage import database
from storage.joined import Joined
from storage.queries import QUERIES

log = structlog.get_logger()

_CLAIM = 100
_LONGEST_NAP_SECONDS = 5.0
_GATHER_SECONDS = 0.03  # after being woken: what is queued next to it is claimed with it
_SETTLES_WITHIN = timedelta(minutes=10)  # how long an unconfirmed message waits for its report before it goes again


@dataclass(frozen=True, slots=True)
class Claimed:
    id: UUID
    msisdn: Msisdn = field(repr=False)
    text: str = field(repr=False)
    sender_id: str | None
    tries: int
    kind: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A row of the finish statement."""

    id: UUID
    tries: int
    status: str
    provider: str
    at: datetime
    message_id: str | None = None
    cost: str | None = None
    why: str | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OutboxOptions:
    database_url: str = field(repr=False)
    in_flight: int
    timeout_seconds: float
    most_tries: int


class Outbox:
    """`run` works until cancelled; then calls under way are let finish and are recorded."""

    def __init__(self, pool: database.Pool, provider: Provider, options: OutboxOptions, now: Clock) -> None:
        self._pool = pool
        self._provider = provider
        self._options = options
        self._now = now
        self._lease = timedelta(seconds=options.timeout_seconds * 2 + 10)
        self._awake = asyncio.Event()
        self._room = asyncio.Semaphore(options.in_flight)
        self._finish: Joined[Sent, None] = Joined(self._record, most=_CLAIM, trips=2, alone_on=database.ROW_FAULTS)
        self._calls: set[asyncio.Task[None]] = set()

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
                if self._calls:
                    await asyncio.wait(self._calls, timeout=self._options.timeout_seconds + 1)

    async def _work(self, http: aiohttp.ClientSession) -> None:
        """Claim and send until nothing is due, then sleep until something is."""
        self._awake.clear()
        try:
            while claimed := await self._claim():
                for group in _alike(claimed):
                    await self._room.acquire()
                    call = asyncio.create_task(self._send(http, group))
                    self._calls.add(call)
                    call.add_done_callback(self._done)
            nap = await self._until_next()
        except database.UNAVAILABLE as fault:
            log.warning("outbox waits for the database", fault=type(fault).__name__)
            nap = 1.0
        with suppress(TimeoutError):
            async with asyncio.timeout(nap):
                await self._awake.wait()
            await asyncio.sleep(_GATHER_SECONDS)

    async def _claim(self) -> list[Claimed]:
        now = self._now()
        rows = await self._pool.fetch(QUERIES["sms.claim"], now, _CLAIM, now + self._lease)
        return [Claimed(r["id"], Msisdn(r["msisdn"]), r["text"], r["shortcode"], r["tries"], r["kind"]) for r in rows]

    async def _until_next(self) -> float:
        now = self._now()
        await self._pool.execute(QUERIES["sms.expire_leases"], now, now)
        due: datetime | None = await self._pool.fetchval(QUERIES["sms.next_due"])
        wait = (due - now).total_seconds() if due else _LONGEST_NAP_SECONDS
        return min(max(wait, 0.01), _LONGEST_NAP_SECONDS)

    async def _send(self, http: aiohttp.ClientSession, group: Sequence[Claimed]) -> None:
        """One provider call for messages with the same words, and what it came to."""
        first = group[0]
        sms = MtSms(tuple(message.msisdn for message in group), first.text, first.sender_id)
        verdicts = await self._ask(http, sms)
        results = [self._settled(message, verdicts[message.msisdn]) for message in group]
        try:
            await asyncio.gather(*(self._finish(result) for result in results))
        except database.UNAVAILABLE as fault:
            # The lease ends, the message is unconfirmed and goes again: it may then arrive twice, but not never.
            log.error("sent but not recorded", fault=type(fault).__name__, messages=len(group))
        for message, result in zip(group, results, strict=True):
            log.info(
                "mt", to=masked(message.msisdn), kind=message.kind, status=result.status, tries=message.tries,
                why=result.why, cost=result.cost,
            )  # fmt: skip

    async def _ask(self, http: aiohttp.ClientSession, sms: MtSms) -> dict[Msisdn, Verdict]:
        try:
            answer = await _call(http, self._provider.render_mt(sms))
        except ValueError as wrong:
            return dict.fromkeys(sms.to, Rejected(str(wrong)))
        except aiohttp.ClientConnectorError:
            return dict.fromkeys(sms.to, TryLater("the provider could not be reached"))
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            return dict.fromkeys(sms.to, Unsure(f"no answer from the provider: {type(fault).__name__}"))
        return self._provider.read_mt(answer, sms)

    def _settled(self, message: Claimed, verdict: Verdict) -> Sent:
        now = self._now()
        row: dict[str, Any] = {"id": message.id, "tries": message.tries, "provider": self._provider.name, "at": now}
        match verdict:
            case Accepted(message_id, cost):
                return Sent(**row, status="submitted", message_id=message_id, cost=cost)
            case Rejected(why):
                return Sent(**row, status="rejected", why=why)
            case Unsure(why):
                again = next_try(now, message.tries, self._options.most_tries, 0.0)
                return Sent(**row, status="unconfirmed", why=why, due_at=again and max(again, now + _SETTLES_WITHIN))
            case TryLater(why):
                # Waits are spread on purpose; nothing secret hangs on this chance.
                again = next_try(now, message.tries, self._options.most_tries, random.random())  # noqa: S311
                status = "queued" if again else "failed"
                return Sent(**row, status=status, why=why if again else f"given up: {why}", due_at=again)

    async def _record(self, results: Sequence[Sent]) -> list[None]:
        """Two statements, as for reports: a report that came before this send was recorded is merged now."""
        await self._pool.fetch(QUERIES["sms.finish"], results)
        ids = [result.message_id for result in results if result.message_id]
        if ids:
            await self._pool.execute(QUERIES["sms.merge_reports"], [self._provider.name] * len(ids), ids)
        return [None] * len(results)

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
        self._calls.discard(call)
        self._room.release()
        if not call.cancelled() and (fault := call.exception()):
            log.error("send failed", exc_info=fault)


def _alike(claimed: Sequence[Claimed]) -> list[list[Claimed]]:
    """Messages that can share a call: same words, same sender, and each number once."""
    groups: dict[tuple[str, str | None, int], list[Claimed]] = defaultdict(list)
    seen: dict[tuple[str, str | None, str], int] = defaultdict(int)
    for message in claimed:
        same = (message.text, message.sender_id, message.msisdn)
        groups[(message.text, message.sender_id, seen[same])].append(message)
        seen[same] += 1
    return list(groups.values())


async def _call(http: aiohttp.ClientSession, call: HttpCall) -> HttpAnswer:
    async with http.request(call.method, call.url, headers=call.headers, data=call.form) as answer:
        return HttpAnswer(answer.status, answer.content_type, await answer.read())
