"""Limits on money that leaves, by currency, in its major units: {"KES": 500000}. A currency that is left out has
none."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field

from contracts.fields.money import Currency

_Amounts = dict[Currency, Annotated[Decimal, Field(gt=0, max_digits=15, decimal_places=2)]]


class PayoutSettings(BaseModel):
    # What may leave to one phone in a day; more waits until the next one.
    payout_per_day: _Amounts = Field(default_factory=dict)
    # A larger payout waits until two people have said that it may be sent (`voicepact payments approve`).
    payout_two_people_above: _Amounts = Field(default_factory=dict)

    @property
    def payouts_per_day(self) -> Mapping[Currency, int]:
        """In minor units."""
        return _minor(self.payout_per_day)

    @property
    def payouts_two_people_above(self) -> Mapping[Currency, int]:
        """In minor units."""
        return _minor(self.payout_two_people_above)


def _minor(amounts: _Amounts) -> Mapping[Currency, int]:
    return {currency: int(amount * 10**currency.exponent) for currency, amount in amounts.items()}
