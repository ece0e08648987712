"""sql/schema.sql: what all migrations together make, so that nobody has to read them one after another."""

import re

import asyncpg
import pytest

from storage.migrations.schema import SCHEMA_FILE, describe_new_database, describe_schema

_VIEW = re.compile(r"^CREATE VIEW .*?;\n", re.MULTILINE | re.DOTALL)


async def test_the_file_is_what_the_migrations_make(empty_database_url: str) -> None:
    made, written = await describe_new_database(empty_database_url), SCHEMA_FILE.read_text(encoding="utf-8")
    if await _version(empty_database_url) < 16:  # older servers write views with a table's name before each column
        made, written = _VIEW.sub("", made), _VIEW.sub("", written)
    assert made == written, "write it anew: voicepact db schema > sql/schema.sql"


async def test_the_file_makes_the_same_schema(empty_database_url: str) -> None:
    written = SCHEMA_FILE.read_text(encoding="utf-8")
    await _execute(empty_database_url, written)
    if await _version(empty_database_url) >= 16:
        assert await describe_schema(empty_database_url) == written


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE phones ADD COLUMN nickname text",
        "ALTER TABLE phones ALTER COLUMN created_at DROP NOT NULL",
        "ALTER TABLE phones ALTER COLUMN pin_tries SET DEFAULT 1",
        "ALTER TABLE phones DROP CONSTRAINT phones_recovery",
        "CREATE INDEX phones_by_language ON phones (language)",
        "CREATE OR REPLACE VIEW kept_contracts AS SELECT id FROM contracts",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "DROP TRIGGER audit_logs_append_only ON audit_logs",
        "ALTER TABLE sms_logs SET (fillfactor = 80)",
        "COMMENT ON TABLE phones IS 'people'",
        "COMMENT ON COLUMN phones.msisdn IS 'E.164'",
        "CREATE TABLE notes (id integer PRIMARY KEY)",
    ],
)
async def test_a_change_of_the_schema_shows(database_url: str, change: str) -> None:
    before = await describe_schema(database_url)
    await _execute(database_url, change)
    assert await describe_schema(database_url) != before


async def _execute(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(sql)
    await connection.close()


async def _version(url: str) -> int:
    connection = await asyncpg.connect(url)
    version = connection.get_server_version().major
    await connection.close()
    return version
