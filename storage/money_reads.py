"""What an operator reads of payments, and says about transfers that need a person."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from storage.pages import Cursor, PageRows, read_page
from storage.postgres.database import Pool
from storage.postgres.queries import QUERIES
from values.frozen import Frozen, Hidden
from values.ids import SERVICE_CHAIN, new_id

Row = dict[str, Any]

_TRANSFERS = 100  # of one payment
_CHUNK = 1000


class WaitingTransfer(Frozen):
    """A transfer that a person has to look at. `approvals`: how many have said what shall become of it."""

    id: UUID
    kind: str
    msisdn: Hidden[str | None]
    amount_minor: int
    currency: str
    status: str
    rail: str | None
    receipt: str | None
    reason: str | None
    held_why: str | None
    account: Hidden[str | None]
    created_at: datetime
    reference: str
    approvals: int


class Counted(Frozen):
    """A transfer that is counted, under the rail's receipt. `is_in`: it came to our account."""

    id: UUID
    receipt: str
    amount_minor: int
    currency: str
    is_in: bool
    ended_at: datetime
    reference: str


class MoneyReads:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def page(self, limit: int, after: Cursor | None, status: str | None) -> PageRows:
        """Return payments with their ledger's sums, newest first, that follow the one at `after`."""
        along = "newest_of_status" if status else "newest"
        return await read_page(self._pool, "money_reads", along, limit, after, {"status": status})

    async def payment(self, payment_id: UUID | None, reference: str | None) -> Row | None:
        """Return the payment with this id, or of the contract with this id or reference, with its `transfers`."""
        found = await self._pool.fetchval(*QUERIES["money_reads.id_of"](id=payment_id, reference=reference))
        if found is None:
            return None
        row = await self._pool.fetchrow(*QUERIES["money_reads.shown"](ids=[found], status=None, most=1))
        assert row, "payments are never deleted"
        query = QUERIES["money_reads.transfers_of"](contract_id=row["contract_id"], most=_TRANSFERS)
        return {**row, "transfers": [dict(one) for one in await self._pool.fetch(*query)]}

    async def waiting(self, since: datetime, most: int) -> Sequence[WaitingTransfer]:
        """Return the transfers that a person has to look at, oldest first. `since`: without an outcome from before
        then."""
        rows = await self._pool.fetch(*QUERIES["money_reads.waiting"](since=since, most=most))
        return [WaitingTransfer(*row) for row in rows]

    async def transfer(self, transfer_id: UUID) -> Row | None:
        row = await self._pool.fetchrow(*QUERIES["money_reads.transfer"](id=transfer_id))
        return dict(row) if row else None

    async def approve(self, transfer_id: UUID, what: str, person: str, named: str, now: datetime) -> int:
        """Keep that `person` wants `what` for a transfer; return how many people want it by now. `named`: how the audit
        names them."""
        query = QUERIES["money_reads.approve"](
            id=transfer_id, what=what, operator=person, named=named, now=now, service_chain=SERVICE_CHAIN,
            act_id=new_id(),
        )  # fmt: skip
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(*QUERIES["money_reads.lock_transfer"](id=transfer_id))
            count: int = await connection.fetchval(*query)
        return count

    async def send_approved(self, transfer_id: UUID, now: datetime) -> None:
        await self._pool.execute(*QUERIES["money_reads.send_approved"](id=transfer_id, now=now))

    async def send_back(self, transfer_id: UUID, now: datetime) -> bool:
        """Order that money of no contract goes back to who paid it. False: it is none, or goes back already."""
        query = QUERIES["money_reads.send_back"](id=transfer_id, new_id=new_id(), now=now, service_chain=SERVICE_CHAIN)
        return await self._pool.fetchval(*query) is not None

    async def counted(self, rail: str, since: datetime, until: datetime) -> list[Counted]:
        """Return what is counted of a rail in this time, oldest first."""
        found, at, last = list[Counted](), since, UUID(int=0)
        while True:
            query = QUERIES["money_reads.received"](
                rail=rail, since=since, until=until, after_at=at, after_id=last, most=_CHUNK
            )
            rows = [Counted(*row) for row in await self._pool.fetch(*query)]
            found += rows
            if len(rows) < _CHUNK:
                return found
            at, last = rows[-1].ended_at, rows[-1].id

    async def amounts_of(self, rail: str, receipts: Sequence[str]) -> dict[str, tuple[int, str]]:
        """Return amount and currency of those of these receipts that are counted, whenever that was."""
        query = QUERIES["money_reads.known_receipts"](rail=rail, receipts=list(receipts))
        return {row["receipt"]: (row["amount_minor"], row["currency"]) for row in await self._pool.fetch(*query)}
