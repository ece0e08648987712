"""The newest events, once for each process, so that many who follow live do not each ask the database for the same.

A reader has only a position. Who is behind the tail reads from the table, so a slow one holds no memory here.
"""

import asyncio
from collections import deque
from contextlib import suppress

from gateway.feed.shapes import FeedEvent, events_of
from storage.feed import FeedRows

_KEPT = 2_000  # events
_BATCH = 200  # events, and positions of one query


class FeedTail:
    """Where the readers of this process learn what is new. `last`: the position of the newest event known here;
    `streams`: how many clients follow live."""

    def __init__(self, rows: FeedRows) -> None:
        self.rows = rows
        self.last = 0
        self.is_closed = False
        self.streams = 0
        self._events: deque[FeedEvent] = deque()  # all that there are behind _begins, up to _ends
        self._begins = self._ends = 0
        self._grown = asyncio.Event()
        self._reading = asyncio.Lock()

    def grow(self, last: int) -> None:
        """The feed has events up to this position."""
        if not self.last:
            self._begins = self._ends = last - 1
        if last > self.last:
            self.last = last
            self._wake()

    def close(self) -> None:
        """The process stops: no reader waits any longer."""
        self.is_closed = True
        self._wake()

    async def wait_beyond(self, position: int, seconds: float) -> None:
        """Return once there are events behind `position`, or after so many seconds, or when the process stops."""
        if self.last > position or self.is_closed:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._grown.wait()

    async def after(self, position: int) -> tuple[list[FeedEvent], int]:
        """Return the next events behind `position`, and from where to read on: it is behind them, and behind positions
        whose event was deleted."""
        if position >= self.last:
            return [], position
        if position >= self._ends:
            await self._read_on()
        if position < self._begins:  # also where the tail has left this reader behind just now
            return await read_after(self.rows, position, _BATCH, self.last)
        events = [event for event in self._events if event.position > position][:_BATCH]
        return events, events[-1].position if len(events) == _BATCH else max(self._ends, position)

    async def _read_on(self) -> None:
        async with self._reading:
            if self.last - self._ends > _KEPT:  # nobody has read for a while: begin anew, near the end
                self._events.clear()
                self._begins = self._ends = self.last - _KEPT
            while self._ends < self.last:
                events, self._ends = await read_after(self.rows, self._ends, _BATCH, self.last)
                self._events.extend(events)
                while len(self._events) > _KEPT:
                    self._begins = self._events.popleft().position

    def _wake(self) -> None:
        self._grown.set()
        self._grown = asyncio.Event()


async def read_after(rows: FeedRows, position: int, most: int, last: int) -> tuple[list[FeedEvent], int]:
    """Return events behind `position` from the table, of `most` positions, and from where to read on. `last`: a
    position that the feed had reached before; where there is no row up to it, its events were deleted."""
    found = await rows.after(position, most)
    end = found[-1]["position"] + found[-1]["events"] - 1 if found else 0
    return events_of(found, position), max(position, end, last if len(found) < most else 0)
