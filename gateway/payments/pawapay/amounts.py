"""Amounts as pawaPay writes them: decimal strings in major units, `100` or `5.55`, that come back as `100.00`."""

import re
from decimal import Decimal

from contracts.fields.money import Currency, Money
from gateway.events import BadWire

_AMOUNT = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,4})?")


def write_amount(money: Money) -> str:
    """Return the shortest decimal string. Where only whole units move, `100.00` would be refused.

    >>> write_amount(Money(10_000, Currency.KES)), write_amount(Money(1050, Currency.ZMW))
    ('100', '10.5')
    """
    return f"{Decimal(money.major).normalize():f}"


def read_money(amount: object, currency: object) -> Money:
    """Return what an answer or a callback says was moved: `1`, `1.0` and `1.00` are the same. Raise BadWire for an
    amount that our minor units cannot hold, and for a currency that we do not know."""
    if not isinstance(currency, str) or currency not in set(Currency):
        raise BadWire("currency", "must be one that we know")
    known = Currency(currency)
    text = str(amount) if isinstance(amount, str | int | float) and not isinstance(amount, bool) else ""
    if not _AMOUNT.fullmatch(text):
        raise BadWire("amount", "must be a decimal number")
    minor = Decimal(text).scaleb(known.exponent)
    if minor % 1:
        raise BadWire("amount", "must have no more decimals than the currency")
    return Money(int(minor), known)
