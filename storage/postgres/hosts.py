"""The hosts that a DATABASE_URL names. With several, a connection is made to the one that takes writes.

asyncpg also tries one host after the other, but a host that has lost its power answers nothing, and takes the whole
time of the attempt. So here each host has its share of the time, and the host that was good last is tried first.
"""

from contextlib import suppress
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class DatabaseHosts:
    """The hosts of one URL. A single host is used as it is, also if it only reads."""

    def __init__(self, url: str) -> None:
        self._urls = _one_host_each(url)

    async def connect(self, dsn: str | None = None, *, timeout: float = 60.0, **options: Any) -> Any:  # noqa: ASYNC109
        """Connect within `timeout` seconds. Raise what the last host failed with. asyncpg's pool calls this as it would
        call `asyncpg.connect`, and has no `dsn` for it."""
        if len(self._urls) > 1:
            options["target_session_attrs"] = "read-write"
        *others, last = self._urls  # kept as they are now: whoever connects meanwhile sorts them
        share = timeout / len(self._urls)
        for url in others:
            with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InternalClientError):
                return await self._connect_to(url, timeout=share, **options)
        return await self._connect_to(last, timeout=share, **options)

    async def _connect_to(self, url: str, **options: Any) -> Connection:
        connection: Connection = await asyncpg.connect(url, **options)
        self._urls.sort(key=lambda other: other != url)
        return connection


def _one_host_each(url: str) -> list[str]:
    netloc = urlsplit(url).netloc
    user, at, hosts = netloc.rpartition("@")
    return [url.replace(netloc, f"{user}{at}{host}", 1) for host in hosts.split(",")]
