"""Runs the SQL files of `sql/migrations` on a database, and records in `schema_migrations` which ones were applied.

A file is `NNNN_name.sql`: comments that say why, a line `-- up`, SQL, a line `-- down`, the SQL that takes it back.
Each migration runs in one transaction with the row that records it. The transaction holds a lock, under which the table
is read again. So any number of processes may start at once: each migration is applied once.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Literal

import asyncpg

from storage.migrations.files import MIGRATIONS, Migration, MigrationError, create, load
from values.frozen import Frozen

__all__ = [
    "MIGRATIONS",
    "Migration",
    "MigrationError",
    "MigrationStatus",
    "create",
    "down",
    "preview_sql",
    "stamp",
    "status",
    "up",
]

LOCK = 0x566F6963  # "Voic": one advisory lock for all who migrate this database
TAKE_LOCK = f"SELECT pg_advisory_xact_lock({LOCK})"
MAKE_TABLE = """\
CREATE TABLE IF NOT EXISTS schema_migrations (
    version    integer PRIMARY KEY,
    name       text NOT NULL,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)"""
RECORD = "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)"
FORGET = "DELETE FROM schema_migrations WHERE version = $1"
ACCEPT = RECORD + " ON CONFLICT (version) DO UPDATE SET name = excluded.name, checksum = excluded.checksum"

OnStep = Callable[[Migration], None]


class MigrationStatus(Frozen):
    """One migration: when it was applied (None: not yet), and whether its file has changed or is missing since."""

    version: int
    name: str
    applied_at: datetime | None
    changed: bool = False
    missing: bool = False


async def up(
    dsn: str, to: int | None = None, *, folder: Path = MIGRATIONS, on_step: OnStep | None = None
) -> list[Migration]:
    """Apply the migrations that are not applied yet, up to version `to` (default: all). Return those that were applied.
    Raise MigrationError if one fails, or if the database does not fit the files."""
    known = load(folder)
    _require(known, to)
    done: list[Migration] = []
    async with _connected(dsn) as connection:
        while (migration := await _apply_next(connection, known, to)) is not None:
            done.append(migration)
            if on_step:
                on_step(migration)
    return done


async def down(dsn: str, to: int, *, folder: Path = MIGRATIONS, on_step: OnStep | None = None) -> list[Migration]:
    """Take back every migration above version `to` (0: all), newest first. Return those that were taken back."""
    known = load(folder)
    _require(known, to)
    done: list[Migration] = []
    async with _connected(dsn) as connection:
        while (migration := await _revert_last(connection, known, to)) is not None:
            done.append(migration)
            if on_step:
                on_step(migration)
    return done


async def status(dsn: str, *, folder: Path = MIGRATIONS) -> list[MigrationStatus]:
    """Return every migration that a file or the database knows, in order. Only reads: an empty database stays empty."""
    known = {migration.version: migration for migration in load(folder)}
    async with _connected(dsn) as connection:
        has_table = await connection.fetchval("SELECT to_regclass('schema_migrations') IS NOT NULL")
        applied = await _applied(connection) if has_table else {}
    return [_status_of(version, known.get(version), applied.get(version)) for version in sorted({*known, *applied})]


async def stamp(dsn: str, version: int, *, folder: Path = MIGRATIONS) -> None:
    """Record that the database is at `version` without running anything: it was made by other means, or a file was
    edited."""
    known = load(folder)
    _require(known, version)
    async with _connected(dsn) as connection, _locked(connection):
        await connection.execute("DELETE FROM schema_migrations WHERE version > $1", version)
        rows = [(m.version, m.name, m.checksum) for m in known if m.version <= version]
        await connection.executemany(ACCEPT, rows)


def preview_sql(
    direction: Literal["up", "down"], *, since: int = 0, to: int | None = None, folder: Path = MIGRATIONS
) -> str:
    """Return the SQL that `up` or `down` would run on a database at version `since`, to read it or run it with psql."""
    known = load(folder)
    _require(known, since)
    _require(known, to)
    if direction == "up":
        steps = [_step_sql(m, "up", m.up, _record_sql(m)) for m in known[since:to]]
    else:
        steps = [_step_sql(m, "down", m.down, _forget_sql(m)) for m in reversed(known[to or 0 : since])]
    return "\n".join(["-- With psql: psql -v ON_ERROR_STOP=1 -f this_file", *steps])


async def _apply_next(connection: asyncpg.Connection, known: list[Migration], to: int | None) -> Migration | None:
    async with _locked(connection):
        applied = await _checked(connection, known)
        waiting = known[len(applied) : to]
        if not waiting:
            return None
        await _run(connection, waiting[0], "up")
        await connection.execute(RECORD, waiting[0].version, waiting[0].name, waiting[0].checksum)
        return waiting[0]


async def _revert_last(connection: asyncpg.Connection, known: list[Migration], to: int) -> Migration | None:
    async with _locked(connection):
        applied = await _checked(connection, known)
        if len(applied) <= to:
            return None
        last = known[len(applied) - 1]
        await _run(connection, last, "down")
        await connection.execute(FORGET, last.version)
        return last


async def _run(connection: asyncpg.Connection, migration: Migration, direction: Literal["up", "down"]) -> None:
    try:
        await connection.execute(migration.up if direction == "up" else migration.down)
    except asyncpg.PostgresError as error:
        raise MigrationError(f"{migration} {direction} failed{_where(migration, direction, error)}: {error}") from error
    if not connection.is_in_transaction():
        raise MigrationError(f"{migration} {direction} ends its own transaction: take COMMIT and ROLLBACK out of it")


def _where(migration: Migration, direction: Literal["up", "down"], error: asyncpg.PostgresError) -> str:
    """Return the line of the file, if PostgreSQL names the position of the error."""
    position = getattr(error, "position", None)
    if not position:
        return ""
    sql, first_line = (migration.up, migration.up_line) if direction == "up" else (migration.down, migration.down_line)
    return f" at line {first_line + sql[: int(position) - 1].count(chr(10))}"


async def _checked(connection: asyncpg.Connection, known: list[Migration]) -> dict[int, asyncpg.Record]:
    """Return what is applied. Raise MigrationError unless that is known[0], known[1] and so on, without gap or
    change."""
    applied = await _applied(connection)
    for place, (version, row) in enumerate(sorted(applied.items()), start=1):
        if version > len(known):
            newest = f"{len(known):04d}"
            raise MigrationError(
                f"the database is at {max(applied):04d}, newer than this code ({newest}): update the code"
            )
        if version != place:
            raise MigrationError(
                f"{known[place - 1]} was never applied, though {known[version - 1]} was: see `db stamp`"
            )
        if row["checksum"] != known[place - 1].checksum:
            raise MigrationError(f"{known[place - 1]} was changed after it was applied: put it back, or see `db stamp`")
    return applied


async def _applied(connection: asyncpg.Connection) -> dict[int, asyncpg.Record]:
    rows = await connection.fetch("SELECT version, name, checksum, applied_at FROM schema_migrations")
    return {row["version"]: row for row in rows}


def _status_of(version: int, migration: Migration | None, row: asyncpg.Record | None) -> MigrationStatus:
    if migration is None:
        assert row is not None
        return MigrationStatus(version, row["name"], row["applied_at"], missing=True)
    if row is None:
        return MigrationStatus(version, migration.name, None)
    return MigrationStatus(version, migration.name, row["applied_at"], changed=row["checksum"] != migration.checksum)


def _require(known: list[Migration], version: int | None) -> None:
    if version is not None and not 0 <= version <= len(known):
        raise MigrationError(f"there is no migration {version:04d}: the newest is {len(known):04d}")


def _step_sql(migration: Migration, direction: str, sql: str, record: str) -> str:
    return f"-- {migration} {direction}\nBEGIN;\n{TAKE_LOCK};\n{MAKE_TABLE};\n\n{sql}\n\n{record};\nCOMMIT;\n"


def _record_sql(migration: Migration) -> str:
    values = f"{migration.version}, '{migration.name}', '{migration.checksum}'"  # made of letters, digits and _ only
    return f"INSERT INTO schema_migrations (version, name, checksum) VALUES ({values})"  # noqa: S608 - our own values


def _forget_sql(migration: Migration) -> str:
    return f"DELETE FROM schema_migrations WHERE version = {migration.version}"  # noqa: S608 - our own values


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """Open a connection for this run: those of the pool must neither hold a lock nor wait for one."""
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def _locked(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Open a transaction in which no other process migrates, and make the table schema_migrations if it is missing."""
    async with connection.transaction():
        await connection.execute(TAKE_LOCK)
        if not await connection.fetchval("SELECT to_regclass('schema_migrations') IS NOT NULL"):
            await connection.execute(MAKE_TABLE)  # IF NOT EXISTS would need the right to make one where there is one
        yield
