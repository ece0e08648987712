"""Sessions when their store is restarted or away: on a server of the test's own, to be killed."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import ReadOnlyError

from storage.away import AwayError
from storage.sessions import UNAVAILABLE, Sessions
from tests.storage.session_store import PLAIN, open_sessions
from tests.storage.valkey_process import Valkey


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    folder = Path(tempfile.mkdtemp(prefix="vp-"))
    server = Valkey(folder)
    server.start()
    yield server
    server.kill()
    shutil.rmtree(folder)


async def until_it_answers(sessions: Sessions) -> None:
    async with asyncio.timeout(5):
        while True:
            try:
                return await sessions.beat()
            except UNAVAILABLE:
                await asyncio.sleep(0.01)


async def test_a_restart_between_load_and_save_loses_only_the_session(valkey: Valkey) -> None:
    async with open_sessions(valkey.url) as sessions:
        await until_it_answers(sessions)
        await sessions.save(await sessions.load("at", "old"), PLAIN)
        new, old = await sessions.load("at", "new"), await sessions.load("at", "old")
        valkey.kill()
        valkey.start()
        await until_it_answers(sessions)
        assert await sessions.save(new, PLAIN), "on a connection that broke meanwhile"
        assert not await sessions.save(old, b"2"), "nobody can say what became of it in between"
        assert (await sessions.load("at", "old")).plain is None
        assert (await sessions.load("at", "new")).plain == PLAIN


async def test_callers_get_an_error_at_once_while_the_store_is_away_and_answers_afterwards(valkey: Valkey) -> None:
    async with open_sessions(valkey.url) as sessions:
        await until_it_answers(sessions)
        loaded = await sessions.load("at", "s1")
        valkey.kill()
        async with asyncio.timeout(2):
            calls = [sessions.load("at", f"x{n}") for n in range(20)]
            answers = await asyncio.gather(*calls, sessions.save(loaded, PLAIN), return_exceptions=True)
        assert all(isinstance(answer, UNAVAILABLE) for answer in answers)
        with pytest.raises(UNAVAILABLE):
            await sessions.beat()
        valkey.start()
        await until_it_answers(sessions)
        assert await sessions.save(await sessions.load("at", "s1"), PLAIN)


async def test_a_demoted_store_is_left_for_the_one_behind_the_same_name(valkey: Valkey) -> None:
    """The connection is sound and every write on it refused: it has to go before the new primary is found."""
    folder = valkey.socket.parent
    primary, name = Valkey(folder, "next"), folder / "name.sock"
    primary.start()
    name.symlink_to(valkey.socket)
    try:
        async with open_sessions(valkey.url) as old, open_sessions(primary.url) as new:
            await until_it_answers(old)
            await until_it_answers(new)
        async with open_sessions(f"unix://{name}") as sessions, Redis.from_url(valkey.url) as demoted:
            assert await sessions.save(await sessions.load("at", "before"), PLAIN)
            await demoted.execute_command("REPLICAOF", "127.0.0.1", "1")  # type: ignore[no-untyped-call]  # by redis-py
            with pytest.raises(ReadOnlyError):
                await sessions.load("at", "meanwhile")
            name.unlink()
            name.symlink_to(primary.socket)
            assert await sessions.save(await sessions.load("at", "after"), PLAIN)
            assert (await sessions.load("at", "after")).plain == PLAIN
    finally:
        primary.kill()


async def test_a_store_that_is_away_is_not_waited_for(valkey: Valkey) -> None:
    async with open_sessions(valkey.url) as sessions:
        await until_it_answers(sessions)
        valkey.pause()
        try:
            async with asyncio.timeout(60):
                while True:
                    with pytest.raises(UNAVAILABLE) as refused:
                        await sessions.load("at", "any")
                    if isinstance(refused.value, AwayError):
                        break
        finally:
            valkey.resume()
        await until_it_loads(sessions)


async def until_it_loads(sessions: Sessions) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                await sessions.load("at", "any")
            except UNAVAILABLE:
                await asyncio.sleep(0.01)
            else:
                return


async def test_a_load_says_which_life_of_the_store_answered(valkey: Valkey) -> None:
    async with open_sessions(valkey.url) as sessions, open_sessions(valkey.url) as others:
        await until_it_answers(sessions)
        lives = [(await store.load("at", "s1")).life for store in (sessions, others, sessions)]
        assert lives[0] and set(lives) == {lives[0]}
        valkey.kill()
        valkey.start()
        await until_it_answers(sessions)
        assert (await sessions.load("at", "s1")).life not in ("", lives[0])
