"""Repeat a background job for as long as the process runs, whatever fails."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from storage.postgres import database

log = structlog.get_logger()


async def repeat(job: str, work: Callable[[], Awaitable[float]], seconds_after_fault: float) -> None:
    """Call `work` until cancelled. `work` returns how many seconds to sleep before the next call.

    No exception ends the job: if it ended, nobody would notice until people complain. `job` is its name in the log.
    """
    while True:
        nap = seconds_after_fault
        try:
            nap = await work()
        except database.UNAVAILABLE as fault:
            log.warning("a background job waits for the database", job=job, fault=type(fault).__name__)
        except Exception:
            log.exception("a background job failed", job=job, exc_info=True)
        await asyncio.sleep(nap)
