"""Numbers as people type them."""

from decimal import Decimal

import pytest

from contracts.fields.numerals import decimals, read_decimal


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", "0"),
        ("007", "7"),
        ("1,234,567.5", "1234567.5"),
        ("1 234", "1234"),
        ("1'234", "1234"),
        ("12345,678", None),
        ("1,23", None),
        ("1,234 567", None),
        ("1.", None),
        (".5", None),
        ("1e5", None),
        ("٣", None),
        ("", None),
    ],
)
def test_a_number_is_read_only_if_it_cannot_be_another(text: str, number: str | None) -> None:
    assert read_decimal(text) == (None if number is None else Decimal(number))


def test_typed_decimals_are_counted() -> None:
    assert [decimals(Decimal(text)) for text in ("3500.50", "3500", "1E+3", "0.001")] == [2, 0, 0, 3]
