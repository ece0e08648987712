"""A connection that broke or went bad is replaced: while it was idle no caller notices, else one gets an error."""

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

import asyncpg
import pytest

from storage.postgres import pool as pool_module
from storage.postgres.database import UNAVAILABLE, Pool
from tests.databases import execute
from tests.resilience.wire import wired
from tests.storage.postgres.tested_pool import (
    ENDLESS,
    ENDS_OURS,
    PID,
    open_bystander,
    open_test_pool,
    pids,
    wait_until_running,
)


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
