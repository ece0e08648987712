"""What time brings to contracts, as rows: a walk of one partial index, however many contracts there are."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from storage.postgres.database import Pool
from storage.postgres.queries import QUERIES


class DeadlineRows:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def due(self, now: datetime, *, most: int, but: Collection[UUID] = ()) -> list[dict[str, Any]]:
        """Contracts (rows of contract_records) whose next thing is due, longest due first; none of `but`."""
        rows = await self._pool.fetch(QUERIES["deadlines.due"], now, list(but), most)
        return [row["contract"] for row in rows]

    async def next_at(self, *, but: Collection[UUID] = ()) -> datetime | None:
        """When something is due next; None: nothing is."""
        found: datetime | None = await self._pool.fetchval(QUERIES["deadlines.next"], list(but))
        return found
