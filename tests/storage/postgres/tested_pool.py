"""A pool that a test opens, and what the database says of its connections."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from storage.postgres.database import Pool, close_pool, open_pool

PID = "SELECT pg_backend_pid()"
WAITING_PID = "SELECT pg_backend_pid() FROM (SELECT pg_advisory_xact_lock(4711)) AS waits_for_the_lock"
ENDLESS = "SELECT 1 FROM pg_sleep(60)"
OURS = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'voicepact'"
ENDS_OURS = f"SELECT pg_terminate_backend(pid, 5000) {OURS}"  # and waits until they have ended
AT_WORK = f"SELECT count(*) {OURS} AND state = 'active' AND query = $1"


@asynccontextmanager
async def open_test_pool(url: str, largest: int, *, timeout_seconds: float = 5) -> AsyncIterator[Pool]:
    pool = await open_pool(url, smallest=1, largest=largest, timeout_seconds=timeout_seconds)
    try:
        yield pool
    finally:
        await close_pool(pool, within_seconds=2)


@asynccontextmanager
async def open_bystander(url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def wait_until_running(url: str, query: str, how_many: int = 1) -> None:
    async with open_bystander(url) as other, asyncio.timeout(30):
        while await other.fetchval(AT_WORK, query) != how_many:  # noqa: ASYNC110 - the other side is a database
            await asyncio.sleep(0.01)


async def pids(pool: Pool, callers: int, *, at_once: int) -> list[int]:
    """Return the backend of each caller. The first `at_once` hold their connections at the same moment."""
    barrier, numbers = asyncio.Barrier(at_once), itertools.count(1)

    async def hold() -> int:
        async with pool.acquire() as connection:
            pid: int = await connection.fetchval(PID)
            if next(numbers) <= at_once:
                await barrier.wait()
            return pid

    async with asyncio.timeout(30):
        return await asyncio.gather(*(hold() for _ in range(callers)))
