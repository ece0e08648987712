"""What an operator has asked for, and reads of proposals and deliveries; what they do is an act (storage/acts)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from storage.postgres.database import Pool
from storage.postgres.queries import QUERIES
from values.frozen import Frozen

Row = dict[str, Any]
_ABOVE_ALL = 2**31 - 1


class UsedIdempotencyKey(Frozen):
    """What an Idempotency-Key was used for: `fingerprint` in hex; `contract_id` of what it made or moved (None: a move
    before 0010)."""

    fingerprint: str
    act_id: UUID
    contract_id: UUID | None


class OperatorReads:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def find_idempotency_key(self, key: str) -> UsedIdempotencyKey | None:
        """The request that used this Idempotency-Key, if any did."""
        row = await self._pool.fetchrow(QUERIES["acts.api_request"], key)
        return UsedIdempotencyKey(row["fingerprint"].hex(), row["act_id"], row["contract_id"]) if row else None

    async def proposals(self, contract_id: UUID, limit: int, after: tuple[datetime, UUID] | None) -> list[Row]:
        """Newest first. The `id` of one, by which a page goes on, is its number."""
        below = min(after[1].int, _ABOVE_ALL) if after else _ABOVE_ALL
        return [
            dict(row) for row in await self._pool.fetch(QUERIES["operator_reads.proposals"], contract_id, below, limit)
        ]

    async def proposal(self, contract_id: UUID, n: int) -> Row | None:
        found = await self._pool.fetchrow(QUERIES["operator_reads.proposals"], contract_id, n + 1, 1)
        return dict(found) if found and found["n"] == n else None

    async def deliveries(self, contract_id: UUID, limit: int, after: tuple[datetime, UUID] | None) -> list[Row]:
        """Newest first, from just before the one at `after`."""
        at, delivery_id = after or (None, None)
        rows = await self._pool.fetch(QUERIES["operator_reads.deliveries"], contract_id, at, delivery_id, limit)
        return [dict(row) for row in rows]

    async def delivery(self, delivery_id: UUID) -> Row:
        found = await self._pool.fetchrow(QUERIES["operator_reads.delivery"], delivery_id)
        assert found, "words on a delivery are never deleted"
        return dict(found)

    async def entry_of_act(self, contract_id: UUID, act_id: UUID) -> Row:
        """The first audit entry of an act on the contract: `action`, `details`, `at`."""
        found = await self._pool.fetchrow(QUERIES["operator_reads.entry_of_act"], contract_id, act_id)
        assert found, "every act is audited"
        return dict(found)

    async def seconds_until_next_ask(self, contract_id: UUID, phone_id: UUID, now: datetime) -> int:
        """For how many seconds this party is not to be asked again."""
        seconds: int | None = await self._pool.fetchval(
            QUERIES["operator_reads.seconds_until_next_ask"], contract_id, phone_id, now
        )
        return max(1, seconds or 1)
