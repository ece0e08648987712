"""Transfers and callbacks of rails: the queue of money, claimed under a lease as the outbox claims messages."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from storage.acts.money_rows import TransferKind
from storage.postgres.database import Pool
from storage.postgres.queries import QUERIES
from values.frozen import Frozen, Hidden
from values.ids import SERVICE_CHAIN, new_id

Json = dict[str, Any]


class DueTransfer(Frozen):
    """A claimed transfer. `reference`: of its contract, empty if it has none. `returned_receipt`, `returned_id`: of the
    payment that a `return` gives back. `approvals`: how many people said that it may be sent. `told_receipt`: of money
    of another amount that the rail told of."""

    id: UUID
    contract_id: UUID | None
    kind: TransferKind
    status: str
    phone_id: UUID | None
    msisdn: Hidden[str | None]
    amount_minor: int
    currency: str
    rail: str | None
    own_id: str | None
    rail_id: str | None
    receipt: str | None
    account: Hidden[str | None]
    payer: Hidden[str | None]
    tries: int
    asked: int
    held_why: str | None
    created_at: datetime
    sent_at: datetime | None
    escalated_at: datetime | None
    reference: str
    returned_receipt: str | None
    returned_id: str | None
    approvals: int
    told_receipt: str | None


class TransferFacts(Frozen):
    """A transfer and its contract as of one moment. `is_counted`: money with the receipt in question has been;
    `is_counted_elsewhere`: as money that came by itself, and for another contract or none. `is_retried`: another
    transfer was ordered in its place. `prompted_elsewhere`: of money that came by itself, the numbers that another
    contract has asked for as much, and that may have paid that."""

    id: UUID
    kind: TransferKind
    status: str
    amount_minor: int
    currency: str
    rail: str | None
    own_id: str | None
    receipt: str | None
    account: Hidden[str | None]
    contract: Hidden[Json | None]
    is_counted: bool
    is_counted_elsewhere: bool
    is_retried: bool
    asked: int
    prompted_elsewhere: Hidden[Sequence[str]]


class CameRow(Frozen):
    """Money that a rail says came by itself. `reference`: of the contract that it seems to be for; None: it names
    none."""

    rail: str
    own_id: str
    receipt: str
    amount_minor: int
    currency: str
    reference: str | None
    account: Hidden[str]
    payer: Hidden[str | None]


class CallbackRow(Frozen):
    """A callback that is to be dealt with. `body`: encrypted."""

    id: UUID
    rail: str
    kind: str
    own_id: str | None
    body: bytes
    tries: int


class TransferRows:
    """The tables transfers and rail_callbacks. What moves money in the ledger is an act, except what belongs to no
    contract."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def claim(self, now: datetime, until: datetime, most: int) -> list[DueTransfer]:
        rows = await self._pool.fetch(*QUERIES["transfers.claim"](now=now, until=until, most=most))
        return [DueTransfer(*row) for row in rows]

    async def next_due(self) -> datetime | None:
        found: datetime | None = await self._pool.fetchval(*QUERIES["transfers.next_due"]())
        return found

    async def begin(
        self, transfer_id: UUID, rail: str, own_id: str, amount_minor: int, now: datetime, until: datetime,
        per_day: int | None = None, since: datetime | None = None,
    ) -> tuple[str, int] | None:  # fmt: skip
        """Write down what the rail is about to be asked, and return our id and the amount of it: the same as before if
        it was asked before. None: it is not to be sent any more; or with it more than `per_day` minor units would have
        left to one phone `since` then."""
        query = QUERIES["transfers.begin"](
            id=transfer_id, rail=rail, own_id=own_id, amount_minor=amount_minor, now=now, until=until,
            per_day=per_day, since=since,
        )  # fmt: skip
        row = await self._pool.fetchrow(*query)
        return (row["own_id"], row["amount_minor"]) if row else None

    async def wait(
        self, transfer_id: UUID, status: str, due_at: datetime | None, *, held_why: str | None = None,
        rail_id: str | None = None, words: str | None = None, asked: bool = False, escalated_at: datetime | None = None,
        told_receipt: str | None = None,
    ) -> None:  # fmt: skip
        """Record where a transfer stands that is not over, and when it is due again (None: when somebody says so)."""
        query = QUERIES["transfers.wait"](
            id=transfer_id, status=status, held_why=held_why, rail_id=rail_id, words=words, due_at=due_at,
            asked=int(asked), escalated_at=escalated_at, told_receipt=told_receipt,
        )  # fmt: skip
        await self._pool.execute(*query)

    async def hold(
        self, transfer_id: UUID, why: str, due_at: datetime, *, escalated_at: datetime | None = None
    ) -> None:
        """Let a transfer that was not sent wait until `due_at`."""
        query = QUERIES["transfers.hold"](id=transfer_id, why=why, due_at=due_at, escalated_at=escalated_at)
        await self._pool.execute(*query)

    async def by_hand(self, transfer_id: UUID) -> None:
        """Keep that a transfer which no rail was given is paid by hand."""
        await self._pool.execute(*QUERIES["transfers.by_hand"](id=transfer_id))

    async def ask_now(self, transfer_id: UUID, now: datetime) -> None:
        await self._pool.execute(*QUERIES["transfers.ask_now"](id=transfer_id, now=now))

    async def find(self, rail: str, own_id: str | None, rail_id: str | None) -> UUID | None:
        found: UUID | None = await self._pool.fetchval(
            *QUERIES["transfers.find"](rail=rail, own_id=own_id, rail_id=rail_id)
        )
        return found

    async def facts(
        self, transfer_id: UUID, receipt: str | None, now: datetime, *, minor: int | None = None,
        payer: str | None = None,
    ) -> TransferFacts | None:  # fmt: skip
        """`receipt`, `minor` (units) and `payer` (a number, or anything else): of the money in question, if there is
        any."""
        query = QUERIES["transfers.with_contract"](id=transfer_id, receipt=receipt, minor=minor, payer=payer, now=now)
        row = await self._pool.fetchrow(*query)
        return TransferFacts(*row) if row else None

    async def came(self, came: CameRow, now: datetime) -> None:
        """Write down money that came by itself, once for its receipt."""
        query = QUERIES["transfers.came"](
            id=new_id(), rail=came.rail, own_id=came.own_id, receipt=came.receipt, amount_minor=came.amount_minor,
            currency=came.currency, reference=came.reference, account=came.account, payer=came.payer, now=now,
        )  # fmt: skip
        await self._pool.execute(*query)

    async def suspend(self, transfer_id: UUID, amount_minor: int, now: datetime) -> bool:
        """Put money that belongs to no contract into suspense, as much of it as came. False: it was counted before."""
        query = QUERIES["transfers.suspend"](
            id=transfer_id, amount_minor=amount_minor, posting=new_id(), now=now, service_chain=SERVICE_CHAIN
        )
        return await self._pool.fetchval(*query) is not None

    async def fail(self, transfer_id: UUID, reason: str, code: str, words: str, now: datetime) -> None:
        """End a transfer that belongs to no contract, and that moved nothing."""
        await self._pool.execute(
            *QUERIES["transfers.fail"](id=transfer_id, reason=reason, code=code, words=words, now=now)
        )

    async def returned(self, transfer_id: UUID, receipt: str | None, now: datetime) -> bool:
        """Money in suspense went back to who paid it. False: it was written down before."""
        query = QUERIES["transfers.returned"](
            id=transfer_id, receipt=receipt, posting=new_id(), now=now, service_chain=SERVICE_CHAIN
        )
        return await self._pool.fetchval(*query) is not None

    async def end_not_found(self, transfer_id: UUID, questions: int, before: datetime, now: datetime) -> bool:
        """End what is said to have come by itself, if the rail was asked so often, and it was told of before then."""
        query = QUERIES["transfers.end_not_found"](id=transfer_id, questions=questions, before=before, now=now)
        return await self._pool.fetchval(*query) is not None

    async def dismiss(self, transfer_id: UUID, why: str, named: str, now: datetime) -> bool:
        """End what is said to have come by itself, and was not counted. False: it is something else, or over. `named`:
        the operator, as the audit names them."""
        query = QUERIES["transfers.dismiss"](
            id=transfer_id, why=why, named=named, now=now, service_chain=SERVICE_CHAIN, act_id=new_id()
        )
        return await self._pool.fetchval(*query) is not None

    async def end_assigned(self, transfer_id: UUID, now: datetime) -> bool:
        """End a return that was never sent, of money that a contract has got. False: it is not so."""
        return await self._pool.fetchval(*QUERIES["transfers.end_assigned"](id=transfer_id, now=now)) is not None

    async def end_counted(self, transfer_id: UUID, now: datetime) -> None:
        """End the second word about money that is counted already."""
        await self._pool.execute(*QUERIES["transfers.end_counted"](id=transfer_id, now=now))

    async def left_since(self, phone_id: UUID, currency: str, since: datetime) -> int:
        """Return how much of this currency has left to this phone since then, or is on its way, in minor units."""
        query = QUERIES["transfers.of_day"](phone_id=phone_id, currency=currency, since=since)
        found: int = await self._pool.fetchval(*query)
        return found

    async def keep_callback(
        self, rail: str, kind: str, own_id: str | None, digest: bytes, body: bytes, now: datetime
    ) -> None:
        """Keep a callback as it came (`body`: encrypted), once for its `digest`."""
        query = QUERIES["transfers.keep_callback"](
            id=new_id(), rail=rail, kind=kind, own_id=own_id, digest=digest, body=body, now=now
        )
        await self._pool.execute(*query)

    async def due_callbacks(self, now: datetime, until: datetime, most: int) -> Sequence[CallbackRow]:
        """Take callbacks that are due, until `until`, and return them as they came: ids are ordered by time."""
        rows = await self._pool.fetch(*QUERIES["transfers.due_callbacks"](now=now, until=until, most=most))
        return sorted((CallbackRow(*row) for row in rows), key=lambda row: row.id)

    async def end_callback(self, callback_id: UUID, outcome: str) -> None:
        await self._pool.execute(*QUERIES["transfers.end_callback"](id=callback_id, outcome=outcome))
