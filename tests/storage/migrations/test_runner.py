"""Migrations: once each, whole or not at all, back again, and a clear word when files and database disagree."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from storage.migrations import runner as migrations
from storage.migrations.files import load
from storage.migrations.runner import Migration, MigrationError, create, down, preview_sql, stamp, status, up

CROPS = "-- Why: something to sell.\n\n-- up\nCREATE TABLE crops (name text);\n\n-- down\nDROP TABLE crops;\n"
PRICES = (
    "-- Why: something to pay.\n\n-- up\nCREATE TABLE prices (crop text);\nINSERT INTO prices VALUES ('maize');\n\n"
    "-- down\nDROP TABLE prices;\n"
)


@pytest.fixture
def folder(migrations_folder: Path) -> Path:
    (migrations_folder / "0001_crops.sql").write_text(CROPS)
    (migrations_folder / "0002_prices.sql").write_text(PRICES)
    return migrations_folder


def names(steps: list[Migration]) -> list[str]:
    return [str(step) for step in steps]


async def tables(dsn: str) -> set[str]:
    rows = await fetch(dsn, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {row["tablename"] for row in rows} - {"schema_migrations"}


async def fetch(dsn: str, sql: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetch(sql)
    finally:
        await connection.close()


async def test_up_applies_each_migration_once_and_reports_it(empty_database_url: str, folder: Path) -> None:
    seen: list[Migration] = []
    first = await up(empty_database_url, folder=folder, on_step=seen.append)
    assert names(first) == names(seen) == ["0001_crops", "0002_prices"]
    assert await up(empty_database_url, folder=folder) == []
    assert await tables(empty_database_url) == {"crops", "prices"}


async def test_up_and_down_stop_at_the_given_version(empty_database_url: str, folder: Path) -> None:
    assert names(await up(empty_database_url, to=1, folder=folder)) == ["0001_crops"]
    assert names(await up(empty_database_url, to=1, folder=folder)) == []
    await up(empty_database_url, folder=folder)
    assert names(await down(empty_database_url, to=1, folder=folder)) == ["0002_prices"]
    assert await tables(empty_database_url) == {"crops"}
    assert names(await down(empty_database_url, to=0, folder=folder)) == ["0001_crops"]
    assert await tables(empty_database_url) == set()


async def test_up_to_zero_applies_nothing(empty_database_url: str, folder: Path) -> None:
    assert await up(empty_database_url, to=0, folder=folder) == []


async def test_processes_that_migrate_at_once_take_turns(empty_database_url: str, folder: Path) -> None:
    runs = await asyncio.gather(*(up(empty_database_url, folder=folder) for _ in range(8)))
    assert sorted(name for run in runs for name in names(run)) == ["0001_crops", "0002_prices"]
    assert len(await fetch(empty_database_url, "SELECT * FROM prices")) == 1


async def test_a_failed_migration_leaves_nothing_behind(empty_database_url: str, folder: Path) -> None:
    (folder / "0003_broken.sql").write_text(
        "-- up\nCREATE TABLE half (n int);\n\nSELEKT 1;\n-- down\nDROP TABLE half;\n"
    )
    with pytest.raises(MigrationError, match=r"0003_broken up failed at line 4: syntax error"):
        await up(empty_database_url, folder=folder)
    assert await tables(empty_database_url) == {"crops", "prices"}


async def test_a_migration_may_not_end_its_own_transaction(empty_database_url: str, folder: Path) -> None:
    (folder / "0003_commits.sql").write_text("-- up\nCOMMIT;\n-- down\nSELECT 1;\n")
    with pytest.raises(MigrationError, match="0003_commits up ends its own transaction"):
        await up(empty_database_url, folder=folder)


async def test_a_changed_file_is_refused_by_name_until_it_is_stamped(empty_database_url: str, folder: Path) -> None:
    await up(empty_database_url, folder=folder)
    (folder / "0001_crops.sql").write_text(CROPS.replace("something", "anything"))
    for attempt in (up(empty_database_url, folder=folder), down(empty_database_url, to=0, folder=folder)):
        with pytest.raises(MigrationError, match="0001_crops was changed after it was applied"):
            await attempt
    assert [standing.changed for standing in await status(empty_database_url, folder=folder)] == [True, False]
    await stamp(empty_database_url, 2, folder=folder)
    assert await up(empty_database_url, folder=folder) == []


async def test_windows_newlines_are_no_change(empty_database_url: str, folder: Path) -> None:
    await up(empty_database_url, folder=folder)
    (folder / "0001_crops.sql").write_bytes(CROPS.replace("\n", "\r\n").encode())
    assert await up(empty_database_url, folder=folder) == []


async def test_a_database_newer_than_the_code_is_refused(empty_database_url: str, folder: Path) -> None:
    await up(empty_database_url, folder=folder)
    (folder / "0002_prices.sql").unlink()
    with pytest.raises(MigrationError, match="the database is at 0002, newer than this code"):
        await up(empty_database_url, folder=folder)
    assert [standing.missing for standing in await status(empty_database_url, folder=folder)] == [False, True]


async def test_a_gap_in_the_applied_migrations_is_refused(empty_database_url: str, folder: Path) -> None:
    await up(empty_database_url, folder=folder)
    await fetch(empty_database_url, "DELETE FROM schema_migrations WHERE version = 1")
    with pytest.raises(MigrationError, match="0001_crops was never applied, though 0002_prices was"):
        await up(empty_database_url, folder=folder)


async def test_status_shows_when_each_was_applied_and_creates_nothing(empty_database_url: str, folder: Path) -> None:
    before = await status(empty_database_url, folder=folder)
    assert [(s.version, s.name, s.applied_at) for s in before] == [(1, "crops", None), (2, "prices", None)]
    assert await fetch(empty_database_url, "SELECT FROM pg_tables WHERE schemaname = 'public'") == []
    await up(empty_database_url, to=1, folder=folder)
    assert [s.applied_at is not None for s in await status(empty_database_url, folder=folder)] == [True, False]


async def test_stamp_changes_only_the_record(empty_database_url: str, folder: Path) -> None:
    await stamp(empty_database_url, 2, folder=folder)
    assert await up(empty_database_url, folder=folder) == []
    await stamp(empty_database_url, 0, folder=folder)
    assert await tables(empty_database_url) == set()
    assert len(await up(empty_database_url, folder=folder)) == 2


async def test_a_version_that_does_not_exist_is_refused(empty_database_url: str, folder: Path) -> None:
    with pytest.raises(MigrationError, match="there is no migration 0009: the newest is 0002"):
        await up(empty_database_url, to=9, folder=folder)


async def test_the_printed_sql_does_the_same(empty_database_url: str, folder: Path) -> None:
    connection = await asyncpg.connect(empty_database_url)
    await connection.execute(preview_sql("up", folder=folder))
    assert await up(empty_database_url, folder=folder) == []
    await connection.execute(preview_sql("down", since=2, to=1, folder=folder))
    await connection.close()
    assert await tables(empty_database_url) == {"crops"}
    assert names(await up(empty_database_url, folder=folder)) == ["0002_prices"]


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        pytest.param("0004_late.sql", CROPS, "0003 is missing: the next file is 0004_late", id="a gap"),
        pytest.param("0002_again.sql", CROPS, "0002 is there twice: 0002_again and 0002_prices", id="a number twice"),
        pytest.param("3_short.sql", CROPS, "3_short.sql is not named like", id="a bad name"),
        pytest.param("0003_x.sql", "SELECT 1;", "one line `-- up` and, after it, one line `-- down`", id="no sections"),
        pytest.param("0003_x.sql", "-- down\n1;\n-- up\n1;", "one line `-- up` and, after it", id="sections swapped"),
        pytest.param("0003_x.sql", "SELECT 1;\n" + CROPS, "has SQL above `-- up`", id="SQL that would never run"),
        pytest.param("0003_x.sql", "-- up\n-- later\n-- down\n1;", "has nothing below `-- up`", id="empty up"),
        pytest.param("0003_x.sql", "-- up\n1;\n-- down\n", "has nothing below `-- down`", id="empty down"),
    ],
)
def test_a_malformed_migration_is_refused(folder: Path, file: str, text: str, message: str) -> None:
    (folder / file).write_text(text)
    with pytest.raises(MigrationError, match=message):
        load(folder)


def test_a_new_file_gets_the_next_number_and_must_be_filled_in(folder: Path) -> None:
    file = create(folder, "contracts_lapse")
    assert file.name == "0003_contracts_lapse.sql"
    with pytest.raises(MigrationError, match="has nothing below `-- up`"):
        load(folder)
    with pytest.raises(MigrationError, match="not 'Contracts Lapse'"):
        create(folder, "Contracts Lapse")


async def test_every_real_migration_can_be_taken_back(empty_database_url: str) -> None:
    objects = """SELECT classid, objid FROM pg_depend d JOIN pg_namespace n ON d.refobjid = n.oid
                 WHERE n.nspname = 'public' AND refclassid = 'pg_namespace'::regclass"""
    await stamp(empty_database_url, 0)
    before = await fetch(empty_database_url, objects)
    assert await up(empty_database_url)
    await down(empty_database_url, to=0)
    assert await fetch(empty_database_url, objects) == before
    assert len(await up(empty_database_url)) == len(load(migrations.MIGRATIONS))
