"""What proves: keys, seals and checkpoints, and all that is kept of one contract for somebody who doubts it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import asyncpg

from storage.postgres.database import Connection, Pool
from storage.postgres.queries import QUERIES
from values.frozen import Frozen

Row = dict[str, Any]


class CheckpointRow(Frozen):
    """A signed statement on the seals `from_seq` to `to_seq`."""

    number: int
    from_seq: int
    to_seq: int
    statement: bytes
    signature: bytes
    key_id: str
    at: datetime


class EvidenceRows:
    """The evidence in PostgreSQL."""

    def __init__(self, pool: "Pool | Connection") -> None:
        self._pool = pool

    @asynccontextmanager
    async def at_one_moment(self) -> AsyncIterator["EvidenceRows"]:
        """The same, read as it stood at one moment, whatever is written meanwhile."""
        assert not isinstance(self._pool, asyncpg.Connection), "it reads from a pool"
        async with self._pool.acquire() as leased, leased.transaction(isolation="repeatable_read", readonly=True):
            yield EvidenceRows(cast("Connection", leased))  # asyncpg's proxy of one

    async def contract(self, contract_id: UUID) -> Row | None:
        """The contract as contract_records has it."""
        row = await self._pool.fetchrow(QUERIES["contracts.by_ids"], [contract_id])
        return row["contract"] if row else None

    async def keep_key(self, key_id: str, public_key: bytes, now: datetime) -> None:
        """Before its first signature: the record takes none by a key it does not know."""
        await self._pool.execute(QUERIES["evidence.keep_key"], key_id, public_key, now)

    async def keys(self) -> dict[str, bytes]:
        """Every public key that ever signed for us, by its name, oldest first."""
        return {row["key_id"]: row["public_key"] for row in await self._pool.fetch(QUERIES["evidence.keys"])}

    async def sealed_up_to(self) -> int:
        """The highest number of an audit entry that is sealed."""
        highest: int = await self._pool.fetchval(QUERIES["evidence.sealed_up_to"])
        return highest

    async def seal(self, above: int, most: int) -> list[int]:
        """Seal entries numbered above `above`, `most` at a time; the numbers of those that were sealed now. None where
        somebody else is sealing at this moment."""
        try:
            return [row["n"] for row in await self._pool.fetch(QUERIES["evidence.seal"], above, most)]
        except asyncpg.UniqueViolationError:
            return []

    async def top_seal(self) -> int:
        """How many seals there are."""
        top: int = await self._pool.fetchval(QUERIES["evidence.top_seal"])
        return top

    async def last_checkpoint(self) -> Row | None:
        row = await self._pool.fetchrow(QUERIES["evidence.last_checkpoint"])
        return dict(row) if row else None

    async def seals_from(self, seq: int, most: int) -> list[Row]:
        return _rows(await self._pool.fetch(QUERIES["evidence.seals_from"], seq, most))

    async def keep_checkpoint(self, row: CheckpointRow) -> bool:
        """False: another process made the same one."""
        kept = await self._pool.fetchval(
            QUERIES["evidence.keep_checkpoint"], row.number, row.from_seq, row.to_seq, row.statement, row.signature,
            row.key_id, row.at,
        )  # fmt: skip
        return kept is not None

    async def forms(self, contract_id: UUID) -> list[Row]:
        return _rows(await self._pool.fetch(QUERIES["evidence.forms"], contract_id))

    async def confirmations(self, contract_id: UUID) -> list[Row]:
        return _rows(await self._pool.fetch(QUERIES["evidence.confirmations"], contract_id))

    async def entries(self, chain_id: UUID) -> list[Row]:
        return _rows(await self._pool.fetch(QUERIES["evidence.entries"], chain_id))

    async def checkpoint_over(self, chain_id: UUID) -> Row | None:
        row = await self._pool.fetchrow(QUERIES["evidence.checkpoint_over"], chain_id)
        return dict(row) if row else None

    async def public(self, reference: str) -> Row | None:
        """What anybody may know of a contract."""
        row = await self._pool.fetchrow(QUERIES["evidence.public"], reference)
        return dict(row) if row else None


def _rows(rows: Sequence[Any]) -> list[Row]:
    return [dict(row) for row in rows]
