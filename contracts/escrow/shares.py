"""How money is divided: always in whole units, always down, and the last part gets what is left. Pure.

>>> whole_part(350_000, Decimal(1), Decimal(3), 100), whole_part(350_000, Decimal(3), Decimal(3), 100)
(116600, 350000)
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from contracts.fields.money import Currency

# The least and the most that one payout may move, in major units: M-Pesa's, where its sources differ the smaller one.
_PAYOUTS: Final[Mapping[Currency, tuple[int, int]]] = {Currency.KES: (10, 150_000)}


def smallest_unit(currency: Currency) -> int:
    """Return the minor units that every amount of a contract with escrow is a multiple of: mobile money moves whole
    shillings, not cents."""
    unit: int = 10**currency.exponent
    return unit


def whole_part(total: int, part: Decimal, of: Decimal, unit: int) -> int:
    """Return `total * part / of` in minor units, rounded down to whole units; all of `total` for the whole."""
    if part >= of:
        return total
    return int(total * part / of) // unit * unit


def smallest_payout(currency: Currency) -> int:
    """Return the minor units below which nothing can be paid out."""
    return _PAYOUTS.get(currency, (1, 0))[0] * smallest_unit(currency)


def payouts_of(amount: int, currency: Currency) -> list[int]:
    """Return the payouts that make `amount` together, none above the most that one may move, all about the same.

    >>> payouts_of(400_000_00, Currency.KES), payouts_of(35_00, Currency.KES)
    ([13333300, 13333300, 13333400], [3500])
    """
    unit = smallest_unit(currency)
    most = _PAYOUTS.get(currency, (1, 0))[1] * unit or amount
    count = -(-amount // most)
    each = whole_part(amount, Decimal(1), Decimal(count), unit)
    return [each] * (count - 1) + [amount - each * (count - 1)]
