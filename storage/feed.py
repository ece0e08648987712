"""The feed in PostgreSQL: gives audit entries and fates of messages their positions, and reads them in that order.

The feed holds no event. A position names an audit entry or a fate; what an event says is read from these.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from storage.postgres.database import Connection, Pool, connect
from storage.postgres.queries import QUERIES
from values.frozen import Frozen

Row = dict[str, Any]

CHANNEL = "events"  # NOTIFY, with the last position
APPLICATION = "voicepact events"
# As on the pool: with stale statistics the planner must use the indexes, too.
_PLANS = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off"
# When the feed begins, or has moved to another server, all old entries are read.
_PLANS_OF_ALL = "SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on"


_WHILE_ANOTHER_NUMBERS_SECONDS = 0.01


class FeedState(Frozen):
    """How far the feed is: `last` is the position of its newest event; `is_new`: there may be something without a
    position. The rest is as in the table feed_state."""

    id: int
    version: int
    last: int
    seen_xid: int
    seen_open: list[int]
    moved_n: int
    server: str
    server_now: str
    is_new: bool


class FeedNumbers:
    """Gives positions, on a connection of its own: a first run over an old record takes longer than a pooled statement
    may."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @classmethod
    async def open(cls, url: str) -> "FeedNumbers":
        connection = await connect(url, APPLICATION)
        try:
            await connection.execute(_PLANS)
            await connection.execute(*QUERIES["feed.begin"]())
        except BaseException:
            connection.terminate()
            raise
        return cls(connection)

    async def number(self) -> int:
        """Give positions to all that was committed since the last time, whichever process wrote it. Return the last
        position."""
        while True:
            state = await self._state()
            is_moved = state.server != state.server_now
            if not is_moved and not state.is_new:
                return state.last
            row = await (self._number_all(state) if is_moved else self._number(state))
            if row is not None:
                return int(row["last"])
            await asyncio.sleep(_WHILE_ANOTHER_NUMBERS_SECONDS)

    async def _state(self) -> FeedState:
        row = await self.connection.fetchrow(*QUERIES["feed.state"]())
        assert row is not None, "it has begun"
        return FeedState(**dict(row))

    async def _number(self, state: FeedState) -> Any:
        query = QUERIES["feed.number"](
            version=state.version, seen_xid=state.seen_xid, seen_open=state.seen_open, moved_n=state.moved_n
        )
        return await self.connection.fetchrow(*query)

    async def _number_all(self, state: FeedState) -> Any:
        async with self.connection.transaction():
            await self.connection.execute(_PLANS_OF_ALL)
            query = QUERIES["feed.number_all"](version=state.version, server=state.server_now)
            return await self.connection.fetchrow(*query)


class FeedRows:
    """Reads the feed on a pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def last(self) -> int:
        """Return the position of the newest event; 0 if there is none."""
        found: int = await self._pool.fetchval(*QUERIES["feed.last"]())
        return found

    async def after(self, position: int, most: int) -> list[Row]:
        """Return what up to `most` positions hold, from the one on that has the event behind `position`."""
        rows = await self._pool.fetch(*QUERIES["feed.after"](after=position, most=most))
        return [dict(row) for row in rows]

    async def at(self, positions: Sequence[int]) -> list[Row]:
        """Return what is at these positions of events, in order."""
        return [dict(row) for row in await self._pool.fetch(*QUERIES["feed.at"](positions=positions))]
