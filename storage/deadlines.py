"""Contracts by deadline: reads along one partial index, so the cost does not grow with the number of contracts."""

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
        """Return up to `most` contracts (rows of contract_records) whose deadline has passed, the oldest deadline
        first, without those in `but`."""
        rows = await self._pool.fetch(*QUERIES["deadlines.due"](now=now, excluded=list(but), most=most))
        return [row["contract"] for row in rows]

    async def next_at(self, *, but: Collection[UUID] = ()) -> datetime | None:
        """Return the earliest deadline of any contract not in `but`; None: no contract has one."""
        found: datetime | None = await self._pool.fetchval(*QUERIES["deadlines.next"](excluded=list(but)))
        return found
