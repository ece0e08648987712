"""Dates as people type them, in all of our languages. The day comes before the month, as in all of them.

Only the Gregorian calendar is understood. An Ethiopian month typed as a number is read as a Gregorian one, so the
screen that shows the date must name the month.

>>> parse_date("25/12", date(2026, 7, 1)), parse_date("Ijumaa", date(2026, 7, 1))
(datetime.date(2026, 12, 25), datetime.date(2026, 7, 3))
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from itertools import chain

from babel import Locale

from contracts.fields.languages import LANGUAGES
from contracts.fields.letters import fold_word, normalize_text
from contracts.refusals import BadInput, Why

MAX_YEARS_AHEAD = 2
MAX_LETTERS = 40

_ALLOWED = re.compile(r"[\w /.\-*,]+")  # a * between numbers: the one separator every keypad has
_TOKEN = re.compile(r"[0-9]+|[^\W0-9_]+")

# The words below are spelled as `_fold` leaves them: lower case, no accents, no apostrophes.
_AHEAD = {
    0: "today leo aujourdhui yau ዛሬ",
    1: "tomorrow tmrw kesho demain gobe ነገ",
    2: "keshokutwa apresdemain jibi ከነገወዲያ",
}
_WORD_DAYS = {word: days for days, words in _AHEAD.items() for word in words.split()}
_UNITS = {
    1: "day days siku jour jours kwana kwanaki ቀን ቀናት",
    7: "week weeks wiki semaine semaines mako makonni ሳምንት ሳምንታት",
}
_UNIT_DAYS = {word: days for days, words in _UNITS.items() for word in words.split()}
# "in 3 days", "25th of Dec", "tarehe 25 mwezi wa 12", "baada ya siku 3", "dans 3 jours", "nan da kwana 3", "በ3 ቀን"
_FILLERS = frozenset(
    "in on the of st nd rd th tarehe mwezi wa ya baada zijazo dans le er ga nan da cikin በ ከ በኋላ".split()  # noqa: SIM905 - a list of words
)
_MORE_MONTHS = {"sept": 9, "fev": 2}
_MORE_WEEKDAYS = {"tues": 1, "weds": 2, "thur": 3, "thurs": 3, "jumaa": 4}


def parse_date(text: str, today: date) -> date:
    """Return the day that a person typed, from `today` to two years ahead.

    `25/12`, `25-12-2026`, `25.12.26`, `25*12`, `2512`, `251226`, `25 Dec`, `Dec 25 2026`, `2026-12-25`, `kesho`,
    `Ijumaa` (the next one after today), `in 3 days`, `siku 3`. Without a year it is the next such day.
    Raise BadInput: EMPTY, NOT_A_DATE, IN_THE_PAST, TOO_FAR.
    """
    typed = _fold(text)
    if not typed:
        raise BadInput(Why.EMPTY)
    if len(typed) > MAX_LETTERS or _ALLOWED.fullmatch(typed) is None:
        raise BadInput(Why.NOT_A_DATE)
    day = _read([token for token in _TOKEN.findall(typed) if token not in _FILLERS], today)
    if day is None:
        raise BadInput(Why.NOT_A_DATE)
    if day < today:
        raise BadInput(Why.IN_THE_PAST)
    if (day.year - MAX_YEARS_AHEAD, day.month, day.day) > (today.year, today.month, today.day):
        raise BadInput(Why.TOO_FAR)
    return day


def _read(tokens: list[str], today: date) -> date | None:
    """The day that `tokens` name, past or not; None if they name none. `9` is a number below, and `a` a word."""
    day = None
    match "".join("9" if token.isdecimal() else "a" for token in tokens):
        case "9":
            day = _packed(tokens[0], today)
        case "99":
            day = _calendar(tokens[0], int(tokens[1]), None, today)
        case "999" if len(tokens[0]) == 4:
            day = _calendar(tokens[2], int(tokens[1]), tokens[0], today)
        case "999":
            day = _calendar(tokens[0], int(tokens[1]), tokens[2], today)
        case "9a" | "9a9":
            day = _worded(tokens[0], tokens[1], tokens[2:], today)
        case "a9" | "a99" if tokens[0] not in _weekdays():  # French "mar 25" may mean Tuesday the 25th, or 25 March
            day = _worded(tokens[1], tokens[0], tokens[2:], today)
        case "a" | "aa" | "aaa":
            day = _named("".join(tokens), today)
    return day


def _packed(digits: str, today: date) -> date | None:
    """The day of `2512`, `251226` or `25122026`, as a keypad without separators types it."""
    if len(digits) not in (4, 6, 8):
        return None
    return _calendar(digits[:2], int(digits[2:4]), digits[4:] or None, today)


def _worded(number: str, word: str, year: list[str], today: date) -> date | None:
    """The day of `3 days`, counted from today, or of `25 Dec`."""
    if word in _UNIT_DAYS and not year:
        return today + timedelta(days=int(number) * _UNIT_DAYS[word]) if len(number) <= 3 else None
    month = _months().get(word)
    return _calendar(number, month, year[0] if year else None, today) if month else None


def _named(word: str, today: date) -> date | None:
    """The day of `tomorrow`, or of a weekday, the next one after today: on a Friday, Friday is a week away."""
    if word in _WORD_DAYS:
        return today + timedelta(days=_WORD_DAYS[word])
    weekday = _weekdays().get(word)
    return None if weekday is None else today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def _calendar(day: str, month: int, year: str | None, today: date) -> date | None:
    """That day; without `year` the next one from today on, so that 29 February is that of the next leap year."""
    if len(day) > 2 or (year is not None and len(year) not in (2, 4)):
        return None
    if year is not None:
        return _day(int(year) + (2000 if len(year) == 2 else 0), month, int(day))
    coming = (_day(today.year + ahead, month, int(day)) for ahead in range(9))
    return next((found for found in coming if found and found >= today), None)


def _day(year: int, month: int, day: int) -> date | None:
    """That day; None if the calendar does not have it."""
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        return None


def _fold(text: str) -> str:
    """`text` as the words above are spelled: lower case, without any accents, hooks and apostrophes, ASCII digits."""
    letters = unicodedata.normalize("NFKD", fold_word(normalize_text(text)))
    return "".join(letter for letter in letters if unicodedata.category(letter) not in ("Mn", "Lm") and letter != "'")


@cache
def _months() -> dict[str, int]:
    """Month names, long and short, to 1-12."""
    names = _unambiguous(chain(_names("months"), _MORE_MONTHS.items()))
    del names["sat"]  # Hausa's short September is every other caller's Saturday
    return names


@cache
def _weekdays() -> dict[str, int]:
    """Weekday names, long and short, to 0 (Monday) - 6."""
    return _unambiguous(chain(_names("days"), _MORE_WEEKDAYS.items()))


def _names(table: str) -> Iterator[tuple[str, int]]:
    """Every name that CLDR has for `table` ("months" or "days") in our languages, with its number."""
    for language in LANGUAGES:
        names = getattr(Locale(language), table)
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in names[context][width].items():
                    yield _fold(name).strip("."), number


def _unambiguous(names: Iterator[tuple[str, int]]) -> dict[str, int]:
    """Names without those that mean two things in two languages: rather ask again than deliver on a wrong day."""
    meanings: dict[str, set[int]] = {}
    for name, number in names:
        meanings.setdefault(name, set()).add(number)
    return {name: numbers.pop() for name, numbers in meanings.items() if len(numbers) == 1}
