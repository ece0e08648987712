"""Ethiopia reckons in a calendar of its own: twelve months of thirty days and a short one, seven years behind ours, or
eight."""

from datetime import date

from abyssinica.calendar import Date as EthiopianDate  # type: ignore[import-untyped]

_MONTHS = (
    "መስከረም", "ጥቅምት", "ህዳር", "ታህሳስ", "ጥር", "የካቲት", "መጋቢት", "ሚያዝያ", "ግንቦት", "ሰኔ", "ሐምሌ", "ነሐሴ", "ጳጉሜ",
)  # fmt: skip


def with_ethiopian_day(day: date) -> str:
    """Return the Ethiopian day and, beside it, `day` as people type it.

    >>> with_ethiopian_day(date(2026, 12, 25))
    '16 ታህሳስ 2019 (25/12/2026)'
    """
    there = EthiopianDate.from_gregorian(day)
    return f"{there.day} {_MONTHS[there.month - 1]} {there.year} ({day.day}/{day.month}/{day.year})"
