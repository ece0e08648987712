"""Daraja's times: all of them East Africa Time, and none says so."""

import re
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

EAT: Final = ZoneInfo("Africa/Nairobi")

_FORMS = (
    (re.compile(r"[0-9]{14}"), "%Y%m%d%H%M%S"),
    (re.compile(r"[0-9]{2}\.[0-9]{2}\.[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}"), "%d.%m.%Y %H:%M:%S"),
)


def eat_stamp(now: datetime) -> str:
    """Return `20260101080000`, as requests are stamped."""
    return now.astimezone(EAT).strftime("%Y%m%d%H%M%S")


def eat_text(at: datetime) -> str:
    """Return `2026-01-01 08:00:00`, as statements are asked for."""
    return at.astimezone(EAT).strftime("%Y-%m-%d %H:%M:%S")


def read_eat(value: object) -> datetime | None:
    """Return the time in `20260101080000`, a number or a string, or `01.01.2026 08:00:00`; None for anything else."""
    text = str(value)
    for form, spelling in _FORMS:
        if form.fullmatch(text):
            try:
                return datetime.strptime(text, spelling).replace(tzinfo=EAT)
            except ValueError:  # the 31st of February
                return None
    return None
