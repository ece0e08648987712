"""The process that works on the log is killed: another one, which has waited for that, goes on."""

import asyncio
from pathlib import Path
from signal import SIGKILL
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from storage.postgres.database import connect
from tests.gateway.background.log_entries import ENTRY
from tests.gateway.operator_client import NOON
from tests.service import LOG_KEY
from tests.serving import open_serving

_HOLDER = "SELECT holder FROM log_lease"
_IS_ENTERED = "SELECT NOT EXISTS (SELECT FROM audit_logs a, log_state s WHERE (a.xid, a.n) > (s.taken_xid, s.taken_n))"


async def holder_once_all_is_entered(db: "asyncpg.Connection[Any]") -> UUID:
    """Write an entry; return who holds the lease once it is in the log."""
    await db.execute(ENTRY, uuid4(), NOON)
    async with asyncio.timeout(120):  # on a busy machine; a lease lasts 15 s
        while not await db.fetchval(_IS_ENTERED):  # noqa: ASYNC110 - in another process
            await asyncio.sleep(0.05)
    holder = await db.fetchval(_HOLDER)
    assert isinstance(holder, UUID)
    return holder


async def test_another_goes_on_when_the_one_that_works_is_killed(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    env = {
        "DATABASE_URL": database_url, "REDIS_URL": redis_url, "AT_BASE_URL": "http://127.0.0.1:9",
        "ENVIRONMENT": "testing", "LOG_PRIVATE_KEY": LOG_KEY,
    }  # fmt: skip
    db = await connect(database_url)
    async with open_serving(tmp_path / "first", **env) as first:
        alone = await holder_once_all_is_entered(db)
        async with open_serving(tmp_path / "second", **env):
            for _ in range(3):
                assert await holder_once_all_is_entered(db) == alone, "one works as long as it lives"
            await first.stop_with(SIGKILL)
            assert await holder_once_all_is_entered(db) != alone
    await db.close()
