"""Quiet hours: what can wait is not sent to people at night, by the clock where they are."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from contracts.fields.countries import country_of
from contracts.fields.msisdn import Msisdn

CAN_WAIT = frozenset({"promotional"})


def held_until(msisdn: str, now: datetime, hours: tuple[time, time], zone: ZoneInfo) -> datetime | None:
    """When a message that can wait may go to `msisdn`; None: now. `hours`: when the quiet begins and ends.

    `zone`: of a number from a country that we do not serve.

    >>> held_until("+254712345678", datetime.fromisoformat("2026-11-21T20:30Z"), (time(21), time(7)), ZoneInfo("UTC"))
    datetime.datetime(2026, 11, 22, 7, 0, tzinfo=zoneinfo.ZoneInfo(key='Africa/Nairobi'))
    """
    begins, ends = hours
    country = country_of(Msisdn(msisdn))
    here = now.astimezone(country.zone if country else zone)
    at = here.timetz().replace(tzinfo=None)
    is_quiet = begins <= at < ends if begins < ends else at >= begins or at < ends
    if not is_quiet or begins == ends:
        return None
    day = here.date() + timedelta(days=at >= ends)
    return datetime.combine(day, ends, here.tzinfo)
