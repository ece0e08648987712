"""Deletes rows that are past their retention period, in batches; any number of processes may do so at once.

Evidence (contracts, confirmations, signatures, audit entries) has no period. It goes only when a person is erased.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from storage.postgres.database import Connection, Pool
from storage.postgres.queries import QUERIES
from values.frozen import Frozen
from values.ids import SERVICE_CHAIN, new_id

OF_MESSAGES = ("sms_logs", "sms_reports", "message_fates")
OF_SESSIONS = (
    "ussd_sessions",
    "acted_hops",
    "resumed_sessions",
    "promises",
    "mo_receipts",
    "api_requests",
    "number_checks",
    "webhook_deliveries",
)
OF_RAILS = ("rail_callbacks",)
OF_LOOKS = ("looks",)


class Periods(Frozen):
    """How long messages are kept, everything about sessions and requests, what providers of money told us, and who
    looked at whom (at least a year)."""

    messages: timedelta
    sessions: timedelta
    callbacks: timedelta
    looks: timedelta


class RetentionRows:
    def __init__(self, pool: "Pool | Connection", periods: Periods, *, batch_size: int = 500) -> None:
        self._pool = pool
        self._periods = periods
        self._batch_size = batch_size

    async def waiting(self, now: datetime) -> int:
        """Return how many rows are past their period, including rows that a legal hold keeps."""
        query = QUERIES["retention.waiting"](
            messages_before=now - self._periods.messages, sessions_before=now - self._periods.sessions,
            callbacks_before=now - self._periods.callbacks, looks_before=now - self._periods.looks,
        )  # fmt: skip
        found: int = await self._pool.fetchval(*query)
        return found

    async def delete(self, now: datetime) -> AsyncIterator[tuple[str, int]]:
        """Delete rows that are past their period. After each batch, yield its table and number of rows. The audit says
        first up to when messages are deleted, so that none is missed that nobody should have deleted."""
        await self._announce(now)
        periods = (
            (OF_MESSAGES, self._periods.messages), (OF_SESSIONS, self._periods.sessions),
            (OF_RAILS, self._periods.callbacks), (OF_LOOKS, self._periods.looks),
        )  # fmt: skip
        for tables, period in periods:
            for table in tables:
                count = self._batch_size
                while count == self._batch_size:
                    query = QUERIES[f"retention.{table}"](before=now - period, most=self._batch_size)
                    count = await self._pool.fetchval(*query)
                    yield table, count

    async def _announce(self, now: datetime) -> None:
        before = now - self._periods.messages
        await self._pool.execute(
            *QUERIES["retention.announce"](before=before, now=now, act_id=new_id(), service_chain=SERVICE_CHAIN)
        )  # fmt: skip
