"""Rows in bulk, by COPY."""

from collections.abc import Iterable, Mapping
from typing import Any


async def copy_rows(connection: Any, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows by COPY. All have the columns of the first. jsonb is given as the connection's codec takes it."""
    rows = list(rows)
    if rows:
        records = [tuple(row.values()) for row in rows]
        await connection.copy_records_to_table(table, records=records, columns=list(rows[0]))
