"""Which outbox learns of a queued message: one of all.

Outboxes nap for an hour here, so nobody finds a message who was not told. Each has a pool of one connection: PostgreSQL
knows when that one was last asked for anything.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import pytest

from gateway.outbox import Outbox
from storage.outbox_waking import CHANNEL, SERVER, WORKER
from storage.postgres.database import connect, open_pool
from storage.records import Records
from tests.gateway.fake_provider import FakeProvider
from tests.gateway.message_queue import Queue, count_taken, msisdn_of, running_outboxes

_LISTENERS = """SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = $1 AND query LIKE 'SELECT EXISTS%'"""


@pytest.fixture(autouse=True)
def endless_naps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.outbox.loop._LONGEST_NAP_SECONDS", 3600.0)
    monkeypatch.setattr("gateway.outbox.loop.ASKED_EVERY_SECONDS", 0.1)


@dataclass
class Process:
    """What one process has: its one connection to the database, on which its `outbox` asks; `pid` is that connection's
    server process."""

    queue: Queue
    outbox: Outbox
    pid: int


@dataclass
class Processes:
    """Several with an outbox that runs; `elsewhere` queues without one, as a command does."""

    elsewhere: Queue
    of: list[Process]

    async def listeners(self, application: str, count: int) -> list[int]:
        """Return the server processes of outboxes that listen, once there are so many."""
        async with asyncio.timeout(60):
            while len(found := await self.elsewhere.records.pool.fetch(_LISTENERS, application)) != count:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        return [row["pid"] for row in found]

    async def last_asked(self) -> dict[int, datetime]:
        """Return when each process last asked the database anything, once all have come to rest."""
        pids, looks = [one.pid for one in self.of], list[dict[int, datetime]]()
        async with asyncio.timeout(60):
            while len(looks) < 2 or looks[-1] != looks[-2]:
                await asyncio.sleep(0.3)
                rows = await self.elsewhere.records.pool.fetch(
                    "SELECT pid, query_start FROM pg_stat_activity WHERE pid = ANY ($1)", pids
                )
                looks.append({row["pid"]: row["query_start"] for row in rows})
        return looks[-1]


@asynccontextmanager
async def processes(
    queue: Queue, provider: FakeProvider, *, servers: int = 0, workers: int = 0
) -> AsyncIterator[Processes]:
    async with AsyncExitStack() as stack:
        found = list[Process]()
        for in_worker in [False] * servers + [True] * workers:
            pool = await open_pool(queue.url, smallest=1, largest=1, timeout_seconds=5)
            stack.push_async_callback(pool.close)
            own = Queue(queue.url, Records(pool))
            outbox = own.outbox(provider, in_worker=in_worker)
            own.records.wake_by(outbox.wake)
            found.append(Process(own, outbox, await pool.fetchval("SELECT pg_backend_pid()")))
        await stack.enter_async_context(running_outboxes(*(one.outbox for one in found)))
        running = Processes(queue, found)
        for application, count in ((SERVER, servers), (WORKER, workers)):
            if count:
                await running.listeners(application, count)
        yield running


@asynccontextmanager
async def told(queue: Queue) -> AsyncIterator[list[str]]:
    """Everything that outboxes are told through the database, also what is told while the context ends."""
    found, connection = list[str](), await connect(queue.url)
    await connection.add_listener(CHANNEL, lambda *told: found.append(told[-1]))
    try:
        yield found
        await queue.records.finish_waking_outbox()
        await connection.execute("SELECT pg_notify($1, 'over')", CHANNEL)
        async with asyncio.timeout(60):
            while found[-1:] != ["over"]:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        found.remove("over")
    finally:
        await connection.close()


async def send_one_of_each(queue: Queue, n: int) -> None:
    await queue.put(msisdn_of(n))
    await queue.wait_until(lambda rows: len(rows) == n and {row["status"] for row in rows} == {"submitted"})


async def until_it_leaves_it_to_a_worker(outbox: Outbox) -> None:
    async with asyncio.timeout(60):
        while outbox.wake():  # noqa: ASYNC110 - it learns of workers by itself
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("kind", ["servers", "workers"])
async def test_of_three_that_sleep_one_is_woken(queue: Queue, provider: FakeProvider, kind: str) -> None:
    async with processes(queue, provider, **{kind: 3}) as running:
        for n in range(1, 4):
            before = await running.last_asked()
            async with told(queue) as words:
                await send_one_of_each(queue, n)
            after = await running.last_asked()
            assert len(words) == 1
            assert sum(after[pid] != before[pid] for pid in before) == 1
    assert await count_taken(provider) == {msisdn_of(n): 1 for n in (1, 2, 3)}


async def test_who_queues_wakes_its_own_without_a_word_to_the_database(queue: Queue, provider: FakeProvider) -> None:
    async with processes(queue, provider, servers=3) as running:
        for n, process in enumerate(running.of, start=1):
            before = await running.last_asked()
            async with told(process.queue) as words:
                await send_one_of_each(process.queue, n)
            after = await running.last_asked()
            assert words == []
            assert [pid for pid in before if after[pid] != before[pid]] == [process.pid]


async def test_where_a_worker_listens_it_is_told_and_who_serves_callers_is_spared(
    queue: Queue, provider: FakeProvider
) -> None:
    async with processes(queue, provider, servers=2, workers=1) as running:
        server = running.of[0]
        (worker,) = await running.listeners(WORKER, 1)
        await until_it_leaves_it_to_a_worker(server.outbox)
        async with told(server.queue) as words:
            await send_one_of_each(server.queue, 1)
        assert words == [str(worker)]


async def test_what_was_left_to_a_worker_that_died_goes_to_one_who_lives(
    queue: Queue, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that queues asked an hour ago if a worker is there."""
    async with AsyncExitStack() as stack:
        async with processes(queue, provider, workers=1):
            monkeypatch.setattr("gateway.outbox.loop.ASKED_EVERY_SECONDS", 3600.0)
            running = await stack.enter_async_context(processes(queue, provider, servers=2))
            server = running.of[0]
            await until_it_leaves_it_to_a_worker(server.outbox)
        async with told(server.queue) as words:
            await send_one_of_each(server.queue, 1)
        assert len(words) == 1
        assert set(words) <= set(map(str, await running.listeners(SERVER, 2)))


async def test_what_a_process_queues_at_its_end_is_told_to_another(queue: Queue, provider: FakeProvider) -> None:
    async with processes(queue, provider, servers=1) as running:
        ending = Queue(queue.url, Records(queue.records.pool))
        ended = ending.outbox(provider)
        ending.records.wake_by(ended.wake)
        async with running_outboxes(ended):
            await running.listeners(SERVER, 2)
        (listener,) = await running.listeners(SERVER, 1)
        async with told(ending) as words:
            await send_one_of_each(ending, 1)
        assert words == [str(listener)]
