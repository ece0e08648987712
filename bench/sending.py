"""SMS to phones (MT): a queue that a worker empties, compared with an aiohttp client that posts the same forms."""

import asyncio
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path
from uuid import UUID

import orjson

from bench.calls import CallsJob, CallsResult
from bench.cases import BenchCase
from bench.counters import Watch, count_row_versions, open_watch
from bench.driver import Result
from bench.population import Population
from bench.processes import HERE, as_service, new_database, production, start, stop
from bench.running import Measurement, pids_of
from storage.embedded.servers import ServerUrls

BARE_MT = BenchCase("bare aiohttp client", "calls", "bench.calls", (), kind="bare")
MT = BenchCase("MT taken by the provider", "sends", "gateway", ("worker",), bare=BARE_MT.label, sends=True)

IN_FLIGHT = 32
_FIRST_GUESS = 2000  # messages a second, until a measurement has shown how many there are
_FEWEST = 200
_SUBMITTED = "SELECT count(*) FROM sms_logs WHERE status = 'submitted'"
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
    row_versions: None = None

    def measure(self, seconds: float) -> Measurement:
        messages = max(int(self.a_second * seconds), _FEWEST)
        job = orjson.dumps(CallsJob(f"http://127.0.0.1:{self.provider_port}", IN_FLIGHT, _texts(messages)))
        client = [sys.executable, "-m", "bench.calls"]
        done = subprocess.run(client, input=job, stdout=subprocess.PIPE, check=True, cwd=HERE)  # noqa: S603 - ours
        counted = CallsResult(**orjson.loads(done.stdout))
        result = Result(counted.accepted, counted.accepted, counted.accepted, counted.seconds)
        if counted.accepted != messages:
            result.errors, result.wrong = 1, [f"{counted.accepted} of {messages} were accepted"]
        self.a_second = counted.accepted / counted.seconds
        return Measurement(result, {"server": counted.cpu_seconds * 1e6 / max(counted.accepted, 1)})


@dataclass(slots=True)
class QueueSending:
    """`voicepact worker` with a database of its own."""

    case: BenchCase
    population: Population
    pids: dict[str, int]
    a_second: float = _FIRST_GUESS
    sent: int = 0
    row_versions: float | None = None

    def measure(self, seconds: float) -> Measurement:
        """Measure from the moment all are queued until the last is recorded as accepted."""
        texts = _texts(max(int(self.a_second * seconds), _FEWEST))
        return asyncio.run(self._empty(texts))

    async def _empty(self, texts: list[tuple[str, str]]) -> Measurement:
        async with open_watch(self.population.database_url, self.pids) as watch:
            before = await watch.counters()
            queued_at = await self.population.queue_messages(texts, datetime.now(UTC))
            await watch.all_sent()
            took = time.perf_counter() - queued_at
            spent, sent = (await watch.counters()).since(before), len(texts)
            result = Result(sent, sent, sent, took)
            await self._check(watch, result)
        self.a_second = sent / took
        cpu_us = {name: seconds * 1e6 / sent for name, seconds in spent.cpu_seconds.items()}
        return Measurement(result, cpu_us, spent.wal_bytes / sent, spent.commits / sent)

    async def _check(self, watch: Watch, result: Result) -> None:
        self.sent += result.sessions
        accepted = await watch.value(_SUBMITTED)
        if accepted != self.sent:
            result.errors, result.wrong = 1, [f"{self.sent} were queued, {accepted} were accepted"]


@contextmanager
def run_bare_sending(provider_port: int) -> Iterator[BareSending]:
    yield BareSending(BARE_MT, provider_port)


@contextmanager
def run_queue_sending(servers: ServerUrls, provider_port: int, folder: Path) -> Iterator[QueueSending]:
    """Run a worker, which sleeps until messages are queued."""
    database_url = asyncio.run(new_database(servers.database_url, "bench_sending"))
    environment = {
        **production(secrets.token_hex(16), secrets.token_hex(16)), "DATABASE_URL": as_service(database_url),
        "REDIS_URL": servers.redis_url, "AT_BASE_URL": f"http://127.0.0.1:{provider_port}",
        "SMS_IN_FLIGHT": str(IN_FLIGHT),
    }  # fmt: skip
    worker = start("worker", [MT.module, *MT.arguments], environment, folder)
    try:
        population = Population(database_url, _no_pins)
        running = QueueSending(MT, population, {"server": worker.pid, **pids_of(folder)})
        yield running
    finally:
        stop(worker)
    if running.sent:
        running.row_versions = asyncio.run(count_row_versions(database_url)) / running.sent


async def _no_pins(people: Sequence[UUID]) -> Sequence[str]:
    raise AssertionError("nobody here dials")
