"""`python -m bench` (`make bench`): whole sessions and messages through the service, and how that compares.

The service runs as in production: one process, its own PostgreSQL and Valkey, every feature on, SMS sent to a provider
that takes them at once. In each round all cases are measured one after another, forward and then backward, so that a
machine that slows down slows all of them. Exits with 1 on any wrong reply.
"""

import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter, validators
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bench import history
from bench.cases import ONLY_BY_NAME, SCENARIOS, BenchCase, confirm_of
from bench.figures import Figures, add_open, figures_of
from bench.report import print_report
from bench.running import Measurement, run_case, run_provider
from bench.sending import run_bare_sending, run_queue_sending
from bench.turns import Running, measure_closed, measure_open
from storage.embedded.servers import run_servers

Positive = Annotated[int, Parameter(validator=validators.Number(gte=1))]
Seconds = Annotated[float, Parameter(validator=validators.Number(gte=0.5))]
_MT = "mt"  # the scenario that is no phone's


def bench(
    *, users: Positive = 32, seconds: Seconds = 3, rounds: Positive = 3, only: list[str] | None = None,
    beside: list[Path] | None = None, json: Path | None = None, against: Path | None = None,
) -> None:  # fmt: skip
    """Play sessions against the service and, in turn, against a bare server and a tutorial's.

    Parameters
    ----------
    users: callers at the same time, each with one session after another.
    seconds: how long each case is measured in a round.
    rounds: how often each case is measured.
    only: one of the scenarios, by name; may be given more than once.
    beside: other checkouts of the service, which play the confirm scenario in the same run.
    json: a history: this run is added to it, as a line.
    against: a history: say what is slower than in its last run, by more than the rounds differ.
    """
    console = Console() if sys.stdout.isatty() else Console(width=140)
    before = _latest(against) if against else None
    names = only or [*SCENARIOS, _MT]
    known = {**SCENARIOS, **ONLY_BY_NAME}
    if unknown := set(names) - {*known, _MT}:
        sys.exit(f"--only: no scenario {', '.join(sorted(unknown))}; there are {', '.join([*known, _MT])}")
    cases = [case for name, cases in known.items() if name in names for case in cases]
    cases = [*dict.fromkeys(cases), *(confirm_of(path.resolve()) for path in beside or ())]
    figures, measurements = _measure_all(cases, _MT in names, users, seconds, rounds, console)
    print_report(figures, measurements, console)
    entry = history.new_entry(figures, {"users": users, "seconds": seconds, "rounds": rounds})
    if before:
        console.print(f"Against {before.revision} of {before.date}:")
        lines = history.changes(before, entry) or ["no change beyond noise"]
        console.print("\n".join([*history.circumstances(before, entry), *lines]), markup=False)
    if json:
        history.append(json, entry)
    sys.exit(1 if any(each.result.errors for taken in measurements.values() for each in taken) else 0)


def _latest(file: Path) -> history.HistoryEntry:
    try:
        return history.latest(file)
    except ValueError as wrong:
        sys.exit(f"--against: {wrong}")


def _measure_all(
    cases: Sequence[BenchCase], with_mt: bool, users: int, seconds: float, rounds: int, console: Console
) -> tuple[Figures, dict[BenchCase, list[Measurement]]]:
    """Run all cases at once, measure them in turns, and end them. Return the figures, and all that was measured."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="voicepact-bench-")))
        folder.chmod(0o711)  # PostgreSQL may run under another account than root
        servers = stack.enter_context(run_servers(folder / "data"))
        port = stack.enter_context(run_provider(folder))
        running: list[Running] = [
            stack.enter_context(run_case(number, case, users, servers, port, folder))
            for number, case in enumerate(cases)
        ]
        if with_mt:
            running += [
                stack.enter_context(run_bare_sending(port)),
                stack.enter_context(run_queue_sending(servers, port, folder)),
            ]
        columns = (BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        progress = stack.enter_context(Progress(*columns, console=console, transient=True, refresh_per_second=2))
        closed = measure_closed(running, seconds, rounds, progress)
        opened = measure_open(running, closed, seconds, rounds, progress)
    figures = figures_of(closed, {each.case: each.row_versions for each in running})
    add_open(figures, opened)
    return figures, {case: taken + opened.get(case, []) for case, taken in closed.items()}


if __name__ == "__main__":
    cyclopts.run(bench)
