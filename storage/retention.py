"""What grows too old, deleted a batch at a time; any number of processes may do it at once.

Evidence (what was agreed, said, signed, audited) has no period: it goes with the person, by erasure.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from storage.postgres.database import Connection, Pool
from storage.postgres.queries import QUERIES
from values.frozen import Frozen

OF_MESSAGES = ("sms_logs", "sms_reports")
OF_SESSIONS = ("ussd_sessions", "acted_hops", "resumed_sessions", "promises", "mo_receipts", "api_requests")


class Periods(Frozen):
    """For how long messages are kept, and all that is of sessions and requests."""

    messages: timedelta
    sessions: timedelta


class RetentionRows:
    def __init__(self, pool: "Pool | Connection", periods: Periods, *, at_once: int = 500) -> None:
        self._pool = pool
        self._periods = periods
        self._at_once = at_once

    async def waiting(self, now: datetime) -> int:
        """How many rows are past their period, those that are held included."""
        messages, sessions = now - self._periods.messages, now - self._periods.sessions
        found: int = await self._pool.fetchval(QUERIES["retention.waiting"], messages, sessions)
        return found

    async def delete(self, now: datetime) -> AsyncIterator[tuple[str, int]]:
        """Delete what is past its period: after each batch its table, and how many rows that were."""
        for tables, period in ((OF_MESSAGES, self._periods.messages), (OF_SESSIONS, self._periods.sessions)):
            for table in tables:
                count = self._at_once
                while count == self._at_once:
                    count = await self._pool.fetchval(QUERIES[f"retention.{table}"], now - period, self._at_once)
                    yield table, count
