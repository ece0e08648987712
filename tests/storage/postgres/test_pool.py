"""The pool: callers share few connections, get them in order, and each finds its connection as new."""

import asyncio

import asyncpg
import pytest

from storage.postgres.database import Pool
from tests.storage.postgres.tested_pool import (
    AT_WORK,
    ENDLESS,
    PID,
    open_bystander,
    open_test_pool,
    pids,
    wait_until_running,
)


async def test_callers_one_after_another_share_one_connection(database_url: str) -> None:
    async with open_test_pool(database_url, 4) as pool:
        await pids(pool, 3, at_once=3)
        assert len({await pool.fetchval(PID) for _ in range(10)}) == 1


async def test_connections_are_opened_when_they_are_needed_and_then_kept(database_url: str) -> None:
    async with open_test_pool(database_url, 3) as pool:
        first = set(await pids(pool, 2, at_once=2))
        assert len(first) == 2
        many = set(await pids(pool, 9, at_once=3))
        assert first < many
        assert len(many) == 3
        assert set(await pids(pool, 3, at_once=3)) == many


async def test_fetch_fetchrow_fetchval_and_execute_answer_as_those_of_asyncpg(database_url: str) -> None:
    async with open_test_pool(database_url, 1) as pool:
        assert [tuple(row) for row in await pool.fetch("SELECT * FROM generate_series(1, $1)", 2)] == [(1,), (2,)]
        assert dict(await pool.fetchrow("SELECT $1::jsonb AS said", {"a": [1]}) or {}) == {"said": {"a": [1]}}
        assert await pool.fetchrow("SELECT 1 WHERE false") is None
        assert await pool.fetchval("SELECT 7") == 7
        assert await pool.execute("CREATE TEMPORARY TABLE t (n integer)") == "CREATE TABLE"


async def test_waiting_callers_are_served_in_order_and_a_cancelled_one_delays_nobody(database_url: str) -> None:
    served: list[int] = []

    async def ask(pool: Pool, number: int) -> None:
        await pool.fetchval(PID)
        served.append(number)

    async with open_test_pool(database_url, 1) as pool:
        async with pool.acquire():
            waiting = [asyncio.create_task(ask(pool, number)) for number in range(6)]
            await asyncio.sleep(0)
            waiting[0].cancel()
            waiting[3].cancel()
            await asyncio.sleep(0.05)
            assert served == []
        await asyncio.wait(waiting)
    assert served == [1, 2, 4, 5]


async def test_a_caller_cancelled_just_when_it_is_served_leaves_the_connection_to_the_next(database_url: str) -> None:
    async with open_test_pool(database_url, 1) as pool:
        for _ in range(5):
            checkout = pool.acquire()
            await checkout.__aenter__()
            first, second = asyncio.create_task(pool.fetchval(PID)), asyncio.create_task(pool.fetchval(PID))
            await asyncio.sleep(0)
            await checkout.__aexit__(None, None, None)
            first.cancel()
            async with asyncio.timeout(30):
                assert await second


async def test_a_cancelled_query_has_ended_before_its_connection_is_used_again(database_url: str) -> None:
    async with open_test_pool(database_url, 1) as pool, open_bystander(database_url) as other:
        for _ in range(3):
            given_up = asyncio.create_task(pool.fetchval(ENDLESS))
            await wait_until_running(database_url, ENDLESS)
            given_up.cancel()
            next_one = asyncio.create_task(pool.fetchval(PID))
            async with asyncio.timeout(30):
                assert await next_one > 1, "its own answer, not the one that was given up"
                assert await other.fetchval(AT_WORK, ENDLESS) == 0
            with pytest.raises(asyncio.CancelledError):
                await given_up


async def test_a_query_past_its_timeout_is_stopped_and_its_connection_stays_in_use(database_url: str) -> None:
    async with (
        open_test_pool(database_url, 2, timeout_seconds=0.4) as pool,
        open_bystander(database_url) as other,
    ):
        answers = await asyncio.gather(*(pool.fetchval(ENDLESS) for _ in range(4)), return_exceptions=True)
        assert all(isinstance(answer, TimeoutError) for answer in answers)
        assert await other.fetchval(AT_WORK, ENDLESS) == 0
        assert len(set(await pids(pool, 6, at_once=2))) == 2


async def test_a_refused_row_does_not_close_the_connection(database_url: str) -> None:
    async with open_test_pool(database_url, 2) as pool:
        for _ in range(5):
            with pytest.raises(asyncpg.NotNullViolationError):
                await pool.execute("INSERT INTO phones (id) VALUES (NULL)")
            with pytest.raises(asyncpg.DataError):
                await pool.fetch("SELECT $1::integer", "not a number")
        assert len(set(await pids(pool, 4, at_once=2))) == 2


async def test_a_failed_transaction_has_ended_before_its_connection_is_used_again(database_url: str) -> None:
    async with open_test_pool(database_url, 1) as pool:
        for fault in (ZeroDivisionError, asyncio.CancelledError):
            with pytest.raises(fault):
                async with pool.acquire() as connection, connection.transaction():
                    await connection.execute("CREATE TABLE left_behind (n integer)")
                    raise fault
            assert await pool.fetchval("SELECT to_regclass('left_behind')") is None
