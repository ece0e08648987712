"""A pool that keeps connections open between queries, in place of asyncpg's own pool.

Taking a connection from asyncpg's pool and giving it back costs more than a query does: a task, a timer and a future
each time. So a connection that was used once stays here, open, and the one that came back last is used first. asyncpg's
pool still owns all connections: it opens them, and every connection whose query did not end well goes back to it:

- When a caller is cancelled or its query times out, the query is cancelled at the server. Nobody gets the connection
  before the server has confirmed that; if the server does not confirm, the connection is closed.
- A connection that broke, in use or not, is replaced when the next one is needed.
- So is a connection that nobody used for minutes: a firewall in between may have dropped it silently, and a query on it
  would only fail after its whole timeout.
- A connection to a server that takes no writes any more, or whose plans are of an older schema, is closed with all that
  are idle: they are no better. What it was asked is asked once more on a new one, since nothing was written.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, TypeVar

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from storage.away import AwayWatch

PooledConnection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"

_T = TypeVar("_T")

# The server was demoted, or the schema changed beneath our prepared statements. Nothing was written.
OUTDATED: tuple[type[Exception], ...] = (
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InvalidCachedStatementError,
    asyncpg.OutdatedSchemaCacheError,
)
# The call had no answer, or its caller waited no longer. A probe decides whether the server is away.
_UNANSWERED = (
    asyncio.CancelledError,
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.TargetServerAttributeNotMatched,
)

_LONGEST_IDLE_SECONDS = 300.0  # as in asyncpg's pool


class Pool:
    """Up to `largest` connections in use at once; further callers wait, first come, first served.

    Connections are opened when they are needed, and kept.
    """

    def __init__(
        self, owner: "asyncpg.Pool[asyncpg.Record]", *, largest: int, probe: Callable[[], Awaitable[object]]
    ) -> None:
        """`owner` must have room for `largest` connections, and nothing else may use it. `probe` asks the server
        something small on a connection that is not of the pool."""
        self._owner = owner
        self.watch = AwayWatch(probe)
        self._free = asyncio.Semaphore(largest)
        self._idle: list[tuple[PooledConnection, float]] = []  # with the time.monotonic() since which each is idle
        self._is_closing = False

    async def fetch(self, query: str, *values: Any) -> "list[asyncpg.Record]":
        return await self._run(lambda connection: connection.fetch(query, *values))

    async def fetchrow(self, query: str, *values: Any) -> "asyncpg.Record | None":
        return await self._run(lambda connection: connection.fetchrow(query, *values))

    async def fetchval(self, query: str, *values: Any) -> Any:
        return await self._run(lambda connection: connection.fetchval(query, *values))

    async def execute(self, query: str, *values: Any) -> str:
        return await self._run(lambda connection: connection.execute(query, *values))

    async def _run(self, call: Callable[[PooledConnection], Awaitable[_T]]) -> _T:
        try:
            async with Checkout(self) as connection:
                return await call(connection)
        except OUTDATED:  # the connection has gone
            async with Checkout(self) as connection:
                return await call(connection)

    def acquire(self) -> "Checkout":
        """Take one connection for several queries: `async with pool.acquire() as connection`."""
        return Checkout(self)

    async def close(self) -> None:
        """Close once every connection is back. Callers that wait for one, or come later, get InterfaceError."""
        self._is_closing = True
        await self.watch.close()
        while self._idle:
            await self._owner.release(self._idle.pop()[0])
        await self._owner.close()

    def terminate(self) -> None:
        """Close every connection at once, in use or not."""
        self._is_closing = True
        self._owner.terminate()

    async def check_out(self) -> PooledConnection:
        """Take a connection; `Checkout` gives it back. Raise AwayError at once while the server is away."""
        self.watch.check()
        await self._free.acquire()
        try:
            if self._is_closing:
                raise asyncpg.InterfaceError("the pool is closing")
            while self._idle:
                connection, since = self._idle.pop()
                if _is_open(connection):
                    if time.monotonic() - since < _LONGEST_IDLE_SECONDS:
                        return connection
                    connection.terminate()  # at once; asyncpg's pool may then open another
            return await self._owner.acquire()
        except BaseException as fault:
            self._free.release()
            self._count(fault)
            raise

    async def check_in(self, connection: PooledConnection, fault: BaseException | None) -> None:
        """Take a connection back, with what its use ended with."""
        self._count(fault)
        try:
            if isinstance(fault, OUTDATED):
                for outdated in (connection, *(idle for idle, _ in self._idle)):
                    if _is_open(outdated):
                        outdated.terminate()  # at once; asyncpg's pool may then open another
                self._idle.clear()
            elif fault is None and not self._is_closing:
                self._idle.append((connection, time.monotonic()))
            else:
                await self._owner.release(connection)
        finally:
            self._free.release()

    def _count(self, fault: BaseException | None) -> None:
        if fault is None:
            self.watch.succeeded()
        elif isinstance(fault, _UNANSWERED):
            self.watch.failed()


class Checkout:
    """A context in which one connection of the pool is the caller's own."""

    __slots__ = ("_connection", "_pool")

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def __aenter__(self) -> PooledConnection:
        self._connection = await self._pool.check_out()
        return self._connection

    async def __aexit__(self, kind: object, fault: BaseException | None, trace: object) -> None:
        await self._pool.check_in(self._connection, fault)


def _is_open(connection: PooledConnection) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:  # asyncpg has taken it back already
        return False
