"""Disputes and their files, as an operator reads them. A dispute is changed only by an act (storage/acts/rows.py)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from storage.pages import Cursor, PageRows, read_page
from storage.postgres.database import Pool
from storage.postgres.queries import QUERIES


class DisputeRows:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def page(
        self, limit: int, after: Cursor | None, status: str | None, contract_id: UUID | None, *, escalated: bool = False
    ) -> PageRows:
        """Return disputes, newest first, that follow the one opened at `after`. `escalated`: only those that still wait
        for a decision that did not come in time."""
        waits = escalated or status in ("open", "appealed")
        along = "newest_of_contract" if contract_id else "newest_waiting" if waits else "newest"
        limits = {"status": status, "contract_id": contract_id, "escalated": escalated}
        return await read_page(self._pool, "disputes", along, limit, after, limits)

    async def one(self, dispute_id: UUID) -> dict[str, Any] | None:
        row = await self._pool.fetchrow(*QUERIES["disputes.one"](dispute_id=dispute_id))
        return dict(row) if row else None

    async def opened_by(self, act_id: UUID) -> UUID:
        """Return the id of the dispute that this act opened."""
        found: UUID | None = await self._pool.fetchval(*QUERIES["disputes.opened_by"](act_id=act_id))
        assert found, "every complaint has a confirmation that names its dispute"
        return found

    async def add_file(
        self, dispute_id: UUID, file_id: UUID, *, name: str, media_type: str, content: bytes, now: datetime,
        most: int, operator: str,
    ) -> bool:  # fmt: skip
        """Save a file and audit it. False: the dispute is closed, has `most` files, or has this content already."""
        query = QUERIES["disputes.add_file"](
            dispute_id=dispute_id, file_id=file_id, name=name, media_type=media_type, content=content, now=now,
            most=most, operator=operator,
        )  # fmt: skip
        return bool(await self._pool.fetchval(*query))

    async def file(self, dispute_id: UUID, file_id: UUID) -> dict[str, Any] | None:
        row = await self._pool.fetchrow(*QUERIES["disputes.file"](dispute_id=dispute_id, file_id=file_id))
        return dict(row) if row else None
