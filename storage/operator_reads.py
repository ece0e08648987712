"""What the REST API reads for an operator: used idempotency keys, proposals, deliveries and what an act did."""

from datetime import datetime
from typing import Any
from uuid import UUID

from storage.pages import Cursor, PageRows
from storage.postgres.database import Pool
from storage.postgres.queries import QUERIES
from values.frozen import Frozen, Hidden

Row = dict[str, Any]
_ABOVE_ALL = 2**31 - 1


class UsedIdempotencyKey(Frozen):
    """What an Idempotency-Key was used for. `fingerprint`: hex hash of the request. `contract_id`: the contract that
    the act made or changed; None for a change before migration 0010."""

    fingerprint: str
    act_id: UUID
    contract_id: UUID | None


class KnownPerson(Frozen):
    """A person on record; `msisdn` in E.164."""

    id: UUID
    msisdn: Hidden[str]
    language: str | None


class OperatorReads:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def find_idempotency_key(self, key: str) -> UsedIdempotencyKey | None:
        row = await self._pool.fetchrow(*QUERIES["operator_reads.idempotency_key"](key=key))
        return UsedIdempotencyKey(row["fingerprint"].hex(), row["act_id"], row["contract_id"]) if row else None

    async def proposals(self, contract_id: UUID, limit: int, after: Cursor | None) -> PageRows:
        """Return proposals, newest first. The `id` of a row is its number as a UUID, for `after` of the next page."""
        below = min(after[1].int, _ABOVE_ALL) if after else _ABOVE_ALL
        query = QUERIES["operator_reads.proposals"](contract_id=contract_id, below=below, most=limit + 1)
        return PageRows.of([dict(row) for row in await self._pool.fetch(*query)], limit)

    async def proposal(self, contract_id: UUID, n: int) -> Row | None:
        query = QUERIES["operator_reads.proposals"](contract_id=contract_id, below=n + 1, most=1)
        found = await self._pool.fetchrow(*query)
        return dict(found) if found and found["n"] == n else None

    async def deliveries(self, contract_id: UUID, limit: int, after: Cursor | None) -> PageRows:
        """Return deliveries, newest first, that follow the one at `after`."""
        at, delivery_id = after or (None, None)
        query = QUERIES["operator_reads.deliveries"]
        rows = await self._pool.fetch(
            *query(contract_id=contract_id, after_at=at, after_id=delivery_id, most=limit + 1)
        )  # fmt: skip
        return PageRows.of([dict(row) for row in rows], limit)

    async def delivery(self, delivery_id: UUID) -> Row:
        found = await self._pool.fetchrow(*QUERIES["operator_reads.delivery"](delivery_id=delivery_id))
        assert found, "deliveries are never deleted"
        return dict(found)

    async def person(self, msisdn: str) -> KnownPerson | None:
        row = await self._pool.fetchrow(*QUERIES["operator_reads.person"](msisdn=msisdn))
        return KnownPerson(row["id"], row["msisdn"], row["language"]) if row else None

    async def blocks(self, phone_id: UUID) -> list[Row]:
        """Return the `msisdn` of everybody whom this person blocks, and `at` when; the first blocked first."""
        return [dict(row) for row in await self._pool.fetch(*QUERIES["operator_reads.blocks"](phone_id=phone_id))]

    async def entry_of_act(self, contract_id: UUID, act_id: UUID) -> Row:
        """Return the first audit entry that an act wrote about the contract: `action`, `details`, `at`."""
        query = QUERIES["operator_reads.entry_of_act"](contract_id=contract_id, act_id=act_id)
        found = await self._pool.fetchrow(*query)
        assert found, "every act is audited"
        return dict(found)

    async def seconds_until_next_ask(self, contract_id: UUID, phone_id: UUID, now: datetime) -> int:
        """Return for how many seconds an operator may not ask this party again, at least 1."""
        query = QUERIES["operator_reads.seconds_until_next_ask"]
        seconds: int | None = await self._pool.fetchval(*query(contract_id=contract_id, phone_id=phone_id, now=now))
        return max(1, seconds or 1)
