"""Payouts that wait for two people, in the database of a service under test."""

from uuid import UUID, uuid4

import asyncpg

from storage.postgres.database import Pool

_HELD = """
INSERT INTO transfers (id, contract_id, kind, phone_id, amount_minor, currency, status, held_why, created_at)
SELECT $1, c.id, 'release', p.phone_id, 100, 'KES', 'held', 'approval', now()
FROM contracts c JOIN contract_parties p ON p.contract_id = c.id AND p.role = 'seller' WHERE c.id = $2"""


async def held_payouts(pool: "Pool | asyncpg.Connection[asyncpg.Record]", contract_id: str, most: int) -> list[UUID]:
    """Payouts of a contract that wait for two people."""
    found = [uuid4() for _ in range(most)]
    for transfer in found:
        await pool.execute(_HELD, transfer, UUID(contract_id))
    return found
