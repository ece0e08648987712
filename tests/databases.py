"""Databases for tests: one migrated database is emptied and used again, as making one takes longer than most tests.

A database whose schema a test has changed (a table, a trigger, a right, a migration) is not used again but dropped.
One connection stays open for the emptying: a new one reads the whole catalogue first, which takes longer than the rest.
"""

import itertools
import os
from contextlib import suppress
from typing import TypeAlias
from urllib.parse import urlsplit, urlunsplit

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_numbers = itertools.count(1)
_USES = 150  # after so many, its indexes are full of deleted rows

# Everything that makes up the schema, as one hash.
_FINGERPRINT = """
SELECT md5(string_agg(part, '|' ORDER BY part)) FROM (
    SELECT concat_ws(' ', 'relation', c.oid, c.relname, c.relowner, c.relacl) AS part
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws(' ', 'column', a.attrelid, a.attname, a.atttypid, a.attnotnull, a.attisdropped, a.attacl)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws(' ', 'trigger', tgrelid, tgname, tgenabled) FROM pg_trigger
    UNION ALL SELECT concat_ws(' ', 'constraint', oid, conname, convalidated) FROM pg_constraint
    UNION ALL SELECT concat_ws(' ', 'function', oid, proname, proowner, proacl, md5(prosrc))
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws(' ', 'schema', nspname, nspacl) FROM pg_namespace
    UNION ALL SELECT concat_ws(' ', 'migration', to_jsonb(m)) FROM schema_migrations m
) AS parts"""
_TABLES = """
SELECT string_agg(format('SELECT %L AS name WHERE EXISTS (SELECT FROM %I)', relname, relname), ' UNION ALL ')
FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'schema_migrations'"""
_RESTART = """SELECT setval(oid::regclass, 1, false) FROM pg_class
    WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace"""
_END_OTHERS = """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""


class Databases:
    """Gives out copies of `template`, a migrated database on the server of `url`, one at a time."""

    def __init__(self, url: str, template: str) -> None:
        self._server_url = url
        self._template = template
        self._url: str | None = None
        self._connection: Connection | None = None
        self._fingerprint: str | None = None
        self._which_are_full = ""
        self._uses = 0

    async def check_out(self) -> str:
        """Return the URL of an empty database."""
        if self._url is None:
            name = f"voicepact_test_copy_{os.getpid()}_{next(_numbers)}"
            await execute(self._server_url, f"CREATE DATABASE {name} TEMPLATE {self._template}")
            self._url, self._uses = renamed(self._server_url, name), 0
            self._connection = await asyncpg.connect(self._url)
            self._fingerprint = await self._connection.fetchval(_FINGERPRINT)
            self._which_are_full = await self._connection.fetchval(_TABLES)
        self._uses += 1
        return self._url

    async def check_in(self) -> None:
        """Empty the database for the next test, or drop it."""
        assert self._url
        is_as_it_was = False
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            is_as_it_was = self._uses < _USES and await self._emptied(self._url)
        if not is_as_it_was:
            await self.drop()

    async def drop(self) -> None:
        if self._connection:
            self._connection.terminate()
            self._connection = None
        if self._url:
            name = urlsplit(self._url).path.lstrip("/")
            await execute(self._server_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            self._url = None

    async def _emptied(self, url: str) -> bool:
        """Empty all tables. False: the schema has changed."""
        if self._connection is None or self._connection.is_closed():  # by a test that ends all the others
            self._connection = await asyncpg.connect(url)
        connection = self._connection
        await connection.fetch(_END_OTHERS)
        if await connection.fetchval(_FINGERPRINT) != self._fingerprint:
            return False
        full = [row["name"] for row in await connection.fetch(self._which_are_full)]
        # Without triggers, because those rightly refuse it.
        deletes = "".join(f"DELETE FROM {name};" for name in full)  # noqa: S608 - names of our own tables
        await connection.execute(f"SET session_replication_role = replica; {deletes}")
        await connection.fetch(_RESTART)
        return True


async def execute(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


def renamed(url: str, database: str) -> str:
    """Return the URL of another database on the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))
