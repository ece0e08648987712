"""Disputes and their files, as an operator reads them; what happens to a dispute is an act (storage/acts/rows.py)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from storage.postgres.database import Pool
from storage.postgres.queries import QUERIES


class DisputeRows:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def page(
        self, limit: int, after: tuple[datetime, UUID] | None, status: str | None, contract_id: UUID | None
    ) -> list[dict[str, Any]]:
        """Newest first, from just after the one opened at `after`."""
        at, dispute_id = after or (None, None)
        rows = await self._pool.fetch(QUERIES["disputes.page"], at, dispute_id, limit, status, contract_id)
        return [dict(row) for row in rows]

    async def one(self, dispute_id: UUID) -> dict[str, Any] | None:
        row = await self._pool.fetchrow(QUERIES["disputes.one"], dispute_id)
        return dict(row) if row else None

    async def opened_by(self, act_id: UUID) -> UUID:
        """The dispute that this act opened."""
        found: UUID | None = await self._pool.fetchval(QUERIES["disputes.opened_by"], act_id)
        assert found, "who opens a dispute says so in a word that is kept"
        return found

    async def add_file(
        self,
        dispute_id: UUID,
        file_id: UUID,
        *,
        name: str,
        media_type: str,
        content: bytes,
        now: datetime,
        most: int,
        operator: str,
    ) -> bool:
        """Keep it, and audit that. False: it is there already, or the dispute takes no more."""
        return bool(
            await self._pool.fetchval(
                QUERIES["disputes.add_file"],
                dispute_id,
                file_id,
                name,
                media_type,
                content,
                now,
                most,
                operator,
            )
        )

    async def file(self, dispute_id: UUID, file_id: UUID) -> dict[str, Any] | None:
        row = await self._pool.fetchrow(QUERIES["disputes.file"], dispute_id, file_id)
        return dict(row) if row else None
