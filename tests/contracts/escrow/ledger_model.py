"""A second, small description of what money may do: plain sums that share no rule with the code."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from contracts.contract import Contract
from storage.acts.money_rows import PostingRow

OVER = ("COMPLETED", "CANCELLED", "EXPIRED")


class Overdrawn(Exception):  # noqa: N818 - it reads as what happened
    """A posting takes more from an account than is in it: the database refuses the whole act."""


@dataclass
class Ledger:
    """What every account has got and given. Below zero only the account `rail` may be: what the rail holds for us."""

    credited: Counter[str] = field(default_factory=Counter)
    debited: Counter[str] = field(default_factory=Counter)

    def post(self, rows: Iterable[PostingRow]) -> None:
        """Take all rows, or raise Overdrawn and take none."""
        credited, debited = Counter(self.credited), Counter(self.debited)
        for row in rows:
            assert row.amount_minor > 0 and row.debit != row.credit, "a movement moves something"
            debited[row.debit] += row.amount_minor
            credited[row.credit] += row.amount_minor
        for account in credited.keys() | debited.keys():
            left = credited[account] - debited[account]
            if (left > 0) if account == "rail" else (left < 0):
                raise Overdrawn(account)
        self.credited, self.debited = credited, debited
        assert sum(credited.values()) == sum(debited.values()), "what one account loses, another gains"

    def left(self, account: str) -> int:
        return self.credited[account] - self.debited[account]


@dataclass
class Shares:
    """Whose the money of one contract should be by now: `gross` the seller's with the fee, `back` the buyer's again.

    All that came is one of these, or waits. `unit`: the whole units in which money is divided.
    """

    unit: int
    due: int = 0
    fee: int = 0
    came: int = 0
    gross: int = 0
    fees: int = 0
    back: int = 0
    was_all_there: bool = False
    status: str | None = None

    def money_comes(self, amount: int, *, goes_on: bool) -> None:
        self.came += amount
        self._give_back(goes_on=goes_on)
        self._look(goes_on=goes_on)

    def contract_changes(self, before: Contract, after: Contract) -> None:
        """Follow an act on the contract that everybody has confirmed, or confirms by this."""
        if self.status is None:
            self.status = "PENDING"
        self.due, self.fee = after.terms.total.minor, after.terms.fee_minor
        target = self._target(before, after)
        self._release(target)
        goes_on = after.status.value not in OVER
        self._give_back(goes_on=goes_on)
        self._look(goes_on=goes_on)
        if not goes_on:
            is_lost = "REFUNDED" if self.was_all_there else "FAILED"
            self.status = "RELEASED" if self.gross else is_lost

    @property
    def waits(self) -> int:
        return self.came - self.gross - self.back

    @property
    def missing(self) -> int:
        return max(self.due - self.came + self.back, 0)

    def _target(self, before: Contract, after: Contract) -> int:
        """Return what the seller should have got by now, with the fee."""
        agreed = Fraction(after.terms.quantity.amount)
        match after.status.value:
            case "COMPLETED":
                split = _split(after)
                if split is not None:
                    return split - split % self.unit
                by_silence = before.deadline is not None and before.deadline.act.value == "complete_part"
                return self._share(Fraction(after.received) if by_silence and after.settled else agreed, agreed)
            case "CANCELLED" | "EXPIRED":
                return 0
            case _:
                return self._share(Fraction(after.received), agreed)

    def _share(self, part: Fraction, of: Fraction) -> int:
        exact = Fraction(self.due) * part / of
        return self.due if part == of else int(exact - exact % self.unit)

    def _release(self, target: int) -> None:
        more = min(target - self.gross, self.waits)
        if more <= 0:
            return
        self.gross += more
        all_fees = Fraction(self.fee) * self.gross / self.due
        fees = self.fee if self.gross == self.due else int(all_fees - all_fees % self.unit)
        self.fees += min(max(fees - self.fees, 0), more)

    def _give_back(self, *, goes_on: bool) -> None:
        keep = max(self.due - self.gross, 0) if goes_on else 0
        self.back += max(self.waits - keep, 0)

    def _look(self, *, goes_on: bool) -> None:
        if goes_on and self.status == "PENDING" and not self.missing:
            self.status, self.was_all_there = "LOCKED", True


def _split(after: Contract) -> int | None:
    dispute: Any = after.dispute
    if dispute is None:
        return None
    last = dispute.settlement
    if last is not None:
        return last.split_minor if last.type.value == "split" else None
    return dispute.split_minor if dispute.decision and dispute.decision.value == "split" else None
