"""The pool: callers share few connections, get them in order, and never notice one that broke while it was idle."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import asyncpg
import pytest

from storage.away import AwayError
from storage.postgres import pool as pool_module
from storage.postgres.database import UNAVAILABLE, Pool, close_pool, open_pool
from storage.postgres.hosts import DatabaseHosts
from tests.databases import execute
from tests.resilience.wire import wired

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
    """The backend of each caller. The first `at_once` hold their connections at the same moment."""
    barrier, numbers = asyncio.Barrier(at_once), itertools.count(1)

    async def hold() -> int:
        async with pool.acquire() as connection:
            pid: int = await connection.fetchval(PID)
            if next(numbers) <= at_once:
                await barrier.wait()
            return pid

    async with asyncio.timeout(30):
        return await asyncio.gather(*(hold() for _ in range(callers)))


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


async def test_connections_that_broke_while_idle_are_replaced_and_no_caller_notices(database_url: str) -> None:
    async with open_test_pool(database_url, 3) as pool:
        before = set(await pids(pool, 3, at_once=3))
        await execute(database_url, ENDS_OURS)
        await asyncio.sleep(0.05)
        after = set(await pids(pool, 6, at_once=3))
        assert len(after) == 3
        assert not before & after


async def test_a_query_while_the_server_shuts_down_raises_one_of_unavailable(database_url: str) -> None:
    """The moment is between the server's last message on an idle connection and its closing."""
    is_over = False

    async def ask(pool: Pool) -> None:
        while not is_over:
            with suppress(*UNAVAILABLE):
                await pool.fetchval(PID)
            await asyncio.sleep(0)

    async with open_test_pool(database_url, 6) as pool:
        asking = [asyncio.create_task(ask(pool)) for _ in range(6)]
        for _ in range(15):
            await execute(database_url, ENDS_OURS)
            await asyncio.sleep(0.03)
        is_over = True
        await asyncio.gather(*asking)
        assert len(set(await pids(pool, 12, at_once=6))) == 6


async def test_a_long_idle_connection_that_a_firewall_dropped_is_replaced_before_it_is_used(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "_LONGEST_IDLE_SECONDS", 0.2)
    async with wired(database_url) as (wire, url), open_test_pool(url, 3) as pool:
        before = set(await pids(pool, 3, at_once=3))
        for end in wire.ends:
            end.transport.pause_reading()  # type: ignore[attr-defined]  # it is a socket's
        await asyncio.sleep(0.3)
        async with asyncio.timeout(30):
            after = set(await pids(pool, 6, at_once=3))
        assert len(after) == 3
        assert not before & after


async def test_a_caller_whose_connection_breaks_gets_an_error_and_the_next_is_served(database_url: str) -> None:
    async with open_test_pool(database_url, 2) as pool:
        under_way = [asyncio.create_task(pool.fetchval(ENDLESS)) for _ in range(5)]
        await wait_until_running(database_url, ENDLESS, 2)
        for ended in (2, 4):
            await execute(database_url, ENDS_OURS)
            await wait_until_running(database_url, ENDLESS, min(2, 5 - ended))
        await execute(database_url, ENDS_OURS)
        answers = await asyncio.gather(*under_way, return_exceptions=True)
        assert all(isinstance(answer, UNAVAILABLE) for answer in answers)
        assert len(set(await pids(pool, 6, at_once=2))) == 2


@pytest.mark.parametrize("how", ["silent", "gone"])
async def test_callers_get_an_error_in_time_while_the_database_is_away_and_answers_afterwards(
    database_url: str, how: str
) -> None:
    async with wired(database_url) as (wire, url), open_test_pool(url, 2, timeout_seconds=0.5) as pool:
        await pids(pool, 2, at_once=2)
        wire.goes_silent() if how == "silent" else wire.is_taken_down()
        async with asyncio.timeout(30):
            answers = await asyncio.gather(*(pool.fetchval(PID) for _ in range(4)), return_exceptions=True)
        assert all(isinstance(answer, UNAVAILABLE) for answer in answers)
        wire.heals()
        async with asyncio.timeout(30):
            while True:
                try:
                    assert len(set(await pids(pool, 6, at_once=2))) == 2
                    break
                except UNAVAILABLE:
                    await asyncio.sleep(0.05)


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


async def test_a_connection_to_a_server_that_takes_no_writes_leaves_with_all_idle_ones(database_url: str) -> None:
    """After a failover the old connections are sound, and refuse every write for ever. The caller does not notice."""
    name = urlsplit(database_url).path.removeprefix("/")
    async with open_test_pool(database_url, 3) as pool, open_bystander(database_url) as owner:
        await owner.execute("CREATE TABLE notes (text text)")
        await owner.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        old = await pids(pool, 6, at_once=3)
        await owner.execute(ENDS_OURS)
        demoted = set(await pids(pool, 6, at_once=3))
        assert demoted.isdisjoint(old)
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await pool.execute("INSERT INTO notes VALUES ('nobody can write')")
        for pid in await pids(pool, 3, at_once=3):
            demoted.add(pid)
        await owner.execute("SET default_transaction_read_only = off")
        await owner.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        await pool.execute("INSERT INTO notes VALUES ('the first that is asked writes')")
        assert demoted.isdisjoint(await pids(pool, 6, at_once=3))


async def test_a_schema_that_changed_beneath_a_transaction_costs_one_connection(database_url: str) -> None:
    async with open_test_pool(database_url, 2) as pool, open_bystander(database_url) as owner:
        await owner.execute("CREATE TABLE notes (text text)")
        await pool.fetch("SELECT * FROM notes")
        await owner.execute("ALTER TABLE notes ADD COLUMN more integer")
        assert await pool.fetch("SELECT * FROM notes") == []


async def test_a_server_that_is_away_is_not_waited_for(database_url: str) -> None:
    async with wired(database_url) as (wire, url), open_test_pool(url, 4, timeout_seconds=0.2) as pool:
        await pool.fetchval(PID)
        wire.goes_silent()
        async with asyncio.timeout(60):
            while True:
                with pytest.raises(UNAVAILABLE) as refused:
                    await pool.fetchval(PID)
                if isinstance(refused.value, AwayError):
                    break
        wire.heals()
        async with asyncio.timeout(60):
            while pool.watch.is_away:  # noqa: ASYNC110 - the other side is a database
                await asyncio.sleep(0.01)
        assert await pool.fetchval(PID)


async def test_the_next_host_of_the_url_is_used_while_the_first_answers_nothing(database_url: str) -> None:
    async with wired(database_url) as (first, first_url), wired(database_url) as (_, second_url):
        url = first_url.replace(f":{first.port}", f":{first.port},127.0.0.1:{urlsplit(second_url).port}", 1)
        async with open_test_pool(url, 2, timeout_seconds=0.5) as pool:
            await pids(pool, 2, at_once=2)
            first.goes_silent()
            async with asyncio.timeout(60):
                while True:
                    with suppress(*UNAVAILABLE):
                        assert await pool.fetchval(PID)
                        break


async def test_who_connects_finds_the_host_that_answers_while_another_finds_it_too(database_url: str) -> None:
    """Whoever finds it first puts it in front, while the others still wait for the one that is silent."""
    async with wired(database_url) as (first, first_url), wired(database_url) as (_, second_url):
        hosts = DatabaseHosts(
            first_url.replace(f":{first.port}", f":{first.port},127.0.0.1:{urlsplit(second_url).port}", 1)
        )
        first.goes_silent()
        patient = [asyncio.create_task(hosts.connect(timeout=120)) for _ in range(2)]
        found = [await hosts.connect(timeout=4)]
        first.is_taken_down()
        for connection in (*found, *await asyncio.gather(*patient)):
            connection.terminate()


async def test_a_row_that_is_locked_is_no_server_that_is_away(database_url: str) -> None:
    async with (
        open_bystander(database_url) as other,
        open_test_pool(database_url, 4, timeout_seconds=0.2) as pool,
        other.transaction(),
    ):
        await other.fetchval("SELECT pg_advisory_xact_lock(4711)")
        for _ in range(8):
            with pytest.raises(TimeoutError):
                await pool.fetchval(WAITING_PID)
        assert not pool.watch.is_away
        assert await pool.fetchval(PID), "everybody else is served"
