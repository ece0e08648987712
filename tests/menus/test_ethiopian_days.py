"""In Amharic a day is read in the Ethiopian calendar, with the Gregorian day beside it."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from menus.ethiopian_days import with_ethiopian_day
from menus.gsm7 import plain_punctuation
from menus.translate import t, translate


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        pytest.param(date(2026, 12, 25), "16 ታህሳስ 2019 (25/12/2026)", id="as in the cases"),
        pytest.param(date(2026, 9, 11), "1 መስከረም 2019 (11/9/2026)", id="a new year"),
        pytest.param(date(2027, 9, 12), "1 መስከረም 2020 (12/9/2027)", id="a new year after a leap year: a day later"),
        pytest.param(date(2027, 9, 11), "6 ጳጉሜ 2019 (11/9/2027)", id="the sixth day of the short month"),
        pytest.param(date(2026, 9, 10), "5 ጳጉሜ 2018 (10/9/2026)", id="the last day of a common year"),
        pytest.param(date(2027, 1, 7), "29 ታህሳስ 2019 (7/1/2027)", id="Genna"),
        pytest.param(date(2027, 1, 19), "11 ጥር 2019 (19/1/2027)", id="Timkat"),
        pytest.param(date(2027, 3, 2), "23 የካቲት 2019 (2/3/2027)", id="the victory of Adwa"),
        pytest.param(date(2028, 2, 29), "21 የካቲት 2020 (29/2/2028)", id="a leap day of ours"),
    ],
)
def test_a_known_day(day: date, shown: str) -> None:
    assert with_ethiopian_day(day) == shown
    assert plain_punctuation(translate(t("{day}", day=day), "am")) == shown


def test_no_two_days_are_shown_alike_and_none_is_left_out() -> None:
    """Of four years, which is the longest time to a day that comes again in both calendars' order."""
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(4 * 366)]
    numbers = [int(with_ethiopian_day(day).split()[0]) for day in days]
    assert len({with_ethiopian_day(day).split(" (")[0] for day in days}) == len(days)
    assert all(after in (before + 1, 1) for before, after in pairwise(numbers))


@pytest.mark.parametrize("language", ["en", "sw", "fr", "ha"])
def test_other_languages_show_one_day(language: str) -> None:
    assert "/" not in translate(t("{day}", day=date(2026, 12, 25)), language)
