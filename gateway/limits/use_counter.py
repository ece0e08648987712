"""Counts uses in windows of time, in this process and within a bound of memory."""

import time
from collections import OrderedDict
from collections.abc import Callable
from math import ceil

from gateway.limits.table import Limit

_MOST_REMEMBERED = 10_000  # some 2 MB


class UseCounter:
    """Counts the uses of one limit. A window begins with the first use of it.

    It remembers the `_MOST_REMEMBERED` who used it last: a flood from more addresses than that makes it forget the
    oldest, who may then begin a new window.
    """

    def __init__(self, limit: Limit, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self._clock = clock
        self._windows: OrderedDict[str, tuple[int, float]] = OrderedDict()  # uses, and when the window ends

    def retry_after_seconds(self, who: str) -> int:
        """Count one use by `who`. Return 0 if it is within the limit, else for how many seconds to wait."""
        now = self._clock()
        uses, ends = self._windows.get(who, (0, 0.0))
        if ends <= now:
            uses, ends = 0, now + self.limit.seconds
        self._windows[who] = (uses + 1, ends)
        self._windows.move_to_end(who)
        if len(self._windows) > _MOST_REMEMBERED:
            self._windows.popitem(last=False)
        return ceil(ends - now) if uses >= self.limit.most else 0

    def left(self, who: str) -> tuple[int, int]:
        """Return how many more uses `who` has, and in how many seconds they have all of them again. Counts nothing."""
        uses, ends = self._windows.get(who, (0, 0.0))
        seconds = ceil(ends - self._clock())
        return (max(0, self.limit.most - uses), seconds) if seconds > 0 else (self.limit.most, self.limit.seconds)

    def is_first_refusal(self, who: str) -> bool:
        """Whether the last use by `who` is the first above the limit in its window: the one that is logged."""
        return self._windows.get(who, (0, 0.0))[0] == self.limit.most + 1

    def __len__(self) -> int:
        """How many it remembers."""
        return len(self._windows)
