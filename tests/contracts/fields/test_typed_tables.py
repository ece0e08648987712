"""What people type, in four countries, on Saturday 28 November 2026: never read as something else, seldom asked back.

The tables in `typed/` have a row for each text: the country of its writer, the text (with \\u escapes for marks that no
editor shows), and each outcome that is right: what it is read as, or "asked back". A quantity is its number and words
that stand in its unit.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from contracts.fields.countries import COUNTRIES
from contracts.fields.dates import parse_date
from contracts.fields.goods import parse_goods
from contracts.fields.letters import normalize_text
from contracts.fields.money import parse_amount
from contracts.fields.msisdn import Msisdn, parse_msisdn
from contracts.fields.pin import check_new_pin
from contracts.fields.quantity import Quantity, parse_quantity
from contracts.refusals import BadInput

SATURDAY = date(2026, 11, 28)
OWN = Msisdn("+254712000001")
TABLES = Path(__file__).with_name("typed")
ASKED_BACK = "asked back"
_ESCAPE = re.compile(r"\\u([0-9a-f]{4})")

Reader = Callable[[str, str], str]


def read_amount(typed: str, country: str) -> str:
    return f"{Decimal(parse_amount(typed, COUNTRIES[country].currency).major).normalize():f}"


def read_date(typed: str, _country: str) -> str:
    return parse_date(typed, SATURDAY).isoformat()


def read_quantity(typed: str, _country: str) -> str:
    return _said(parse_quantity(typed))


def read_goods(typed: str, _country: str) -> str:
    found = parse_goods(typed)
    asks_for_more = found.product is None or found.quantity is None
    return ASKED_BACK if asks_for_more or not found.quantity else f"{_said(found.quantity)} / {found.product}"


def read_pin(typed: str, _country: str) -> str:
    tidied = normalize_text(typed)
    check_new_pin(tidied, OWN, SATURDAY)
    return tidied


READERS: dict[str, Reader] = {
    "amounts": read_amount,
    "dates": read_date,
    "goods": read_goods,
    "phones": parse_msisdn,
    "pins": read_pin,
    "quantities": read_quantity,
}


@pytest.mark.parametrize("table", READERS)
def test_no_text_is_read_as_something_else(table: str) -> None:
    wrong = [
        f"{country}: {typed!r} is read as {found!r}, not as {' or '.join(right)}"
        for country, typed, right in rows(table)
        if not any(is_read_as(wanted, found := outcome(table, typed, country)) for wanted in right)
    ]
    assert wrong == []


def rows(table: str) -> Iterator[tuple[str, str, list[str]]]:
    for row in TABLES.joinpath(f"{table}.txt").read_text(encoding="utf-8").splitlines():
        country, typed, *right = row.split("|")
        assert right, row
        shown = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), typed)
        yield country, shown.replace("\\n", "\n").replace("\\t", "\t"), right


def outcome(table: str, typed: str, country: str) -> str:
    try:
        return READERS[table](typed, country)
    except BadInput:
        return ASKED_BACK


def is_read_as(wanted: str, found: str) -> bool:
    """Whether the two are the same; of a unit, whether it has the wanted words."""
    if wanted == found or ASKED_BACK in (wanted, found) or not re.match(r"[0-9.]+ \D", wanted):
        return wanted == found
    (quantity, _, product), (found_quantity, _, found_product) = wanted.partition(" / "), found.partition(" / ")
    number, *unit = quantity.split()
    found_number, *found_unit = found_quantity.split()
    has_words = all(word in " ".join(found_unit) for word in unit)
    return number == found_number and has_words and product.casefold() == found_product.casefold()


def _said(quantity: Quantity) -> str:
    return f"{quantity.amount} {quantity.unit}"
