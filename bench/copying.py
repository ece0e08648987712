"""Rows in bulk, by COPY, and how many row versions that made."""

from collections.abc import Iterable, Mapping
from typing import Any

import asyncpg

from storage.copying import copy_rows
from storage.postgres.database import asyncpg_url

# What this connection has written in this transaction, by triggers too.
_WRITTEN = """
SELECT quote_ident(relname) AS table_name, n_tup_ins + n_tup_upd + n_tup_del AS row_versions
FROM pg_stat_xact_user_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"""


async def write_rows(database_url: str, tables: Mapping[str, Iterable[Mapping[str, Any]]], then: str = "") -> int:
    """Write the rows of each table in one transaction, in this order, which ends with the SQL in `then`; then leave the
    database tidy: vacuumed, analyzed and with nothing left to flush. Return the row versions made."""
    connection = await asyncpg.connect(asyncpg_url(database_url))
    try:
        async with connection.transaction():
            for table, rows in tables.items():
                await copy_rows(connection, table, rows)
            if then:
                await connection.execute(then)
            written = {row["table_name"]: row["row_versions"] for row in await connection.fetch(_WRITTEN)}
        await connection.execute(f"VACUUM ANALYZE {', '.join(written)}")
        await connection.execute("CHECKPOINT")
        return sum(written.values())
    finally:
        await connection.close()


async def checkpoint(database_url: str) -> None:
    """Leave nothing to flush."""
    connection = await asyncpg.connect(asyncpg_url(database_url))
    try:
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
