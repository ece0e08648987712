"""What commands need before their own work: settings, servers, the schema."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import orjson
from cyclopts import Parameter, validators
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from gateway.commands.terminal import echo, warn
from gateway.settings import Settings, load_settings, misspelt_names, with_own_secrets
from storage import grants
from storage.embedded import servers as embedded
from storage.embedded.server_process import is_alive
from storage.migrations import runner as migrations
from storage.postgres.database import UNAVAILABLE, asyncpg_url

DATA_DIR = Path(".voicepact")
Limit = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=10_000))]  # of rows that are listed
_OLD_SCHEMA: tuple[type[Exception], ...] = (
    asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError, asyncpg.UndefinedFunctionError,
    asyncpg.UndefinedObjectError, asyncpg.InvalidSchemaNameError,
)  # fmt: skip
_FAULTS: tuple[type[Exception], ...] = (*UNAVAILABLE, asyncpg.PostgresError)
_OURS = ("secrets.json", "postgres", "lock")  # what a data folder of ours has in it


class StartError(Exception):
    """A command cannot start, or refuses; the text is the one line that says why."""


@contextmanager
def in_one_line() -> Iterator[None]:
    """Turn a fault of the database into StartError. No message of PostgreSQL's is shown: it may hold a row's values."""
    try:
        yield
    except migrations.MigrationError as fault:
        raise StartError(str(fault)) from None
    except asyncpg.InsufficientPrivilegeError:
        raise StartError(
            "DATABASE_URL: this role may not do that; run the command as the owner of the tables"
        ) from None
    except _OLD_SCHEMA:
        raise StartError("the schema is older than this code: run `voicepact db up` first") from None
    except asyncpg.InvalidCatalogNameError:
        raise StartError("DATABASE_URL: this server has no such database") from None
    except asyncpg.InvalidAuthorizationSpecificationError:
        raise StartError("DATABASE_URL: the server refuses this user or this password") from None
    except asyncpg.exceptions.ClientConfigurationError:
        raise StartError(
            "DATABASE_URL: should have no options behind the ? but those of PostgreSQL, like sslmode=require"
        ) from None
    except _FAULTS as fault:
        raise StartError(f"DATABASE_URL: the database does not answer ({type(fault).__name__})") from None


def read_settings() -> Settings:
    """Return the settings, and warn of names in .env that are nearly a setting's. Raise SettingsError."""
    for line in misspelt_names():
        warn(line)
    return load_settings()


@contextmanager
def with_servers(settings: Settings, data_dir: Path) -> Iterator[Settings]:
    """Complete the settings: with secrets of the data folder (not in production), and, where no URL is set, with our
    own PostgreSQL and Valkey, which run until the block ends. Raise StartError if that fails."""
    if settings.environment != "production":
        try:
            _make_private(data_dir)
            settings = with_own_secrets(settings, data_dir)
        except OSError as fault:
            raise StartError(f"data folder {data_dir} cannot be used: {fault.strerror or fault}") from None
    if settings.database_url and settings.redis_url:
        yield settings
        return
    with with_embedded_servers(settings, data_dir) as settings:
        yield settings


@contextmanager
def with_embedded_servers(settings: Settings, data_dir: Path) -> Iterator[Settings]:
    """Complete the settings with the URLs of our own servers, which run on `data_dir` until the block ends. Raise
    StartError if they do not start."""
    try:
        with embedded.run_servers(data_dir, supervised=True) as servers:
            for note in servers.notes:
                echo(note)
            yield settings.model_copy(
                update={
                    "database_url": settings.database_url or servers.database_url,
                    "redis_url": settings.redis_url or servers.redis_url,
                }
            )
    except embedded.EmbeddedError as fault:
        raise StartError(str(fault)) from None


def running_service(data_dir: Path) -> dict[str, Any] | None:
    """Return what the service running on `data_dir` wrote to serve.json (url, token, simulator_url, simulator_key, pid,
    database_url, redis_url); None if no service runs there."""
    try:
        announced: dict[str, Any] = orjson.loads((data_dir / "serve.json").read_bytes())
        return announced if is_alive(str(announced["pid"])) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def migrate(settings: Settings, on_step: migrations.OnStep = lambda _: None) -> None:
    """Apply the migrations that are missing, with a progress bar; then grant the service's role its rights. Raise
    StartError if a migration fails or may not run. `on_step` is called after each."""
    assert settings.database_url
    columns = (TextColumn("migrating"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    url = asyncpg_url(settings.database_url)
    with in_one_line():
        steps = asyncio.run(migrations.status(url))
        waiting = sum(step.applied_at is None for step in steps)
        if waiting or any(step.changed or step.missing for step in steps):
            with Progress(*columns, console=Console(stderr=True), disable=not waiting) as bar:
                task = bar.add_task("", total=waiting)

                def applied(step: migrations.Migration) -> None:
                    bar.update(task, advance=1, description=step.name)
                    on_step(step)

                asyncio.run(migrations.up(url, on_step=applied))
        asyncio.run(grants.grant(url))


def _make_private(data_dir: Path) -> None:
    """Make the data folder, for this account alone: it holds secrets and the record. A folder that is there is closed
    to others only if it is a data folder already: who gives their home, or /tmp, keeps it as it is."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any((data_dir / name).exists() for name in _OURS):
        data_dir.chmod(0o700)
