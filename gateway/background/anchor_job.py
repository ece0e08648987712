"""Background job: has calendars of OpenTimestamps anchor the newest checkpoint in Bitcoin, once an hour in which
something happened, and asks for the rest of each proof until it leads to a block."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar

import structlog

from contracts.actions import Clock
from contracts.proof.log.anchors import digest_of, digest_url, promised_messages, rest_url
from contracts.proof.log.checkpoints import read_checkpoint
from gateway.background.repeat import JobState, repeat
from gateway.witnesses.calendar import Calendar
from gateway.witnesses.port import WitnessAwayError
from storage.log import LogRows

T = TypeVar("T")
log = structlog.get_logger()

SEND_EVERY = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=30)  # a calendar takes hours; one that has ended never answers
_PAUSE_SECONDS = 10.0
_AGAIN_SECONDS = 900.0  # after a calendar was away, or had no block yet
_MOST_AT_ONCE = 10


class AnchorJob:
    """Asks `calendars` for as long as this process works on the log."""

    def __init__(self, rows: LogRows, calendars: Sequence[Calendar], now: Clock) -> None:
        self._rows, self._calendars, self._now = rows, calendars, now
        self._again_at: dict[str, float] = {}  # by the address that is asked: the loop's time
        self._away = set[str]()  # names of calendars: each absence is logged once

    async def run(self, job: JobState, holds_lease: Callable[[], bool]) -> None:
        """Send and complete, until cancelled."""

        async def work() -> float:
            if holds_lease():
                await self.send()
                await self.complete()
            return _PAUSE_SECONDS

        await repeat(job, work, _PAUSE_SECONDS)

    async def send(self) -> None:
        """Send the newest checkpoint to each calendar, once the last one that it was sent is an hour old."""
        state = await self._rows.state()
        last = await self._rows.last_checkpoint(state.log) if state else None
        if state is None or last is None:
            return
        for calendar in self._calendars:
            url = digest_url(calendar.name)
            before = await self._rows.last_timestamp(state.log, url)
            is_due = before is None or (
                before["size"] < last["size"] and abs(self._now() - before["signed_at"]) >= SEND_EVERY
            )
            if not is_due or not self._may_ask(url):
                continue
            answer = await self._asked(calendar, url, calendar.send(digest_of(read_checkpoint(last["note"])[0].text)))
            if answer:
                await self._rows.save_timestamp(state.log, last["size"], url, answer, self._now())

    async def complete(self) -> None:
        """Ask for the rest of the proofs that lead to no block yet, oldest first."""
        state, since = await self._rows.state(), self._now() - GIVE_UP_AFTER
        if state is None:
            return
        for calendar in self._calendars:
            asked = 0
            for row in await self._rows.incomplete_anchors(state.log, calendar.name, since):
                text = read_checkpoint(row["note"])[0].text
                for message in promised_messages(row["response"], digest_of(text)):
                    url = rest_url(calendar.name, message)
                    if asked == _MOST_AT_ONCE or not self._may_ask(url):
                        continue
                    asked += 1
                    if answer := await self._asked(calendar, url, calendar.complete(message)):
                        await self._rows.save_timestamp(state.log, row["size"], url, answer, self._now())

    def _may_ask(self, url: str) -> bool:
        return asyncio.get_running_loop().time() >= self._again_at.get(url, 0.0)

    async def _asked(self, calendar: Calendar, url: str, answer: Awaitable[T | None]) -> T | None:
        """Return the answer; None if there is none yet: then the address is left alone for a while."""
        try:
            found = await answer
        except WitnessAwayError as away:
            found = None
            if calendar.name not in self._away:
                log.warning("a calendar has not answered", witness=calendar.name, why=str(away))
            self._away.add(calendar.name)
        else:
            self._away.discard(calendar.name)
        if found is None:
            self._again_at[url] = asyncio.get_running_loop().time() + _AGAIN_SECONDS
        else:
            self._again_at.pop(url, None)
        return found
