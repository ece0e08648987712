"""`python -m bench` (`make bench`): whole confirm sessions and messages through the service, and how that compares.

The service runs as in production: one process, its own PostgreSQL and Valkey, every feature on, SMS sent to a provider
that takes them at once. What it is compared with takes turns with it, forward and then backward, so that a machine that
slows down slows all of them. Exits with 1 on any wrong reply.
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

from bench.contest import (
    BARE,
    BARE_MESSAGE,
    MESSAGE,
    NOT_SENDING,
    REAL,
    SESSION,
    WARM_UP_SECONDS,
    Contestant,
    Entry,
    Turn,
    contestant,
    provider,
    session,
)
from bench.report import Turns, as_json, print_report, wrong_replies
from bench.sending import Calls, Queue, calls, queue
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
    users: callers at once, each with a session after the other.
    seconds: how long each turn is measured.
    rounds: how many turns each gets.
    brief: only the session and the bare server.
    against: other checkouts of the service, to see whether a change is quicker.
    json: a file for all the figures.
    """
    console = Console() if sys.stdout.isatty() else Console(width=120)
    others = [session(f"  the same at {path}", path.resolve()) for path in against or ()]
    more = () if brief else (NOT_SENDING, REAL, BARE_MESSAGE, MESSAGE)
    turns = _all_turns((BARE, SESSION, *others, *more), not brief, users, seconds, rounds, console)
    print_report(turns, console)
    if json:
        json.write_bytes(as_json(turns))
    sys.exit(1 if wrong_replies(turns) else 0)


def _all_turns(
    entries: tuple[Entry, ...], with_sending: bool, users: int, seconds: float, rounds: int, console: Console
) -> Turns:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="voicepact-bench-")))
        folder.chmod(0o711)  # the account PostgreSQL may need when root measures has to pass
        servers = stack.enter_context(run_servers(folder / "data"))
        port = stack.enter_context(provider(folder))
        all_of_them: list[Contestant | Calls | Queue] = [
            stack.enter_context(contestant(number, entry, users, servers, port, folder))
            for number, entry in enumerate(entries)
        ]
        if with_sending:
            all_of_them += [stack.enter_context(calls(port)), stack.enter_context(queue(servers, port, folder))]
        columns = (BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        progress = stack.enter_context(Progress(*columns, console=console, transient=True, refresh_per_second=2))
        return _in_turn(all_of_them, seconds, rounds, progress)


def _in_turn(contestants: list[Contestant | Calls | Queue], seconds: float, rounds: int, progress: Progress) -> Turns:
    """Every contestant `rounds` times, forward and backward; one turn before that is only to warm up."""
    turns: Turns = {each.entry: [] for each in contestants}
    task = progress.add_task("", total=len(contestants) * (1 + rounds * seconds))
    for each in contestants:
        _watched(each, 1.0, progress, f"warming up: {each.entry.label.strip()}")
    for number in range(rounds):
        for each in contestants if number % 2 == 0 else reversed(contestants):
            words = f"round {number + 1} of {rounds}: {each.entry.label.strip()}"
            turns[each.entry].append(_watched(each, seconds, progress, words))
    progress.update(task, description="done")
    return turns


def _watched(each: Contestant | Calls | Queue, seconds: float, progress: Progress, words: str) -> Turn:
    """One turn, the bar moving along with it."""
    [task] = progress.task_ids
    before = progress.tasks[0].completed
    progress.update(task, description=words)
    with _moving(progress, seconds):
        turn = each.turn(seconds)
    progress.update(task, completed=before + seconds)
    return turn


@contextmanager
def _moving(progress: Progress, seconds: float) -> Iterator[None]:
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
