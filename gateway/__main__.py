"""The command line: `voicepact` or `python -m gateway`."""

import asyncio
import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import uvloop
from cyclopts import App, Parameter, validators

from gateway.callback_urls import callback_urls
from gateway.commands.audit import audit
from gateway.commands.db import db
from gateway.commands.menus import menus
from gateway.commands.messages import messages
from gateway.commands.recover import recover
from gateway.commands.startup import StartError, echo, migrate, running_service, with_servers
from gateway.commands.subject import subject
from gateway.settings import SettingsError, load_settings, with_own_secrets

DATA_DIR = Path(".voicepact")
Port = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=65535))]
Workers = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=64))]

app = App(
    name="voicepact",
    version=version("voicepact"),
    help="A USSD and SMS gateway through which two phones make and keep an agreement.",
)
app.command(audit)
app.command(db)
app.command(menus)
app.command(messages)
app.command(recover)
app.command(subject)


@app.command
def serve(host: str = "127.0.0.1", port: Port = 8000, *, workers: Workers = 1, data_dir: Path = DATA_DIR) -> None:
    """Run the service; without DATABASE_URL and REDIS_URL on its own PostgreSQL and Valkey.

    Parameters
    ----------
    host: the address to listen on.
    port: the port to listen on.
    workers: processes that serve; 1 serves in this one.
    data_dir: where the embedded servers keep their data, and development secrets are kept.
    """
    from gateway.commands.serve import (  # noqa: PLC0415 - the other commands start quicker without the server
        serve as run,
    )

    run(load_settings(), host, port, workers, data_dir)


@app.command
def worker(*, data_dir: Path = DATA_DIR) -> None:
    """Send queued messages, in a process of its own (needs DATABASE_URL and REDIS_URL)."""
    from gateway.commands.worker import work  # noqa: PLC0415 - the others start quicker

    settings = load_settings()
    if not (settings.database_url and settings.redis_url):
        raise StartError("DATABASE_URL and REDIS_URL: must be set for a worker; `voicepact serve` sends by itself")
    if settings.at_api_key is None and settings.at_base_url is None:
        raise StartError("AT_API_KEY or AT_BASE_URL: must be set for a worker")
    with with_servers(settings, data_dir) as settings:
        migrate(settings)
        uvloop.run(work(settings))


@app.command
def phone(
    msisdn: str, *, url: str | None = None, token: str | None = None, simulator: str | None = None,
    record: Path | None = None, data_dir: Path = DATA_DIR,
) -> None:  # fmt: skip
    """A handset in this terminal, on the running service.

    Parameters
    ----------
    msisdn: the number it has, in any form.
    url: the service, where it is not the one that runs on data_dir.
    token: its WEBHOOK_TOKEN.
    simulator: the address of its double of Africa's Talking, for SMS.
    record: a file for the dialogue, as plain text that can be played again; a PIN is never in it.
    """
    from gateway.phone.run import run_phone  # noqa: PLC0415 - the others start quicker

    settings = load_settings()
    where = {"url": url, "token": token, "simulator": simulator}
    asyncio.run(run_phone(settings, msisdn, **where, data_dir=data_dir, record=record))


@app.command
def hooks(*, url: str | None = None, data_dir: Path = DATA_DIR) -> None:
    """The callback addresses to paste into a provider's dashboard.

    Parameters
    ----------
    url: how the provider reaches this service, where WEBHOOK_BASE_URL is not set; else that of the service that runs on
        data_dir.
    data_dir: the data folder of that service.
    """
    settings = load_settings()
    if settings.environment != "production":
        settings = with_own_secrets(settings, data_dir)
    if url is None:
        running = running_service(data_dir)
        url = str(running["url"]) if running else "http://127.0.0.1:8000"
    for name, address in callback_urls(settings, url):
        echo(f"{name:<17} {address}")


def main() -> None:
    """Run a command; what cannot start says why in one line and exits with 2."""
    try:
        with suppress(KeyboardInterrupt):
            app()
    except (StartError, SettingsError) as fault:
        sys.stderr.write(f"voicepact: {fault}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
