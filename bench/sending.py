"""MT in a bench: a queue that a worker empties, next to an aiohttp client that posts the same forms from a list."""

import asyncio
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path
from uuid import uuid4

import asyncpg
import orjson

from bench.calls import CallsJob, CallsResult
from bench.contest import Entry, Turn, pids_of
from bench.cpu import family_seconds
from bench.driver import Result
from bench.processes import HERE, new_database, production, start, stop
from bench.town import Town, ask
from storage.embedded.servers import ServerUrls
from storage.postgres.database import asyncpg_url

BARE_CALLS = Entry("bare aiohttp client", "calls", None, "bench.calls", ())
SENDING = Entry("MT taken by the provider", "sends", BARE_CALLS.label, "gateway", ("worker",), sends=True)

IN_FLIGHT = 32
_FIRST_GUESS = 2000  # messages a second, until a turn has shown how many there are
_FEWEST, _LOOKS_EVERY_SECONDS = 200, 0.02
_SENT_WITHIN_SECONDS = 60.0
_UNSENT = "SELECT EXISTS (SELECT FROM sms_logs WHERE status IN ('queued', 'sending'))"
_numbers = count(30_000_000)


def _texts(messages: int) -> list[tuple[str, str]]:
    """To everyone their own words, as most of ours are: no two of them can share a call."""
    return [
        (f"+2547{number}", f"Contract {number} is confirmed by all: 50 bags maize, KES 3,500. Keep this SMS.")
        for number in islice(_numbers, messages)
    ]


@dataclass(slots=True)
class Calls:
    """The bare client."""

    entry: Entry
    provider_port: int
    a_second: float = _FIRST_GUESS

    def turn(self, seconds: float) -> Turn:
        messages = max(int(self.a_second * seconds), _FEWEST)
        job = orjson.dumps(CallsJob(f"http://127.0.0.1:{self.provider_port}", IN_FLIGHT, _texts(messages)))
        client = [sys.executable, "-m", "bench.calls"]
        done = subprocess.run(client, input=job, stdout=subprocess.PIPE, check=True, cwd=HERE)  # noqa: S603 - ours
        told = CallsResult(**orjson.loads(done.stdout))
        result = Result(told.accepted, told.accepted, told.seconds)
        result.cpu_us = {"server": told.cpu_seconds * 1e6 / max(told.accepted, 1)}
        if told.accepted != messages:
            result.errors, result.told = 1, [f"{told.accepted} of {messages} were taken"]
        self.a_second = told.accepted / told.seconds
        return Turn(result)


@dataclass(slots=True)
class Queue:
    """`voicepact worker`, with a database of its own."""

    entry: Entry
    town: Town
    pids: dict[str, int]
    a_second: float = _FIRST_GUESS
    sent: int = field(default=0)

    def turn(self, seconds: float) -> Turn:
        """From the moment all are queued to when the last is recorded as taken."""
        texts = _texts(max(int(self.a_second * seconds), _FEWEST))
        return asyncio.run(self._emptied(texts))

    async def _emptied(self, texts: list[tuple[str, str]]) -> Turn:
        before = {name: family_seconds(pid) for name, pid in self.pids.items()}
        queued_at = await self.town.queue(texts, datetime.now(UTC))
        await self._until_sent()
        took = time.perf_counter() - queued_at
        after = {name: family_seconds(pid) for name, pid in self.pids.items()}
        result = Result(len(texts), len(texts), took)
        result.cpu_us = {name: (after[name] - before[name]) * 1e6 / len(texts) for name in before}
        self.sent += len(texts)
        taken = await ask(self.town.database_url, "SELECT count(*) FROM sms_logs WHERE status = 'submitted'")
        if taken != self.sent:
            result.errors, result.told = 1, [f"{self.sent} were queued, {taken} were taken"]
        self.a_second = len(texts) / took
        return Turn(result)

    async def _until_sent(self) -> None:
        """Asked on one connection: to open one costs the server as much as dozens of messages."""
        connection = await asyncpg.connect(asyncpg_url(self.town.database_url))
        try:
            async with asyncio.timeout(_SENT_WITHIN_SECONDS):
                while await connection.fetchval(_UNSENT):  # noqa: ASYNC110 - the other side is a database
                    await asyncio.sleep(_LOOKS_EVERY_SECONDS)
        finally:
            await connection.close()


@contextmanager
def calls(provider_port: int) -> Iterator[Calls]:
    yield Calls(BARE_CALLS, provider_port)


@contextmanager
def queue(servers: ServerUrls, provider_port: int, folder: Path) -> Iterator[Queue]:
    """A worker that is idle, and woken by what is queued."""
    database_url = asyncio.run(new_database(servers.database_url, "bench_sending"))
    environment = {
        **production(secrets.token_hex(16), secrets.token_hex(16)), "DATABASE_URL": database_url,
        "REDIS_URL": servers.redis_url, "AT_BASE_URL": f"http://127.0.0.1:{provider_port}",
        "SMS_IN_FLIGHT": str(IN_FLIGHT),
    }  # fmt: skip
    worker = start("worker", [SENDING.module, *SENDING.arguments], environment, folder)
    try:
        yield Queue(SENDING, Town(database_url, str(uuid4())), {"server": worker.pid, **pids_of(folder)})
    finally:
        stop(worker)
