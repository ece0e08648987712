"""Quiet hours: messages that can wait are not sent at night, by the clock of the recipient's country."""

from datetime import datetime, time, timedelta, tzinfo

from contracts.fields.countries import country_of
from contracts.fields.msisdn import Msisdn


def held_until(msisdn: str, now: datetime, hours: tuple[time, time], zone: tzinfo) -> datetime | None:
    """Return when a message that can wait may be sent to `msisdn`; None if it may be sent now.

    `hours` is when the quiet hours begin and end, in the recipient's own time; `zone` is for countries we do not know.

    >>> from datetime import UTC
    >>> held_until("+254712345678", datetime.fromisoformat("2026-11-21T20:30Z"), (time(21), time(7)), UTC)
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
