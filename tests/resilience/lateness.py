"""What makes the database late for a hop, and waits until what was late has settled.

A hop is late because the test holds a lock that its statement needs. No wall clock is read: a reply that comes while
the lock is held is proof that the hop did not wait for it. When a promise is due is told by `made_at`, which is a time
of the service's clock; the database's own `now()` may be months before it or behind.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import pytest

from tests.service import Service, open_service

READING_MS = 800  # of a hop that reads
_ACTING_MS, _TO_ACT = 10_000, 0.12  # of a hop that acts: 1.2 s for the act, and the rest for its promise
LOCK_LISTS = "LOCK TABLE contract_parties IN ACCESS EXCLUSIVE MODE"
LOCK_AUDIT = "LOCK TABLE audit_logs IN ACCESS EXCLUSIVE MODE"
LOCK_CONTRACTS = "SELECT FROM contracts FOR UPDATE"
_NOT_BY_ITSELF = timedelta(hours=1)  # a promise is due when the test makes it due, however slow the machine is
_MAKE_PROMISES_DUE = "UPDATE promises SET due_at = made_at WHERE kept_at IS NULL"
_IDLE_IN_A_ROW = 5
_IS_BUSY = """
    SELECT EXISTS (SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'voicepact' AND state = 'active')
"""


@asynccontextmanager
async def open_acting_service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    """A service whose hops have time enough to write a promise, which waits until `wait_for_promises`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gateway.ussd.hop._TO_ACT", _TO_ACT)
        patch.setattr("gateway.background.promises._WAITS", (_NOT_BY_ITSELF,))
        async with open_service(database_url, redis_url, hop_budget_ms=_ACTING_MS) as service:
            yield service


@asynccontextmanager
async def hold_lock(url: str, sql: str) -> AsyncIterator[None]:
    """Hold what `sql` locks, on a connection of its own."""
    other = await asyncpg.connect(url)
    try:
        async with other.transaction():
            await other.execute(sql)
            yield
    finally:
        await other.close()


async def wait_for_promises(service: Service, within: float = 30.0) -> None:
    """Return once every promise is kept and told. All are made due again and again: a try that fails puts one off."""
    async with asyncio.timeout(within):
        while await service.db.fetchval("SELECT count(*) FROM promises WHERE kept_at IS NULL"):
            await service.db.execute(_MAKE_PROMISES_DUE)
            await asyncio.sleep(0.2)
    await service.sms_settled()


async def wait_until_idle(service: Service) -> None:
    """Return once no statement of the service is under way: one that nobody waits for any more may still happen. One
    that was cancelled may be tried once more, so it has to be idle several times in a row."""
    idle = 0
    while idle < _IDLE_IN_A_ROW:
        idle = 0 if await service.db.fetchval(_IS_BUSY) else idle + 1
        await asyncio.sleep(0.05)
