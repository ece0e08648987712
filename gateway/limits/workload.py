"""How long a hop takes while many are under way; and who is turned away before all are late.

By Little's law what comes now takes as long as those under way, at the pace at which the last ones were answered:
their number divided by how many were answered in a second. That pace is what the service can do only while something
waits. As long as each hop finds a connection to the database free, none waits for another, and none is turned away.

A queue that is soon over (a burst, a slow disk) is waited for. One that stands is none that helps: from then on it is
kept short, and who is taken is answered quickly, until nobody had to be turned away for a while.

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
_QUICK: Final = 0.2  # of what is bearable: no caller notices
_LONG: Final = 10  # times what a hop takes when none waits: where that is much, as with a database far away
_SHORTEST_SECONDS: Final = 0.001  # no hop is answered sooner
_WEIGHT: Final = 0.02  # of one hop in what a hop takes when none waits
_GUESS: Final = 0.1  # of a guess at the pace, against what is measured


class Workload:
    """What is under way in one process: hops, and callbacks of other kinds. Times are seconds of `clock`."""

    def __init__(self, connections: int, bearable_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`connections`: so many are answered at once without one waiting for another. `bearable_seconds`: a dial that
        would take longer is turned away; a queue that lasts longer is one that stands; and the pace is measured over
        about as long."""
        self._connections, self._bearable_seconds, self._clock = connections, bearable_seconds, clock
        self.under_way = 0
        self._alone_seconds, self._alone = _SHORTEST_SECONDS, 0  # what a hop takes when none waits; of how many
        # How many were answered in how many seconds, the older the less. While none waits: a guess, as if each
        # connection had answered one after the other, which what is measured soon outweighs.
        self._answered, self._seconds = 0.0, 0.0
        self._noted_at = -inf
        self._note()
        self._long_since: float | None = None
        self._turns_away_until = -inf
        self._dials = self._callbacks = 0  # turned away since the last line
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> float | None:
        """Something begins to be answered. Return when, if it waits for nothing else; `end` is to be told."""
        self._note()
        self.under_way += 1
        return None if self._is_waited else self._noted_at

    def end(self, began_at: float | None, *, is_answered: bool) -> None:
        """It is over. What failed or was late says nothing of the pace."""
        self._note()
        if is_answered:
            self._answered += self._is_waited
            if began_at is not None:
                self._note_alone(max(self._noted_at - began_at, _SHORTEST_SECONDS))
        self.under_way -= 1
        if not self._is_waited:
            self._long_since = None

    @property
    def expected_seconds(self) -> float:
        """How long a hop that comes now would take; 0 if it waits for no other."""
        if not self._is_waited:
            return 0.0
        self._note()
        return self.under_way * self._seconds / self._answered if self._answered else inf  # it may have stood for long

    def is_too_much(self) -> bool:
        """Whether what comes now is to be turned away."""
        expected, now = self.expected_seconds, self._clock()
        if expected <= self._quick_seconds:
            self._long_since = None
            return False
        if self._long_since is None:
            self._long_since = now
        stands = now - self._long_since > self._bearable_seconds
        if not stands and expected <= self._bearable_seconds and now > self._turns_away_until:
            return False
        self._turns_away_until = now + self._bearable_seconds
        return True

    @property
    def _quick_seconds(self) -> float:
        """How long a hop may take for ever: a queue may stand that is no longer."""
        return min(max(self._alone_seconds * _LONG, self._bearable_seconds * _QUICK), self._bearable_seconds)

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
        measured = self._bearable_seconds * (1 - kept)
        if self._is_waited:
            guessed = 0.0
        else:
            measured *= _GUESS
            guessed = measured * self._connections / self._alone_seconds
        self._seconds, self._answered = self._seconds * kept + measured, self._answered * kept + guessed

    def _note_alone(self, seconds: float) -> None:
        self._alone += 1
        self._alone_seconds += (seconds - self._alone_seconds) * max(1 / self._alone, _WEIGHT)

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
