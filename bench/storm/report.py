"""What a storm says at its end."""

from collections import Counter
from dataclasses import dataclass

import orjson
from rich.console import Console
from rich.table import Table

from bench.storm.judge import Judged


@dataclass(slots=True)
class Storm:
    """A storm that is over."""

    messages: int
    seconds: float
    killed: int
    weathers: Counter[str]
    judged: Judged


def print_report(storm: Storm, console: Console) -> None:
    """The tables, what was wrong, and one line to go by."""
    judged = storm.judged
    console.print(_ends(judged))
    console.print(_taken(judged))
    seen = ", ".join(f"{name} {times}" for name, times in storm.weathers.most_common())
    console.print(
        f"{storm.messages:,} messages in {storm.seconds:.0f} s: {judged.tries:,} tries, of which "
        f"{judged.unsure_tries:,} without an answer; {storm.killed} workers killed; weathers: {seen}."
    )
    for why, rows in judged.doubled_by.most_common():
        console.print(f"taken more than once and known to be unsure, because {why}: {rows:,} rows")
    console.print(f"given up because nobody knew, and taken all the same: {judged.unknown_but_taken:,} rows")
    for wrong in judged.wrong:
        console.print(f"WRONG  {wrong}", style="red", markup=False)
    if judged.wrongs:
        console.print(f"{judged.wrongs} things are wrong", style="red")
    else:
        console.print("All are final and explained, none is missing, none was doubled without a trace.")


def as_json(storm: Storm) -> bytes:
    """All the figures."""
    judged = storm.judged
    figures = {
        "messages": storm.messages, "seconds": storm.seconds, "killed": storm.killed, "weathers": storm.weathers,
        "tries": judged.tries, "unsure_tries": judged.unsure_tries, "taken": judged.taken,
        "ends": [[*end, rows] for end, rows in judged.ends.most_common()],
        "times_taken": {
            name: {str(often): rows for often, rows in sorted(times.items())}
            for name, times in judged.times_taken.items()
        },
        "doubled_by": judged.doubled_by, "unknown_but_taken": judged.unknown_but_taken,
        "wrongs": judged.wrongs, "wrong": judged.wrong,
    }  # fmt: skip
    return orjson.dumps(figures, option=orjson.OPT_INDENT_2)


def _ends(judged: Judged) -> Table:
    table = Table(title="How they ended")
    table.add_column("status")
    table.add_column("why")
    table.add_column("rows", justify="right")
    for (status, why), rows in sorted(judged.ends.items(), key=lambda end: (end[0][0], -end[1])):
        table.add_row(status, why, f"{rows:,}")
    return table


def _taken(judged: Judged) -> Table:
    table = Table(title="How often the provider took them")
    table.add_column("class")
    for name in ("rows", "never", "once", "twice", "more"):
        table.add_column(name, justify="right")
    for name, times in sorted(judged.times_taken.items()):
        more = sum(rows for often, rows in times.items() if often > 2)
        figures = (times.total(), times[0], times[1], times[2], more)
        table.add_row(name, *(f"{figure:,}" for figure in figures))
    return table
