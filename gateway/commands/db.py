"""`voicepact db`: shows and changes the schema of the database."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from cyclopts import App
from rich.console import Console
from rich.table import Table

from contracts.pin_hash import prefix_of
from gateway.commands.existing import existing_database, existing_servers
from gateway.commands.operator import Operator, acting_operator
from gateway.commands.startup import (
    DATA_DIR,
    StartError,
    in_one_line,
    migrate,
    read_settings,
    with_embedded_servers,
    with_servers,
)
from gateway.commands.terminal import ask, echo, pluralize
from gateway.logs import command_log
from gateway.settings import Settings
from storage.encryption import Encryptor
from storage.migrations import runner as migrations
from storage.migrations.schema import describe_new_database
from storage.pin_labels import count_pins
from storage.postgres.database import asyncpg_url
from storage.postgres.in_use import database_name, services_connected

db = App(name="db", help="The schema: what is there, what is to come, up and down.")


@db.command
def up(to: int | None = None, *, operator: Operator = None, data_dir: Path = DATA_DIR) -> None:
    """Apply the migrations that are not applied yet, up to `to` (default: the newest)."""
    settings = read_settings()
    with _logged("up", operator, settings) as newest, with_servers(settings, data_dir) as settings:
        if to is None:
            migrate(settings, lambda step: newest.append(step.version))
            return
        assert settings.database_url
        url = asyncpg_url(settings.database_url)
        with in_one_line():
            for step in asyncio.run(migrations.up(url, to, on_step=lambda step: newest.append(step.version))):
                echo(f"up    {step.version:04} {step.name}")


@db.command
def down(
    to: int, *, yes_destroy: str | None = None, operator: Operator = None, data_dir: Path = DATA_DIR
) -> None:  # fmt: skip
    """Take back migrations until `to` is the newest (0: all). The rows of tables they made are lost.

    It is refused while a service is connected to the database.

    Parameters
    ----------
    yes_destroy: the database's name, as the answer to the question that is asked otherwise. Production needs it.
    """
    settings = read_settings()
    is_production = settings.environment == "production"
    with _logged("down", operator, settings) as left, existing_database(data_dir) as url:
        newest = max((step.version for step in asyncio.run(migrations.status(url)) if step.applied_at), default=0)
        if newest <= to:
            echo(f"nothing to take back: the newest migration that is applied is {newest:04}")
            return
        if connected := asyncio.run(services_connected(url)):
            raise StartError(f"a service is connected to this database ({connected} connections): stop it first")
        _confirm(asyncio.run(database_name(url)), yes_destroy, to, is_production=is_production)
        for step in asyncio.run(migrations.down(url, to, on_step=lambda step: left.append(step.version - 1))):
            echo(f"down  {step.version:04} {step.name}")


@db.command
def status(*, data_dir: Path = DATA_DIR) -> None:
    """List the migrations, and when each was applied; and whether SECRET_KEY_OLD is still needed."""
    table = Table("version", "name", "applied at")
    with existing_servers(read_settings(), data_dir) as settings:
        url = asyncpg_url(settings.database_url or "")
        steps = asyncio.run(migrations.status(url))
        older = _older_key(settings, url) if all(step.applied_at for step in steps) else None
        for step in steps:
            applied = step.applied_at.isoformat(" ", "seconds") if step.applied_at else "not yet"
            table.add_row(
                f"{step.version:04}", step.name, applied + (" (the file has changed!)" if step.changed else "")
            )
    Console().print(table)
    if older:
        echo(older)


@db.command
def create(name: str) -> None:
    """Create a new migration file with the next number."""
    try:
        echo(str(migrations.create(migrations.MIGRATIONS, name)))
    except migrations.MigrationError as fault:
        raise StartError(str(fault)) from None
    except OSError as fault:
        raise StartError(f"{migrations.MIGRATIONS}: cannot be written: {fault.strerror}") from None


@db.command
def stamp(version: int, *, operator: Operator = None, data_dir: Path = DATA_DIR) -> None:
    """Record migrations up to `version` as applied, without running them."""
    with _logged("stamp", operator, read_settings()) as newest, existing_database(data_dir) as url:
        asyncio.run(migrations.stamp(url, version))
        newest.append(version)


@db.command
def sql(direction: Literal["up", "down"] = "up") -> None:
    """Print the SQL of all migrations, up or down."""
    echo(migrations.preview_sql(direction))


@db.command
def schema() -> None:
    """Print the schema of a new database, as in sql/schema.sql. A temporary database is made for it and dropped: on the
    server of DATABASE_URL, or on one that is started for this."""
    settings = read_settings()
    if settings.database_url:
        with in_one_line():
            echo(asyncio.run(describe_new_database(asyncpg_url(settings.database_url))).rstrip())
        return
    with (
        tempfile.TemporaryDirectory(prefix="voicepact-schema-") as folder,
        with_embedded_servers(settings, Path(folder) / "data") as settings,
    ):
        assert settings.database_url
        echo(asyncio.run(describe_new_database(asyncpg_url(settings.database_url))).rstrip())


@contextmanager
def _logged(act: str, operator: str | None, settings: Settings) -> Iterator[list[int]]:
    """Log who changed the schema, also if that fails on the way: the audit is a part of what is changed. After each
    step the block appends to the list which migration is the newest now. Raise StartError for a wrong `operator`."""
    who, newest = acting_operator(operator), list[int]()
    try:
        yield newest
    finally:
        if newest:
            log = command_log(settings.log_format)
            log.warning("schema changed", act=f"db {act}", migration=newest[-1], operator=who)


def _older_key(settings: Settings, url: str) -> str | None:
    """Return a line about SECRET_KEY_OLD: may it be removed? None where it is not set."""
    if len(settings.secret_keys) == 1:
        return None
    every, older = asyncio.run(count_pins(url, prefix_of(Encryptor(*settings.secret_keys).pin_pepper)))
    if not older:
        return "SECRET_KEY_OLD: no PIN needs it any more; it may go a day after SECRET_KEY was changed"
    return (
        f"SECRET_KEY_OLD: {pluralize(older, 'PIN')} of {every} still to be typed since SECRET_KEY was changed; "
        "without it their owners need a code of `voicepact recover`"
    )


def _confirm(name: str, given: str | None, to: int, *, is_production: bool) -> None:
    """Return if the person means this database. Raise StartError otherwise."""
    if given is None and is_production:
        raise StartError(f"this is production: to lose these rows, give --yes-destroy {name}")
    if given is None:
        given = ask(
            f"The rows of every table made after migration {to:04} are lost. Type the database's name ({name}): "
        )
    if given.strip() != name:
        raise StartError(f"nothing was taken back: the database is {name}; type its name, or give --yes-destroy {name}")
