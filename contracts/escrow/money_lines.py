"""The money of a person's contracts as a list and a page show it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contracts.contract import TRANSITIONS, Contract, Role, Status
from contracts.escrow.escrow import Escrow
from contracts.escrow.outcomes import FailReason
from contracts.fields.money import Currency, Money
from storage.acts.money_rows import TransferKind
from values.frozen import Frozen


class MoneyLine(Frozen):
    """A contract with escrow in the caller's list. `role`: the caller's. `goes_on`: the contract is not over."""

    contract_id: str
    product: str
    role: Role
    goes_on: bool
    escrow: Escrow

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "MoneyLine":
        escrow = Escrow.from_row(row["escrow"], Currency(row["currency"]))
        goes_on = bool(TRANSITIONS[Status(row["status"])])
        return cls(str(row["id"]), row["product"], Role(row["role"]), goes_on, escrow)


class Movement(Frozen):
    """One movement of a contract's money, done or not yet. `at`: when it ended, or was ordered; `receipt`: the mobile
    money's number of it; `reason`: why it failed."""

    kind: TransferKind
    money: Money
    status: str
    at: datetime
    receipt: str | None = None
    reason: FailReason | None = None

    @property
    def is_over(self) -> bool:
        return self.status in ("done", "failed")

    @classmethod
    def from_row(cls, row: Mapping[str, Any], currency: Currency) -> "Movement":
        return cls(
            row["kind"], Money(row["amount_minor"], currency), row["status"], datetime.fromisoformat(row["at"]),
            row["receipt"], FailReason(row["reason"]) if row["reason"] else None,
        )  # fmt: skip


class MoneyPage(Frozen):
    """A contract with escrow and the movements of its money, oldest first."""

    contract: Contract
    movements: tuple[Movement, ...] = ()
