"""How long a hop takes while many are under way; and who is turned away before all are late.

By Little's law what comes now takes as long as those under way, at the pace at which the last ones were answered:
their number divided by how many were answered in a second. That pace is what the service can do only while something
waits. As long as each hop finds a connection to the database free, none waits for another, and none is turned away.

A dial is turned away at once, and a text or a report is left to be repeated. A hop of a call under way is always
taken: there are as many of them as dials were taken, and what it has cost is not to be lost.
"""

import asyncio
import time
from collections.abc import Callable
from math import exp, inf
from typing import Final

import structlog

log = structlog.get_logger()

_LOG_EVERY_SECONDS: Final = 60.0


class Workload:
    """What is under way in one process: hops, and callbacks of other kinds. Times are seconds of `clock`."""

    def __init__(self, connections: int, bearable_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`connections`: so many are answered at once without one waiting for another. `bearable_seconds`: a dial that
        would take longer is turned away; the pace is measured over about as long, too."""
        self._connections, self._bearable_seconds, self._clock = connections, bearable_seconds, clock
        self.under_way = 0
        # Both of the time in which something waited, the older the less. At first as if each connection had answered.
        self._answered, self._seconds = float(connections), 0.0
        self._noted_at = clock()
        self._dials = self._callbacks = 0  # turned away since the last line
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Something begins to be answered."""
        self._note()
        self.under_way += 1

    def end(self, *, is_answered: bool) -> None:
        """It is over. What failed or was late says nothing of the pace."""
        self._note()
        self._answered += is_answered and self._is_waited
        self.under_way -= 1

    @property
    def expected_seconds(self) -> float:
        """How long a hop that comes now would take; 0 if it waits for no other."""
        if not self._is_waited:
            return 0.0
        self._note()
        return self.under_way * self._seconds / self._answered if self._answered else inf

    @property
    def is_too_much(self) -> bool:
        return self.expected_seconds > self._bearable_seconds

    @property
    def has_turned_away(self) -> bool:
        """Whether anybody was turned away within the last minute or two."""
        return self._timer is not None

    def turn_away_dial(self) -> None:
        """Count a dial that is turned away."""
        self._dials += 1
        self._write_line_soon()

    def turn_away_callback(self) -> None:
        """Count a text or a report that is to be repeated."""
        self._callbacks += 1
        self._write_line_soon()

    def close(self) -> None:
        """Log what was not logged yet."""
        if self._timer:
            self._timer.cancel()
            self._write_line()

    @property
    def _is_waited(self) -> bool:
        return self.under_way >= self._connections

    def _note(self) -> None:
        """Let what was measured grow older, up to now."""
        now = self._clock()
        passed, self._noted_at = now - self._noted_at, now
        kept = exp(-passed / self._bearable_seconds)
        self._seconds *= kept
        self._answered *= kept
        if self._is_waited:
            self._seconds += passed
        else:
            self._answered += self._connections * (1 - kept)

    def _write_line_soon(self) -> None:
        if self._timer is None:
            self._write_line()

    def _write_line(self) -> None:
        """Log who was turned away: at once, then once a minute while any are."""
        self._timer = None
        if not (self._dials or self._callbacks):
            return
        log.warning(
            "too much to do", dials=self._dials, callbacks=self._callbacks, under_way=self.under_way,
            expected_ms=round(min(self.expected_seconds, 3600.0) * 1000),
        )  # fmt: skip
        self._dials = self._callbacks = 0
        self._timer = asyncio.get_running_loop().call_later(_LOG_EVERY_SECONDS, self._write_line)
