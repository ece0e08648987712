"""`voicepact db`: shows and changes the schema of the database."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar

from cyclopts import App
from rich.console import Console
from rich.table import Table

from gateway.commands.startup import StartError, echo, migrate, no_database, running_service, with_servers
from gateway.settings import load_settings
from storage.migrations import runner as migrations
from storage.migrations.schema import describe_new_database
from storage.postgres.database import UNAVAILABLE, asyncpg_url

DATA_DIR = Path(".voicepact")
Given = TypeVar("Given")

db = App(name="db", help="The schema: what is there, what is to come, up and down.")


@db.command
def up(to: int | None = None, *, data_dir: Path = DATA_DIR) -> None:
    """Apply the migrations that are not applied yet, up to `to` (default: the newest)."""
    if to is None:
        with with_servers(load_settings(), data_dir) as settings:
            migrate(settings)
        return
    with database_of(data_dir) as url:
        for step in _run(migrations.up(url, to)):
            echo(f"up    {step.version:04} {step.name}")


@db.command
def down(to: int, *, data_dir: Path = DATA_DIR) -> None:
    """Take back migrations until `to` is the newest (0: all). The rows of tables they made are lost."""
    with database_of(data_dir) as url:
        for step in _run(migrations.down(url, to)):
            echo(f"down  {step.version:04} {step.name}")


@db.command
def status(*, data_dir: Path = DATA_DIR) -> None:
    """List the migrations, and when each was applied."""
    table = Table("version", "name", "applied at")
    with database_of(data_dir) as url:
        for step in _run(migrations.status(url)):
            applied = step.applied_at.isoformat(" ", "seconds") if step.applied_at else "not yet"
            table.add_row(
                f"{step.version:04}", step.name, applied + (" (the file has changed!)" if step.changed else "")
            )
    Console().print(table)


@db.command
def create(name: str) -> None:
    """Create a new migration file with the next number."""
    echo(str(migrations.create(migrations.MIGRATIONS, name)))


@db.command
def stamp(version: int, *, data_dir: Path = DATA_DIR) -> None:
    """Record migrations up to `version` as applied, without running them."""
    with database_of(data_dir) as url:
        _run(migrations.stamp(url, version))


@db.command
def sql(direction: Literal["up", "down"] = "up") -> None:
    """Print the SQL of all migrations, up or down."""
    echo(migrations.preview_sql(direction))


@db.command
def schema(*, data_dir: Path = DATA_DIR) -> None:
    """Print the schema of a new database, as in sql/schema.sql. A temporary database is made for it and dropped."""
    with database_of(data_dir) as url:
        echo(_run(describe_new_database(url)).rstrip())


@contextmanager
def database_of(data_dir: Path) -> Iterator[str]:
    """Yield the URL of the database: from the settings, else of the service that runs on `data_dir`, else started
    now."""
    settings = load_settings()
    if settings.database_url is None and (running := running_service(data_dir)):
        yield running["database_url"]
        return
    with with_servers(settings, data_dir) as settings:
        assert settings.database_url
        yield asyncpg_url(settings.database_url)


def _run(work: Coroutine[Any, Any, Given]) -> Given:
    try:
        return asyncio.run(work)
    except migrations.MigrationError as fault:
        raise StartError(str(fault)) from None
    except UNAVAILABLE as fault:
        raise no_database(fault) from None
