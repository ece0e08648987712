"""`voicepact seed`: fill a development database with a made-up cooperative that has months of history."""

import asyncio
import time
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gateway.commands.startup import (
    StartError,
    in_one_line,
    migrate,
    running_service,
    with_servers,
)
from gateway.commands.terminal import echo
from gateway.logs import set_up_logs
from gateway.seeding.run import Added, NotAlone, add_examples
from gateway.seeding.summary import counts_table, next_steps
from gateway.settings import Settings

# The settings of accounts with real providers.
_ACCOUNTS: Final = ("at_api_key", "twilio_auth_token", "mpesa_consumer_key", "pawapay_token", "camara_client_secret")


def seed(settings: Settings, contracts: int, random_seed: int, data_dir: Path) -> None:
    """Add so many contracts. Raise StartError, with one line, where it may not or cannot be."""
    _refuse_real_people(settings)
    if running_service(data_dir):
        raise StartError(f"a service runs on {data_dir}: stop it, and run seed again")
    began = time.monotonic()
    with with_servers(settings, data_dir) as complete:
        migrate(complete)
        added = _add(complete, contracts, random_seed)
    echo(
        f"added {contracts:,} contracts in {time.monotonic() - began:.0f} s: {added.past:,} that were over before, by "
        f"COPY, and {added.recent:,} of the last days, through the service's own handlers"
    )
    Console().print(counts_table(added.counts))
    for line in next_steps(added.where, added.with_pin, data_dir):
        echo(line)


def _refuse_real_people(settings: Settings) -> None:
    """Raise StartError where what is made up could reach somebody."""
    if settings.environment == "production":
        raise StartError("ENVIRONMENT: is production, where contracts that are made up would count")
    for name in _ACCOUNTS:
        if getattr(settings, name):
            raise StartError(f"{name.upper()}: is set, and what is made up may reach no real provider: unset it")


def _add(settings: Settings, contracts: int, random_seed: int) -> Added:
    set_up_logs("CRITICAL", settings.log_format)  # what happens here is no news
    columns = (TextColumn("seeding"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with in_one_line(), Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=contracts)
        done = 0.0

        def on_added(more: float) -> None:
            nonlocal done
            done += more
            bar.update(task, completed=round(done))

        try:
            return asyncio.run(add_examples(settings, contracts, random_seed, on_added))
        except NotAlone as why:
            raise StartError(f"{why}: stop it, and run seed again") from None
