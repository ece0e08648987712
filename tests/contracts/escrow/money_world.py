"""One contract with escrow, its people, and a rail that may say anything at any time: what the tests of money walk."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from contracts.contract import Contract, Role
from contracts.escrow import acts
from contracts.escrow.escrow import Escrow, PaymentStatus
from contracts.escrow.outcomes import Failed, FailReason
from contracts.escrow.shares import smallest_payout, smallest_unit
from contracts.fields.money import Currency
from contracts.fields.msisdn import Msisdn
from contracts.refusals import Refusal
from contracts.rules.plan import Plan
from tests.contracts.escrow.ledger_model import OVER, Ledger, Overdrawn, Shares
from tests.contracts.rules.random_acts import START, Attempt, plan_attempt
from values.ids import new_id

FAILED = Failed(FailReason.NO_ANSWER, "1037")
_NEXT_STATUS = {
    None: {"PENDING"},
    "PENDING": {"LOCKED", "FAILED", "RELEASED"},  # the last through LOCKED, where less than all was there
    "LOCKED": {"RELEASED", "REFUNDED"},
}


@dataclass
class Movement:
    """A transfer as the record and the rail have it. `is_paid`: the rail has moved it, told or not. `can_be_late`: it
    was given up, and may be paid all the same."""

    id: UUID
    kind: str
    amount: int
    to: UUID | None
    status: str = "open"
    receipt: str | None = None
    rail_receipt: str | None = None
    retries: UUID | None = None
    is_retried: bool = False
    is_paid: bool = False
    can_be_late: bool = False
    is_not_owed: bool = False

    def as_known(self) -> acts.Transfer:
        return acts.Transfer(self.id, self.kind, self.amount, self.status, self.is_retried)  # type: ignore[arg-type]


@dataclass
class World:
    """`at_rail`: what each phone's owner got from us, less what they paid. `broke_word`: the rail said that a payout
    had failed for good, it was ordered again, and the rail paid the first order all the same. `pays_slowly`: the buyer
    pays no prompt, but parts by themselves."""

    contract: Contract
    now: datetime = START
    ledger: Ledger = field(default_factory=Ledger)
    moved: dict[UUID, Movement] = field(default_factory=dict)
    shares: Shares = field(default_factory=lambda: Shares(100))
    counted: dict[str, UUID] = field(default_factory=dict)
    payment: str | None = None
    at_rail: Counter[str] = field(default_factory=Counter)
    broke_word: bool = False
    pays_slowly: bool = False
    seen: Counter[object] = field(default_factory=Counter)

    @property
    def escrow(self) -> Escrow:
        assert self.contract.escrow, "all have confirmed"
        return self.contract.escrow

    def open(self, kind: str) -> list[Movement]:
        return [one for one in self.moved.values() if one.kind == kind and one.status == "open"]

    def attempt(self, attempt: Attempt) -> None:
        """Let a party, an operator or time try something."""
        before, plan = self.contract, plan_attempt(self.contract, attempt)
        self.now = attempt.now
        if isinstance(plan, Refusal):
            self.seen[plan] += 1
        elif plan:
            self.do(plan, before)

    def do(self, plan: Plan, before: Contract) -> None:
        """Write a plan that an act on the contract led to."""
        assert plan.about
        if plan.about.escrow and _may_move_money(before, plan.about):
            self.shares.contract_changes(before, plan.about)
        self.write(plan)

    def write(self, plan: Plan) -> None:
        """Take the rows of a plan, as the database does: all, or none of them."""
        assert plan.about and plan.about.version == self.contract.version + 1
        self.ledger.post(plan.money.postings)
        if row := plan.money.payment:
            assert row.is_new == (self.payment is None)
            if row.status != self.payment:
                assert row.status in _NEXT_STATUS[self.payment], f"{self.payment} to {row.status}"
                self.seen[self.payment, row.status] += 1
            self.payment = row.status
            assert 0 <= row.fee_minor < row.due_minor
        for row_of in plan.money.transfers:
            assert row_of.amount_minor > 0 and row_of.amount_minor % smallest_unit(self.escrow_currency) == 0
            movement = Movement(row_of.id, row_of.kind, row_of.amount_minor, row_of.phone_id, retries=row_of.retries)
            self.moved[row_of.id] = movement
            if row_of.retries:
                assert not self.moved[row_of.retries].is_retried, "a payout is ordered again once"
                self.moved[row_of.retries].is_retried = True
        for ended in plan.money.ended:
            self.moved[ended.id].status = ended.status
            self.moved[ended.id].receipt = ended.receipt
        self.contract = plan.about

    @property
    def escrow_currency(self) -> Currency:
        return self.contract.terms.total.currency

    def new_receipt(self) -> str:
        return f"R{len(self.counted)}"

    # What the rail says.

    def prompt_paid(self, one: Movement, receipt: str) -> None:
        """The rail says, for the first time or again, that a prompt is paid."""
        if not one.is_paid:
            one.is_paid, one.rail_receipt = True, receipt
            self.at_rail["buyer"] -= one.amount
        self.count(one, one.rail_receipt or receipt)

    def count(self, one: Movement, receipt: str) -> None:
        """Count money that came, as the recorder does: once for its receipt."""
        if one.status == "done":
            self.seen["told again"] += 1
        elif receipt in self.counted:
            self.write(acts.receipt_known(self.contract, one.as_known(), receipt))
            self.seen["receipt known"] += 1
        else:
            self.seen["late money"] += one.status == "failed"
            self.seen["money after the end"] += self.contract.status.value in OVER
            self.counted[receipt] = one.id
            self.shares.money_comes(one.amount, goes_on=self.contract.status.value not in OVER)
            self.write(acts.money_came(self.contract, one.as_known(), receipt, self.now))

    def paybill(self, amount: int, receipt: str) -> None:
        """Somebody has paid to our account with the contract's reference."""
        one = Movement(new_id(), "paybill", amount, None, is_paid=True)
        self.moved[one.id] = one
        self.at_rail["buyer"] -= amount
        self.seen["paybill"] += 1
        self.count(one, receipt)

    def prompt_told_as_paybill(self, one: Movement, receipt: str) -> None:
        """The notice that a prompt's money came is there before the prompt's own callback."""
        if not one.is_paid and receipt not in self.counted:
            one.is_paid, one.rail_receipt = True, receipt
            self.paybill(one.amount, receipt)

    def fail(self, one: Movement, *, can_be_late: bool) -> None:
        if one.status != "open":
            return
        one.can_be_late = can_be_late
        decide = acts.prompt_failed if one.kind == "prompt" else acts.payout_failed
        self.write(decide(self.contract, one.as_known(), FAILED))
        self.seen["failed", one.kind] += 1

    def payout_paid(self, one: Movement) -> None:
        """The rail says, for the first time or again, that it has paid."""
        if not one.is_paid:
            one.is_paid = True
            self.at_rail["seller" if one.kind == "release" else "buyer"] += one.amount
        if one.status == "done":
            self.seen["told again"] += 1
            return
        self.seen["late payout"] += one.status == "failed"
        self.broke_word |= one.status == "failed" and one.is_retried
        try:
            self.write(acts.paid_out(self.contract, one.as_known(), f"P{one.id}"))
            one.is_not_owed = False
        except Overdrawn:
            assert self.broke_word, "only a rail that pays what it has refused, after another order, pays too much"
            one.is_not_owed = True
            self.seen["not owed"] += 1

    def ask_again(self, one: Movement, by: Msisdn | None) -> None:
        plan = acts.pay_out_again(self.contract, by, one.as_known())
        if isinstance(plan, Plan):
            assert one.status == "failed" and by in (None, *self._owners(one.kind))
            self.write(plan)
        self.seen["asked again", isinstance(plan, Plan)] += 1

    def ask_to_pay(self, by: Msisdn) -> None:
        plan = acts.ask_to_pay(self.contract, by)
        if isinstance(plan, Plan):
            self.write(plan)
        self.seen[plan if isinstance(plan, Refusal) else "asked to pay"] += 1

    # What holds at any time.

    def check(self) -> None:
        """Check what holds after every step."""
        if self.contract.escrow is None:
            assert not self.ledger.credited and not self.moved
            return
        found, should = self.escrow, self.shares
        assert found == self._read_back(), "what the code thinks is what the rows say"
        goes_on = self.contract.status.value not in OVER
        assert found.received == should.came == sum(self.moved[one].amount for one in self.counted.values())
        assert (found.gross, found.fees, found.refunded) == (should.gross, should.fees, should.back)
        assert found.released + found.refunded + found.fees <= found.received
        assert self.payment == should.status == found.status
        assert goes_on or found.held == 0, "what is over holds nothing"
        assert found.gross <= found.due, "nobody gets more than the total that was agreed"
        assert found.held + found.gross <= found.due, "nothing too much waits"
        assert len(self.open("prompt")) <= 1
        assert -self.ledger.left("rail") == found.received - found.paid - found.returned
        for kind, owed in (("release", found.released - found.paid), ("refund", found.refunded - found.returned)):
            waiting = [one for one in self.moved.values() if one.kind == kind and self.may_still_pay(one)]
            too_little = found.released - found.ordered if kind == "release" else 0
            # Less than one payout needs, and what the last one needs to be as much.
            assert 0 <= too_little < 2 * smallest_payout(found.currency) or not goes_on
            assert goes_on or not too_little
            ordered = sum(one.amount for one in waiting) + too_little
            assert ordered == owed or self.broke_word, "each share is ordered once"
            owner = next(iter(self._owners(kind)))
            for one in waiting:
                is_askable = isinstance(acts.pay_out_again(self.contract, owner, one.as_known()), Plan)
                assert one.status == "open" or is_askable, "a payout that failed has a next step"
        self._check_next_step(goes_on=goes_on)

    def check_end(self) -> None:
        """Check what holds once everything is told: what the rail moved is what the record says."""
        escrow = self.escrow
        assert self.contract.status.value in OVER and PaymentStatus(escrow.status).is_over
        assert escrow.held == 0 and escrow.received == escrow.released + escrow.fees + escrow.refunded
        if self.broke_word:
            refused = sum(one.amount for one in self.moved.values() if one.is_not_owed)
            assert sum(self.at_rail.values()) == escrow.paid + escrow.returned - escrow.received + refused
            return
        assert escrow.paid == escrow.released and escrow.returned == escrow.refunded
        assert self.at_rail["seller"] == escrow.released
        assert self.at_rail["buyer"] == escrow.refunded - escrow.received
        assert -sum(self.at_rail.values()) == escrow.fees

    def _check_next_step(self, *, goes_on: bool) -> None:
        if not goes_on:
            return
        buyer = next(party.msisdn for party in self.contract.parties if party.role is Role.BUYER)
        if self.escrow.missing:
            asked = acts.ask_to_pay(self.contract, buyer)
            assert self.open("prompt") or isinstance(asked, Plan), "the buyer can pay what is missing"
        assert self.contract.deadline or self.contract.clock_stopped_at, "time goes on, or people have the word"

    def _read_back(self) -> Escrow:
        """Return the escrow as the view would give it from the rows."""
        sums = {name: [self.ledger.credited[name], self.ledger.debited[name]] for name in _ACCOUNTS}
        firsts = [one.amount for one in self.moved.values() if one.kind == "release" and not one.retries]
        row = {
            "id": str(self.escrow.payment_id), "status": self.payment, "due": self.contract.terms.total.minor,
            "fee": self.contract.terms.fee_minor, "prompted": bool(self.open("prompt")), "accounts": sums,
            "ordered": sum(firsts),
        }  # fmt: skip
        return Escrow.from_row(row, self.escrow_currency)

    def may_still_pay(self, one: Movement) -> bool:
        return not one.is_not_owed and (one.status == "open" or (one.status == "failed" and not one.is_retried))

    def _owners(self, kind: str) -> list[Msisdn]:
        role = Role.SELLER if kind == "release" else Role.BUYER
        return [party.msisdn for party in self.contract.parties if party.role is role]


_ACCOUNTS = ("held", "payable", "refundable", "fees")


def _may_move_money(before: Contract, after: Contract) -> bool:
    return (before.status, before.terms, before.received) != (after.status, after.terms, after.received)
