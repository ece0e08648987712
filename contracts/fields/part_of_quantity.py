"""How much of a thing whose unit is agreed on: `30`, `30 bags`, `bags 30`; never of another unit."""

import re

from contracts.fields.quantity import parse_number
from contracts.refusals import BadInput, Why
from contracts.sms.vocabulary import key

_LIKE_A_REFERENCE = re.compile(r"(?<!\d)\d{4}[ -]?\d{4}(?!\d)")
_THOUSAND_OR_LITTLE = re.compile(r"\d\.\d{3}(?!\d)")
# Everyday units that are one thing in all of our languages, spelled as `key` leaves them. Not "ton", of which there are
# three; nor a word that is a measure of its own somewhere, as debe and mudu are.
_SAME_UNITS = (
    "bag bags sack sacks mfuko mifuko gunia magunia sac sacs buhu buhuna buhunhuna ከረጢት ከረጢቶች ጆንያ",
    "kg kgs kilo kilos kilogram kilograms kilogramme kilogrammes kilogiramu kilogiram ኪሎ ኪሎግራም ኪግ",
    "tonne tonnes tani ቶን",
    "litre litres liter liters lita ሊትር",
)
_NAMED = {name: names.split()[0] for names in _SAME_UNITS for name in names.split()}


def part_of(unit: str, said: str) -> str:
    """The number that `said` is of `unit`, as a decimal string.

    Raises BadInput as `parse_number` does, and NO_UNIT for another unit: what is not counted in is not converted. Eight
    digits in a row are a contract's, and no quantity; and 1.500 is a thousand to one and little to another: nothing
    is read back before it counts, as a menu does.

    >>> part_of("bags of 90kg", "30 Bags"), part_of("bags", "1 bag")
    ('30', '1')
    """
    if _LIKE_A_REFERENCE.search(said) or _THOUSAND_OR_LITTLE.search(said):
        raise BadInput(Why.NOT_A_QUANTITY)
    amount = parse_number(said)
    numbers = "0123456789., '"
    typed = said.lstrip(numbers) if said.lstrip()[0].isdecimal() else said.rstrip(numbers)
    if typed.strip() and not _is_same(typed.strip(), unit):
        raise BadInput(Why.NO_UNIT)
    return amount


def _is_same(typed: str, unit: str) -> bool:
    """One and many are the same, and so are a unit's names in our languages, and the first word of a measure: `bag` or
    `gunia`, of "bags of 90kg"."""
    said, agreed = _one(typed), _one(unit)
    return said == agreed or said == _one(unit.split(maxsplit=1)[0])


def _one(unit: str) -> str:
    word = key(unit).rstrip(".")
    return _NAMED.get(word, word.removesuffix("s"))
