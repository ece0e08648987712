"""A time that a provider gives, held against our own clock before it orders or decides anything.

A provider's clock may be wrong, or write a local time as if it were UTC. Nothing was sent after it came, so a time
ahead of our clock is not believed: then the order in which things come counts. A time far behind may be right:
providers repeat a message for hours (Africa's Talking for twelve) until it is answered.
"""

from datetime import datetime, timedelta
from typing import Final

# A message older than this moves nothing: what it was an answer to may have changed since, and a copy of it may have
# been acted on before (receipts are kept for two days at least).
MOST_AGE: Final = timedelta(hours=24)


def believed(given: datetime | None, now: datetime) -> datetime | None:
    """Return the time that the provider gave; None if it gave none, or one that is still to come."""
    return None if given is None or given > now else given


def is_old(given: datetime | None, now: datetime) -> bool:
    """Whether what happened at the time that the provider gave can move nothing any more."""
    return given is not None and now - given > MOST_AGE


def recent(given: datetime | None, now: datetime) -> datetime:
    """Return the time of what has just been reported: as the provider gave it, if that can be, else `now`."""
    at = believed(given, now)
    return now if at is None or is_old(at, now) else at
