"""A database that is away: callers get an error in time, another host is used, and all is well once it is back."""

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from storage.away import AwayError
from storage.postgres.database import UNAVAILABLE
from storage.postgres.hosts import DatabaseHosts
from tests.resilience.wire import wired
from tests.storage.postgres.tested_pool import PID, WAITING_PID, open_bystander, open_test_pool, pids


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
