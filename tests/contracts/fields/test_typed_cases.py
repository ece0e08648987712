"""What people type at the questions of a new contract, in Kenya on Saturday 28 November 2026: `typed_cases.json`.

Each case has what it is read as, in the words of a screen, or why it is refused.
"""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from contracts.fields.dates import parse_date
from contracts.fields.free_text import PLACE_LETTERS, parse_free_text
from contracts.fields.money import Currency, parse_amount
from contracts.fields.msisdn import Msisdn, national, parse_msisdn
from contracts.fields.product import parse_product
from contracts.fields.quantity import parse_quantity
from contracts.refusals import BadInput

SATURDAY = date(2026, 11, 28)
READER = Msisdn("+254712000001")
CASES = json.loads(Path(__file__).with_name("typed_cases.json").read_text(encoding="utf-8"))
NOT_OF_THE_FIELD = {"phone-266"}  # one's own number, which menus.answers refuses: see its test


def read_amount(typed: str) -> str:
    return f"KES {Decimal(parse_amount(typed, Currency.KES).major):,}".removesuffix(".00")


def read_quantity(typed: str) -> str:
    quantity = parse_quantity(typed)
    return f"{Decimal(quantity.amount):,} {quantity.unit}"


def read_date(typed: str) -> str:
    day = parse_date(typed, SATURDAY)
    return f"{day.day} {day:%b %Y}"


def read_phone(typed: str) -> str:
    return national(parse_msisdn(typed), READER).replace("\u00a0", " ")


def read_place(typed: str) -> str:
    return parse_free_text(typed, longest=PLACE_LETTERS)


READERS: dict[str, Callable[[str], str]] = {
    "amount": read_amount,
    "quantity": read_quantity,
    "date": read_date,
    "phone": read_phone,
    "product": parse_product,
    "place": read_place,
}


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in CASES if "read" in case])
def test_what_is_clear_is_read(case: dict[str, str]) -> None:
    assert READERS[case["field"]](case["typed"]) == case["read"]


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=case["id"]) for case in CASES if "refused" in case and case["id"] not in NOT_OF_THE_FIELD],
)
def test_what_is_not_clear_is_refused(case: dict[str, str]) -> None:
    with pytest.raises(BadInput) as bad:
        READERS[case["field"]](case["typed"])
    assert bad.value.why == case["refused"]


def test_a_case_has_one_outcome_and_an_id_of_its_own() -> None:
    assert len({case["id"] for case in CASES}) == len(CASES)
    assert all(("read" in case) is not ("refused" in case) for case in CASES)
