"""What an operator does about money that needs a person. Where money leaves, or gets an owner, two people have to say
so."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from contracts import actions
from contracts.contract import Contract
from contracts.escrow import acts
from contracts.escrow.number_risk import HoldReason
from contracts.refusals import Refusal
from contracts.rules.plan import Plan
from gateway.outbox.compose import MessageComposer
from storage.acts.money_rows import RailOnce
from storage.money_reads import MoneyReads
from storage.postgres.database import Pool
from storage.records import Records
from storage.transfers import TransferRows
from values.frozen import replace

_PEOPLE: Final = 2
_HAND: Final = "hand"  # in place of a rail


class NotPossible(Exception):  # noqa: N818 - it reads as what happened
    """This cannot be done with this transfer; the text says why, for an operator."""


class NoSuchTransfer(NotPossible):
    """There is no transfer with this id, or none of the kind that this is about."""


class ByHand:
    """`operator`: who acts, for the audit. `person`: the same for all keys of one operator, so that nobody is two. Each
    method returns the line that says what came of it, and raises NotPossible."""

    def __init__(self, pool: Pool, composer: MessageComposer, operator: str, now: datetime, *, person: str) -> None:
        self._reads = MoneyReads(pool)
        self._rows = TransferRows(pool)
        self._records = Records(pool)
        self._composer = composer
        self._operator = operator
        self._person = person
        self._now = now

    async def approve(self, transfer_id: UUID) -> str:
        """Say that a payout above the limit for one person may be sent."""
        row = await self._transfer(transfer_id)
        if row["held_why"] != "approval":
            raise NotPossible("this transfer does not wait for an approval")
        if missing := await self._missing(transfer_id, "send"):
            return missing
        await self._reads.send_approved(transfer_id, self._now)
        return "two people have approved it: it is sent now"

    async def send_back(self, transfer_id: UUID) -> str:
        """Give money that belongs to no contract back to who paid it."""
        await self._in_suspense(transfer_id)
        if missing := await self._missing(transfer_id, "return"):
            return missing

        async def attempt() -> bool | None:
            try:
                return await self._reads.send_back(transfer_id, self._now)
            except asyncpg.DeadlockDetectedError:  # with `assign`, which locks the other way round: it is done by now
                return None

        if not await actions.retry_when_changed(attempt, tries=5):
            await self._in_suspense(transfer_id)  # who gave it a contract at the same moment was faster
            raise NotPossible("this money goes back already")
        return "two people have said so: it goes back to who paid it"

    async def assign(self, transfer_id: UUID, reference: str) -> str:
        """Say to which contract money belongs that was paid under no reference, or a wrong one."""
        row = await self._without_owner(transfer_id)
        await self._contract(reference, row["currency"])
        if missing := await self._missing(transfer_id, f"assign {reference}"):
            return missing
        transfer = acts.Transfer(transfer_id, "paybill", row["amount_minor"], row["status"])

        async def attempt() -> str | None:
            row = await self._without_owner(transfer_id)  # who says so at the same moment may have been faster
            contract = await self._contract(reference, row["currency"])
            plan = acts.money_came(contract, transfer, row["receipt"], self._now, from_suspense=True)
            try:  # the same fact as that of `send_back`: one of the two decides
                is_done = await self._write(plan, row["rail"], f"{transfer_id}:decided {row['returns_failed']}")
            except asyncpg.DeadlockDetectedError:
                return None
            return f"two people have said so: it is counted for contract {reference}" if is_done else None

        return await actions.retry_when_changed(attempt, tries=5)

    async def dismiss(self, transfer_id: UUID, why: str) -> str:
        """Say that money which somebody told us of never came. It moves nothing; if it did come, it is counted once the
        rail tells it as the answer to a question."""
        await self._transfer(transfer_id)
        if not await self._rows.dismiss(transfer_id, why, self._operator, self._now):
            raise NotPossible("this is no money that was told of and not counted yet")
        return "it is dismissed: the rail is not asked about it any more"

    async def retry(self, transfer_id: UUID) -> str:
        """Order a payout again that failed."""

        async def attempt() -> str | None:
            facts = await self._rows.facts(transfer_id, None, self._now)
            if facts is None or facts.contract is None:
                raise NoSuchTransfer("there is no such payout")
            failed = acts.Transfer(facts.id, facts.kind, facts.amount_minor, facts.status, facts.is_retried)
            plan = acts.pay_out_again(Contract.from_row(facts.contract), None, failed)
            if isinstance(plan, Refusal):
                raise NotPossible("this payout has not failed, or was ordered again already")
            done = await self._write(plan, facts.rail or "none", f"{transfer_id}:again")
            return "it is ordered again, as a new transfer" if done else None

        return await actions.retry_when_changed(attempt, tries=5)

    async def paid(self, transfer_id: UUID, receipt: str) -> str:
        """Say that somebody has paid by hand what a rail could not: its number, or another that stands on paper."""
        row = await self._transfer(transfer_id)
        can_be = row["status"] == "failed" or row["held_why"] == HoldReason.RAIL_LIMIT or row["rail"] == _HAND
        if row["kind"] not in ("release", "refund") or row["status"] == "done" or not can_be:
            raise NotPossible("this is no payout that failed, or that the rail does not move")
        if missing := await self._missing(transfer_id, f"paid {receipt}"):
            return missing
        await self._rows.by_hand(transfer_id)

        async def attempt() -> str | None:
            facts = await self._rows.facts(transfer_id, None, self._now)
            assert facts and facts.contract, "a payout has a contract, and is never deleted"
            may_be = facts.status == "failed" or facts.rail == _HAND
            if facts.status == "done" or facts.is_retried or not may_be:
                raise NotPossible("this payout is paid, or was ordered again")
            transfer = acts.Transfer(facts.id, facts.kind, facts.amount_minor, facts.status)
            plan = acts.paid_out(Contract.from_row(facts.contract), transfer, receipt)
            done = await self._write(plan, _HAND, str(transfer_id))
            return "two people have said so: it is written down as paid" if done else None

        return await actions.retry_when_changed(attempt, tries=5)

    async def _transfer(self, transfer_id: UUID) -> dict[str, Any]:
        row = await self._reads.transfer(transfer_id)
        if row is None:
            raise NoSuchTransfer("there is no transfer with this id")
        return row

    async def _in_suspense(self, transfer_id: UUID) -> dict[str, Any]:
        row = await self._transfer(transfer_id)
        if row["kind"] != "paybill" or row["contract_id"] is not None or row["status"] != "done":
            raise NotPossible("this is no money without a contract")
        return row

    async def _without_owner(self, transfer_id: UUID) -> dict[str, Any]:
        row = await self._in_suspense(transfer_id)
        if row["goes_back"]:
            raise NotPossible("this money goes back already")
        return row

    async def _contract(self, reference: str, currency: str) -> Contract:
        row = await self._records.contract_by_reference(reference)
        contract = Contract.from_row(row) if row else None
        if contract is None or contract.escrow is None:
            raise NotPossible(f"there is no contract {reference} with escrow that all have confirmed")
        if contract.escrow.currency.value != currency:
            raise NotPossible(f"contract {reference} is in another currency")
        return contract

    async def _missing(self, transfer_id: UUID, what: str) -> str | None:
        """Keep that this operator wants it; return the line that says that another one has to, or None."""

        async def attempt() -> int | None:
            try:
                return await self._reads.approve(transfer_id, what, self._person, self._operator, self._now)
            except asyncpg.DeadlockDetectedError:  # with what another operator does at the same moment
                return None

        people = await actions.retry_when_changed(attempt, tries=5)
        return None if people >= _PEOPLE else "kept: one more person has to say the same"

    async def _write(self, plan: Plan, rail: str, key: str) -> bool:
        audit = tuple(replace(row, details={**row.details, "operator": self._operator}) for row in plan.audit)
        return await actions.carry_out(
            self._records, replace(plan, audit=audit), channel="api", now=self._now, rail=RailOnce(rail, key),
            messages=self._composer.compose(plan.notices, self._now),
        )  # fmt: skip
