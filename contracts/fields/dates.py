"""Dates as people type them, in all of our languages. The day comes before the month, as in all of them.

Only the Gregorian calendar is understood. An Ethiopian month typed as a number is read as a Gregorian one, so the
screen that shows the date must name the month.

>>> parse_date("25/12", date(2026, 7, 1)), parse_date("Ijumaa", date(2026, 7, 1))
(datetime.date(2026, 12, 25), datetime.date(2026, 7, 3))
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from itertools import chain

from babel import Locale

from contracts.fields.languages import LANGUAGES
from contracts.fields.letters import fold_amharic, fold_word, normalize_text, without_marks_around
from contracts.fields.number_words import read_number_words
from contracts.refusals import BadInput, Why

MAX_YEARS_AHEAD = 2
MAX_LETTERS = 40

_ALLOWED = re.compile(r"[\w /.\-*,]+")  # a * between numbers: the one separator every keypad has
_TOKEN = re.compile(r"[0-9]+|[^\W0-9_]+")

# The words below are spelled as `_fold` leaves them: lower case, no accents, no apostrophes.
_AHEAD = {
    -1: "yesterday jana hier jiya ትናንት",
    0: "today leo aujourdhui yau ዛሬ",
    1: "tomorrow tmrw tmr tomoro kesho demain gobe ነገ",
    2: "keshokutwa dayaftertomorrow apresdemain jibi ከነገወዲያ ከነገበስቲያ",
}
_WORD_DAYS = {fold_amharic(word): days for days, words in _AHEAD.items() for word in words.split()}
_UNITS = {
    1: "day days siku jour jours kwana kwanaki ቀን ቀናት",
    7: "week weeks wiki semaine semaines mako makonni ሳምንት ሳምንታት",
}
_UNIT_DAYS = {fold_amharic(word): days for days, words in _UNITS.items() for word in words.split()}
# "in 3 days", "25th of Dec", "tarehe 25 mwezi wa 12", "baada ya siku 3", "dans 3 jours", "nan da kwana 3", "በ3 ቀን"
# A contract has a day and no hour, so that a part of the day is left out. "Night" may be that of the day before.
_FILLERS = frozenset(
    "in on the of st nd rd th tarehe wa ya zijazo dans le er ga nan da cikin ranar በ"  # noqa: SIM905 - a list of words
    " morning afternoon evening asubuhi mchana jioni matin soir safe safiya yamma maraice ጠዋት".split()
)
# Around a number of days or weeks: "3 days from now", "within 3 days", "after 3 days", "in a week's time". Beside a
# date they make it another day or none: "baada ya ijumaa" is after Friday.
_WITH_UNITS = frozenset("after within from now today time s baada kutoka leo apres dici bayan ከ በኋላ".split())  # noqa: SIM905 - a list of words
_MONTH = frozenset({"mwezi", "watan"})  # of a number or a name; "watan gobe" is next month, not tomorrow
_DAY_OF_MONTH = frozenset("tarehe le st nd rd th".split())  # noqa: SIM905 - a list of words; "tarehe 25", "25th"
_ORDINALS = {"kwanza": "1", "mosi": "1", "premier": "1", "pili": "2"}  # "mwezi wa pili" is February
_MORE_MONTHS = {"sept": 9, "fev": 2}
_MORE_WEEKDAYS = {"tues": 1, "weds": 2, "thur": 3, "thurs": 3, "jumaa": 4}
_SHORTEST_WITH_SLIP = 6  # letters; a shorter word with one wrong letter may be another word
_MOST_DAYS_WITHOUT_YEAR = 318  # ten months and a half: people do not count the days of the last one
# A contract has a day and no hour, so that an hour behind the day is left out: "25/12 5pm", "demain a 10h30". One of
# the night may be that of the night before, and "saa 4" is morning or evening: both are asked back.
_HOUR = re.compile(
    r"(?<=[\w.])[ ,]+(?:(?:at|by|a|vers) )?"
    r"(?:(?!12 ?am)[0-9]{1,2}(?:[:.][0-9]{2})? ?[ap]m|[0-9]{1,2}(?::[0-9]{2}|h[0-9]{0,2}| ?heures?)"
    r"|(?:at )?noon|midi)$"
)
_MINUS = re.compile(r"(?<![0-9 ]) *-[0-9]")  # "siku -3" is not three days from now


def parse_date(text: str, today: date) -> date:
    """Return the day that a person typed, from `today` to two years ahead.

    `25/12`, `25-12-2026`, `25.12.26`, `25*12`, `2512`, `251226`, `25 Dec`, `Dec 25 2026`, `2026-12-25`, `kesho`,
    `Ijumaa` (the next one after today), `in 3 days`, `siku tatu`, `Ijumaa 25/12` if that is a Friday. Without a year it
    is the next such day, if that is at most about ten months off: a day that has just passed is asked back.
    Raise BadInput: EMPTY, NOT_A_DATE, NO_YEAR, IN_THE_PAST, TOO_FAR.
    """
    typed = _HOUR.sub("", _fold(without_marks_around(text)))
    if not typed:
        raise BadInput(Why.EMPTY)
    if len(typed) > MAX_LETTERS or _ALLOWED.fullmatch(typed) is None or any(map(_is_raised, normalize_text(text))):
        raise BadInput(Why.NOT_A_DATE)
    tokens = _with_digits([_ORDINALS.get(token, token) for token in _TOKEN.findall(typed)])
    if _UNIT_DAYS.keys() & tokens and _MINUS.search(typed):
        raise BadInput(Why.NOT_A_DATE)
    day = _read(tokens, today)
    if day is None:
        raise BadInput(Why.NOT_A_DATE)
    if day < today:
        raise BadInput(Why.IN_THE_PAST)
    if (day.year - MAX_YEARS_AHEAD, day.month, day.day) > (today.year, today.month, today.day):
        raise BadInput(Why.TOO_FAR)
    return day


def names_a_day(words: list[str]) -> bool:
    """Whether one of the words is a month beside a number, a number of days or weeks, or a word like "tomorrow"."""
    tokens = _TOKEN.findall(_fold(" ".join(words)))
    has_number = any(token.isdecimal() for token in tokens)
    beside_number = _months().keys() | _UNIT_DAYS.keys() | {"tarehe"}
    return any(token in _WORD_DAYS or (has_number and token in beside_number) for token in tokens)


def _with_digits(tokens: list[str]) -> list[str]:
    """Write each number in words, such as "ishirini na tano", as one token of digits."""
    written, at = [], 0
    while at < len(tokens):
        for end in range(min(len(tokens), at + 3), at, -1):
            words = tokens[at:end]
            is_named = any(word.isdecimal() or word in _months() for word in words)  # French "sept" is September
            number = None if is_named else read_number_words([*map(_without_preposition, words)])
            if number is not None and number % 1 == 0 and number < 100:
                written.append(f"{number:.0f}")
                break
        else:
            end = at + 1
            written.append(tokens[at])
        at = end
    return written


def _without_preposition(word: str) -> str:
    """Amharic "in three" is one word."""
    return word[1:] if word[0] in "በከ" and len(word) > 1 else word


def _read(tokens: list[str], today: date) -> date | None:
    """The day that `tokens` name; None if they name none, or a weekday that is not the date's."""
    if _UNIT_DAYS.keys() & tokens and any(one.isdecimal() or one == "a" for one in tokens):
        tokens = [{"a": "1"}.get(one, one) for one in tokens if one not in _WITH_UNITS]
    is_day_of_month = bool(_DAY_OF_MONTH.intersection(tokens))
    fillers = _FILLERS | _MONTH if any(map(str.isdecimal, tokens)) else _FILLERS
    tokens = [token for token in tokens if token not in fillers]
    if len(tokens) > 1 + (not is_day_of_month):
        for weekday, rest in ((tokens[0], tokens[1:]), (tokens[-1], tokens[:-1])):
            if (expected := _find(weekday, _weekdays())) is not None:
                day = _read_date(rest, today, is_day_of_month)
                return day if day and day.weekday() == expected else None
    return _read_date(tokens, today, is_day_of_month)


def _read_date(tokens: list[str], today: date, is_day_of_month: bool) -> date | None:
    """The day that `tokens` name, past or not; None if they name none. `9` is a number below, and `a` a word."""
    day = None
    match "".join("9" if token.isdecimal() else "a" for token in tokens):
        case "9" if is_day_of_month and len(tokens[0]) <= 2:
            day = _coming_day(int(tokens[0]), today)
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


def _coming_day(day: int, today: date) -> date | None:
    """The next such day of a month, from today on, of "tarehe 25"; in this month or the one after it."""
    after = today.replace(day=1) + timedelta(days=31)
    days = (_day(month.year, month.month, day) for month in (today, after))
    return next((found for found in days if found and found >= today), None)


def _packed(digits: str, today: date) -> date | None:
    """The day of `2512`, `251226`, `25122026` or `20261225`, as a keypad without separators types it."""
    if len(digits) not in (4, 6, 8):
        return None
    if len(digits) == 8 and digits.startswith("20") and digits[2:4] > "12":  # 20261225
        return _calendar(digits[6:], int(digits[4:6]), digits[:4], today)
    return _calendar(digits[:2], int(digits[2:4]), digits[4:] or None, today)


def _worded(number: str, word: str, year: list[str], today: date) -> date | None:
    """The day of `3 days`, counted from today, or of `25 Dec`."""
    if word in _UNIT_DAYS and not year:
        return today + timedelta(days=int(number) * _UNIT_DAYS[word]) if len(number) <= 3 else None
    month = _find(word, _months())
    return _calendar(number, month, year[0] if year else None, today) if month else None


def _named(word: str, today: date) -> date | None:
    """The day of `tomorrow`, or of a weekday, the next one after today: on a Friday, Friday is a week away."""
    days = _find(word, _WORD_DAYS)
    if days is not None:
        return today + timedelta(days=days)
    weekday = _find(word, _weekdays())
    return None if weekday is None else today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def _calendar(day: str, month: int, year: str | None, today: date) -> date | None:
    """That day; without `year` the next one from today on.

    Raise BadInput NO_YEAR if that is too far off to be meant.
    """
    if len(day) > 2 or (year is not None and len(year) not in (2, 4)):
        return None
    if year is not None:
        return _day(int(year) + (2000 if len(year) == 2 else 0), month, int(day))
    coming = (_day(today.year + ahead, month, int(day)) for ahead in range(9))
    found = next((found for found in coming if found and found >= today), None)
    if found and (found - today).days > _MOST_DAYS_WITHOUT_YEAR:
        raise BadInput(Why.NO_YEAR)
    return found


def _find(word: str, names: Mapping[str, int]) -> int | None:
    """What `word` means among `names`; a long one may have one slip of the keys if it can be no other name."""
    if word in names or len(word) < _SHORTEST_WITH_SLIP:
        return names.get(word)
    meanings = {number for name, number in names.items() if _is_one_slip(word, name)}
    return meanings.pop() if len(meanings) == 1 else None


def _is_one_slip(word: str, name: str) -> bool:
    """Whether one letter is wrong, too much, left out, or changed places with the next; never the first letter."""
    if word[0] != name[0] or abs(len(word) - len(name)) > 1:
        return False
    at = next((at for at, pair in enumerate(zip(word, name, strict=False)) if pair[0] != pair[1]), len(name))
    rest, wanted = word[at:], name[at:]
    swapped = wanted[1:2] + wanted[:1] + wanted[2:]
    return rest[1:] in (wanted, wanted[1:]) or rest in (wanted[1:], swapped)


def _is_raised(letter: str) -> bool:
    """Whether `letter` is a small figure, as the 2 of 5², which is no 52."""
    return letter.isnumeric() and not letter.isdecimal()


def _day(year: int, month: int, day: int) -> date | None:
    """That day; None if the calendar does not have it."""
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        return None


def _fold(text: str) -> str:
    """`text` as the words above are spelled: lower case, without any accents, hooks and apostrophes, ASCII digits."""
    letters = unicodedata.normalize("NFKD", fold_amharic(fold_word(normalize_text(text))))
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
