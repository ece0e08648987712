"""From what a rail says about a transfer to the record: decided on the contract as it is now, and written once.

What moves money is an act with a unique cause: the receipt of money that came, or the transfer that ended. So it may be
told twice, by a callback and by an enquiry, at the same moment.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg
import structlog

from contracts import actions
from contracts.actions import Clock
from contracts.contract import Contract
from contracts.escrow import acts
from contracts.escrow.number_risk import Hold
from contracts.escrow.outcomes import Failed, Paid
from contracts.escrow.payers import may_be_payer
from contracts.escrow.shares import smallest_unit
from contracts.fields.money import Money
from contracts.fields.msisdn import Msisdn
from contracts.rules.plan import Plan
from gateway.outbox.compose import MessageComposer
from gateway.payments.schedule import NOT_FOUND_AFTER, NOT_FOUND_QUESTIONS, next_question
from storage.acts.money_rows import RailOnce
from storage.records import Records
from storage.transfers import CameRow, TransferFacts, TransferRows
from values.frozen import replace

log = structlog.get_logger()

_ASK_AGAIN: Final = timedelta(hours=1)  # about what needs a person first
_ANOTHER_AMOUNT: Final = "another amount"
_ANOTHER_CONTRACT: Final = "fits a request of another contract"


class Recorder:
    """Writes outcomes of transfers down, and tells people. Each method returns what came of it, in a word for the
    log."""

    def __init__(
        self, records: Records, rows: TransferRows, composer: MessageComposer, now: Clock,
        without_receipts: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        """`without_receipts`: the rails whose payments may have none; our own id stands for it."""
        self._records = records
        self._rows = rows
        self._composer = composer
        self._now = now
        self._without_receipts = without_receipts

    async def paid(self, transfer_id: UUID, outcome: Paid, *, is_answer: bool = False) -> str:
        """The rail says that this transfer is paid. `is_answer`: it was asked, and its books say so.

        Money of another amount than was asked for is counted as it is once the rail's books have it; until then they
        are asked. What cannot be the contract's goes into suspense. A payout of another amount is counted by nobody. An
        operator is told of each."""

        async def attempt() -> str | None:
            facts = await self._rows.facts(
                transfer_id, outcome.receipt, self._now(), minor=outcome.money.minor if outcome.money else None,
                payer=outcome.payer,
            )  # fmt: skip
            if facts is None:
                return "unknown"
            if facts.status == "done":
                return self._told_again(facts, outcome)
            if outcome.receipt is None and facts.rail in self._without_receipts:
                outcome_with_id = replace(outcome, receipt=facts.own_id)
                return await self.paid(transfer_id, outcome_with_id, is_answer=is_answer)
            if _may_be_of_prompt(facts, outcome):
                log.warning("money waits: it may be what another contract has asked for", transfer=str(transfer_id))
                asks_at = next_question(facts.asked, self._now())
                await self._rows.wait(transfer_id, "unknown", asks_at, words=_ANOTHER_CONTRACT)
                return _ANOTHER_CONTRACT
            if is_answer and _came_otherwise(facts, outcome):
                return await self._count_as_it_is(facts, outcome)
            if why := _why_not(facts, outcome):
                log.error("a transfer needs a person", transfer=str(transfer_id), why=why)
                now = self._now()
                asks_at = now if why == _ANOTHER_AMOUNT and not is_answer else now + _ASK_AGAIN
                await self._rows.wait(
                    transfer_id, "unknown", asks_at, words=why, rail_id=outcome.rail_id, escalated_at=now,
                    told_receipt=outcome.receipt,
                )  # fmt: skip
                return why
            return await self._count(facts, outcome)

        try:
            return await actions.retry_when_changed(attempt)
        except asyncpg.CheckViolationError as refused:
            # The ledger would not add up: above all, a payout that failed, was paid again, and is paid now as well.
            log.critical("a rail paid what was not owed", transfer=str(transfer_id), constraint=refused.constraint_name)
            now = self._now()
            await self._rows.wait(transfer_id, "unknown", now + _ASK_AGAIN, words="not owed", escalated_at=now)
            return "not owed"

    async def failed(self, transfer_id: UUID, outcome: Failed) -> str:
        """The rail says that nothing moved, and nothing will."""

        async def attempt() -> str | None:
            facts = await self._rows.facts(transfer_id, None, self._now())
            if facts is None:
                return "unknown"
            if facts.status in ("done", "failed"):
                return f"{facts.status} before"
            if facts.contract is None or facts.kind in ("paybill", "return"):
                await self._rows.fail(transfer_id, outcome.reason.value, outcome.code, outcome.words, self._now())
                log.error("money without a contract", transfer=str(transfer_id), kind=facts.kind, code=outcome.code)
                return "failed"
            contract, transfer = Contract.from_row(facts.contract), _transfer(facts)
            decide = acts.prompt_failed if facts.kind == "prompt" else acts.payout_failed
            plan = decide(contract, transfer, outcome)
            return "failed" if await self._write(plan, facts, f"{transfer_id}:failed", self._now()) else None

        return await actions.retry_when_changed(attempt)

    async def not_found(self, transfer_id: UUID) -> bool:
        """The rail finds no money with the receipt that it was asked about. Return whether that ends the transfer: only
        of money that somebody told us of, once it was asked about often enough and for a day."""
        now = self._now()
        is_ended = await self._rows.end_not_found(transfer_id, NOT_FOUND_QUESTIONS, now - NOT_FOUND_AFTER, now)
        if is_ended:
            log.error("money that was told of never came", transfer=str(transfer_id))
        return is_ended

    async def give_up(self, transfer_id: UUID) -> None:
        """End a prompt that the rail has called paid, and of which it cannot say more. Nobody is told: what came is
        counted when it is found, and the buyer can ask for another."""

        async def attempt() -> str | None:
            facts = await self._rows.facts(transfer_id, None, self._now())
            if facts is None or facts.contract is None or facts.status in ("done", "failed"):
                return "over"
            plan = acts.prompt_given_up(Contract.from_row(facts.contract), _transfer(facts))
            return "given up" if await self._write(plan, facts, f"{transfer_id}:failed", self._now()) else None

        await actions.retry_when_changed(attempt)

    async def held(self, transfer_id: UUID, hold: Hold) -> None:
        """Tell both sides, once for each reason, that a payout waits."""
        key = f"{transfer_id}:held:{hold.why.value}"

        async def attempt() -> str | None:
            facts = await self._rows.facts(transfer_id, key, self._now())
            if facts is None or facts.contract is None or facts.status in ("done", "failed"):
                return "over"
            if facts.is_counted:
                return "told before"
            plan = acts.payout_held(Contract.from_row(facts.contract), _transfer(facts), hold)
            return "told" if await self._write(plan, facts, key, self._now()) else None

        await actions.retry_when_changed(attempt)

    async def still_missing(self, transfer_id: UUID) -> int:
        """Return what the buyer still has to pay, before they are prompted for it. 0: nothing, because it came in
        another way, or the contract is over; then the prompt is over as well."""

        async def attempt() -> int | None:
            facts = await self._rows.facts(transfer_id, None, self._now())
            if facts is None or facts.contract is None or facts.status in ("done", "failed"):
                return 0
            contract = Contract.from_row(facts.contract)
            if contract.escrow and contract.status_goes_on and contract.escrow.missing:
                return contract.escrow.missing
            plan = acts.prompt_not_needed(contract, _transfer(facts))
            return 0 if await self._write(plan, facts, f"{transfer_id}:failed", self._now()) else None

        return await actions.retry_when_changed(attempt)

    def _told_again(self, facts: TransferFacts, outcome: Paid) -> str:
        """A payout that failed, and was then paid by hand, may be paid by the rail all the same: under its own
        receipt."""
        is_other = facts.receipt and outcome.receipt and facts.receipt != outcome.receipt
        if is_other and facts.kind in ("release", "refund") and facts.rail not in self._without_receipts:
            log.critical("a rail paid what was paid already", transfer=str(facts.id), receipt=outcome.receipt)
            return "not owed"
        return "done before"

    async def _count_as_it_is(self, facts: TransferFacts, outcome: Paid) -> str | None:
        """Count money that came and is not what was asked for, or told. Where it cannot be the contract's, it is
        written down as money without one, which the rail is asked about once more and two people give an owner."""
        assert outcome.money and outcome.receipt, "the rail's books have both"
        came, currency = outcome.money, outcome.money.currency
        log.error(
            "money came otherwise than asked", transfer=str(facts.id), kind=facts.kind, ours_minor=facts.amount_minor,
            theirs_minor=came.minor, currency=currency.value,
        )  # fmt: skip
        if _can_be_counted(facts, came):
            return await self._count(replace(facts, amount_minor=came.minor), outcome, facts.amount_minor)
        assert facts.rail, "it was sent"
        # Its own id is made from the prompt's: told twice, it is written down once, by its receipt.
        row = CameRow(
            facts.rail, f"{facts.own_id}x", outcome.receipt, came.minor, currency.value, None, "", outcome.payer
        )
        await self._rows.came(row, self._now())
        await self.give_up(facts.id)
        return "suspense"

    async def _count(self, facts: TransferFacts, outcome: Paid, asked: int | None = None) -> str | None:
        now = self._now()
        if facts.kind in ("release", "refund"):
            assert facts.contract, "a payout has a contract"
            plan = acts.paid_out(Contract.from_row(facts.contract), _transfer(facts), outcome.receipt)
            return "paid" if await self._write(plan, facts, str(facts.id), now) else None
        if facts.kind == "return":
            return "returned" if await self._rows.returned(facts.id, outcome.receipt, now) else "done before"
        assert outcome.receipt, "money that came has a receipt"
        if facts.contract is None:
            is_new = await self._rows.suspend(facts.id, facts.amount_minor, now)
            if not is_new:
                await self._rows.end_counted(facts.id, now)
            return "suspense" if is_new else "counted before"
        if facts.is_counted and facts.kind == "paybill":
            await self._rows.end_counted(facts.id, now)
            return "counted before"
        contract, transfer = Contract.from_row(facts.contract), replace(_transfer(facts), asked=asked)
        if facts.is_counted:
            plan, key = acts.receipt_known(contract, transfer, outcome.receipt), f"{facts.id}:counted"
        else:
            plan, key = acts.money_came(contract, transfer, outcome.receipt, now), outcome.receipt
        return "paid" if await self._write(plan, facts, key, now) else None

    async def _write(self, plan: Plan, facts: TransferFacts, key: str, now: datetime) -> bool:
        return await actions.carry_out(
            self._records, plan, channel="service", now=now, rail=RailOnce(facts.rail or "none", key),
            messages=self._composer.compose(plan.notices, now),
        )  # fmt: skip


def _may_be_of_prompt(facts: TransferFacts, outcome: Paid) -> bool:
    """Whether money that came by itself may be what its payer was asked for by another contract. A rail's books do not
    say for which account it is, only a callback does, which anybody can send who knows the hooks' token: so the request
    gets its outcome first."""
    if facts.kind != "paybill" or facts.is_counted:
        return False
    return any(may_be_payer(outcome.payer, Msisdn(each)) for each in facts.prompted_elsewhere)


def _came_otherwise(facts: TransferFacts, outcome: Paid) -> bool:
    """Whether money came, under a receipt of its own, that is not what was asked for, or in another amount than was
    told."""
    if not outcome.money or not outcome.receipt or facts.is_counted or _is_as_ordered(facts, outcome.money):
        return False
    return facts.kind == "prompt" or (
        facts.kind == "paybill" and outcome.receipt == facts.receipt and _can_be_counted(facts, outcome.money)
    )


def _is_as_ordered(facts: TransferFacts, money: Money) -> bool:
    return (money.minor, money.currency.value) == (facts.amount_minor, facts.currency)


def _can_be_counted(facts: TransferFacts, money: Money) -> bool:
    """Whether this transfer can be of this amount in place of its own: of a contract, in whole units."""
    is_whole = facts.contract is None or money.minor % smallest_unit(money.currency) == 0
    return money.currency.value == facts.currency and is_whole and facts.status != "failed"


def _why_not(facts: TransferFacts, outcome: Paid) -> str | None:
    """Return why what was paid is not this transfer; None if it is."""
    if outcome.money and outcome.money.currency.value != facts.currency:
        return "another currency"
    if outcome.money and outcome.money.minor != facts.amount_minor:
        return _ANOTHER_AMOUNT
    if facts.kind in ("prompt", "paybill") and not outcome.receipt:
        return "paid, and the receipt is not known yet"
    if facts.kind == "paybill" and facts.receipt != outcome.receipt:
        return "another receipt"
    if facts.kind == "prompt" and facts.is_counted_elsewhere:  # somebody told of it before the rail did, with a lie
        return "counted for another contract"
    return None


def _transfer(facts: TransferFacts) -> acts.Transfer:
    return acts.Transfer(facts.id, facts.kind, facts.amount_minor, facts.status, facts.is_retried)
