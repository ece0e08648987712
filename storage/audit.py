"""The whole record, a batch at a time, for whoever checks it."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from storage.postgres.database import Connection
from storage.postgres.queries import QUERIES

Row = dict[str, Any]

_BATCH = 2_000
_FIRST = UUID(int=0)


class AuditWalk:
    """Reads on one connection, of which `only` may be one contract's rows."""

    def __init__(self, connection: Connection, only: UUID | None = None) -> None:
        self._connection = connection
        self._only = only

    async def sizes(self) -> Row:
        row = await self._connection.fetchrow(QUERIES["audit.sizes"])
        assert row is not None
        return dict(row)

    async def entries(self) -> AsyncIterator[Row]:
        """By chain and place."""
        chain, seq = _FIRST, 0
        while rows := await self._fetch("entries", chain, seq, _BATCH, self._only):
            for row in rows:
                yield row
            chain, seq = rows[-1]["chain_id"], rows[-1]["seq"]

    async def seals(self, after: int = 0) -> AsyncIterator[Row]:
        while rows := await self._fetch("seals", after, _BATCH, self._only):
            for row in rows:
                yield row
            after = rows[-1]["seq"]

    async def seals_between(self, from_seq: int, to_seq: int) -> list[Row]:
        rows = await self._connection.fetch(QUERIES["evidence.seals_from"], from_seq, to_seq - from_seq + 1)
        return [dict(row) for row in rows]

    async def checkpoints(self) -> AsyncIterator[Row]:
        after = 0
        while rows := await self._fetch("checkpoints", after, _BATCH):
            for row in rows:
                yield row
            after = rows[-1]["number"]

    async def words(self) -> AsyncIterator[Row]:
        """Confirmations, with what is kept of the texts."""
        after = _FIRST
        while rows := await self._fetch("words", after, _BATCH, self._only):
            for row in rows:
                yield row
            after = rows[-1]["id"]

    async def contracts(self) -> AsyncIterator[Row]:
        after = _FIRST
        while rows := await self._fetch("contracts", after, _BATCH, self._only):
            for row in rows:
                yield row
            after = UUID(rows[-1]["contract"]["id"])

    async def _fetch(self, query: str, *values: Any) -> list[Row]:
        return [dict(row) for row in await self._connection.fetch(QUERIES[f"audit.{query}"], *values)]
