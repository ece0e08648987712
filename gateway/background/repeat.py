"""Repeat a background job for as long as the process runs, whatever fails, and know if it still works."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import asyncpg
import structlog

from storage.postgres import database
from storage.signing import SignerAwayError

log = structlog.get_logger()

_LOGS_AGAIN_AFTER_SECONDS = 60.0
_PATIENCE_SECONDS = 60.0
_PASSES: tuple[type[Exception], ...] = (*database.UNAVAILABLE, asyncpg.DeadlockDetectedError)  # no trace needed


class JobState:
    """Whether one background job works. It is dead once it has neither succeeded nor been asleep by its own wish for
    `patience_seconds`: it fails all the time, hangs, or has ended."""

    def __init__(self, name: str, patience_seconds: float = _PATIENCE_SECONDS) -> None:
        self.name = name
        self._patience_seconds = patience_seconds
        self._dead_at = time.monotonic() + patience_seconds
        self._failures: dict[str, int] = {}  # since the last log line, by kind of fault
        self._logs_again_at: dict[str, float] = {}

    @property
    def is_dead(self) -> bool:
        return time.monotonic() > self._dead_at

    def succeeded(self, nap_seconds: float = 0.0) -> None:
        """The job has done what there was to do, and will sleep."""
        self._dead_at = time.monotonic() + nap_seconds + self._patience_seconds

    def failed(self, fault: Exception) -> None:
        """Log the fault: at once, then once a minute for each kind, with the number of times since the last line."""
        now, kind = time.monotonic(), type(fault).__name__
        times = self._failures[kind] = self._failures.get(kind, 0) + 1
        if now < self._logs_again_at.get(kind, 0.0):
            return
        self._failures[kind], self._logs_again_at[kind] = 0, now + _LOGS_AGAIN_AFTER_SECONDS
        if isinstance(fault, SignerAwayError):
            log.warning("a background job waits for the key that signs", job=self.name, fault=kind, times=times)
        elif isinstance(fault, _PASSES):
            log.warning("a background job waits for the database", job=self.name, fault=kind, times=times)
        else:
            log.error("a background job failed", job=self.name, times=times, exc_info=fault)


async def repeat(job: JobState, work: Callable[[], Awaitable[float]], seconds_after_fault: float) -> None:
    """Call `work` until cancelled. `work` returns how many seconds to sleep before the next call.

    No exception ends the job: if it ended, nobody would notice until people complain.
    """
    while True:
        nap = seconds_after_fault
        try:
            nap = await work()
            job.succeeded(nap)
        except Exception as fault:
            job.failed(fault)
        await asyncio.sleep(nap)
