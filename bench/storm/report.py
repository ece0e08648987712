"""The report of a storm."""

from collections import Counter
from dataclasses import dataclass

import orjson
from rich.console import Console
from rich.table import Table

from bench.storm.check import CheckResult


@dataclass(slots=True)
class StormResult:
    """What a storm came to."""

    messages: int
    seconds: float
    killed: int
    fault_mixes: Counter[str]
    result: CheckResult


def print_report(storm: StormResult, console: Console) -> None:
    """The tables, what was wrong, and one line to go by."""
    result = storm.result
    console.print(_ends(result))
    console.print(_taken(result))
    seen = ", ".join(f"{name} {times}" for name, times in storm.fault_mixes.most_common())
    console.print(
        f"{storm.messages:,} messages in {storm.seconds:.0f} s: {result.tries:,} tries, of which "
        f"{result.unsure_tries:,} without an answer; {storm.killed} workers killed; weathers: {seen}."
    )
    for why, rows in result.doubled_by.most_common():
        console.print(f"taken more than once and known to be unsure, because {why}: {rows:,} rows")
    console.print(f"given up because nobody knew, and taken all the same: {result.unknown_but_taken:,} rows")
    for wrong in result.wrong:
        console.print(f"WRONG  {wrong}", style="red", markup=False)
    if result.wrongs:
        console.print(f"{result.wrongs} things are wrong", style="red")
    else:
        console.print("All are final and explained, none is missing, none was doubled without a trace.")


def as_json(storm: StormResult) -> bytes:
    """All the figures."""
    result = storm.result
    figures = {
        "messages": storm.messages, "seconds": storm.seconds, "killed": storm.killed, "weathers": storm.fault_mixes,
        "tries": result.tries, "unsure_tries": result.unsure_tries, "taken": result.accepted,
        "ends": [[*end, rows] for end, rows in result.ends.most_common()],
        "times_taken": {
            name: {str(often): rows for often, rows in sorted(times.items())}
            for name, times in result.times_taken.items()
        },
        "doubled_by": result.doubled_by, "unknown_but_taken": result.unknown_but_taken,
        "wrongs": result.wrongs, "wrong": result.wrong,
    }  # fmt: skip
    return orjson.dumps(figures, option=orjson.OPT_INDENT_2)


def _ends(result: CheckResult) -> Table:
    table = Table(title="How they ended")
    table.add_column("status")
    table.add_column("why")
    table.add_column("rows", justify="right")
    for (status, why), rows in sorted(result.ends.items(), key=lambda end: (end[0][0], -end[1])):
        table.add_row(status, why, f"{rows:,}")
    return table


def _taken(result: CheckResult) -> Table:
    table = Table(title="How often the provider took them")
    table.add_column("class")
    for name in ("rows", "never", "once", "twice", "more"):
        table.add_column(name, justify="right")
    for name, times in sorted(result.times_taken.items()):
        more = sum(rows for often, rows in times.items() if often > 2)
        figures = (times.total(), times[0], times[1], times[2], more)
        table.add_row(name, *(f"{figure:,}" for figure in figures))
    return table
