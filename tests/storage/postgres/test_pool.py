"""Connections lent for a query each: few, in order, whole; and replaced where they broke."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg
import pytest

from storage.postgres import pool as pool_module
from storage.postgres.database import UNAVAILABLE, Pool, close_pool, open_pool
from tests.databases import execute
from tests.resilience.wire import wired

PID = "SELECT pg_backend_pid()"
SLOW_PID = "SELECT pg_backend_pid() FROM pg_sleep(0.2)"
ENDLESS = "SELECT 1 FROM pg_sleep(60)"
OURS = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'voicepact'"
ENDS_OURS = f"SELECT pg_terminate_backend(pid, 5000) {OURS}"  # and waits until they have ended
AT_WORK = f"SELECT count(*) {OURS} AND state = 'active' AND query = $1"


@asynccontextmanager
async def pool_of(url: str, largest: int, *, timeout_seconds: float = 5) -> AsyncIterator[Pool]:
    pool = await open_pool(url, smallest=1, largest=largest, timeout_seconds=timeout_seconds)
    try:
        yield pool
    finally:
        await close_pool(pool, within_seconds=2)


@asynccontextmanager
async def onlooker(url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def until_at_work(url: str, query: str, how_many: int = 1) -> None:
    async with onlooker(url) as other, asyncio.timeout(5):
        while await other.fetchval(AT_WORK, query) != how_many:  # noqa: ASYNC110 - the other side is a database
            await asyncio.sleep(0.01)


async def pids(pool: Pool, callers: int) -> list[int]:
    found: list[int] = await asyncio.gather(*(pool.fetchval(SLOW_PID) for _ in range(callers)))
    return found


async def test_callers_after_one_another_have_one_connection(database_url: str) -> None:
    async with pool_of(database_url, 4) as pool:
        await pids(pool, 3)
        assert len({await pool.fetchval(PID) for _ in range(10)}) == 1


async def test_connections_are_opened_as_they_are_needed_and_kept(database_url: str) -> None:
    async with pool_of(database_url, 3) as pool:
        first = set(await pids(pool, 2))
        assert len(first) == 2
        many = set(await pids(pool, 9))
        assert first < many
        assert len(many) == 3
        assert set(await pids(pool, 3)) == many


async def test_each_way_to_ask_gives_its_own_kind_of_answer(database_url: str) -> None:
    async with pool_of(database_url, 1) as pool:
        assert [tuple(row) for row in await pool.fetch("SELECT * FROM generate_series(1, $1)", 2)] == [(1,), (2,)]
        assert dict(await pool.fetchrow("SELECT $1::jsonb AS said", {"a": [1]}) or {}) == {"said": {"a": [1]}}
        assert await pool.fetchrow("SELECT 1 WHERE false") is None
        assert await pool.fetchval("SELECT 7") == 7
        assert await pool.execute("CREATE TEMPORARY TABLE t (n integer)") == "CREATE TABLE"


async def test_those_who_wait_are_served_in_order_and_who_gives_up_holds_up_nobody(database_url: str) -> None:
    served: list[int] = []

    async def ask(pool: Pool, number: int) -> None:
        await pool.fetchval(PID)
        served.append(number)

    async with pool_of(database_url, 1) as pool:
        async with pool.acquire():
            waiting = [asyncio.create_task(ask(pool, number)) for number in range(6)]
            await asyncio.sleep(0)
            waiting[0].cancel()
            waiting[3].cancel()
            await asyncio.sleep(0.05)
            assert served == []
        await asyncio.wait(waiting)
    assert served == [1, 2, 4, 5]


async def test_one_who_gives_up_just_when_it_is_served_leaves_the_connection_to_the_next(database_url: str) -> None:
    async with pool_of(database_url, 1) as pool:
        for _ in range(5):
            lease = pool.acquire()
            await lease.__aenter__()
            first, second = asyncio.create_task(pool.fetchval(PID)), asyncio.create_task(pool.fetchval(PID))
            await asyncio.sleep(0)
            await lease.__aexit__(None, None, None)
            first.cancel()
            async with asyncio.timeout(2):
                assert await second


async def test_what_a_caller_gave_up_has_ended_before_its_connection_is_lent(database_url: str) -> None:
    async with pool_of(database_url, 1) as pool, onlooker(database_url) as other:
        for _ in range(3):
            given_up = asyncio.create_task(pool.fetchval(ENDLESS))
            await until_at_work(database_url, ENDLESS)
            given_up.cancel()
            next_one = asyncio.create_task(pool.fetchval(PID))
            async with asyncio.timeout(3):
                assert await next_one > 1, "its own answer, not the one that was given up"
                assert await other.fetchval(AT_WORK, ENDLESS) == 0
            with pytest.raises(asyncio.CancelledError):
                await given_up


async def test_a_late_query_is_stopped_and_its_connection_serves_on(database_url: str) -> None:
    async with pool_of(database_url, 2, timeout_seconds=0.4) as pool, onlooker(database_url) as other:
        answers = await asyncio.gather(*(pool.fetchval(ENDLESS) for _ in range(4)), return_exceptions=True)
        assert all(isinstance(answer, TimeoutError) for answer in answers)
        assert await other.fetchval(AT_WORK, ENDLESS) == 0
        assert len(set(await pids(pool, 6))) == 2


async def test_a_refused_row_costs_no_connection(database_url: str) -> None:
    async with pool_of(database_url, 2) as pool:
        for _ in range(5):
            with pytest.raises(asyncpg.NotNullViolationError):
                await pool.execute("INSERT INTO phones (id) VALUES (NULL)")
            with pytest.raises(asyncpg.DataError):
                await pool.fetch("SELECT $1::integer", "not a number")
        assert len(set(await pids(pool, 4))) == 2


async def test_a_transaction_that_failed_is_over_when_its_connection_is_lent_again(database_url: str) -> None:
    async with pool_of(database_url, 1) as pool:
        for fault in (ZeroDivisionError, asyncio.CancelledError):
            with pytest.raises(fault):
                async with pool.acquire() as connection, connection.transaction():
                    await connection.execute("CREATE TABLE left_behind (n integer)")
                    raise fault
            assert await pool.fetchval("SELECT to_regclass('left_behind')") is None


async def test_connections_that_broke_while_they_were_idle_are_replaced_unnoticed(database_url: str) -> None:
    async with pool_of(database_url, 3) as pool:
        before = set(await pids(pool, 3))
        await execute(database_url, ENDS_OURS)
        await asyncio.sleep(0.05)
        after = set(await pids(pool, 6))
        assert len(after) == 3
        assert not before & after


async def test_whoever_asks_just_while_the_server_gives_up_is_told_what_callers_know(database_url: str) -> None:
    """Between the server's last word on an idle connection and its end."""
    is_over = False

    async def ask(pool: Pool) -> None:
        while not is_over:
            with suppress(*UNAVAILABLE):
                await pool.fetchval(PID)
            await asyncio.sleep(0)

    async with pool_of(database_url, 6) as pool:
        asking = [asyncio.create_task(ask(pool)) for _ in range(6)]
        for _ in range(15):
            await execute(database_url, ENDS_OURS)
            await asyncio.sleep(0.03)
        is_over = True
        await asyncio.gather(*asking)
        assert len(set(await pids(pool, 12))) == 6


async def test_connections_that_were_forgotten_on_the_way_while_they_were_idle_are_waited_for_by_nobody(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "_LONGEST_IDLE_SECONDS", 0.2)
    async with wired(database_url) as (wire, url), pool_of(url, 3) as pool:
        before = set(await pids(pool, 3))
        for end in wire.ends:
            end.transport.pause_reading()  # type: ignore[attr-defined]  # it is a socket's
        await asyncio.sleep(0.3)
        async with asyncio.timeout(3):
            after = set(await pids(pool, 6))
        assert len(after) == 3
        assert not before & after


async def test_who_holds_a_connection_that_breaks_is_told_and_the_next_is_served(database_url: str) -> None:
    async with pool_of(database_url, 2) as pool:
        under_way = [asyncio.create_task(pool.fetchval(ENDLESS)) for _ in range(5)]
        await until_at_work(database_url, ENDLESS, 2)
        for ended in (2, 4):
            await execute(database_url, ENDS_OURS)
            await until_at_work(database_url, ENDLESS, min(2, 5 - ended))
        await execute(database_url, ENDS_OURS)
        answers = await asyncio.gather(*under_way, return_exceptions=True)
        assert all(isinstance(answer, UNAVAILABLE) for answer in answers)
        assert len(set(await pids(pool, 6))) == 2


@pytest.mark.parametrize("how", ["silent", "gone"])
async def test_while_the_database_is_away_everyone_is_told_in_time_and_then_served_again(
    database_url: str, how: str
) -> None:
    async with wired(database_url) as (wire, url), pool_of(url, 2, timeout_seconds=0.5) as pool:
        await pids(pool, 2)
        wire.goes_silent() if how == "silent" else wire.is_taken_down()
        began = time.perf_counter()
        answers = await asyncio.gather(*(pool.fetchval(PID) for _ in range(4)), return_exceptions=True)
        assert all(isinstance(answer, UNAVAILABLE) for answer in answers)
        assert time.perf_counter() - began < 5
        wire.heals()
        async with asyncio.timeout(5):
            while True:
                try:
                    assert len(set(await pids(pool, 6))) == 2
                    break
                except UNAVAILABLE:
                    await asyncio.sleep(0.05)


async def test_closing_lets_those_end_who_have_a_connection_and_refuses_all_others(database_url: str) -> None:
    pool = await open_pool(database_url, smallest=1, largest=2, timeout_seconds=5)
    under_way = [asyncio.create_task(pool.fetchval(SLOW_PID)) for _ in range(2)]
    waiting = [asyncio.create_task(pool.fetchval(PID)) for _ in range(3)]
    await until_at_work(database_url, SLOW_PID, 2)
    closing = asyncio.create_task(close_pool(pool, within_seconds=5))
    await asyncio.sleep(0)
    with pytest.raises(asyncpg.InterfaceError):
        await pool.fetchval(PID)
    await closing
    assert all([await task for task in under_way])
    refused = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(answer) for answer in refused] == [asyncpg.InterfaceError] * 3
    async with onlooker(database_url) as other:
        assert await other.fetchval(f"SELECT count(*) {OURS}") == 0
    with pytest.raises(asyncpg.InterfaceError):
        await pool.fetchval(PID)


async def test_who_does_not_end_in_time_is_cut_off_by_the_close(database_url: str) -> None:
    pool = await open_pool(database_url, smallest=1, largest=2, timeout_seconds=30)
    await pids(pool, 2)
    lost = asyncio.create_task(pool.fetchval(ENDLESS))
    await until_at_work(database_url, ENDLESS)
    began = time.perf_counter()
    await close_pool(pool, within_seconds=0.3)
    assert time.perf_counter() - began < 2
    with pytest.raises(UNAVAILABLE):
        await lost
