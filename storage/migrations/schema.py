"""Describes a database as SQL: its tables with constraints and indexes, and the functions that these name; then views,
other functions and triggers.

The text is read from PostgreSQL's catalogs, which keep every definition in one normal form. It is the same on every
machine, so a test compares `sql/schema.sql` with what the migrations make.
"""

import os
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from storage.migrations.runner import up
from storage.postgres.queries import QUERIES

SCHEMA_FILE = Path(str(files("sql"))) / "schema.sql"

_HEAD = """\
-- What a new database looks like: what all migrations together make. Written by `voicepact db schema`, never by hand.
-- A change is a new file in sql/migrations; a test compares this file with them.

SET check_function_bodies = off;  -- views and functions may name what comes below them"""


async def describe_new_database(url: str) -> str:
    """Return the schema of a new database: one is made on the server of `url`, migrated, described and dropped."""
    name = f"voicepact_schema_{os.getpid()}"
    server = await asyncpg.connect(url)
    try:
        await server.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            new = urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
            await up(new)
            return await describe_schema(new)
        finally:
            await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await server.close()


async def describe_schema(url: str) -> str:
    """Return the schema of the database at `url` as SQL that makes the same schema in an empty database."""
    connection = await asyncpg.connect(url)
    try:
        rows = {name: await connection.fetch(*QUERIES[f"catalogs.{name}"]()) for name in _SECTIONS}
    finally:
        await connection.close()
    tables = [
        "\n".join([_table(table["name"], table["options"], rows), *_of(table["name"], rows["indexes"])])
        for table in rows["tables"]
    ]
    late = "\n".join(
        f"ALTER TABLE {row['table']} ADD {_constraint(row)};" for row in rows["constraints"] if row["is_late"]
    )
    triggers = ["\n".join(found) for table in rows["tables"] if (found := _of(table["name"], rows["triggers"]))]
    views = [f"CREATE VIEW {row['name']} AS\n{row['definition']}" for row in rows["views"]]
    of_indexes, functions = list[str](), list[str]()
    for row in rows["functions"]:
        is_in_index = any(f"{row['name']}(" in index["definition"] for index in rows["indexes"])
        definition = row["definition"].strip().replace("CREATE OR REPLACE FUNCTION public.", "CREATE FUNCTION ")
        (of_indexes if is_in_index else functions).append(f"{definition};")
    comments = "\n".join(row["definition"] for row in rows["comments"])
    return (
        "\n\n".join(filter(None, [_HEAD, *of_indexes, *tables, late, *views, *functions, *triggers, comments])) + "\n"
    )


_SECTIONS = ("tables", "columns", "constraints", "indexes", "views", "functions", "triggers", "comments")


def _table(name: str, options: str, rows: Mapping[str, Iterable[Any]]) -> str:
    columns = [row for row in rows["columns"] if row["table"] == name]
    width = max(len(row["name"]) for row in columns)
    lines = [f"{row['name']:{width}} {row['definition']}" for row in columns]
    lines += [_constraint(row) for row in rows["constraints"] if row["table"] == name and not row["is_late"]]
    body = ",\n".join(f"    {line}" for line in lines).replace("timestamp with time zone", "timestamptz")
    return _shorten(f"CREATE TABLE {name} (\n{body}\n){options};")


def _constraint(row: Any) -> str:
    return _shorten(f"CONSTRAINT {row['name']} {' '.join(row['definition'].split())}")


def _of(table: str, rows: Iterable[Any]) -> list[str]:
    return [_shorten(f"{row['definition']};") for row in rows if row["table"] == table]


def _shorten(sql: str) -> str:
    return sql.replace("'::text", "'").replace(" USING btree", "").replace(" public.", " ")
