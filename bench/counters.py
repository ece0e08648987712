"""What sessions cost a machine: the CPU of each process and its children, WAL, and transactions that wrote."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from bench.cpu import family_seconds
from storage.postgres.database import asyncpg_url

_SENDS_WITHIN_SECONDS = 60.0
_LOOKS_EVERY_SECONDS = 0.05
_UNSENT = "SELECT count(*) FROM sms_logs WHERE status IN ('queued', 'sending')"
_NOT_ORDERED = "SELECT count(*) FROM transfers WHERE status IN ('queued', 'sending')"
# A rail that never answers is asked about each order after a minute, while something else is measured.
_PUT_OFF = "UPDATE transfers SET due_at = due_at + interval '1 year' WHERE status IN ('accepted', 'unknown')"
# The whole server's: one case is measured at a time. Only a transaction that writes takes an id.
_WRITTEN = """
SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint"""
_ROW_VERSIONS = "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint FROM pg_stat_user_tables"


@dataclass(frozen=True, slots=True)
class Counters:
    """At one moment: CPU seconds by process name, bytes of WAL, and transactions that wrote, since the server began."""

    cpu_seconds: Mapping[str, float]
    wal_bytes: int
    commits: int

    def since(self, before: "Counters") -> "Counters":
        """Return what was spent since `before`."""
        cpu = {name: spent - before.cpu_seconds[name] for name, spent in self.cpu_seconds.items()}
        return Counters(cpu, self.wal_bytes - before.wal_bytes, self.commits - before.commits)


class Watch:
    """One connection that stays open: opening one costs PostgreSQL as much as dozens of messages."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]", pids: Mapping[str, int]) -> None:
        self._connection = connection
        self._pids = pids

    async def counters(self) -> Counters:
        cpu = {name: family_seconds(pid) for name, pid in self._pids.items()}
        wal_bytes, commits = await self._connection.fetchrow(_WRITTEN) or (0, 0)
        return Counters(cpu, wal_bytes, commits)

    async def value(self, query: str) -> int:
        """Return the number that `query` gives."""
        return int(await self._connection.fetchval(query))

    async def unsent(self) -> int:
        """Return how many SMS the provider has not accepted yet."""
        return await self.value(_UNSENT)

    async def all_sent(self, *, with_transfers: bool = False) -> None:
        """Return when the provider has accepted every SMS, and with `with_transfers` the rail every order of money.
        Raise TimeoutError if that takes too long."""
        give_up = time.monotonic() + _SENDS_WITHIN_SECONDS
        while await self.unsent() or (with_transfers and await self.value(_NOT_ORDERED)):
            if time.monotonic() > give_up:
                raise TimeoutError("the service does not send its messages, or its orders of money")
            await asyncio.sleep(_LOOKS_EVERY_SECONDS)

    async def put_off_questions(self) -> int:
        """Let the rail be asked about nothing while something else is measured. Return the row versions made."""
        return int((await self._connection.execute(_PUT_OFF)).rpartition(" ")[2])


@asynccontextmanager
async def open_watch(database_url: str, pids: Mapping[str, int]) -> AsyncIterator[Watch]:
    connection = await asyncpg.connect(asyncpg_url(database_url))
    try:
        yield Watch(connection, pids)
    finally:
        await connection.close()


async def count_row_versions(database_url: str) -> int:
    """Return the row versions made since the database was. Complete once all who wrote have closed their connections:
    PostgreSQL counts for itself what a connection has done up to ten seconds later, or when it is closed."""
    connection = await asyncpg.connect(asyncpg_url(database_url))
    try:
        return int(await connection.fetchval(_ROW_VERSIONS))
    finally:
        await connection.close()
