"""How much of a thing: a number and a unit, as people type them.

>>> parse_quantity("Bags 50")
Quantity(amount='50', unit='bags')
"""

import re
import unicodedata
from decimal import Decimal

from contracts.fields.letters import fold_word, normalize_text
from contracts.fields.money import with_decimal_point
from contracts.fields.numerals import decimals, read_decimal
from contracts.fields.reference import EIGHT_DIGITS
from contracts.refusals import BadInput, Why
from values.frozen import Frozen

MAX_AMOUNT = 100_000_000
MAX_DECIMALS = 3  # a gram of a kilo
MAX_UNIT_LETTERS = 16  # in UTF-16 units: with the longest amount before it, it still fits the narrowest page

_NUMBER = r"(?P<number>[0-9](?:[0-9., ']*[0-9])?)"
_NUMBER_FIRST = re.compile(rf"{_NUMBER} ?(?P<unit>[^0-9.,'].*)?")
_UNIT_FIRST = re.compile(rf"(?P<unit>[^0-9]*[^0-9., ']) ?{_NUMBER}")
_MEASURE_IN_UNIT = re.compile(r"[0-9]+ ?(?=[^0-9\W])")  # the 90 of "bags of 90kg"
_THREE_DECIMALS = re.compile(r"\d\.\d{3}(?!\d)")
# Names of one everyday unit in all of our languages, as `fold_word` spells them. "ton" is not among them, because there
# are three tons; nor is a word that is a measure of its own somewhere, as debe and mudu are.
_UNIT_NAMES = (
    "bag bags sack sacks mfuko mifuko gunia magunia sac sacs buhu buhuna buhunhuna ከረጢት ከረጢቶች ጆንያ",
    "kg kgs kilo kilos kilogram kilograms kilogramme kilogrammes kilogiramu kilogiram ኪሎ ኪሎግራም ኪግ",
    "tonne tonnes tani ቶን",
    "litre litres liter liters lita ሊትር",
)
_FIRST_NAMES = {name: names.split()[0] for names in _UNIT_NAMES for name in names.split()}


class Quantity(Frozen):
    """`amount`: a decimal string without exponent or trailing zeros (`50`, `1.5`). `unit`: as typed, in lower case."""

    amount: str
    unit: str


def parse_quantity(text: str) -> Quantity:
    """Return the number and the unit of `50 bags`, `50bags`, `bags 50`, `1.5 tonnes`, `1,500kg`, `50 bags of 90kg`.

    A dot begins decimals, up to 3 of them. A comma or a space groups thousands, but a comma that cannot do so begins
    decimals (`1,5 tonnes`), as in `money`.
    Raise BadInput: EMPTY, NOT_A_QUANTITY, NO_UNIT, WRONG_DECIMALS, TOO_SMALL (zero), TOO_BIG, TOO_LONG (the unit).
    """
    number, unit = _split(text)
    return Quantity(_amount(number), _unit(unit))


def parse_number(text: str) -> str:
    """Return the number of a quantity whose unit is known: `20` and `20 bags` are the same.

    Raise BadInput as `parse_quantity` does, but never for the unit.
    """
    return _amount(_split(text)[0])


def parse_number_of(unit: str, text: str) -> str:
    """Return the number in `text`, which may name `unit` but no other unit: nothing is converted.

    An SMS is acted on without being read back first, so what could mean something else is refused: eight digits in a
    row are a contract's reference, and 1.500 means 1,500 to some people.
    Raise BadInput as `parse_number` does, and NO_UNIT for another unit.

    >>> parse_number_of("bags of 90kg", "30 Bags"), parse_number_of("bags", "1 bag")
    ('30', '1')
    """
    if EIGHT_DIGITS.search(text) or _THREE_DECIMALS.search(text):
        raise BadInput(Why.NOT_A_QUANTITY)
    amount = parse_number(text)
    digits_and_marks = "0123456789., '"
    beside = text.lstrip(digits_and_marks) if text.lstrip()[0].isdecimal() else text.rstrip(digits_and_marks)
    if beside.strip() and not _is_same_unit(beside.strip(), unit):
        raise BadInput(Why.NO_UNIT)
    return amount


def _split(text: str) -> tuple[Decimal, str]:
    """The number in `text` and the words beside it, "" where there are none."""
    typed = normalize_text(text).lower()
    if not typed:
        raise BadInput(Why.EMPTY)
    found = _NUMBER_FIRST.fullmatch(typed) or _UNIT_FIRST.fullmatch(typed)
    number = read_decimal(with_decimal_point(found["number"])) if found else None
    if found is None or number is None:
        raise BadInput(Why.NOT_A_QUANTITY)
    return number, found["unit"] or ""


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
    """`unit` if it is made of letters; it may contain a measure of its own (`bags of 90kg`)."""
    if not unit:
        raise BadInput(Why.NO_UNIT)
    if len(unit.encode("utf-16-le")) // 2 > MAX_UNIT_LETTERS:
        raise BadInput(Why.TOO_LONG)
    if not all(_is_letter(letter) for letter in _MEASURE_IN_UNIT.sub("", unit, count=1)) or not unit[0].isalpha():
        raise BadInput(Why.NOT_A_QUANTITY)
    return unit


def _is_letter(letter: str) -> bool:
    """Whether `letter` is a letter or accent of any script, or joins words."""
    return letter in " '-./" or unicodedata.category(letter)[0] in "LM"


def _is_same_unit(typed: str, unit: str) -> bool:
    """Whether `typed` names `unit`: in singular or plural, in another of our languages, or by its first word alone
    (`bag` for "bags of 90kg")."""
    return _unit_name(typed) in (_unit_name(unit), _unit_name(unit.split(maxsplit=1)[0]))


def _unit_name(unit: str) -> str:
    """One spelling for all names of a unit."""
    word = fold_word(unit).rstrip(".")
    return _FIRST_NAMES.get(word, word.removesuffix("s"))
