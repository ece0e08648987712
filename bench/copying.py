"""Rows in bulk, by COPY, and how many row versions that made."""

from collections.abc import Iterable, Mapping
from typing import Any

import asyncpg

from storage.postgres.database import asyncpg_url

# What this connection has written in this transaction, by triggers too.
_WRITTEN = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint FROM pg_stat_xact_user_tables"


async def write_rows(database_url: str, tables: Mapping[str, Iterable[Mapping[str, Any]]]) -> int:
    """Write the rows of each table in one transaction, in this order; then leave the database tidy: vacuumed, analyzed
    and with nothing left to flush. Return the row versions made."""
    connection = await asyncpg.connect(asyncpg_url(database_url))
    try:
        async with connection.transaction():
            for table, rows in tables.items():
                await copy_rows(connection, table, rows)
            written = int(await connection.fetchval(_WRITTEN))
        await connection.execute(f"VACUUM ANALYZE {', '.join(tables)}")
        await connection.execute("CHECKPOINT")
        return written
    finally:
        await connection.close()


async def copy_rows(connection: Any, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
    rows = list(rows)
    columns = list(rows[0])
    await connection.copy_records_to_table(table, records=[tuple(row.values()) for row in rows], columns=columns)
