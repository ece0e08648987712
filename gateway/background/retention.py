"""A background job that deletes, once a day, rows that are older than their period, in small batches with pauses.

Every process runs it. A row that another process is deleting is skipped, so they share the work.
"""

import asyncio

import structlog

from contracts.actions import Clock
from gateway.background.repeat import JobState, repeat
from storage.retention import RetentionRows

log = structlog.get_logger()

_AFTER_START_SECONDS = 300.0  # a service that has just started has callers to answer first
_DAY_SECONDS = 24 * 3600.0
_AFTER_FAULT_SECONDS = 600.0
_PAUSE_SECONDS = 0.2  # between two batches: old rows can wait, a hop cannot


class RetentionJob:
    """Deletes old rows."""

    def __init__(self, rows: RetentionRows, now: Clock) -> None:
        self._rows = rows
        self._now = now

    async def run(self, job: JobState) -> None:
        """Delete once a day, until cancelled; for the first time five minutes from now."""

        async def work() -> float:
            await self.delete_old()
            return _DAY_SECONDS

        job.succeeded(_AFTER_START_SECONDS)
        await asyncio.sleep(_AFTER_START_SECONDS)
        await repeat(job, work, _AFTER_FAULT_SECONDS)

    async def delete_old(self, pause_seconds: float = _PAUSE_SECONDS) -> dict[str, int]:
        """Delete all rows that are past their period now; return how many, by table."""
        deleted: dict[str, int] = {}
        async for table, count in self._rows.delete(self._now()):
            if count:
                deleted[table] = deleted.get(table, 0) + count
                await asyncio.sleep(pause_seconds)
        if deleted:
            log.info("retention", deleted=deleted)
        return deleted
