"""How much of a thing: a number and a unit, as people type them.

>>> parse_quantity("Bags 50")
Quantity(amount='50', unit='bags')
"""

import re
import unicodedata
from decimal import Decimal

from contracts.fields.money import with_point
from contracts.fields.numerals import decimals, read_decimal, tidy
from contracts.refusals import BadInput, Why
from values.frozen import Frozen

MAX_AMOUNT = 100_000_000
MAX_DECIMALS = 3  # a gram of a kilo
MAX_UNIT_LETTERS = 16  # in UTF-16 units: with the longest amount before it, it still fits the narrowest page

_NUMBER = r"(?P<number>[0-9](?:[0-9., ']*[0-9])?)"
_NUMBER_FIRST = re.compile(rf"{_NUMBER} ?(?P<unit>[^0-9.,'].*)?")
_UNIT_FIRST = re.compile(rf"(?P<unit>[^0-9]*[^0-9., ']) ?{_NUMBER}")
_MEASURED = re.compile(r"[0-9]+ ?(?=[^0-9\W])")  # the 90 of "bags of 90kg"


class Quantity(Frozen):
    """`amount` is a decimal string without exponent or idle zeros (`50`, `1.5`); `unit` is lower case as typed."""

    amount: str
    unit: str


def parse_quantity(text: str) -> Quantity:
    """`50 bags`, `50bags`, `bags 50`, `1.5 tonnes`, `1,500kg`, `50 bags of 90kg`: a number and its unit.

    A dot begins decimals and a comma or space groups thousands, with the same exception for a comma as in `money`
    (`1,5 tonnes`); up to 3 decimals.
    Raises BadInput: EMPTY, NOT_A_QUANTITY, NO_UNIT, WRONG_DECIMALS, TOO_SMALL (zero), TOO_BIG, TOO_LONG (the unit).
    """
    typed = tidy(text).lower()
    if not typed:
        raise BadInput(Why.EMPTY)
    found = _NUMBER_FIRST.fullmatch(typed) or _UNIT_FIRST.fullmatch(typed)
    number = read_decimal(with_point(found["number"])) if found else None
    if found is None or number is None:
        raise BadInput(Why.NOT_A_QUANTITY)
    return Quantity(_amount(number), _unit(found["unit"] or ""))


def parse_number(text: str) -> str:
    """A quantity whose unit is known: `20`, `1.5`, `20 bags` all the same. Raises BadInput as `parse_quantity` does."""
    typed = tidy(text).lower()
    if not typed:
        raise BadInput(Why.EMPTY)
    found = _NUMBER_FIRST.fullmatch(typed) or _UNIT_FIRST.fullmatch(typed)
    number = read_decimal(with_point(found["number"])) if found else None
    if number is None:
        raise BadInput(Why.NOT_A_QUANTITY)
    return _amount(number)


def plain(quantity: Quantity) -> str:
    """For those who read no language, like records and logs: `1,500 kg`, joined with U+00A0. Callers read
    `menus.translate`."""
    return f"{Decimal(quantity.amount):,f} {quantity.unit}".replace(" ", "\u00a0")


def _amount(number: Decimal) -> str:
    """`number` in canonical form, within bounds."""
    if decimals(number) > MAX_DECIMALS:
        raise BadInput(Why.WRONG_DECIMALS)
    if number <= 0:
        raise BadInput(Why.TOO_SMALL)
    if number > MAX_AMOUNT:
        raise BadInput(Why.TOO_BIG)
    return f"{number.normalize():f}"


def _unit(unit: str) -> str:
    """`unit` when it is words in letters, which may name a measure of their own (`bags of 90kg`)."""
    if not unit:
        raise BadInput(Why.NO_UNIT)
    if len(unit.encode("utf-16-le")) // 2 > MAX_UNIT_LETTERS:
        raise BadInput(Why.TOO_LONG)
    if not all(_is_lettering(letter) for letter in _MEASURED.sub("", unit, count=1)) or not unit[0].isalpha():
        raise BadInput(Why.NOT_A_QUANTITY)
    return unit


def _is_lettering(letter: str) -> bool:
    """Letters of any script with their marks, and what joins words."""
    return letter in " '-./" or unicodedata.category(letter)[0] in "LM"
