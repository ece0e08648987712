"""A record as the code before migration 0028 wrote it, whose audit entries bind no rows, at the schema of today.

`before_entries.json` holds every row of a database at migration 0027: contracts in every status, disputes with words
and a file, proposals, deliveries, confirmations and SMS.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import orjson

from gateway.background.binding_job import BindingJob
from storage.bindings import BindingRows
from storage.embedded.servers import ServerUrls
from storage.migrations.runner import up
from tests.databases import execute, renamed
from tests.gateway.operator_client import Operator

SNAPSHOT: dict[str, Any] = orjson.loads((Path(__file__).parent / "before_entries.json").read_bytes())


async def make_old_record(url: str) -> None:
    """Fill the empty database with the rows of then, and migrate it to today."""
    await up(url, to=SNAPSHOT["schema"])
    db = await asyncpg.connect(url)
    try:
        await db.execute("SET session_replication_role = replica")  # the rows are right: no trigger need look at them
        for table, rows in SNAPSHOT["tables"].items():
            columns = ", ".join(sorted({column for row in rows for column in row}))
            given = orjson.dumps(rows).decode()
            generated = await db.fetch(
                "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attgenerated <> ''", table
            )
            for row in generated:
                columns = ", ".join(each for each in columns.split(", ") if each != row["attname"])
            await db.execute(
                f"INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE "  # noqa: S608 - our own tables and columns
                f"SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, $1::jsonb)",
                given,
            )
        await db.execute("SELECT setval(pg_get_serial_sequence('audit_logs', 'n'), max(n)) FROM audit_logs")
        await db.execute("UPDATE schema_migrations SET applied_at = '2026-06-30'")
    finally:
        await db.close()
    await up(url)


@asynccontextmanager
async def old_record(servers: ServerUrls) -> AsyncIterator[str]:
    """Give the URL of such a database, for as long as the block runs."""
    name = f"old_{uuid4().hex[:8]}"
    await execute(servers.database_url, f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        url = renamed(servers.database_url, name)
        await make_old_record(url)
        yield url
    finally:
        await execute(servers.database_url, f"DROP DATABASE {name} WITH (FORCE)")


async def bind_all(operator: Operator) -> None:
    """Bind every contract that nobody else works on."""
    job = BindingJob(BindingRows(operator.services.records.pool), operator.services.now)
    while await job.bind_some():
        pass
