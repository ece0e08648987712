"""Embedded servers that are taken away are gone for everybody, and come back whole."""

from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from storage.embedded.servers import run_servers
from storage.embedded.unplug import EmbeddedSockets


async def test_servers_are_gone_for_who_is_connected_and_who_comes(tmp_path: Path) -> None:
    with run_servers(tmp_path / "data") as servers:
        sockets = EmbeddedSockets(Path(servers.redis_url.removeprefix("unix://")).parent)
        database, sessions = await asyncpg.connect(servers.database_url), Redis.from_url(servers.redis_url)
        await sessions.set("kept", "yes")
        for _ in range(2):  # twice is as once
            await sockets.take_database()
            await sockets.take_sessions()
        assert sockets.database_is_away and sockets.sessions_are_away
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await database.fetchval("SELECT 1")
        with pytest.raises(OSError):
            await asyncpg.connect(servers.database_url)
        with pytest.raises(RedisConnectionError):
            await sessions.get("kept")
        for _ in range(2):
            sockets.bring_database()
            sockets.bring_sessions()
        assert not sockets.database_is_away and not sockets.sessions_are_away
        again = await asyncpg.connect(servers.database_url)
        assert await again.fetchval("SELECT 1") == 1
        assert await sessions.get("kept") == b"yes"
        await again.close()
        await sessions.aclose()


async def test_servers_that_are_away_stop_and_start_with_the_service(tmp_path: Path) -> None:
    with run_servers(tmp_path / "data") as servers:
        sockets = EmbeddedSockets(Path(servers.redis_url.removeprefix("unix://")).parent)
        await sockets.take_database()
        await sockets.take_sessions()
    with run_servers(tmp_path / "data") as servers:
        database = await asyncpg.connect(servers.database_url)
        assert await database.fetchval("SELECT 1") == 1
        await database.close()
