"""Rounds: in each, all cases are measured one after another, forward and then backward, and a bar moves meanwhile."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from statistics import median
from threading import Event, Thread
from typing import TypeAlias

from rich.progress import Progress, TaskID

from bench.cases import OPEN_LOOP, BenchCase
from bench.figures import sessions_a_second
from bench.running import WARM_UP_SECONDS, Measurement, RunningCase
from bench.sending import BareSending, QueueSending

Running: TypeAlias = RunningCase | BareSending | QueueSending
Taken: TypeAlias = dict[BenchCase, list[Measurement]]
_Measure: TypeAlias = tuple[BenchCase, Callable[[float], Measurement]]  # the latter takes the seconds


def measure_closed(running: Sequence[Running], seconds: float, rounds: int, progress: Progress) -> Taken:
    """Measure every case as fast as its users can, after one short run to warm up."""
    for each in running:
        with _moving_bar(progress, progress.add_task(f"warming up: {each.case.label.strip()}", total=1.0), 1.0):
            each.measure(1.0)
    return _in_turns([(each.case, each.measure) for each in running], seconds, rounds, progress)


def measure_open(
    running: Sequence[Running], closed: Mapping[BenchCase, Sequence[Measurement]], seconds: float, rounds: int,
    progress: Progress,
) -> Taken:  # fmt: skip
    """Measure the cases with an open loop at half of the sessions a second that the closed loop came to."""
    measures = [
        (each.case, _at_half(each, closed[each.case]))
        for each in running
        if isinstance(each, RunningCase) and each.case in OPEN_LOOP
    ]
    return _in_turns(measures, seconds, rounds, progress)


def _at_half(running: RunningCase, closed: Sequence[Measurement]) -> Callable[[float], Measurement]:
    a_second = median(sessions_a_second(each.result) for each in closed) / 2
    return lambda seconds: running.measure(seconds, a_second)


def _in_turns(measures: Sequence[_Measure], seconds: float, rounds: int, progress: Progress) -> Taken:
    taken: Taken = {case: [] for case, _ in measures}
    task = progress.add_task("", total=len(measures) * rounds * seconds)
    for number in range(rounds):
        for case, measure in measures if number % 2 == 0 else reversed(measures):
            progress.update(task, description=f"round {number + 1} of {rounds}: {case.label.strip()}")
            with _moving_bar(progress, task, seconds):
                taken[case].append(measure(seconds))
    progress.update(task, description="done")
    return taken


@contextmanager
def _moving_bar(progress: Progress, task: TaskID, seconds: float) -> Iterator[None]:
    """Move the bar by `seconds` while this runs."""
    is_over, before = Event(), progress.tasks[task].completed

    def move() -> None:
        give_up = time.monotonic() + seconds + WARM_UP_SECONDS
        while time.monotonic() < give_up and not is_over.wait(0.5):
            progress.advance(task, 0.5 * seconds / (seconds + WARM_UP_SECONDS))

    thread = Thread(target=move, daemon=True)
    thread.start()
    yield
    is_over.set()
    thread.join()
    progress.update(task, completed=before + seconds)
