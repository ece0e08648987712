"""Where and on which day goods are delivered, in one answer: `Bungoma market 25/12`, `kesho soko la Bungoma`.

>>> parse_place_and_day("Bungoma market 25/12", date(2026, 7, 1))
PlaceAndDay(place='Bungoma market', day=datetime.date(2026, 12, 25))
>>> parse_place_and_day("Godown 5", date(2026, 7, 1))
PlaceAndDay(place='Godown 5', day=None)
"""

import re
from collections.abc import Iterator
from datetime import date

from contracts.fields.dates import names_a_day, parse_date
from contracts.fields.free_text import PLACE_LETTERS
from contracts.fields.letters import fold_word, normalize_text
from contracts.fields.shown_text import parse_shown_text
from contracts.fields.units import JOINERS
from contracts.refusals import BadInput, Why
from values.frozen import Frozen

_MOST_WORDS_OF_A_DAY = 5  # "baada ya siku 3", "Friday 25 Dec 2026"
_DAY_AND_MONTH = re.compile(r"[0-9]{1,4}[-/.*][0-9]{1,2}(?:[-/.*][0-9]{1,4})?")
_DAYS_AND_MONTHS = re.compile(rf"{_DAY_AND_MONTH.pattern}(?:-{_DAY_AND_MONTH.pattern})?")  # 25/12-26/12
_MARKS = " ,;:-"
_AT = frozenset({"at", "in", "kwa", "katika", "pale", "a", "au", "chez", "on", "by"})
# "Plot 4/5" and "House 12-3" are places.
_NUMBERED = frozenset(
    "plot house block stage shop room unit no number gate door lot porte villa nyumba duka namba nambari gida".split()  # noqa: SIM905 - a list of words
)
# In front of a day these make it another one, or none: "before 25/12", "not tomorrow", "today or tomorrow".
_OTHER_DAY = frozenset(
    map(
        fold_word,
        "before after by until till to from since around about near not or and except every kabla baada"  # noqa: SIM905 - a list of words
        " hadi mpaka kutoka kuanzia karibu si sio siyo au ama na kila"
        " avant apres jusqu jusqu'au vers environ des pas ou et chaque"
        " sauf kafin bayan har zuwa daga kusan ba ko da kowace እስከ ወይም".split(),
    )
)


class PlaceAndDay(Frozen):
    """`place` as typed; one of the two is None where only the other was typed."""

    place: str | None
    day: date | None


def parse_place_and_day(text: str, today: date) -> PlaceAndDay:
    """Return the place and the day in `text`, in either order; or the one of the two that it has.

    Only what can be nothing but a day is taken for one: `25/12`, `25 Dec`, `tomorrow`, `in 3 days`, but not the 5 of
    "Godown 5", nor the day of "Saturday market". Raise BadInput as `parse_shown_text` does for the place, and as
    `parse_date` does for a day and month that cannot be, or where "before", "or" or a second day makes it unsure.
    """
    words = normalize_text(text).split()
    for place, day in _splits(words):
        if not _is_day(day) or (place and fold_word(place[-1]) in JOINERS | _NUMBERED):
            continue
        try:
            found = parse_date(" ".join(day).strip(_MARKS), today)
        except BadInput:
            if len(day) > 1:  # perhaps fewer words are a day
                continue
            raise
        if day == words[: len(day)] and place and found == today and fold_word(place[0]) not in _AT:
            continue  # "Leo hotel" is a place
        if place and _is_unsure(place, is_behind=day == words[-len(day) :]):
            raise BadInput(Why.NOT_A_DATE)
        return PlaceAndDay(_place(_without_at(place)) if place else None, found)
    if _has_date(words):
        raise BadInput(Why.NOT_A_DATE)
    return PlaceAndDay(_place(words), None)


def _splits(words: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the words of the place and those of the day: the day behind the place and then before it, the longest day
    first."""
    for length in range(min(len(words), _MOST_WORDS_OF_A_DAY), 0, -1):
        yield words[:-length], words[-length:]
    for length in range(min(len(words) - 1, _MOST_WORDS_OF_A_DAY), 0, -1):
        yield words[length:], words[:length]


def _is_day(words: list[str]) -> bool:
    """Whether the words name a day by more than a number or a weekday."""
    return any(_DAY_AND_MONTH.fullmatch(word.strip(_MARKS)) for word in words) or names_a_day(words)


def _is_unsure(place: list[str], *, is_behind: bool) -> bool:
    """Whether what is left for the place says of the day beside it that it is not that day, or names another one."""
    beside = fold_word((place[-1] if is_behind else place[0]).strip(_MARKS))
    is_other = beside in _OTHER_DAY if is_behind else beside in _OTHER_DAY - _AT or names_a_day(place[1:2])
    return is_other or _has_date(place) or (len(place) == 1 and names_a_day(place))


def _has_date(words: list[str]) -> bool:
    """Whether a day and month stand among the words, other than as the number of a plot."""
    return any(
        _DAYS_AND_MONTHS.fullmatch(word.strip(_MARKS)) and fold_word(before) not in _NUMBERED
        for before, word in zip(["", *words], words, strict=False)
    )


def _without_at(place: list[str]) -> list[str]:
    """Take the "at" from "tomorrow at Bungoma"."""
    return place[1:] if len(place) > 1 and fold_word(place[0]) in _AT else place


def _place(words: list[str]) -> str:
    return parse_shown_text(" ".join(words).strip(_MARKS), longest=PLACE_LETTERS)
