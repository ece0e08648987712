"""SMS to phones (MT): a queue that a worker empties, compared with an aiohttp client that posts the same forms."""

import asyncio
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path
from uuid import UUID

import asyncpg
import orjson

from bench.calls import CallsJob, CallsResult
from bench.cases import BenchCase, Measurement, pids_of
from bench.cpu import family_seconds
from bench.driver import Result
from bench.population import Population, fetch_value
from bench.processes import HERE, as_service, new_database, production, start, stop
from storage.embedded.servers import ServerUrls
from storage.postgres.database import asyncpg_url

BARE_CALLS = BenchCase("bare aiohttp client", "calls", None, "bench.calls", ())
SENDING = BenchCase("MT taken by the provider", "sends", BARE_CALLS.label, "gateway", ("worker",), sends=True)

IN_FLIGHT = 32
_FIRST_GUESS = 2000  # messages a second, until a measurement has shown how many there are
_FEWEST, _LOOKS_EVERY_SECONDS = 200, 0.02
_SENT_WITHIN_SECONDS = 60.0
_UNSENT = "SELECT EXISTS (SELECT FROM sms_logs WHERE status IN ('queued', 'sending'))"
_numbers = count(30_000_000)


def _texts(messages: int) -> list[tuple[str, str]]:
    """Return messages with a text of their own each, as most of ours have: no two can share a call."""
    return [
        (f"+2547{number}", f"Contract {number} is confirmed by all: 50 bags maize, KES 3,500. Keep this SMS.")
        for number in islice(_numbers, messages)
    ]


@dataclass(slots=True)
class BareSending:
    """The bare aiohttp client."""

    case: BenchCase
    provider_port: int
    a_second: float = _FIRST_GUESS

    def measure(self, seconds: float) -> Measurement:
        messages = max(int(self.a_second * seconds), _FEWEST)
        job = orjson.dumps(CallsJob(f"http://127.0.0.1:{self.provider_port}", IN_FLIGHT, _texts(messages)))
        client = [sys.executable, "-m", "bench.calls"]
        done = subprocess.run(client, input=job, stdout=subprocess.PIPE, check=True, cwd=HERE)  # noqa: S603 - ours
        counted = CallsResult(**orjson.loads(done.stdout))
        result = Result(counted.accepted, counted.accepted, counted.seconds)
        result.cpu_us = {"server": counted.cpu_seconds * 1e6 / max(counted.accepted, 1)}
        if counted.accepted != messages:
            result.errors, result.wrong = 1, [f"{counted.accepted} of {messages} were accepted"]
        self.a_second = counted.accepted / counted.seconds
        return Measurement(result)


@dataclass(slots=True)
class QueueSending:
    """`voicepact worker` with a database of its own."""

    case: BenchCase
    population: Population
    pids: dict[str, int]
    a_second: float = _FIRST_GUESS
    sent: int = field(default=0)

    def measure(self, seconds: float) -> Measurement:
        """Measure from the moment all are queued until the last is recorded as accepted."""
        texts = _texts(max(int(self.a_second * seconds), _FEWEST))
        return asyncio.run(self._empty(texts))

    async def _empty(self, texts: list[tuple[str, str]]) -> Measurement:
        before = {name: family_seconds(pid) for name, pid in self.pids.items()}
        queued_at = await self.population.queue_messages(texts, datetime.now(UTC))
        await self._until_sent()
        took = time.perf_counter() - queued_at
        after = {name: family_seconds(pid) for name, pid in self.pids.items()}
        result = Result(len(texts), len(texts), took)
        result.cpu_us = {name: (after[name] - before[name]) * 1e6 / len(texts) for name in before}
        self.sent += len(texts)
        submitted = "SELECT count(*) FROM sms_logs WHERE status = 'submitted'"
        accepted = await fetch_value(self.population.database_url, submitted)
        if accepted != self.sent:
            result.errors, result.wrong = 1, [f"{self.sent} were queued, {accepted} were accepted"]
        self.a_second = len(texts) / took
        return Measurement(result)

    async def _until_sent(self) -> None:
        """Poll on one connection: opening one costs PostgreSQL as much as dozens of messages."""
        connection = await asyncpg.connect(asyncpg_url(self.population.database_url))
        try:
            async with asyncio.timeout(_SENT_WITHIN_SECONDS):
                while await connection.fetchval(_UNSENT):  # noqa: ASYNC110 - the other side is a database
                    await asyncio.sleep(_LOOKS_EVERY_SECONDS)
        finally:
            await connection.close()


@contextmanager
def run_bare_sending(provider_port: int) -> Iterator[BareSending]:
    yield BareSending(BARE_CALLS, provider_port)


@contextmanager
def run_queue_sending(servers: ServerUrls, provider_port: int, folder: Path) -> Iterator[QueueSending]:
    """Run a worker, which sleeps until messages are queued."""
    database_url = asyncio.run(new_database(servers.database_url, "bench_sending"))
    environment = {
        **production(secrets.token_hex(16), secrets.token_hex(16)), "DATABASE_URL": as_service(database_url),
        "REDIS_URL": servers.redis_url, "AT_BASE_URL": f"http://127.0.0.1:{provider_port}",
        "SMS_IN_FLIGHT": str(IN_FLIGHT),
    }  # fmt: skip
    worker = start("worker", [SENDING.module, *SENDING.arguments], environment, folder)
    try:
        population = Population(database_url, _no_pins)
        yield QueueSending(SENDING, population, {"server": worker.pid, **pids_of(folder)})
    finally:
        stop(worker)


async def _no_pins(people: Sequence[UUID]) -> Sequence[str]:
    raise AssertionError("nobody here dials")
