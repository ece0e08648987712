"""The table of a siege."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import orjson
from rich.console import Console
from rich.table import Table

from bench.siege.attack import Damage
from bench.siege.check import Compared
from bench.siege.people import Ledger
from bench.siege.rows import Row


@dataclass(slots=True)
class RowResult:
    """`memory_mib`: of the service's processes before and after. `ended`: how often it ended by itself."""

    row: Row
    seconds: float
    seed: int
    ledger: Ledger
    damage: Damage
    compared: Compared
    memory_mib: tuple[float, float]
    starts: int
    ended: int

    @property
    def wrongs(self) -> list[str]:
        """What must not be, in words."""
        compared, ledger = self.compared, self.ledger
        found = [f"lost: {what}" for what in compared.lost] + [f"doubled: {what}" for what in compared.doubled]
        found += [f"halved: {what}" for what in compared.halved] + [f"astray: {what}" for what in ledger.astray]
        found += [f"two answers to one request: {what}" for what in ledger.differing]
        if self.damage.server_errors:
            found.append(f"{self.damage.server_errors} answers to attackers with a status from 500 on")
        if ledger.past_three_seconds:
            found.append(f"{ledger.past_three_seconds} hops past three seconds, the worst {ledger.worst_seconds:.1f} s")
        if not self.row.may_be_busy and (ledger.busy or ledger.unanswered):
            found.append(f"{ledger.busy} hops were busy, {ledger.unanswered} requests had no answer")
        if not compared.acts:
            found.append("nobody could do anything")
        return [f"{self.row.name}: {what}" for what in found]


def print_table(results: Iterable[RowResult], console: Console) -> None:
    """Print a line for each row, then what is wrong."""
    results = list(results)
    table = Table(title="The siege")
    table.add_column("row", no_wrap=True)
    for name in (
        "hops",
        "worst s",
        "past 3 s",
        "busy",
        "again",
        "acts",
        "lost",
        "doubled",
        "halved",
        "attacks",
        "5xx",
        "MiB",
        "starts",
    ):
        table.add_column(name, justify="right")
    for one in results:
        ledger, compared = one.ledger, one.compared
        figures = (
            ledger.hops, f"{ledger.worst_seconds:.2f}", ledger.past_three_seconds, ledger.busy, ledger.unanswered,
            compared.acts, len(compared.lost), len(compared.doubled), len(compared.halved), one.damage.sent,
            one.damage.server_errors, f"{one.memory_mib[0]:.0f}-{one.memory_mib[1]:.0f}", one.starts,
        )  # fmt: skip
        table.add_row(one.row.name, *(f"{figure:,}" if isinstance(figure, int) else figure for figure in figures))
    console.print(table)
    wrongs = [wrong for one in results for wrong in one.wrongs]
    for wrong in wrongs[:50]:
        console.print(f"WRONG  {wrong}", style="red", markup=False, soft_wrap=True)
    seconds = sum(one.seconds for one in results)
    requests = sum(one.damage.sent for one in results)
    console.print(f"{requests:,} hostile requests in {seconds:,.0f} s; seed {results[0].seed if results else 0}.")
    console.print(f"{len(wrongs)} things are wrong" if wrongs else "Nothing was lost, doubled, halved or late.")


def as_json(results: Iterable[RowResult]) -> bytes:
    """All the figures."""
    figures = [
        {
            "row": one.row.name, "seconds": one.seconds, "seed": one.seed,
            "damage": {"sent": one.damage.sent, "answers": one.damage.answers},
            "ledger": {**asdict(one.ledger), "pairs": len(one.ledger.pairs)}, "compared": asdict(one.compared),
            "memory_mib": one.memory_mib, "starts": one.starts, "ended": one.ended, "wrongs": one.wrongs,
        }
        for one in results
    ]  # fmt: skip
    return orjson.dumps(figures, option=orjson.OPT_INDENT_2)
