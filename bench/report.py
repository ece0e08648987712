"""What a bench says at its end."""

from collections.abc import Callable
from dataclasses import asdict
from statistics import median
from typing import TypeAlias

import orjson
from rich.console import Console
from rich.table import Table

from bench.contest import MESSAGE, REAL, SESSION, Entry, Turn
from bench.driver import Result
from bench.sending import SENDING

AIMS = {SESSION: (0.5, 0.35), MESSAGE: (0.7, 0.5), SENDING: (0.7, 0.5)}  # the aim, and what it must be
_CPU = {"server": "server", "postgres": "PostgreSQL", "valkey": "Valkey", "driver": "driver"}

Turns: TypeAlias = dict[Entry, list[Turn]]


def print_report(turns: Turns, console: Console) -> None:
    """The table, the verdict, and what was wrong."""
    console.print(_table(turns))
    console.print(
        "A confirm session is a dial and four answers; its hops are counted. Of MO and MT it is messages. Medians of "
        "rounds in turn; the ratio is of hops/s, to what is bare in the same round. An MT counts from the moment it is "
        "queued until it is recorded that the provider took it."
    )
    console.print(
        f"Checking a PIN is made dear on purpose: but for the row {REAL.label.strip()!r}, all have the cheapest Argon2 "
        "there is (8 KiB, 1 pass)."
    )
    for entry in turns:
        if entry in AIMS:
            console.print(_verdict(entry, ratio(turns, entry)))
    for entry, took in turns.items():
        for wrong in (told for turn in took for told in turn.result.told):
            console.print(f"WRONG  {entry.label.strip()}: {wrong}", style="red", markup=False)


def ratio(turns: Turns, entry: Entry) -> float | None:
    """The median, over the rounds, of this entry's speed by that of its base; None for a base."""
    base = next((other for other in turns if other.label == entry.base), None)
    if base is None:
        return None
    both = zip(turns[entry], turns[base], strict=True)
    return median(_speed(turn.result) / _speed(bare.result) for turn, bare in both)


def wrong_replies(turns: Turns) -> int:
    return sum(turn.result.errors for took in turns.values() for turn in took)


def as_json(turns: Turns) -> bytes:
    """Every turn's figures, and the ratios."""
    rows = [
        {"label": entry.label.strip(), "ratio": ratio(turns, entry), "turns": [asdict(turn) for turn in took]}
        for entry, took in turns.items()
    ]
    aims = [{"label": entry.label, "aim": aim, "must": must} for entry, (aim, must) in AIMS.items()]
    return orjson.dumps({"aims": aims, "rows": rows}, option=orjson.OPT_INDENT_2)


def _table(turns: Turns) -> Table:
    table = Table(title="VoicePact, one process")
    table.add_column("", no_wrap=True)
    for name in ("hops/s", "ratio", "p50 ms", "p99 ms", *(f"{who}\nµs/hop" for who in _CPU.values()), "SMS out"):
        table.add_column(name, justify="right")
    for entry, took in turns.items():
        table.add_row(entry.label, *_figures(took, ratio(turns, entry)))
    return table


def _figures(took: list[Turn], against_bare: float | None) -> list[str]:
    def middle(of: Callable[[Result], float]) -> float:
        return median(of(turn.result) for turn in took)

    cpu = [
        middle(lambda result, name=name: result.cpu_us.get(name, 0.0))  # type: ignore[misc]  # as in driver.py
        for name in _CPU
    ]
    sent = [turn.sent for turn in took if turn.sent is not None]
    return [
        f"{middle(_speed):,.0f}",
        f"{against_bare:.2f}" if against_bare is not None else "1",
        *(f"{found:.2f}" if found else "" for found in (middle(lambda r: r.p50_ms), middle(lambda r: r.p99_ms))),
        *(f"{spent:.1f}" for spent in cpu),
        f"{median(sent):.0%}" if sent else "",
    ]


def _speed(result: Result) -> float:
    return result.hops / result.seconds


def _verdict(entry: Entry, found: float | None) -> str:
    aim, must = AIMS[entry]
    if found is None:
        return ""
    said = "the aim is met" if found >= aim else "enough, short of the aim" if found >= must else "TOO SLOW"
    return f"{entry.label}: ratio {found:.2f} (aim {aim}, must {must}): {said}"
