"""When a message that was not taken is tried again: a pure function of how often it was."""

from datetime import datetime, timedelta

_FIRST = timedelta(seconds=15)
_LONGEST = timedelta(hours=1)


def next_try(now: datetime, tries: int, most_tries: int, jitter: float) -> datetime | None:
    """After the `tries`th try: 15 s, 30 s, 1 min … up to an hour, each stretched by up to a quarter (`jitter` 0 to 1)
    so that a provider that comes back is not met by everyone at once. None: it has been tried enough.

    >>> next_try(datetime(2026, 1, 1), tries=3, most_tries=8, jitter=0.0)
    datetime.datetime(2026, 1, 1, 0, 1)
    """
    if tries >= most_tries:
        return None
    wait: timedelta = min(_FIRST * 2 ** min(tries - 1, 16), _LONGEST)
    return now + wait * (1 + jitter / 4)
