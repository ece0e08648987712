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
from bench.storm import read_back
from bench.storm.check import check
from bench.storm.queue import Queued, make_queue, write_queue
from bench.storm.random_faults import change_faults
from bench.storm.report import StormResult, as_json, print_report
from bench.storm.workers import TIMEOUT_SECONDS, Workers, start_provider_and_service
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
    seed: of the random numbers, to make the same queue again.
    json: a file for all the figures.
    """
    console = Console() if sys.stdout.isatty() else Console(width=120)
    rng = Random(seed)  # noqa: S311 - nothing secret hangs on it
    with tempfile.TemporaryDirectory(prefix="voicepact-storm-") as made:
        folder = Path(made)
        folder.chmod(0o711)  # PostgreSQL may run under another account than root
        with run_servers(folder / "data") as servers:
            database_url = asyncio.run(new_database(servers.database_url, "storm"))
            queue = make_queue(messages, rng)
            asyncio.run(write_queue(database_url, queue))
            with start_provider_and_service(servers, database_url, folder) as all_workers:
                all_workers.start_workers(workers)
                ended = asyncio.run(
                    _run_storm(all_workers, queue, database_url, rng, kill_every, seconds_limit, console)
                )
    print_report(ended, console)
    if json:
        json.write_bytes(as_json(ended))
    sys.exit(1 if ended.result.wrongs else 0)


async def _run_storm(
    workers: Workers, queue: list[Queued], database_url: str, rng: Random, kill_every: float, limit: float,
    console: Console,
) -> StormResult:  # fmt: skip
    """Wait until all messages are final, then compare and count."""
    started, seen = time.monotonic(), Counter[str]()
    tasks = [
        asyncio.create_task(change_faults(workers.simulator_url, workers.control_key, TIMEOUT_SECONDS, rng, seen)),
        asyncio.create_task(workers.kill_often(kill_every, rng)),
    ]
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, refresh_per_second=2) as progress:
        task = progress.add_task("", total=len(queue))
        while (left := limit - (time.monotonic() - started)) > 0:
            by_status = await read_back.counts(database_url)
            done = sum(by_status.get(status, 0) for status in read_back.FINAL)
            waiting = ", ".join(f"{n:,} {status}" for status, n in by_status.items() if status not in read_back.FINAL)
            progress.update(task, completed=done, description=f"{workers.killed} killed; {waiting}")
            if done == len(queue):
                break
            await asyncio.wait(tasks, timeout=min(_LOOKS_EVERY_SECONDS, left), return_when=asyncio.FIRST_COMPLETED)
            for ended in (each for each in tasks if each.done()):
                ended.result()  # it ends only by an exception
    for each in tasks:
        each.cancel()
        with suppress(asyncio.CancelledError):
            await each
    seconds = time.monotonic() - started
    result = check(
        queue,
        await read_back.rows(database_url),
        await read_back.accepted_ids(workers.simulator_url, workers.control_key),
    )
    for died in workers.died:
        result.add_fault(died)
    return StormResult(len(queue), seconds, workers.killed, seen, result)


if __name__ == "__main__":
    cyclopts.run(storm)
