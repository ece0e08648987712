"""The evidence: signing keys, the log of entries, and everything that proves one contract."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import asyncpg

from storage.log import LogRows
from storage.postgres.database import Connection, Pool
from storage.postgres.queries import QUERIES
from values.ids import SERVICE_CHAIN, new_id

Row = dict[str, Any]


class EvidenceRows:
    """The evidence in PostgreSQL."""

    def __init__(self, pool: "Pool | Connection") -> None:
        self._pool = pool
        self.log = LogRows(pool)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator["EvidenceRows"]:
        """Read all evidence as it is at one moment, whatever is written meanwhile."""
        assert not isinstance(self._pool, asyncpg.Connection), "a snapshot needs a connection from a pool"
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield EvidenceRows(cast("Connection", connection))  # a proxy class of asyncpg

    async def contract(self, contract_id: UUID) -> Row | None:
        """Return the contract as a row of contract_records."""
        row = await self._pool.fetchrow(*QUERIES["contracts.by_ids"](contract_ids=[contract_id]))
        return row["contract"] if row else None

    async def save_key(self, key_id: str, public_key: bytes, now: datetime) -> None:
        """Save a public key before its first signature: the tables refuse signatures by unknown keys."""
        await self._pool.execute(*QUERIES["evidence.save_key"](key_id=key_id, public_key=public_key, now=now))

    async def hand_over(self, action: str, details: dict[str, str], now: datetime) -> None:
        """Write into the service's own audit chain that one signing key handed over to another; once."""
        query = QUERIES["evidence.hand_over"]
        await self._pool.execute(
            *query(service_chain=SERVICE_CHAIN, action=action, details=details, now=now, act_id=new_id())
        )

    async def add_service_action(self, action: str, details: Row, now: datetime) -> None:
        """Write an action into the service's own audit chain."""
        query = QUERIES["evidence.add_service_action"]
        await self._pool.execute(
            *query(service_chain=SERVICE_CHAIN, action=action, details=details, now=now, act_id=new_id())
        )

    async def service_actions(self, action: str, after_seq: int = 0) -> list[Row]:
        """Return all such actions in the service's own audit chain behind the entry `after_seq`, oldest first: the
        `details`, and of the entry `at`, `seq`, `n` and `leaf`."""
        query = QUERIES["evidence.service_actions"](service_chain=SERVICE_CHAIN, action=action, after_seq=after_seq)
        return _rows(await self._pool.fetch(*query))

    async def entry_of_act(self, contract_id: UUID, act_id: UUID) -> Row:
        """Return `n` and `leaf` of the entry that binds an act's statement (None: there is none), and its contract's
        `reference`."""
        row = await self._pool.fetchrow(*QUERIES["evidence.entry_of_act"](contract_id=contract_id, act_id=act_id))
        return dict(row) if row else {"reference": None, "n": None, "leaf": None}

    async def words_signed_by(self, reference: str, key_ids: Sequence[str]) -> list[Row]:
        """Return `key_id` of each confirmation that these keys signed on the contract, and `n` and `leaf` of the entry
        that binds it (None: there is none)."""
        query = QUERIES["evidence.words_signed_by"](reference=reference, key_ids=list(key_ids))
        return _rows(await self._pool.fetch(*query))

    async def keys(self) -> dict[str, bytes]:
        """Return every public key that ever signed for us, by its id, oldest first."""
        return {key_id: key for key_id, (key, _) in (await self.keys_since()).items()}

    async def keys_since(self) -> dict[str, tuple[bytes, datetime]]:
        """Return what `keys` does, each with the time of its first use."""
        rows = await self._pool.fetch(*QUERIES["evidence.keys"]())
        return {row["key_id"]: (row["public_key"], row["first_used_at"]) for row in rows}

    async def forms(self, contract_id: UUID) -> list[Row]:
        return _rows(await self._pool.fetch(*QUERIES["evidence.forms"](contract_id=contract_id)))

    async def confirmations(self, contract_id: UUID) -> list[Row]:
        return _rows(await self._pool.fetch(*QUERIES["evidence.confirmations"](contract_id=contract_id)))

    async def entries(self, chain_id: UUID) -> list[Row]:
        return _rows(await self._pool.fetch(*QUERIES["evidence.entries"](chain_id=chain_id)))

    async def actions(self, chain_id: UUID) -> list[Row]:
        return _rows(await self._pool.fetch(*QUERIES["evidence.actions"](chain_id=chain_id)))

    async def messages(self, contract_id: UUID) -> list[Row]:
        return _rows(await self._pool.fetch(*QUERIES["evidence.messages"](contract_id=contract_id)))

    async def dispute_files(self, file_ids: Sequence[UUID], most_octets: int) -> list[Row]:
        """Return these files, oldest first; once they are more than `most_octets` together, without their content."""
        query = QUERIES["evidence.dispute_files"](file_ids=file_ids, most_octets=most_octets)
        return _rows(await self._pool.fetch(*query))

    async def public(self, reference: str) -> Row | None:
        """Return what anybody may know of a contract."""
        return _row(await self._pool.fetchrow(*QUERIES["evidence.public"](reference=reference)))


def _row(row: Any) -> Row | None:
    return dict(row) if row else None


def _rows(rows: Sequence[Any]) -> list[Row]:
    return [dict(row) for row in rows]
