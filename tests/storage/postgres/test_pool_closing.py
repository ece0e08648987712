"""Closing the pool: queries under way end, or are cut off in time, and no other begins."""

import asyncio

import asyncpg
import pytest

from storage.postgres.database import UNAVAILABLE, close_pool, open_pool
from tests.storage.postgres.tested_pool import ENDLESS, OURS, PID, WAITING_PID, open_bystander, pids, wait_until_running


async def test_closing_waits_for_queries_under_way_and_refuses_all_others(database_url: str) -> None:
    pool = await open_pool(database_url, smallest=1, largest=2, timeout_seconds=30)
    async with open_bystander(database_url) as other:
        await other.execute("SELECT pg_advisory_lock(4711)")
        under_way = [asyncio.create_task(pool.fetchval(WAITING_PID)) for _ in range(2)]
        waiting = [asyncio.create_task(pool.fetchval(PID)) for _ in range(3)]
        await wait_until_running(database_url, WAITING_PID, 2)
        closing = asyncio.create_task(close_pool(pool, within_seconds=30))
        await asyncio.sleep(0)
        waiting.append(asyncio.create_task(pool.fetchval(PID)))
    await closing
    assert all([await task for task in under_way])
    refused = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(answer) for answer in refused] == [asyncpg.InterfaceError] * 4
    async with open_bystander(database_url) as other:
        assert await other.fetchval(f"SELECT count(*) {OURS}") == 0
    with pytest.raises(asyncpg.InterfaceError):
        await pool.fetchval(PID)


async def test_closing_cuts_off_a_query_that_does_not_end_in_time(database_url: str) -> None:
    pool = await open_pool(database_url, smallest=1, largest=2, timeout_seconds=30)
    await pids(pool, 2, at_once=2)
    lost = asyncio.create_task(pool.fetchval(ENDLESS))
    await wait_until_running(database_url, ENDLESS)
    async with asyncio.timeout(20):  # less than the query's own timeout
        await close_pool(pool, within_seconds=0.3)
    with pytest.raises(UNAVAILABLE):
        await lost
