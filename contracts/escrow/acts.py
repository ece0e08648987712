"""What a rail tells, and what people ask for, about the money of a contract: each function returns the Plan of the act.

What it means for the money is decided in `settle`. An act says here who is notified and what the audit has of it. Acts
of a party or of time that move money as well (a receipt, a cancellation) are in `contracts.rules`, and get their money
rows in `plan_rows.plan_of_change`.
"""

from datetime import datetime, timedelta
from uuid import UUID

from contracts.contract import Contract, Role
from contracts.escrow import settle
from contracts.escrow.escrow import Escrow, PaymentStatus
from contracts.escrow.number_risk import Hold
from contracts.escrow.outcomes import Failed
from contracts.fields.money import Money
from contracts.fields.msisdn import Msisdn
from contracts.notices import Notice, NoticeKind, notice_to
from contracts.refusals import Refusal
from contracts.rules.plan import Plan
from contracts.rules.plan_rows import plan_of_money
from storage.acts.money_rows import MoneyRows, TransferEndRow, TransferKind
from storage.acts.rows import AuditRow
from values.frozen import Frozen, replace

NEXT_PROMPT_AFTER = timedelta(minutes=3)  # M-Pesa takes the same amount from the same phone for a repeat until then


class Transfer(Frozen):
    """A transfer as the record has it, as far as an act needs it. `is_retried`: another one was ordered in its
    place. `asked`: what was asked for, or told, where another `amount` came."""

    id: UUID
    kind: TransferKind
    amount: int
    status: str
    is_retried: bool = False
    asked: int | None = None

    @property
    def is_over(self) -> bool:
        return self.status in ("done", "failed")


def money_came(
    contract: Contract, transfer: Transfer, receipt: str, now: datetime, *, from_suspense: bool = False
) -> Plan:
    """The buyer has paid a prompt, or somebody has paid to our account with the contract's reference: that counts as
    the buyer's, whoever it was. `from_suspense`: two people have said that it is for this contract.

    The buyer is asked for what is still missing a little later.
    """
    by_prompt = transfer.kind == "prompt" and not transfer.is_over
    step = settle.receive_money(
        contract, transfer.amount, transfer.id, by_prompt=by_prompt, from_suspense=from_suspense
    )
    transfers = tuple(
        replace(row, not_before=now + NEXT_PROMPT_AFTER) if row.kind == "prompt" else row for row in step.rows.transfers
    )
    ended = replace(_done(transfer, receipt), contract_id=contract.id)
    step = replace(step, rows=replace(step.rows, transfers=transfers, ended=(ended,)))
    after = replace(contract, escrow=step.escrow)
    action = "money.assigned" if from_suspense else "money.came"
    details = {"amount_minor": transfer.amount, "receipt": receipt}
    if transfer.asked is not None:
        details["asked_minor"] = transfer.asked
    audit = AuditRow(action, contract.id, None, None, details)
    notices = _about(_notices_of_money(contract, after), after, transfer.amount, receipt)
    return plan_of_money(contract, step, audit, notices)


def receipt_known(contract: Contract, transfer: Transfer, receipt: str) -> Plan:
    """A prompt was paid by money that is counted already: a paybill notice with the same receipt came first."""
    rows = MoneyRows(ended=(_done(transfer, receipt),))
    step = settle.MoneyStep(_without_prompt(contract, transfer), rows)
    audit = AuditRow("money.counted", contract.id, None, None, {"receipt": receipt})
    return plan_of_money(contract, step, audit, ())


def prompt_failed(contract: Contract, transfer: Transfer, outcome: Failed) -> Plan:
    """The buyer did not pay the prompt: they are told how they can pay later."""
    rows = MoneyRows(ended=(_failed(transfer, outcome),))
    step = settle.MoneyStep(_without_prompt(contract, transfer), rows)
    audit = AuditRow("money.prompt_failed", contract.id, None, None, {"reason": outcome.reason.value})
    notices = _to(contract, Role.BUYER, NoticeKind.PROMPT_FAILED) if contract.status_goes_on else ()
    return plan_of_money(contract, step, audit, tuple(replace(each, failed=outcome.reason) for each in notices))


def prompt_not_needed(contract: Contract, transfer: Transfer) -> Plan:
    """A prompt that was ordered is not sent: the money came in another way, or the contract is over."""
    return _prompt_dropped(contract, transfer, "not_needed")


def prompt_given_up(contract: Contract, transfer: Transfer) -> Plan:
    """The rail said that a prompt is paid, and never how much or under which receipt; or it was paid with money that
    cannot be this contract's. The buyer may be asked again; the money is looked for by its receipt, or in the rail's
    books."""
    return _prompt_dropped(contract, transfer, "given_up")


def _prompt_dropped(contract: Contract, transfer: Transfer, reason: str) -> Plan:
    ended = TransferEndRow(transfer.id, transfer.kind, transfer.amount, "failed", reason=reason)
    step = settle.MoneyStep(_without_prompt(contract, transfer), MoneyRows(ended=(ended,)))
    return plan_of_money(contract, step, AuditRow(f"money.prompt_{reason}", contract.id, None, None, {}), ())


def paid_out(contract: Contract, transfer: Transfer, receipt: str | None) -> Plan:
    """A rail has paid the seller (`release`) or the buyer (`refund`). Both sides are told."""
    step = settle.pay_out(contract, transfer.kind, transfer.amount, transfer.id)
    step = replace(step, rows=replace(step.rows, ended=(_done(transfer, receipt),)))
    kind = NoticeKind.PAID_OUT if transfer.kind == "release" else NoticeKind.REFUNDED
    audit = AuditRow(f"money.{_DONE[transfer.kind]}", contract.id, None, None, {"amount_minor": transfer.amount})
    notices = (*_to(contract, Role.BUYER, kind), *_to(contract, Role.SELLER, kind))
    return plan_of_money(contract, step, audit, _about(notices, contract, transfer.amount, receipt))


def payout_failed(contract: Contract, transfer: Transfer, outcome: Failed) -> Plan:
    """A rail could not pay: the money stays where it is, and its owner is told why and what they can do."""
    step = settle.MoneyStep(contract.escrow, MoneyRows(ended=(_failed(transfer, outcome),)))
    details = {"reason": outcome.reason.value, "kind": transfer.kind}
    audit = AuditRow("money.payout_failed", contract.id, None, None, details)
    to = Role.SELLER if transfer.kind == "release" else Role.BUYER
    notices = _about(_to(contract, to, NoticeKind.PAYOUT_FAILED), contract, transfer.amount, None)
    return plan_of_money(contract, step, audit, tuple(replace(each, failed=outcome.reason) for each in notices))


def payout_held(contract: Contract, transfer: Transfer, hold: Hold) -> Plan:
    """A payout waits: both sides are told why."""
    step = settle.MoneyStep(contract.escrow, MoneyRows())
    audit = AuditRow(
        "money.payout_held", contract.id, None, None, {"transfer": str(transfer.id), "why": hold.why.value}
    )
    notices = (
        *_to(contract, Role.BUYER, NoticeKind.PAYOUT_HELD),
        *_to(contract, Role.SELLER, NoticeKind.PAYOUT_HELD),
    )
    told = _about(notices, contract, transfer.amount, None)
    return plan_of_money(contract, step, audit, tuple(replace(each, until=hold.until, held=hold.why) for each in told))


def ask_to_pay(contract: Contract, by: Msisdn | None) -> Plan | Refusal:
    """The buyer wants to pay now, or an operator asks them (`by` None) and tells them so: their phone is prompted for
    what is missing."""
    party = contract.party(by) if by else None
    if by and (party is None or party.signature is None):
        return Refusal.NOT_YOURS
    if party and party.role is not Role.BUYER:
        return Refusal.NOT_YOUR_PART
    if contract.escrow is None or not contract.status_goes_on or not contract.escrow.missing:
        return Refusal.NOTHING_TO_PAY
    if contract.escrow.prompted:
        return Refusal.PROMPTED_ALREADY
    audit = AuditRow("money.asked_for", contract.id, party.phone_id if party else None, by, {})
    notices = () if by else _to(contract, Role.BUYER, NoticeKind.PAY_NOW)
    return plan_of_money(contract, settle.order_prompt(contract), audit, notices)


def pay_out_again(contract: Contract, by: Msisdn | None, failed: Transfer) -> Plan | Refusal:
    """`by` (None: an operator) wants a payout that failed to be tried again."""
    party = contract.party(by) if by else None
    owner = Role.SELLER if failed.kind == "release" else Role.BUYER
    if by and (party is None or party.role is not owner):
        return Refusal.NOT_YOUR_PART
    escrow = contract.escrow
    if escrow is None or failed.status != "failed" or failed.is_retried or failed.kind not in ("release", "refund"):
        return Refusal.NOTHING_TO_PAY
    asked_by = party.phone_id if party else None
    audit = AuditRow("money.asked_again", contract.id, asked_by, by, {"transfer": str(failed.id)})
    return plan_of_money(contract, settle.order_again(contract, failed.kind, failed.amount, failed.id), audit, ())


def claim_payout(contract: Contract, by: Msisdn) -> Plan | Refusal:
    """A party wants what a failed payout should have brought them to be paid again."""
    party = contract.party(by)
    if party is None or party.signature is None:
        return Refusal.NOT_YOURS
    own_kind = "release" if party.role is Role.SELLER else "refund"
    failed = [one for one in contract.escrow.failed if one.kind == own_kind] if contract.escrow else []
    if not failed:
        return Refusal.NOTHING_TO_PAY
    return pay_out_again(contract, by, Transfer(failed[0].id, failed[0].kind, failed[0].amount, "failed"))


def _notices_of_money(before: Contract, after: Contract) -> tuple[Notice, ...]:
    assert before.escrow and after.escrow, "there is a payment"
    if not after.status_goes_on:
        return _to(after, Role.BUYER, NoticeKind.MONEY_TOO_LATE)
    kind = NoticeKind.MONEY_IN_PART if after.escrow.missing else NoticeKind.MONEY_LOCKED
    if before.escrow.is_there and before.escrow.status is PaymentStatus.LOCKED:
        return _to(after, Role.BUYER, NoticeKind.MONEY_TOO_MUCH)
    return (*_to(after, Role.BUYER, kind), *_to(after, Role.SELLER, kind))


def _without_prompt(contract: Contract, ended: Transfer) -> Escrow | None:
    """Return the escrow once the prompt `ended`: none is open any more, if this one was."""
    is_open = contract.escrow is not None and contract.escrow.prompted and ended.is_over
    return contract.escrow and replace(contract.escrow, prompted=is_open)


def _done(transfer: Transfer, receipt: str | None) -> TransferEndRow:
    return TransferEndRow(transfer.id, transfer.kind, transfer.amount, "done", receipt)


def _failed(transfer: Transfer, outcome: Failed) -> TransferEndRow:
    return TransferEndRow(
        transfer.id, transfer.kind, transfer.amount, "failed", None, outcome.rail_id, outcome.reason.value,
        outcome.code, outcome.words,
    )  # fmt: skip


def _to(contract: Contract, role: Role, kind: NoticeKind) -> tuple[Notice, ...]:
    return tuple(notice_to(party, kind, contract, None) for party in contract.parties if party.role is role)


def _about(notices: tuple[Notice, ...], contract: Contract, amount: int, receipt: str | None) -> tuple[Notice, ...]:
    money = Money(amount, contract.terms.total.currency)
    return tuple(replace(each, money=money, receipt=receipt) for each in notices)


_DONE = {"release": "paid_out", "refund": "refunded"}
