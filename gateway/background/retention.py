"""In the background, once a day: what is past its period goes, in small batches with pauses.

Every process does it. Rows that another one is deleting are passed by, so they share the work and do nothing twice.
"""

import asyncio

import structlog

from contracts.actions import Clock
from storage.postgres import database
from storage.retention import RetentionRows

log = structlog.get_logger()

_SETTLES_SECONDS = 300.0  # a service that has just started has callers to think of
_DAY_SECONDS = 24 * 3600.0
_AGAIN_SECONDS = 600.0
_PAUSE_SECONDS = 0.2  # between batches: what is too old can wait, a hop cannot


class RetentionJob:
    """Deletes what is too old; `run` until cancelled."""

    def __init__(self, rows: RetentionRows, now: Clock) -> None:
        self._rows = rows
        self._now = now

    async def run(self) -> None:
        nap = _SETTLES_SECONDS
        while True:
            await asyncio.sleep(nap)
            nap = _AGAIN_SECONDS
            try:
                await self.delete_old()
                nap = _DAY_SECONDS
            except database.UNAVAILABLE as fault:
                log.warning("retention waits for the database", fault=type(fault).__name__)
            except Exception:  # whatever it is: a keeper that is gone is missed by nobody
                log.exception("retention", exc_info=True)

    async def delete_old(self, pause_seconds: float = _PAUSE_SECONDS) -> dict[str, int]:
        """Delete all that is past its period now; how many rows of each table."""
        gone: dict[str, int] = {}
        async for table, count in self._rows.delete(self._now()):
            if count:
                gone[table] = gone.get(table, 0) + count
                await asyncio.sleep(pause_seconds)
        if gone:
            log.info("retention", **gone)
        return gone
