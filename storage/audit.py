"""Reads the whole record in batches, for `voicepact audit verify`."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

from storage.postgres.database import Connection
from storage.postgres.queries import QUERIES

Row = dict[str, Any]

_BATCH = 2_000
_FIRST = UUID(int=0)


class AuditReader:
    """Reads on one connection, which must have the JSON codec (storage/postgres/database.py)."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.only: UUID | None = None  # the id of the contract that is read

    async def has_tables(self) -> bool:
        """Return False if the schema is from before entries that bind what an act wrote."""
        return bool(await self.connection.fetchval(*QUERIES["audit.has_tables"]()))

    async def limit_to(self, reference: str) -> bool:
        """Read only the rows of this contract from now on. False: there is no such contract."""
        self.only = await self.connection.fetchval(*QUERIES["audit.contract_id"](reference=reference))
        return self.only is not None

    async def signed_since(self) -> datetime:
        """Return when this database began to sign confirmations (migration 0007)."""
        since: datetime = await self.connection.fetchval(*QUERIES["audit.applied_at"](version=7))
        return since

    async def sizes(self) -> Row:
        row = await self.connection.fetchrow(*QUERIES["audit.sizes"]())
        assert row is not None
        return dict(row)

    async def keys(self) -> dict[str, bytes]:
        """Return every public key that ever signed for us, by its id."""
        rows = await self.connection.fetch(*QUERIES["evidence.keys"]())
        return {row["key_id"]: row["public_key"] for row in rows}

    async def entries(self) -> AsyncIterator[Row]:
        """Yield audit entries, chain by chain, in the order of each chain."""
        chain, seq = _FIRST, 0
        while rows := await self._batch("entries", after_chain=chain, after_seq=seq, chain_id=self.only):
            for row in rows:
                yield row
            chain, seq = rows[-1]["chain_id"], rows[-1]["seq"]

    async def leaves(self) -> AsyncIterator[Row]:
        """Yield the entries of the one contract, each with its leaf in the log."""
        for row in await self.connection.fetch(*QUERIES["audit.leaves"](chain_id=self.only)):
            yield dict(row)

    async def seals(self) -> AsyncIterator[Row]:
        after = 0
        while rows := await self._batch("seals", after=after, chain_id=self.only):
            for row in rows:
                yield row
            after = rows[-1]["seq"]

    async def seals_between(self, from_seq: int, to_seq: int) -> list[Row]:
        query = QUERIES["evidence.seals_from"](from_seq=from_seq, most=to_seq - from_seq + 1)
        return [dict(row) for row in await self.connection.fetch(*query)]

    async def checkpoints(self) -> AsyncIterator[Row]:
        after = 0
        while rows := await self._batch("checkpoints", after=after):
            for row in rows:
                yield row
            after = rows[-1]["number"]

    async def confirmations(self) -> AsyncIterator[Row]:
        """Yield confirmations with the texts that were shown; a text is missing where its person was erased."""
        after = _FIRST
        while rows := await self._batch("confirmations", after=after, contract_id=self.only):
            for row in rows:
                yield row
            after = rows[-1]["id"]

    async def contracts(self) -> AsyncIterator[Row]:
        after = _FIRST
        while rows := await self._batch("contracts", after=after, contract_id=self.only):
            for row in rows:
                yield row
            after = UUID(rows[-1]["contract"]["id"])

    async def wrong_heads(self) -> list[Row]:
        """Return up to a hundred rows that do not name the last entry of their chain: `of_table`, `id`, how many
        entries the row says (`said`; None: there is no row) and how many there are (`found`)."""
        query = QUERIES["audit.wrong_heads"](chain_id=self.only, most=100)
        return [dict(row) for row in await self.connection.fetch(*query)]

    async def wrong_sums(self) -> list[Row]:
        """Return up to a hundred accounts of the ledger, by scope and account, that are not the sum of its entries."""
        query = QUERIES["audit.wrong_sums"](scope=self.only, most=100)
        return [dict(row) for row in await self.connection.fetch(*query)]

    async def suspense(self, service_chain: UUID) -> Row:
        """Return money that belongs to no contract: its rows by table and key, and what the audit has `said` of it."""
        row = await self.connection.fetchrow(*QUERIES["audit.suspense"](service_chain=service_chain))
        assert row is not None
        return dict(row)

    async def messages_deleted_before(self, service_chain: UUID) -> datetime | None:
        """Return up to when old messages were deleted, as the audit says; None: none were."""
        query = QUERIES["audit.messages_deleted_before"](service_chain=service_chain)
        found: datetime | None = await self.connection.fetchval(*query)
        return found

    async def _batch(self, query: str, **values: Any) -> list[Row]:
        rows = await self.connection.fetch(*QUERIES[f"audit.{query}"](**values, most=_BATCH))
        return [dict(row) for row in rows]
