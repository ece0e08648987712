"""The command line: `voicepact` or `python -m gateway`."""

import asyncio
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import uvloop
from cyclopts import App, Parameter, validators

from gateway.callback_urls import callback_urls
from gateway.commands.audit import audit
from gateway.commands.db import db
from gateway.commands.disputes import disputes
from gateway.commands.existing import existing_servers
from gateway.commands.fit_stores import check_database_role
from gateway.commands.keys import keys
from gateway.commands.log import log
from gateway.commands.menus import menus
from gateway.commands.messages import messages
from gateway.commands.operator_keys import operator
from gateway.commands.payments import payments
from gateway.commands.recover import recover
from gateway.commands.startup import DATA_DIR, StartError, migrate, read_settings, running_service
from gateway.commands.subject import subject
from gateway.commands.terminal import OutputClosedError, drop_output, echo, open_streams, place_of, warn
from gateway.commands.webhook import webhook
from gateway.commands.witness import witness
from gateway.commands.worker_mark import why_unhealthy
from gateway.settings import SettingsError, with_kept_secrets

# Exit codes: a fault of ours; what a shell gives for SIGINT and for SIGPIPE.
_UNEXPECTED, _INTERRUPTED, _UNREAD = 70, 130, 141
Port = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=65535))]
Contracts = Annotated[int, Parameter(validator=validators.Number(gte=60, lte=1_000_000))]
Workers = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=64))]

app = App(
    name="voicepact",
    version=version("voicepact"),
    help="A USSD and SMS gateway through which two phones make and keep an agreement.",
)
app.command(audit)
app.command(db)
app.command(disputes)
app.command(keys)
app.command(log)
app.command(menus)
app.command(messages)
app.command(operator)
app.command(payments)
app.command(recover)
app.command(subject)
app.command(webhook)
app.command(witness)


@app.command
def serve(host: str = "127.0.0.1", port: Port = 8000, *, workers: Workers = 1, data_dir: Path = DATA_DIR) -> None:
    """Run the service. Without DATABASE_URL or REDIS_URL it starts its own PostgreSQL or Valkey.

    Parameters
    ----------
    host: the address to listen on.
    port: the port to listen on.
    workers: how many processes serve; with 1 this process serves.
    data_dir: the folder for the data of embedded servers, and for development secrets.
    """
    from gateway.commands.serve import (  # noqa: PLC0415 - other commands start quicker without it
        serve as run,
    )

    run(read_settings(), host, port, workers, data_dir)


@app.command
def worker(*, data_dir: Path = DATA_DIR) -> None:
    """Send queued messages, in a process of its own (needs DATABASE_URL and REDIS_URL)."""
    from gateway.commands.worker import work  # noqa: PLC0415 - other commands start quicker without it

    settings = read_settings()
    if not (settings.database_url and settings.redis_url):
        raise StartError("DATABASE_URL and REDIS_URL: must be set for a worker; `voicepact serve` sends by itself")
    if settings.at_api_key is None and settings.at_base_url is None:
        raise StartError("AT_API_KEY or AT_BASE_URL: must be set for a worker")
    with existing_servers(settings, data_dir) as settings:
        migrate(settings)
        check_database_role(settings)
    uvloop.run(work(settings, data_dir))


@app.command
def health(*, data_dir: Path = DATA_DIR) -> None:
    """Say whether the worker that runs on data_dir works; exit with 1 if not. The service has /health instead."""
    if why := why_unhealthy(data_dir):
        warn(why)
        sys.exit(1)
    echo(f"the worker on {data_dir} works")


@app.command
def phone(
    msisdn: str, *, url: str | None = None, token: str | None = None, simulator: str | None = None,
    simulator_key: str = "", record: Path | None = None, data_dir: Path = DATA_DIR,
) -> None:  # fmt: skip
    """A phone in this terminal that calls the running service.

    Parameters
    ----------
    msisdn: the phone's number, in any form.
    url: the address of the service, if it does not run on data_dir.
    token: the WEBHOOK_TOKEN of that service.
    simulator: the address of its simulator of Africa's Talking, which brings SMS.
    simulator_key: the key of that simulator's control API.
    record: a file to write the dialogue to, as text that can be played again; never with a PIN.
    """
    from gateway.phone.run import run_phone  # noqa: PLC0415 - other commands start quicker without it

    settings = read_settings()
    where = {"url": url, "token": token, "simulator": simulator}
    asyncio.run(run_phone(settings, msisdn, **where, simulator_key=simulator_key, data_dir=data_dir, record=record))


@app.command
def seed(*, contracts: Contracts = 2000, random_seed: int = 1, data_dir: Path = DATA_DIR) -> None:
    """Add a made-up cooperative with months of history: contracts in every state, money, messages, problems.

    Not in production, not where an account with a real provider is set, and not while a service runs on the data. A
    second run adds again, to the same people.

    Parameters
    ----------
    contracts: how many contracts to add.
    random_seed: the same number gives the same trades and stories; references and ids are new in each run.
    data_dir: the folder for the data of embedded servers, and for development secrets.
    """
    from gateway.commands.seed import (  # noqa: PLC0415 - other commands start quicker without it
        seed as run,
    )

    run(read_settings(), contracts, random_seed, data_dir)


@app.command
def listen(
    *, url: str | None = None, after: int | None = None, contract: str | None = None, json: bool = False,
    data_dir: Path = DATA_DIR,
) -> None:  # fmt: skip
    """Print events as they happen, until Ctrl-C. The key is OPERATOR_KEY, or else API_KEY.

    Parameters
    ----------
    url: the address of the service, if it does not run on data_dir.
    after: the id of the event behind which to begin; without it with those that come from now on.
    contract: of this contract only, by id or reference.
    json: print each event as the API sends it.
    """
    from gateway.commands.listen import follow  # noqa: PLC0415 - other commands start quicker without it

    asyncio.run(follow(read_settings(), url, after, contract, data_dir, as_json=json))


@app.command
def hooks(*, url: str | None = None, data_dir: Path = DATA_DIR) -> None:
    """Print the callback addresses to paste into a provider's dashboard.

    Parameters
    ----------
    url: the address at which the provider reaches the service. It is not needed if WEBHOOK_BASE_URL is set, or if the
        service runs on data_dir.
    data_dir: the data folder of that service.
    """
    settings = read_settings()
    if settings.environment != "production":
        settings = with_kept_secrets(settings, data_dir)
    if not settings.webhook_token.get_secret_value():
        raise StartError(f"WEBHOOK_TOKEN: is not set, and no service has run on {data_dir}")
    if url is None:
        running = running_service(data_dir)
        url = str(running["url"]) if running else "http://127.0.0.1:8000"
    for name, address in callback_urls(settings, url):
        echo(f"{name:<17} {address}")


def main() -> None:
    """Run a command. If it cannot start, print one line that says why, and exit with 2."""
    open_streams()
    try:
        try:
            app(sys.argv[1:])
        finally:
            _flush()
    except (StartError, SettingsError) as fault:
        for line in str(fault).splitlines():
            warn(line)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except OutputClosedError:
        drop_output()
        sys.exit(_UNREAD)
    except Exception as fault:
        warn(f"this should not happen, please report it: {place_of(fault)}")
        sys.exit(_UNEXPECTED)


def _flush() -> None:
    try:
        sys.stdout.flush()
    except OSError:
        raise OutputClosedError from None


if __name__ == "__main__":
    main()
