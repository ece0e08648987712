"""What commands need before their own work: complete settings, running servers, the schema; and lines to print."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from gateway.settings import Settings, with_own_secrets
from storage import grants
from storage.embedded import servers as embedded
from storage.migrations import runner as migrations
from storage.postgres.database import UNAVAILABLE, asyncpg_url


class StartError(Exception):
    """A command cannot start, or refuses; the text is the one line that says why."""


def no_database(fault: Exception) -> StartError:
    """Return what to raise when PostgreSQL cannot be reached, or does not answer in time."""
    return StartError(f"DATABASE_URL: the database does not answer ({type(fault).__name__})")


def echo(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def pluralize(number: int, one: str, many: str = "") -> str:
    """Return, for example, "1 chain", "2 chains" or "0 entries"."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


@contextmanager
def with_servers(settings: Settings, data_dir: Path) -> Iterator[Settings]:
    """Complete the settings: with secrets of the data folder (not in production), and, where no URL is set, with our
    own PostgreSQL and Valkey, which run until the block ends. Raise StartError if that fails."""
    if settings.environment != "production":
        try:
            settings = with_own_secrets(settings, data_dir)
        except OSError as fault:
            raise StartError(f"data folder {data_dir} cannot be used: {fault.strerror or fault}") from None
    if settings.database_url and settings.redis_url:
        yield settings
        return
    try:
        with embedded.run_servers(data_dir) as servers:
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
    """Return what the service running on `data_dir` wrote to serve.json (url, token, simulator_url, pid, database_url,
    redis_url); None if no service runs there."""
    try:
        announced: dict[str, Any] = orjson.loads((data_dir / "serve.json").read_bytes())
        os.kill(announced["pid"], 0)
    except (OSError, ValueError, KeyError):
        return None
    return announced


def migrate(settings: Settings) -> None:
    """Apply the migrations that are missing, with a progress bar; then grant the service's role its rights. Raise
    StartError if a migration fails or may not run."""
    assert settings.database_url
    columns = (TextColumn("migrating"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    url = asyncpg_url(settings.database_url)
    try:
        steps = asyncio.run(migrations.status(url))
        waiting = sum(step.applied_at is None for step in steps)
        if not waiting and not any(step.changed or step.missing for step in steps):
            asyncio.run(grants.grant(url))
            return
        with Progress(*columns, console=Console(stderr=True), disable=not waiting) as bar:
            task = bar.add_task("", total=waiting)
            asyncio.run(migrations.up(url, on_step=lambda step: bar.update(task, advance=1, description=step.name)))
        asyncio.run(grants.grant(url))
    except migrations.MigrationError as fault:
        raise StartError(str(fault)) from None
    except asyncpg.InsufficientPrivilegeError:
        raise StartError("DATABASE_URL: this role may not migrate; run `voicepact db up` as the owner") from None
    except UNAVAILABLE as fault:
        raise no_database(fault) from None
