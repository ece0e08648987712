"""Quiet hours: what can wait is not sent to people at night, by the clock where they are."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

CAN_WAIT = frozenset({"promotional"})

# Country codes of the countries we serve, whose clocks we know; elsewhere the service's own zone is the best guess.
ZONES: Mapping[str, str] = {
    "+254": "Africa/Nairobi", "+256": "Africa/Kampala", "+255": "Africa/Dar_es_Salaam", "+250": "Africa/Kigali",
    "+234": "Africa/Lagos", "+233": "Africa/Accra", "+27": "Africa/Johannesburg", "+251": "Africa/Addis_Ababa",
    "+225": "Africa/Abidjan", "+221": "Africa/Dakar", "+265": "Africa/Blantyre", "+260": "Africa/Lusaka",
}  # fmt: skip


def held_until(msisdn: str, now: datetime, hours: tuple[time, time], zone: ZoneInfo) -> datetime | None:
    """When a message that can wait may go to `msisdn`; None: now. `hours`: when the quiet begins and ends.

    >>> held_until("+254712345678", datetime.fromisoformat("2026-11-21T20:30Z"), (time(21), time(7)), ZoneInfo("UTC"))
    datetime.datetime(2026, 11, 22, 7, 0, tzinfo=zoneinfo.ZoneInfo(key='Africa/Nairobi'))
    """
    begins, ends = hours
    name = ZONES.get(msisdn[:4]) or ZONES.get(msisdn[:3])
    here = now.astimezone(ZoneInfo(name) if name else zone)
    at = here.timetz().replace(tzinfo=None)
    is_quiet = begins <= at < ends if begins < ends else at >= begins or at < ends
    if not is_quiet or begins == ends:
        return None
    day = here.date() + timedelta(days=at >= ends)
    return datetime.combine(day, ends, here.tzinfo)
