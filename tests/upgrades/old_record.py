"""A record as the code before migration 0028 wrote it, whose audit entries bind no rows, at the schema of today.

`before_entries.json` holds every row of a database at migration 0027: contracts in every status, disputes with words
and a file, proposals, deliveries, confirmations and SMS.
"""

from pathlib import Path
from typing import Any

import asyncpg
import orjson

from storage.migrations.runner import up

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
