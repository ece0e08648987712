"""The terms of a contract: goods, quantity, total price, place and date of the delivery."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from contracts.fields.money import Currency, Money
from contracts.fields.quantity import Quantity
from values.frozen import Frozen

SILENCE_DAYS = 7


class Terms(Frozen):
    """`due`: the delivery date. `silence_days`: if the buyer is silent for that many days after the seller reports
    the delivery, it counts as received. `payment`: "escrow" if the buyer's money waits with us until then; None: the
    two pay each other as they like. `fee_minor`: of the total, what the service keeps of what the seller gets; 0
    without escrow."""

    product: str
    quantity: Quantity
    total: Money
    place: str
    due: date
    silence_days: int = SILENCE_DAYS
    payment: Literal["escrow"] | None = None
    fee_minor: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the terms as they are stored: money in whole minor units, the date in ISO form. Terms without escrow
        have neither `payment` nor `fee_minor`."""
        kept = {
            "product": self.product,
            "quantity": self.quantity.amount,
            "unit": self.quantity.unit,
            "total_minor": self.total.minor,
            "currency": self.total.currency.value,
            "delivery_place": self.place,
            "delivery_date": self.due.isoformat(),
            "silence_days": self.silence_days,
        }
        return kept | {"payment": self.payment, "fee_minor": self.fee_minor} if self.payment else kept

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Terms":
        return cls(
            product=kept["product"],
            quantity=Quantity(kept["quantity"], kept["unit"]),
            total=Money(kept["total_minor"], Currency(kept["currency"])),
            place=kept["delivery_place"],
            due=date.fromisoformat(kept["delivery_date"]),
            silence_days=kept.get("silence_days", SILENCE_DAYS),
            payment=kept.get("payment"),
            fee_minor=kept.get("fee_minor", 0),
        )
