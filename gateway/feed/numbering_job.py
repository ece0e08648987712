"""Background job: gives positions to what was committed, and tells the readers of this process what every process gave.

Each process numbers soon after it has written something itself, and looks once a second for what somebody else wrote
without a word (a command, a person with psql). All do it on a connection of their own, which also listens: a pooled
one must not. Should that connection break, nothing is lost: what is not numbered yet is found by the next step.
"""

import asyncio
from contextlib import suppress
from typing import Any, TypeAlias

from asyncpg.pool import PoolConnectionProxy

from gateway.background.repeat import JobState
from gateway.feed.tail import FeedTail
from storage.feed import CHANNEL, FeedNumbers
from storage.postgres import database

Listening: TypeAlias = "database.Connection | PoolConnectionProxy[Any]"

_LOOKS_EVERY_SECONDS = 1.0
_GATHERS_SECONDS = 0.015  # one step numbers all that is written meanwhile
_ANSWERS_WITHIN_SECONDS = 5.0
_STEP_WITHIN_SECONDS = 60.0
_NUMBERS_ALL_WITHIN_SECONDS = 3600.0  # the first step, which may find an old record without any position


class NumberingJob:
    """`wake` it when this process has written something that becomes an event."""

    def __init__(self, tail: FeedTail, database_url: str) -> None:
        self._tail, self._database_url = tail, database_url
        self._written = asyncio.Event()
        self._is_numbered = False  # what was written: another process has said so

    def wake(self) -> None:
        self._written.set()

    async def run(self, job: JobState) -> None:
        """Number, until cancelled."""
        while True:
            try:
                await self._run_until_it_breaks(job)
            except Exception as fault:  # a password that was changed, too: if this ended, nobody would notice
                job.failed(fault)
            await asyncio.sleep(_LOOKS_EVERY_SECONDS)

    async def _run_until_it_breaks(self, job: JobState) -> None:
        async with asyncio.timeout(_ANSWERS_WITHIN_SECONDS):
            numbers = await FeedNumbers.open(self._database_url)
        try:
            async with asyncio.timeout(_ANSWERS_WITHIN_SECONDS):
                await numbers.connection.add_listener(CHANNEL, self._hear)
            within = _NUMBERS_ALL_WITHIN_SECONDS
            while True:
                self._written.clear()
                self._is_numbered = False
                async with asyncio.timeout(within):
                    self._tail.grow(await numbers.number())
                within = _STEP_WITHIN_SECONDS
                job.succeeded(_LOOKS_EVERY_SECONDS)
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOKS_EVERY_SECONDS):
                        await self._written.wait()
                        if not self._is_numbered:
                            await asyncio.sleep(_GATHERS_SECONDS)
        finally:
            numbers.connection.terminate()

    def _hear(self, _connection: Listening, _sender: int, _channel: str, told: object) -> None:
        """A position is believed only where the table has it: anybody can NOTIFY."""
        if told != str(self._tail.last):  # else it is our own word
            self._is_numbered = True
            self._written.set()
