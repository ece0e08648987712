"""What follows for the money when a contract changes: by comparing the contract before and after. Pure.

    confirmed by all          the payment begins, and the buyer is asked for the money on their phone
    a part received           its share of the money is the seller's
    completed                 all of it; the share of what came, or of the split, where that is less; the rest goes back
    cancelled, expired        all that still waits goes back to the buyer
    new terms                 more is due, or what is too much goes back

Parts are rounded down to whole units, and the last one gets what is left, which is as much as a payout needs, if the
parts before it come to that. The fee is taken from what the seller gets,
in the same way: so nobody pays for what is not released.
"""

from decimal import Decimal
from uuid import UUID

from contracts.contract import Contract, Role, Status
from contracts.dispute import Decision
from contracts.escrow.escrow import Escrow, PaymentStatus
from contracts.escrow.shares import payouts_of, smallest_payout, smallest_unit, whole_part
from contracts.proposal import ProposalType
from storage.acts.money_rows import Account, MoneyRows, PaymentRow, PostingRow, TransferKind, TransferRow
from values.frozen import Frozen, replace
from values.ids import new_id


class MoneyStep(Frozen):
    """What an act does to the money of a contract: `escrow` as it is afterwards, and the rows."""

    escrow: Escrow | None
    rows: MoneyRows


def follow(before: Contract, after: Contract) -> MoneyStep:
    """Return what the change from `before` to `after` does to the money."""
    if after.terms.payment is None:
        return MoneyStep(None, MoneyRows())
    if before.escrow is None:
        begins = before.status is Status.PENDING and after.status is Status.CONFIRMED
        return _begun(after) if begins else MoneyStep(None, MoneyRows())
    if after.status is before.status and after.terms == before.terms and after.received == before.received:
        return MoneyStep(before.escrow, MoneyRows())
    escrow = replace(before.escrow, due=after.terms.total.minor, fee=after.terms.fee_minor)
    change = _Change(after, escrow)
    change.release(_gross_target(after, escrow))
    change.order_release(is_last=not after.status_goes_on)
    if not after.status_goes_on:
        change.refund(change.escrow.held)
        change.end()
    else:
        change.refund(_too_much(change.escrow))
        change.lock()
        if after.terms != before.terms:
            change.prompt()
    return change.step(before.escrow)


def receive_money(
    contract: Contract, amount: int, transfer_id: UUID, *, by_prompt: bool = False, from_suspense: bool = False
) -> MoneyStep:
    """Return what `amount` minor units from the buyer do. `by_prompt`: they paid the prompt that was open;
    `from_suspense`: it came before, and belonged to no contract.

    What is too much goes back, and all of it if the contract is over. If more is due, the buyer is asked again.
    """
    assert contract.escrow, "there is a payment"
    change = _Change(contract, contract.escrow)
    change.receive(amount, transfer_id, by_prompt=by_prompt, from_suspense=from_suspense)
    if contract.status_goes_on:
        change.refund(_too_much(change.escrow))
        change.lock()
        change.prompt()
    else:
        change.refund(change.escrow.held)
    return change.step(contract.escrow)


def order_prompt(contract: Contract) -> MoneyStep:
    """Return the order to ask the buyer for what is missing."""
    assert contract.escrow, "there is a payment"
    change = _Change(contract, contract.escrow)
    change.prompt()
    return change.step(contract.escrow)


def order_again(contract: Contract, kind: TransferKind, amount: int, failed: UUID) -> MoneyStep:
    """Return the order to pay what the `release` or `refund` with the id `failed` should have moved."""
    assert contract.escrow, "there is a payment"
    change = _Change(contract, contract.escrow)
    change.order_again(kind, amount, failed)
    others = tuple(one for one in contract.escrow.failed if one.kind != kind)
    change.escrow = replace(change.escrow, failed=others)
    return change.step(contract.escrow)


def pay_out(contract: Contract, kind: TransferKind, amount: int, transfer_id: UUID) -> MoneyStep:
    """Return what it means that a rail has paid `amount` to the seller (`release`) or the buyer (`refund`)."""
    assert contract.escrow, "there is a payment"
    change = _Change(contract, contract.escrow)
    change.paid_out(kind, amount, transfer_id)
    return change.step(contract.escrow)


class _Change:
    """Collects the rows of one act; `escrow` is what stands after them."""

    def __init__(self, contract: Contract, escrow: Escrow) -> None:
        self.escrow = escrow
        self._contract = contract
        self._postings: list[PostingRow] = []
        self._transfers: list[TransferRow] = []

    def step(self, before: Escrow) -> MoneyStep:
        now = self.escrow
        changed = (before.status, before.due, before.fee) != (now.status, now.due, now.fee)
        rows = MoneyRows(
            _payment_row(self._contract, now) if changed else None, tuple(self._postings), tuple(self._transfers)
        )
        return MoneyStep(now, rows)

    def release(self, gross_target: int) -> None:
        """Let the seller have what is not theirs yet of `gross_target`, as far as it is there, less the fee."""
        gross = min(max(gross_target - self.escrow.gross, 0), self.escrow.held)
        if not gross:
            return
        total, unit = self.escrow.gross + gross, smallest_unit(self.escrow.currency)
        fee = whole_part(self.escrow.fee, Decimal(total), Decimal(self.escrow.due), unit) - self.escrow.fees
        fee = min(max(fee, 0), gross)
        if net := gross - fee:
            self._post("held", "payable", net, None)
        if fee:
            self._post("held", "fees", fee, None)
        self.escrow = replace(self.escrow, released=self.escrow.released + net, fees=self.escrow.fees + fee)

    def order_release(self, *, is_last: bool) -> None:
        """Order what is the seller's and was not ordered yet. What is too little for a payout waits for the next part;
        and of a part that would leave too little for the last one, as much waits as that one needs."""
        owed, currency = self.escrow.released - self.escrow.ordered, self.escrow.currency
        least, comes = smallest_payout(currency), self.escrow.due - self.escrow.fee - self.escrow.released
        if not is_last and 0 < comes < least:
            owed -= least - comes
        if owed > 0 and (is_last or owed >= least):
            for amount in payouts_of(owed, currency):
                self._transfer("release", amount)
            self.escrow = replace(self.escrow, ordered=self.escrow.ordered + owed)

    def refund(self, amount: int) -> None:
        if amount:
            self._post("held", "refundable", amount, None)
            for each in payouts_of(amount, self.escrow.currency):
                self._transfer("refund", each)
            self.escrow = replace(self.escrow, refunded=self.escrow.refunded + amount)

    def receive(self, amount: int, transfer_id: UUID, *, by_prompt: bool, from_suspense: bool) -> None:
        scope = transfer_id if from_suspense else self._contract.id
        self._post("suspense" if from_suspense else "rail", "held", amount, transfer_id, scope)
        prompted = self.escrow.prompted and not by_prompt
        self.escrow = replace(self.escrow, received=self.escrow.received + amount, prompted=prompted)

    def paid_out(self, kind: TransferKind, amount: int, transfer_id: UUID) -> None:
        self._post("payable" if kind == "release" else "refundable", "rail", amount, transfer_id)
        paid, returned = (amount, 0) if kind == "release" else (0, amount)
        self.escrow = replace(self.escrow, paid=self.escrow.paid + paid, returned=self.escrow.returned + returned)

    def prompt(self) -> None:
        if self.escrow.missing and not self.escrow.prompted:
            self._transfer("prompt", self.escrow.missing)
            self.escrow = replace(self.escrow, prompted=True)

    def order_again(self, kind: TransferKind, amount: int, failed: UUID) -> None:
        self._transfer(kind, amount, failed)

    def lock(self) -> None:
        if self.escrow.status is PaymentStatus.PENDING and not self.escrow.missing:
            self.escrow = replace(self.escrow, status=PaymentStatus.LOCKED)

    def end(self) -> None:
        if self.escrow.gross:
            status = PaymentStatus.RELEASED
        elif self.escrow.status is PaymentStatus.LOCKED:
            status = PaymentStatus.REFUNDED
        else:
            status = PaymentStatus.FAILED
        self.escrow = replace(self.escrow, status=status)

    def _transfer(self, kind: TransferKind, amount: int, retries: UUID | None = None) -> None:
        to = _person(self._contract, Role.SELLER if kind == "release" else Role.BUYER)
        row = TransferRow(
            new_id(), self._contract.id, kind, to, amount, self.escrow.currency.value, retries=retries
        )  # fmt: skip
        self._transfers.append(row)

    def _post(
        self, debit: Account, credit: Account, amount: int, transfer_id: UUID | None, scope: UUID | None = None
    ) -> None:
        own, currency = self._contract.id, self.escrow.currency.value
        self._postings.append(PostingRow(new_id(), debit, credit, scope or own, own, amount, currency, transfer_id))


def _begun(after: Contract) -> MoneyStep:
    """The payment of a contract that everybody has confirmed: the buyer is asked for the money."""
    total = after.terms.total
    escrow = Escrow(new_id(), PaymentStatus.PENDING, total.currency, total.minor, after.terms.fee_minor)
    change = _Change(after, escrow)
    change.prompt()
    rows = change.step(escrow).rows
    return MoneyStep(change.escrow, replace(rows, payment=_payment_row(after, escrow, is_new=True)))


def _payment_row(contract: Contract, escrow: Escrow, *, is_new: bool = False) -> PaymentRow:
    is_locked = escrow.status in (PaymentStatus.LOCKED, PaymentStatus.RELEASED, PaymentStatus.REFUNDED)
    return PaymentRow(
        escrow.payment_id, contract.id, escrow.status.value, escrow.due, escrow.fee, escrow.currency.value, is_new,
        is_locked,
    )  # fmt: skip


def _gross_target(after: Contract, escrow: Escrow) -> int:
    """Return how much of the money is the seller's by now, fee included."""
    agreed, unit = Decimal(after.terms.quantity.amount), smallest_unit(escrow.currency)
    if after.status is Status.COMPLETED:
        split = _split(after)
        if split is not None:
            return split // unit * unit
        return whole_part(escrow.due, after.settled or agreed, agreed, unit)
    if after.status_goes_on:
        return whole_part(escrow.due, after.received, agreed, unit)
    return escrow.gross


def _split(after: Contract) -> int | None:
    """Return what the seller gets if a dispute ended in a split, in minor units; None: it did not."""
    dispute = after.dispute
    if dispute is None:
        return None
    if dispute.settlement:
        return dispute.settlement.split_minor if dispute.settlement.type is ProposalType.SPLIT else None
    return dispute.split_minor if dispute.decision is Decision.SPLIT else None


def _too_much(escrow: Escrow) -> int:
    """Return what came beyond what is due, and still waits."""
    return min(max(escrow.received - escrow.refunded - escrow.due, 0), escrow.held)


def _person(contract: Contract, role: Role) -> UUID:
    return next(party.phone_id for party in contract.parties if party.role is role and party.phone_id)
