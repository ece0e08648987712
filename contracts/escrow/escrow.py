"""What stands in the record about the money of one contract: a payment and the sums of its ledger. Pure.

    PENDING -> LOCKED -> RELEASED      the buyer has paid all; the seller got what they delivered
    PENDING | LOCKED -> FAILED         it was never all there, or was taken back; what came goes back
    LOCKED -> REFUNDED                 the buyer gets all of it again

The accounts: `held` is what waits, `payable` the seller's, `refundable` the buyer's again, `fees` the service's. What
is payable or refundable has been decided; it leaves the account when a rail has moved it.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from contracts.fields.money import Currency
from values.frozen import Frozen


class PaymentStatus(StrEnum):
    PENDING = "PENDING"
    LOCKED = "LOCKED"
    RELEASED = "RELEASED"
    REFUNDED = "REFUNDED"
    FAILED = "FAILED"

    @property
    def is_over(self) -> bool:
        return self in (PaymentStatus.RELEASED, PaymentStatus.REFUNDED, PaymentStatus.FAILED)


class FailedPayout(Frozen):
    """A payout that a rail could not make, and that was not ordered again: `release` to the seller, or `refund`."""

    id: UUID
    kind: Literal["release", "refund"]
    amount: int


class Escrow(Frozen):
    """The money of a contract, in minor units of `currency`.

    `due`: what the buyer has to pay; `fee`: of it, what the service keeps if all is released. What has happened so far:
    `received` came from the buyer, `released` was decided to be the seller's, `fees` the service's, `refunded` the
    buyer's again; `paid` and `returned`: of these, what a rail has moved to the seller and the buyer. `prompted`:
    whether a prompt to the buyer is open; `ordered`: of what was released, for how much a payout was ordered; `failed`:
    the newest payout of each side that failed and was not ordered again.
    """

    payment_id: UUID
    status: PaymentStatus
    currency: Currency
    due: int
    fee: int
    received: int = 0
    released: int = 0
    fees: int = 0
    refunded: int = 0
    paid: int = 0
    returned: int = 0
    prompted: bool = False
    ordered: int = 0
    failed: tuple[FailedPayout, ...] = ()

    @property
    def held(self) -> int:
        """What waits: it is nobody's yet."""
        return self.received - self.released - self.fees - self.refunded

    @property
    def gross(self) -> int:
        """What was released so far, with the fee."""
        return self.released + self.fees

    @property
    def missing(self) -> int:
        """What the buyer has yet to pay."""
        return max(self.due - (self.received - self.refunded), 0)

    @property
    def owed(self) -> int:
        """What is the seller's by now, and not paid out yet."""
        return self.released - self.paid

    @property
    def going_back(self) -> int:
        """What is the buyer's again, and not paid back yet."""
        return self.refunded - self.returned

    @property
    def is_there(self) -> bool:
        """Whether all that is due waits, or waited: goods may be delivered."""
        return self.status is PaymentStatus.LOCKED and not self.missing

    @classmethod
    def from_row(cls, row: Mapping[str, Any], currency: Currency) -> "Escrow":
        """Read the column `escrow` of the view contract_records."""
        accounts = row["accounts"] or {}

        def sums(account: str) -> tuple[int, int]:
            credited, debited = accounts.get(account, (0, 0))
            return credited, debited

        (released, paid), (refunded, returned) = sums("payable"), sums("refundable")
        return cls(
            UUID(row["id"]), PaymentStatus(row["status"]), currency, row["due"], row["fee"], sums("held")[0], released,
            sums("fees")[0], refunded, paid, returned, row["prompted"],
            row["ordered"] or 0,
            tuple(FailedPayout(UUID(one["id"]), one["kind"], one["amount"]) for one in row.get("failed") or ()),
        )  # fmt: skip
