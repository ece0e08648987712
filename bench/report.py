"""The report of a bench."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from bench.cases import CHEAP, BenchCase
from bench.figures import Figures, middle
from bench.goals import GOALS
from bench.running import Measurement

# heading, figure, how it is printed
_SPEED = (
    ("hops/s", "hops_a_second", ",.0f"), ("sessions/s", "sessions_a_second", ",.0f"), ("to\nbare", "to_bare", ".3f"),
    ("to\ntutorial", "to_tutorial", ".2f"), ("p50 ms", "p50_ms", ".2f"), ("p99 ms", "p99_ms", ".2f"),
    ("SMS out", "sms_out", ".0%"),
)  # fmt: skip
_OPEN = (
    ("sessions/s", "open_a_second", ",.0f"), ("p50 ms", "open_p50_ms", ".2f"), ("p99 ms", "open_p99_ms", ".2f"),
    ("p99\nto bare", "open_p99_to_bare", ".1f"),
)  # fmt: skip
_COST = (
    ("server\nµs/hop", "server_us", ",.1f"), ("PostgreSQL\nµs/hop", "postgres_us", ",.1f"),
    ("Valkey\nµs/hop", "valkey_us", ",.1f"), ("all\nµs/hop", "all_us", ",.1f"),
    ("CPU to\ntutorial", "cpu_to_tutorial", ".2f"), ("rows\nwritten", "row_versions", ",.1f"),
    ("WAL\nbytes", "wal_bytes", ",.0f"), ("commits", "commits", ".2f"), ("driver\nµs/hop", "driver_us", ",.1f"),
)  # fmt: skip


_ESCROW = (
    ("acts/s", "acts_without", ".2f"), ("CPU\nof all", "act_us_without", ".2f"),
    ("rows\nwritten", "row_versions_without", ".2f"), ("WAL", "wal_bytes_without", ".2f"),
    ("commits", "commits_without", ".2f"),
)  # fmt: skip


def print_report(
    figures: Figures, measurements: Mapping[BenchCase, Sequence[Measurement]], console: Console
) -> None:  # fmt: skip
    """Print the tables, which goals are met, and what was wrong."""
    tables = (
        _table("VoicePact, one process", figures, _SPEED),
        _table("What it costs", figures, _COST),
        _table("An act with escrow, to the same without it", figures, _ESCROW),
        _table("Open loop, at half of what each can do", figures, _OPEN),
    )
    for table in (table for table in tables if table.row_count):
        console.print(table)
    console.print(
        "A confirm session is a dial and three answers; its hops are counted. Of MO and MT it is messages. Medians of "
        "rounds in turn; a ratio is of hops/s, to what is bare, or to the tutorial, in the same round. CPU and what is "
        "written count until the last SMS, and the last order of money, of a round is sent; rows, WAL and commits are "
        "for a session or a message. An MT counts from the moment it is queued until it is recorded that the provider "
        "took it. With escrow a session is a hop longer where what it means takes a second page; its rail takes every "
        "order at once, and what became of it is told later, in no figure here. In an open loop sessions begin at a "
        "fixed rate, whether those before are answered or not, and wait from when they are due."
    )
    console.print(f"PINs cost what they cost in production, but in {CHEAP.label.strip()!r}: there 8 KiB, 1 pass.")
    for goal in GOALS:
        if line := goal.verdict(figures):
            console.print(line)
    for case, taken in measurements.items():
        for wrong in (wrong for each in taken for wrong in each.result.wrong):
            console.print(f"WRONG  {case.label.strip()}: {wrong}", style="red", markup=False)


def _table(title: str, figures: Figures, columns: Sequence[tuple[str, str, str]]) -> Table:
    table = Table(title=title)
    table.add_column("", no_wrap=True)
    for heading, _, _ in columns:
        table.add_column(heading, justify="right")
    names = {name for _, name, _ in columns}
    for label in (label for label in figures if names & figures[label].keys()):
        found = [middle(figures, label, name) for _, name, _ in columns]
        table.add_row(
            label,
            *("" if each is None else format(each, how) for each, (_, _, how) in zip(found, columns, strict=True)),
        )
    return table
