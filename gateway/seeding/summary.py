"""What a seed leaves to look at: counts by status, and what to type next."""

from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from contracts.fields.reference import spaced
from gateway.seeding.cooperative import SeedPerson, Village
from gateway.seeding.phones import EXAMPLE_PIN

_TITLES = {"contracts": "contracts", "payments": "money that waits or waited", "messages": "messages"}


def counts_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Return how many there are of each status, of `rows` as seed.counts gives them."""
    table = Table("", "status", "how many", "for example")
    for what, title in _TITLES.items():
        of_this = sorted((row for row in rows if row["what"] == what), key=lambda row: -row["rows"])
        for row in of_this:
            example = spaced(row["example"]) if row["example"] else ""
            table.add_row(title, row["status"], f"{row['rows']:,}", example)
            title = ""  # noqa: PLW2901 - it stands in the first line only
        table.add_section()
    return table


def next_steps(where: Village, with_pin: Iterable[str], data_dir: Path) -> list[str]:
    """Return the lines that say what to do next."""
    calls = set(with_pin)
    seller = next(person for person in where.farmers if person.msisdn in calls)
    buyer = next((person for person in where.buyers if person.msisdn in calls), where.buyers[0])
    folder = "" if data_dir == Path(".voicepact") else f" --data-dir {data_dir}"
    return [
        f"the service  voicepact serve{folder}   (it sends what is queued to its simulator, and prints the REST line)",
        f"a seller     voicepact phone {seller.msisdn}{folder}   {_of(seller, calls)}",
        f"a buyer      voicepact phone {buyer.msisdn}{folder}   {_of(buyer, calls)}",
        "REST         GET /v1/contracts?status=DISPUTED   /v1/payments?status=LOCKED   /v1/messages?kind=unclear",
        f"the office   voicepact disputes waiting{folder} · payments waiting · messages dead",
        f"the record   voicepact audit verify{folder}",
    ]


def _of(person: SeedPerson, with_pin: Container[str]) -> str:
    pin = f"PIN {EXAMPLE_PIN}" if person.msisdn in with_pin else "no PIN yet"
    return f"{person.name} ({person.language}), {pin}"
