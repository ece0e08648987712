"""`python -m bench` (`make bench`): whole confirm sessions and messages through the service, and how that compares.

The service runs as in production: one process, its own PostgreSQL and Valkey, every feature on, SMS sent to a provider
that takes them at once. In each round all cases are measured one after another, forward and then backward, so that a
machine that slows down slows all of them. Exits with 1 on any wrong reply.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Annotated

import cyclopts
from cyclopts import Parameter, validators
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bench.cases import (
    BARE,
    BARE_MESSAGE,
    MESSAGE,
    NOT_SENDING,
    REAL,
    SESSION,
    WARM_UP_SECONDS,
    BenchCase,
    Measurement,
    RunningCase,
    run_case,
    run_provider,
    session_case,
)
from bench.report import Measurements, as_json, count_wrong_replies, print_report
from bench.sending import BareSending, QueueSending, run_bare_sending, run_queue_sending
from storage.embedded.servers import run_servers

Positive = Annotated[int, Parameter(validator=validators.Number(gte=1))]
Seconds = Annotated[float, Parameter(validator=validators.Number(gte=0.5))]


def bench(
    *, users: Positive = 32, seconds: Seconds = 3, rounds: Positive = 3, brief: bool = False,
    against: list[Path] | None = None, json: Path | None = None,
) -> None:  # fmt: skip
    """Play confirm sessions against the service and, in turn, against a bare aiohttp server.

    Parameters
    ----------
    users: callers at the same time, each with one session after another.
    seconds: how long each case is measured in a round.
    rounds: how often each case is measured.
    brief: only the session and the bare server.
    against: other checkouts of the service, to see whether a change is quicker.
    json: a file for all the figures.
    """
    console = Console() if sys.stdout.isatty() else Console(width=120)
    others = [session_case(f"  the same at {path}", path.resolve()) for path in against or ()]
    more = () if brief else (NOT_SENDING, REAL, BARE_MESSAGE, MESSAGE)
    measurements = _measure_all((BARE, SESSION, *others, *more), not brief, users, seconds, rounds, console)
    print_report(measurements, console)
    if json:
        json.write_bytes(as_json(measurements))
    sys.exit(1 if count_wrong_replies(measurements) else 0)


def _measure_all(
    cases: tuple[BenchCase, ...], with_sending: bool, users: int, seconds: float, rounds: int, console: Console
) -> Measurements:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="voicepact-bench-")))
        folder.chmod(0o711)  # PostgreSQL may run under another account than root
        servers = stack.enter_context(run_servers(folder / "data"))
        port = stack.enter_context(run_provider(folder))
        running: list[RunningCase | BareSending | QueueSending] = [
            stack.enter_context(run_case(number, case, users, servers, port, folder))
            for number, case in enumerate(cases)
        ]
        if with_sending:
            running += [
                stack.enter_context(run_bare_sending(port)),
                stack.enter_context(run_queue_sending(servers, port, folder)),
            ]
        columns = (BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        progress = stack.enter_context(Progress(*columns, console=console, transient=True, refresh_per_second=2))
        return _measure_in_turns(running, seconds, rounds, progress)


def _measure_in_turns(
    running: list[RunningCase | BareSending | QueueSending], seconds: float, rounds: int, progress: Progress
) -> Measurements:
    """Measure every case `rounds` times, forward and backward, after one short run to warm up."""
    measurements: Measurements = {each.case: [] for each in running}
    task = progress.add_task("", total=len(running) * (1 + rounds * seconds))
    for each in running:
        _measure_with_progress(each, 1.0, progress, f"warming up: {each.case.label.strip()}")
    for number in range(rounds):
        for each in running if number % 2 == 0 else reversed(running):
            description = f"round {number + 1} of {rounds}: {each.case.label.strip()}"
            measurements[each.case].append(_measure_with_progress(each, seconds, progress, description))
    progress.update(task, description="done")
    return measurements


def _measure_with_progress(
    each: RunningCase | BareSending | QueueSending, seconds: float, progress: Progress, description: str
) -> Measurement:
    """Measure once, and move the progress bar meanwhile."""
    [task] = progress.task_ids
    before = progress.tasks[0].completed
    progress.update(task, description=description)
    with _moving_bar(progress, seconds):
        measurement = each.measure(seconds)
    progress.update(task, completed=before + seconds)
    return measurement


@contextmanager
def _moving_bar(progress: Progress, seconds: float) -> Iterator[None]:
    is_over = Event()

    def move() -> None:
        give_up = time.monotonic() + seconds + WARM_UP_SECONDS
        while time.monotonic() < give_up and not is_over.wait(0.5):
            progress.advance(progress.task_ids[0], 0.5 * seconds / (seconds + WARM_UP_SECONDS))

    thread = Thread(target=move, daemon=True)
    thread.start()
    yield
    is_over.set()
    thread.join()


if __name__ == "__main__":
    cyclopts.run(bench)
