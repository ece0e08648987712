"""The servers of a command that works on what is there: it makes no data folder, no database and no secret."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from gateway.commands.startup import StartError, in_one_line, read_settings, running_service, with_embedded_servers
from gateway.settings import Settings, with_kept_secrets
from gateway.settings.mpesa import with_simulated_mpesa
from storage.postgres import database
from storage.postgres.database import asyncpg_url

T = TypeVar("T")


@contextmanager
def existing_servers(
    settings: Settings, data_dir: Path, *, needs_sessions: bool = False
) -> Iterator[Settings]:  # fmt: skip
    """Complete the settings with the URL of the database, and with `needs_sessions` also the session store's: from
    the settings; else of the service that runs on `data_dir`; else of servers that are started now on the data that a
    service has left there. If the simulator of that service plays M-Pesa, its account is ours too. Raise StartError,
    with one line, if there are no servers, and for every fault of theirs."""
    with in_one_line():
        running = running_service(data_dir) or {}
        if settings.environment != "production":
            settings = with_kept_secrets(settings, data_dir)
            if running.get("simulator_key"):
                settings = with_simulated_mpesa(settings, running["simulator_url"])
        urls = {name: getattr(settings, name) or running.get(name) for name in ("database_url", "redis_url")}
        settings = settings.model_copy(update=urls)
        if needs_sessions:
            check_secret_key(settings, data_dir)
        if settings.database_url and (settings.redis_url or not needs_sessions):
            yield settings
            return
        if not os.path.lexists(data_dir / "postgres"):
            missing = "REDIS_URL" if settings.database_url else "DATABASE_URL"
            raise StartError(f"no service has run on {data_dir}: give its --data-dir, or set {missing}")
        with with_embedded_servers(settings, data_dir) as settings:
            yield settings


def check_secret_key(settings: Settings, data_dir: Path) -> None:
    """Raise StartError if the key of sessions and codes is not known."""
    if not settings.secret_key.get_secret_value():
        raise StartError(f"SECRET_KEY: is not set, and no service has run on {data_dir}")


@contextmanager
def existing_database(data_dir: Path) -> Iterator[str]:
    """Yield the URL of the database, as `existing_servers` finds it."""
    with existing_servers(read_settings(), data_dir) as settings:
        assert settings.database_url
        yield asyncpg_url(settings.database_url)


def with_connection(
    data_dir: Path, work: Callable[[database.Connection, Settings], Awaitable[T]], *, needs_sessions: bool = False
) -> T:  # fmt: skip
    """Return what `work` returns for one connection, which reads and writes jsonb as values, and the settings. With
    `needs_sessions` these have the session store's URL too."""

    async def run(settings: Settings) -> T:
        assert settings.database_url
        connection = await database.connect(settings.database_url)
        try:
            await database.set_json_codec(connection)
            return await work(connection, settings)
        finally:
            await connection.close()

    with existing_servers(read_settings(), data_dir, needs_sessions=needs_sessions) as settings:
        return asyncio.run(run(settings))


def with_pool(data_dir: Path, work: Callable[[database.Pool], Awaitable[T]]) -> T:
    """Return what `work` returns for a pool of connections to the database that `existing_servers` finds."""
    with existing_database(data_dir) as url:
        return asyncio.run(open_and_close_pool(url, work))


async def open_and_close_pool(url: str, work: Callable[[database.Pool], Awaitable[T]]) -> T:
    """Return what `work` returns for a pool of one connection."""
    pool = await database.open_pool(url, smallest=1, largest=1, timeout_seconds=10)
    try:
        return await work(pool)
    finally:
        await database.close_pool(pool, within_seconds=1.0)
