"""Connections lent for one query after another, without asyncpg's pool in between.

To take a connection from that pool and give it back, with a task, a timer and a future each time, costs more than the
query does. So what was lent once stays here, open, and the last that came back is lent first. asyncpg's pool still owns
all of them: it connects, and whatever did not end well goes back to it, with its rules for that:

- A caller that gives up or is late has its query cancelled at the server; nobody gets the connection before that is
  known, and if it does not become known, the connection is cut off.
- A connection that broke, lent or not, is replaced when the next one is needed.
- So is one that nobody used for minutes: what lies between may have forgotten it without a word, and a query would wait
  for its whole time to find that out.
"""

import asyncio
import time
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

Lent: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"

_LONGEST_IDLE_SECONDS = 300.0  # as in asyncpg's pool


class Pool:
    """`largest` leases at once, those who wait served in order. Connections are opened as they are needed, and kept."""

    def __init__(self, owner: "asyncpg.Pool[asyncpg.Record]", *, largest: int) -> None:
        """`owner` has room for `largest` connections and is used through here alone."""
        self._owner = owner
        self._room = asyncio.Semaphore(largest)
        self._kept: list[tuple[Lent, float]] = []  # and since when
        self._is_closing = False

    async def fetch(self, query: str, *values: Any) -> "list[asyncpg.Record]":
        async with Lease(self) as connection:
            return await connection.fetch(query, *values)

    async def fetchrow(self, query: str, *values: Any) -> "asyncpg.Record | None":
        async with Lease(self) as connection:
            return await connection.fetchrow(query, *values)

    async def fetchval(self, query: str, *values: Any) -> Any:
        async with Lease(self) as connection:
            return await connection.fetchval(query, *values)

    async def execute(self, query: str, *values: Any) -> str:
        async with Lease(self) as connection:
            return await connection.execute(query, *values)

    def acquire(self) -> "Lease":
        """A connection for several queries: `async with pool.acquire() as connection`."""
        return Lease(self)

    async def close(self) -> None:
        """Close when every lease is back. Who waits for one, or asks now, meets InterfaceError."""
        self._is_closing = True
        while self._kept:
            await self._owner.release(self._kept.pop()[0])
        await self._owner.close()

    def terminate(self) -> None:
        """Cut off every connection, lent or not."""
        self._is_closing = True
        self._owner.terminate()

    async def lend(self) -> Lent:
        """For `Lease`, which brings it back."""
        await self._room.acquire()
        try:
            if self._is_closing:
                raise asyncpg.InterfaceError("the pool is closing")
            while self._kept:
                connection, since = self._kept.pop()
                if _is_open(connection):
                    if time.monotonic() - since < _LONGEST_IDLE_SECONDS:
                        return connection
                    connection.terminate()  # waits for nobody, and asyncpg's pool has its place back
            return await self._owner.acquire()
        except BaseException:
            self._room.release()
            raise

    async def take_back(self, connection: Lent, *, ended_well: bool) -> None:
        try:
            if ended_well and not self._is_closing:
                self._kept.append((connection, time.monotonic()))
            else:
                await self._owner.release(connection)
        finally:
            self._room.release()


class Lease:
    """One connection, for as long as the context lasts."""

    __slots__ = ("_connection", "_pool")

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def __aenter__(self) -> Lent:
        self._connection = await self._pool.lend()
        return self._connection

    async def __aexit__(self, kind: object, fault: object, trace: object) -> None:
        await self._pool.take_back(self._connection, ended_well=fault is None)


def _is_open(connection: Lent) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:  # asyncpg has taken it back already
        return False
