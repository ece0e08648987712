"""The report of a bench."""

from collections.abc import Callable
from dataclasses import asdict
from statistics import median
from typing import TypeAlias

import orjson
from rich.console import Console
from rich.table import Table

from bench.cases import MESSAGE, REAL, SESSION, BenchCase, Measurement
from bench.driver import Result
from bench.sending import SENDING

AIMS = {SESSION: (0.5, 0.35), MESSAGE: (0.7, 0.5), SENDING: (0.7, 0.5)}  # the aim, and what it must be
_CPU = {"server": "server", "postgres": "PostgreSQL", "valkey": "Valkey", "driver": "driver"}

Measurements: TypeAlias = dict[BenchCase, list[Measurement]]


def print_report(measurements: Measurements, console: Console) -> None:
    """Print the table, whether the aims are met, and what was wrong."""
    console.print(_table(measurements))
    console.print(
        "A confirm session is a dial and three answers; its hops are counted. Of MO and MT it is messages. Medians of "
        "rounds in turn; the ratio is of hops/s, to what is bare in the same round. An MT counts from the moment it is "
        "queued until it is recorded that the provider took it."
    )
    console.print(
        f"Checking a PIN is made dear on purpose: but for the row {REAL.label.strip()!r}, all have the cheapest Argon2 "
        "there is (8 KiB, 1 pass)."
    )
    for case in measurements:
        if case in AIMS:
            console.print(_verdict(case, ratio(measurements, case)))
    for case, took in measurements.items():
        for wrong in (wrong for each in took for wrong in each.result.wrong):
            console.print(f"WRONG  {case.label.strip()}: {wrong}", style="red", markup=False)


def ratio(measurements: Measurements, case: BenchCase) -> float | None:
    """Return the median, over the rounds, of this case's speed divided by its base's; None for a base."""
    base = next((other for other in measurements if other.label == case.base), None)
    if base is None:
        return None
    both = zip(measurements[case], measurements[base], strict=True)
    return median(_speed(each.result) / _speed(bare.result) for each, bare in both)


def count_wrong_replies(measurements: Measurements) -> int:
    return sum(each.result.errors for took in measurements.values() for each in took)


def as_json(measurements: Measurements) -> bytes:
    """Return the figures of every measurement, and the ratios."""
    rows = [
        {"label": case.label.strip(), "ratio": ratio(measurements, case), "turns": [asdict(each) for each in took]}
        for case, took in measurements.items()
    ]
    aims = [{"label": case.label, "aim": aim, "must": must} for case, (aim, must) in AIMS.items()]
    return orjson.dumps({"aims": aims, "rows": rows}, option=orjson.OPT_INDENT_2)


def _table(measurements: Measurements) -> Table:
    table = Table(title="VoicePact, one process")
    table.add_column("", no_wrap=True)
    for name in ("hops/s", "ratio", "p50 ms", "p99 ms", *(f"{who}\nµs/hop" for who in _CPU.values()), "SMS out"):
        table.add_column(name, justify="right")
    for case, took in measurements.items():
        table.add_row(case.label, *_figures(took, ratio(measurements, case)))
    return table


def _figures(took: list[Measurement], against_bare: float | None) -> list[str]:
    def middle(of: Callable[[Result], float]) -> float:
        return median(of(each.result) for each in took)

    cpu = [
        middle(lambda result, name=name: result.cpu_us.get(name, 0.0))  # type: ignore[misc]  # as in driver.py
        for name in _CPU
    ]
    sent = [each.sent for each in took if each.sent is not None]
    return [
        f"{middle(_speed):,.0f}",
        f"{against_bare:.2f}" if against_bare is not None else "1",
        *(f"{found:.2f}" if found else "" for found in (middle(lambda r: r.p50_ms), middle(lambda r: r.p99_ms))),
        *(f"{spent:.1f}" for spent in cpu),
        f"{median(sent):.0%}" if sent else "",
    ]


def _speed(result: Result) -> float:
    return result.hops / result.seconds


def _verdict(case: BenchCase, found: float | None) -> str:
    aim, must = AIMS[case]
    if found is None:
        return ""
    verdict = "the aim is met" if found >= aim else "enough, short of the aim" if found >= must else "TOO SLOW"
    return f"{case.label}: ratio {found:.2f} (aim {aim}, must {must}): {verdict}"
