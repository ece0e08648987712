"""Read the balance of a shortcode: `Working Account|KES|46713.00|46713.00|0.00|0.00&Utility Account|KES|…`."""

import re
from decimal import Decimal
from typing import Final

from contracts.fields.money import Currency, Money
from gateway.events import BadWire
from gateway.payments.port import Balance, BalanceNews

FIELD: Final = "AccountBalance"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9 -]{0,59}")
_AMOUNT = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,2})?")  # the purse of charges may be below zero


def read_purses(value: object, shortcode: str) -> BalanceNews:
    """Return the purses, by the first amount of each; the order of the other three is not documented. Two shortcodes
    have purses of the same names, so the shortcode stands before the name. Purses in another currency are left out."""
    if not isinstance(value, str):
        raise BadWire(FIELD, "must be a text")
    purses = [purse.split("|") for purse in value.split("&")]
    if any(len(purse) < 3 or not _NAME.fullmatch(purse[0]) or not _AMOUNT.fullmatch(purse[2]) for purse in purses):
        raise BadWire(FIELD, "must be accounts with their amounts")
    return BalanceNews(
        tuple(
            Balance(f"{shortcode} {name}", Money(int(Decimal(amount) * 100), Currency.KES))
            for name, currency, amount, *_ in purses
            if currency == Currency.KES
        )
    )
