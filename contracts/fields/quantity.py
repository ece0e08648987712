"""How much of a thing: a number and a unit, as people type them.

>>> parse_quantity("Bags 50")
Quantity(amount='50', unit='bags')
"""

import re
import unicodedata
from decimal import Decimal

from contracts.fields.letters import fold_amharic, fold_word, normalize_text, without_marks_around
from contracts.fields.money import with_decimal_point
from contracts.fields.number_grammars import NUMBER_WORDS, spelled
from contracts.fields.number_words import is_fraction, is_joined_fraction, read_number_words
from contracts.fields.numerals import decimals, read_decimal
from contracts.fields.reference import EIGHT_DIGITS
from contracts.fields.units import (
    CONTAINERS,
    FILLERS,
    GOODS,
    JOINERS,
    MEASURE_JOINERS,
    MEASURES,
    NOT_IN_UNIT,
    PERIODS,
    TOTALS,
    unit_name,
)
from contracts.refusals import BadInput, Why
from values.frozen import Frozen

MAX_AMOUNT = 100_000_000
MAX_DECIMALS = 3  # a gram of a kilo
MAX_UNIT_LETTERS = 16  # in UTF-16 units: with the longest amount before it, it still fits the narrowest page

_NUMBER = r"(?P<number>(?:[0-9](?:[0-9., ']*[0-9])?|\.[0-9]+))"
_NUMBER_FIRST = re.compile(rf"{_NUMBER} ?(?P<unit>[^0-9.,'].*)?")
_UNIT_FIRST = re.compile(rf"(?P<unit>[^0-9]*[^0-9., ']) ?{_NUMBER}")
_MARK_BETWEEN = re.compile(r"(?<=[0-9]) ?[,:;=] ?(?=[^\W\d_])|(?<=[0-9])-(?=[^\W\d_])|(?<=[^\W\d_]) ?[,:;=] ?(?=[0-9])")
_FRACTION = re.compile(r"(?<![0-9.,/])(?:(?P<whole>[0-9]+) )?(?P<part>1/2|[13]/4)(?![0-9/])")
_FRACTION_SIGNS = {"\u00bd": " 1/2", "\u00bc": " 1/4", "\u00be": " 3/4"}
_MEASURE_AFTER = re.compile(  # "ya 90kg" or "za kilo 90", behind the words for how many of what
    r" (?P<joiner>[^\W\d_]+'?) ?(?:[0-9]+ ?(?P<unit>[^\W\d_]+)|(?P<unit_first>[^\W\d_]+) ?[0-9]+)\.?"
)
_DASH_IN_WORD = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")
_PACK = re.compile(  # "bags of 90kg", "bags 90kg", "magunia ya kilo 90": how much is in each
    r"(?P<pack>\D*[^\W\d]'?) (?:(?P<size>[0-9]+(?:\.[0-9]+)?) ?(?P<of>[^\W\d_]+)"
    r"|(?P<of_first>[^\W\d_]+) ?(?P<size_last>[0-9]+(?:\.[0-9]+)?))"
)
_EACH = re.compile(rf"(?<=[0-9])( ?(?:{'|'.join(sorted(MEASURES))})) (?:each|chacun|kila moja)$")
_SHORT = {"kg": "kilo", "l": "lit"}  # the names of a measure that are too long, by what they begin with
_DECIMAL = re.compile(r"[0-9]?[.,][0-9]")
_THREE_DECIMALS = re.compile(r"\d\.\d{3}(?!\d)")
_MAYBE_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")  # 1.500 is 1,500 to half of the world
_LETTER_AND_DOT = re.compile(r"[^\W\d_]\.[0-9]")  # "kg.5" may be 5 or a half
_WORDS = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_IN = frozenset({"in", "kwa", "au", "en"})  # "in total", "kwa jumla"
_MOST_WORDS = 12


class Quantity(Frozen):
    """`amount`: a decimal string without exponent or trailing zeros (`50`, `1.5`). `unit`: as typed, in lower case."""

    amount: str
    unit: str


def parse_quantity(text: str) -> Quantity:
    """Return the number and the unit of `50 bags`, `50bags`, `bags 50`, `1.5 tonnes`, `1,500kg`, `50 bags of 90kg`.

    A dot begins decimals, up to 3 of them. A comma or a space groups thousands, but a comma that cannot do so begins
    decimals (`1,5 tonnes`), as in `money`. The number may be in words, with halves and quarters: `fifty bags`,
    `magunia 2 na nusu`, `1/2 acre`.
    Raise BadInput: EMPTY, NOT_A_QUANTITY, NO_UNIT, WRONG_DECIMALS, TOO_SMALL (zero), TOO_BIG, TOO_LONG (the unit).
    """
    number, unit = _split(text)
    return exact_quantity(number, unit)


def exact_quantity(number: Decimal, unit: str) -> Quantity:
    """Return a quantity of a number that needs no reading, as from JSON. Raise BadInput as `parse_quantity` does."""
    return Quantity(_amount(number), parse_unit(unit))


def parse_part(text: str) -> tuple[str, str]:
    """Return the number of a part of what was agreed, and the unit beside it, "" if there is none.

    Raise BadInput as `parse_quantity` does, but NO_UNIT for a product only.
    """
    number, unit = _split_part(text)
    return _amount(number), unit and parse_unit(unit)


def parse_number_of(unit: str, text: str) -> str:
    """Return the number in `text`, which may name `unit` but no other unit: nothing is converted.

    An SMS is acted on without being read back first, so what could mean something else is refused: eight digits in a
    row are a contract's reference, 1.500 means 1,500 to some people, and "1/2" alone may be a half of all.
    Raise BadInput as `parse_number` does, and NO_UNIT for another unit.

    >>> parse_number_of("bags of 90kg", "30 Bags"), parse_number_of("bags", "1 bag")
    ('30', '1')
    """
    if EIGHT_DIGITS.search(text) or _THREE_DECIMALS.search(text):
        raise BadInput(Why.NOT_A_QUANTITY)
    number, beside = _split_part(text)
    amount = _amount(number)
    if beside and not is_same_unit(beside, unit):
        raise BadInput(Why.NO_UNIT)
    if number < 1 and not beside and not _DECIMAL.search(text):
        raise BadInput(Why.NOT_A_QUANTITY)
    return amount


def parse_unit(text: str) -> str:
    """Return a unit if it is one: made of letters, perhaps with a measure of its own (`bags of 90kg`), and no product,
    rate or courtesy. Where `magunia ya kilo 90` is too long it becomes `magunia ya 90kg`.

    Raise BadInput: NO_UNIT, NOT_A_QUANTITY, TOO_LONG.
    """
    unit = normalize_text(text).lower()
    if not unit:
        raise BadInput(Why.NO_UNIT)
    pack = _PACK.fullmatch(unit)
    if pack and _length(unit) > MAX_UNIT_LETTERS:
        unit = _shortened(pack)
    if _length(unit) > MAX_UNIT_LETTERS:
        raise BadInput(Why.TOO_LONG)
    named = pack["pack"] if pack else unit
    if not all(map(_is_letter, named)) or not named[0].isalpha() or unit[-1] in "-/" or (pack and not _is_pack(pack)):
        raise BadInput(Why.NOT_A_QUANTITY)
    words = [fold_word(word) for word in _WORDS.findall(unit)]
    if GOODS.issuperset(words):  # "50 maize"
        raise BadInput(Why.NO_UNIT)
    is_two_units = words[0] in MEASURES and words[-1] in CONTAINERS
    is_rate = not PERIODS.isdisjoint(words[1:])
    if words[0] in JOINERS or is_two_units or is_rate or any(map(_is_no_unit, words)):
        raise BadInput(Why.NOT_A_QUANTITY)
    return unit.rstrip(".") if fold_word(unit.rstrip(".")) in CONTAINERS | MEASURES else unit


def is_same_unit(typed: str, unit: str) -> bool:
    """Whether `typed` names `unit`: in singular or plural, in another of our languages, or by its first word alone
    (`bag` for "bags of 90kg")."""
    return unit_name(typed) in (unit_name(unit), unit_name(unit.split(maxsplit=1)[0]))


def _is_pack(pack: re.Match[str]) -> bool:
    """Whether this is one pack and what each holds, and not two quantities: "bags 10 crates", "kg 500 g"."""
    words = [fold_word(word) for word in _WORDS.findall(pack["pack"])]
    is_joined = len(words) > 1 and words[-1] in MEASURE_JOINERS
    is_measured = fold_word(pack["of"] or pack["of_first"]) in MEASURES
    is_known = is_measured and (is_joined or words[0] in CONTAINERS)
    size = pack["size"] or pack["size_last"]
    return (
        Decimal(size) > 0
        and not _MAYBE_THOUSANDS.fullmatch(size)
        and (is_known or (is_joined and pack["of"] is not None))
    )


def _shortened(pack: re.Match[str]) -> str:
    """Write `ya kilo 90` as `ya 90kg`, and `of 20 litres` as `of 20l`."""
    measure = fold_word(pack["of"] or pack["of_first"])
    short = next((short for short, name in _SHORT.items() if measure.startswith(name)), None)
    is_measure = short is not None and measure in MEASURES
    return f"{pack['pack']} {pack['size'] or pack['size_last']}{short}" if is_measure else pack[0]


def _length(unit: str) -> int:
    return len(unit.encode("utf-16-le")) // 2


def _is_no_unit(word: str) -> bool:
    return word in NOT_IN_UNIT or word in FILLERS or word in GOODS or fold_amharic(word) in NUMBER_WORDS


def _split_part(text: str) -> tuple[Decimal, str]:
    """Split as `_split` does. "half bags" of what was agreed may be a half of all the bags: refused."""
    number, unit = _split(text)
    if number < 1 and not any(letter.isnumeric() for letter in text):
        raise BadInput(Why.NOT_A_QUANTITY)
    return number, unit


def _split(text: str) -> tuple[Decimal, str]:
    """The number in `text` and the words beside it, "" where there are none."""
    typed = without_marks_around(normalize_text(_without_signs(text))).lower()
    if not typed:
        raise BadInput(Why.EMPTY)
    if _LETTER_AND_DOT.search(typed):
        raise BadInput(Why.NOT_A_QUANTITY)
    typed = _without_fillers(_FRACTION.sub(_as_decimal, _MARK_BETWEEN.sub(" ", typed)))
    typed = _EACH.sub(r"\1", typed)
    found = _split_digits(typed) or _split_measure(typed) or _split_words(typed)
    if found is None:
        raise BadInput(Why.NOT_A_QUANTITY)
    return found


def _split_digits(typed: str) -> tuple[Decimal, str] | None:
    """Split `50 bags` or `bags 50`; None if a word beside the digits is part of the number: `2 na nusu`."""
    found = _NUMBER_FIRST.fullmatch(typed) or _UNIT_FIRST.fullmatch(typed)
    if found is None or any(word in NUMBER_WORDS for word in spelled(found["unit"] or "")):
        return None
    number = read_decimal(with_decimal_point(found["number"]).removeprefix("."))
    if number is not None and found["number"].startswith("."):
        number = read_decimal("0" + found["number"])
    if number is None:
        return None
    if _MAYBE_THOUSANDS.fullmatch(found["number"]):
        raise BadInput(Why.WRONG_DECIMALS)
    return number, found["unit"] or ""


def _split_measure(typed: str) -> tuple[Decimal, str] | None:
    """Split `magunia 50 ya kilo 90` into 50 and `magunia ya kilo 90`."""
    for found in _MEASURE_AFTER.finditer(typed):
        if found.end() != len(typed) or fold_word(found["joiner"].rstrip("'")) not in MEASURE_JOINERS:
            continue
        if fold_word(found["unit"] or found["unit_first"]) in MEASURES:
            head = typed[: found.start()]
            split = _split_digits(head) or _split_words(head)
            return (split[0], split[1] + found[0]) if split and split[1] else None
    return None


def _split_words(typed: str) -> tuple[Decimal, str] | None:
    """Split `fifty bags`, `magunia mawili na nusu`, `2 bags and a half`: the one way to split that makes a number."""
    words = _DASH_IN_WORD.sub(" ", typed).split()
    if len(words) > _MOST_WORDS:
        return None
    ways = {
        (number, " ".join(words[start:end]))
        for start in range(len(words) + 1)
        for end in range(max(start, 1), len(words) + 1)
        if (number := _number_around(words, start, end)) is not None
    }
    return ways.pop() if len(ways) == 1 else None


def _number_around(words: list[str], start: int, end: int) -> Decimal | None:
    """The number in the words around the unit, which is `words[start:end]`; None if they are none, or the unit has
    words of a number."""
    before, unit, after = (spelled(" ".join(part)) for part in (words[:start], words[start:end], words[end:]))
    if any(word in NUMBER_WORDS or word in JOINERS or any(map(str.isdecimal, word)) for word in unit):
        return None
    if (before and after and not is_joined_fraction(after)) or (not unit and (after or is_fraction(before))):
        return None
    return read_number_words(before + after)


def _without_signs(text: str) -> str:
    for sign, fraction in _FRACTION_SIGNS.items():
        text = text.replace(sign, fraction)
    return text


def _as_decimal(found: re.Match[str]) -> str:
    """Write `2 1/2` as `2.5`."""
    above, below = found["part"].split("/")
    return f"{int(found['whole'] or 0) + Decimal(above) / Decimal(below)}"


def _without_fillers(typed: str) -> str:
    """Take words like "only" and "please" from both ends."""
    words = typed.split()
    while words and fold_word(words[-1].strip(".,!")) in FILLERS:
        is_total = fold_word(words.pop().strip(".,!")) in TOTALS
        if is_total and words and fold_word(words[-1]) in _IN:
            words.pop()
    while words and fold_word(words[0].strip(".,!")) in FILLERS:
        del words[0]
    return " ".join(words)


def _amount(number: Decimal) -> str:
    """`number` in canonical form, within bounds."""
    if decimals(number) > MAX_DECIMALS:
        raise BadInput(Why.WRONG_DECIMALS)
    if number <= 0:
        raise BadInput(Why.TOO_SMALL)
    if number > MAX_AMOUNT:
        raise BadInput(Why.TOO_BIG)
    return f"{number.normalize():f}"


def _is_letter(letter: str) -> bool:
    """Whether `letter` is a letter or accent of any script, or joins words."""
    return letter in " '-./" or unicodedata.category(letter)[0] in "LM"
