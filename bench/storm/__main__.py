"""`python -m bench.storm` (`make storm`): see the package. Exits with 1 if anything is lost, doubled or unexplained."""

import asyncio
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Annotated

import cyclopts
from cyclopts import Parameter, validators
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.processes import new_database
from bench.storm import found
from bench.storm.crowd import TIMEOUT_SECONDS, Crowd, gathered
from bench.storm.judge import judge
from bench.storm.people import Queued, make_queue, put
from bench.storm.report import Storm, as_json, print_report
from bench.storm.weather import changing
from storage.embedded.servers import run_servers

Positive = Annotated[int, Parameter(validator=validators.Number(gte=1))]
Seconds = Annotated[float, Parameter(validator=validators.Number(gt=0))]
_LOOKS_EVERY_SECONDS = 0.5


def storm(
    *, messages: Positive = 20_000, workers: Positive = 3, kill_every: Seconds = 1.0, seconds_limit: Seconds = 600,
    seed: int | None = None, json: Path | None = None,
) -> None:  # fmt: skip
    """Send a long queue through a provider that does everything wrong, with workers that are killed all the time.

    Parameters
    ----------
    messages: how many are queued.
    workers: processes that send, at any one time.
    kill_every: seconds between two of them being killed.
    seconds_limit: what is not final by then counts as wrong.
    seed: of chance, to make the same queue again.
    json: a file for all the figures.
    """
    console = Console() if sys.stdout.isatty() else Console(width=120)
    chance = Random(seed)  # noqa: S311 - nothing secret hangs on it
    with tempfile.TemporaryDirectory(prefix="voicepact-storm-") as made:
        folder = Path(made)
        folder.chmod(0o711)  # the account PostgreSQL may need when root runs this has to pass
        with run_servers(folder / "data") as servers:
            database_url = asyncio.run(new_database(servers.database_url, "storm"))
            queue = make_queue(messages, chance)
            asyncio.run(put(database_url, queue))
            with gathered(servers, database_url, folder) as crowd:
                crowd.hire(workers)
                over = asyncio.run(_rage(crowd, queue, database_url, chance, kill_every, seconds_limit, console))
    print_report(over, console)
    if json:
        json.write_bytes(as_json(over))
    sys.exit(1 if over.judged.wrongs else 0)


async def _rage(
    crowd: Crowd, queue: list[Queued], database_url: str, chance: Random, kill_every: float, limit: float,
    console: Console,
) -> Storm:  # fmt: skip
    """Until all are final; then count."""
    started, seen = time.monotonic(), Counter[str]()
    tasks = [
        asyncio.create_task(changing(crowd.simulator_url, TIMEOUT_SECONDS, chance, seen)),
        asyncio.create_task(crowd.killing(kill_every, chance)),
    ]
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, refresh_per_second=2) as progress:
        task = progress.add_task("", total=len(queue))
        while (left := limit - (time.monotonic() - started)) > 0:
            by_status = await found.counts(database_url)
            done = sum(by_status.get(status, 0) for status in found.FINAL)
            waiting = ", ".join(f"{n:,} {status}" for status, n in by_status.items() if status not in found.FINAL)
            progress.update(task, completed=done, description=f"{crowd.killed} killed; {waiting}")
            if done == len(queue):
                break
            await asyncio.wait(tasks, timeout=min(_LOOKS_EVERY_SECONDS, left), return_when=asyncio.FIRST_COMPLETED)
            for ended in (each for each in tasks if each.done()):
                ended.result()  # it never ends but by a fault
    for each in tasks:
        each.cancel()
        with suppress(asyncio.CancelledError):
            await each
    seconds = time.monotonic() - started
    judged = judge(queue, await found.rows(database_url), await found.taken(crowd.simulator_url))
    for died in crowd.died:
        judged.blame(died)
    return Storm(len(queue), seconds, crowd.killed, seen, judged)


if __name__ == "__main__":
    cyclopts.run(storm)
