"""Quantities: a number and its unit, in the order in which people type them."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.fields.quantity import Quantity, exact_quantity, parse_quantity
from contracts.refusals import BadInput, Why


@pytest.mark.parametrize(
    ("typed", "amount", "unit"),
    [
        ("50 bags", "50", "bags"),
        ("50bags", "50", "bags"),
        ("bags 50", "50", "bags"),
        ("Bags50", "50", "bags"),
        ("gunia 50", "50", "gunia"),
        ("1.5 tonnes", "1.5", "tonnes"),
        ("1.50 tonnes", "1.5", "tonnes"),
        ("0.250 kg", "0.25", "kg"),
        ("1,5 tonnes", "1.5", "tonnes"),
        ("sacs 0,25", "0.25", "sacs"),
        pytest.param("1 500,125 kg", "1500.125", "kg", id="spaces group, so the comma does not"),
        pytest.param("1,500 kg", "1500", "kg", id="a comma before three digits groups thousands"),
        ("1,500 KG", "1500", "kg"),
        ("1 500kg", "1500", "kg"),
        ("٥٠ kg", "50", "kg"),
        ("50 bags of 90kg", "50", "bags of 90kg"),
        ("3 ng'ombe", "3", "ng'ombe"),
        ("3 ng’ombe", "3", "ng'ombe"),
        ("20 ኪሎ", "20", "ኪሎ"),
        ("10 ƙwarya", "10", "ƙwarya"),
        ("12 pcs.", "12", "pcs."),
        ("100000000 kg", "100000000", "kg"),
        ("magunia 2 na nusu", "2.5", "magunia"),
        ("gunia mbili na robo", "2.25", "gunia"),
        ("2 1/2 bags", "2.5", "bags"),
        ("(50 bags)", "50", "bags"),
        ("siku 10", "10", "siku"),
        ("፪፻ ኪሎ", "200", "ኪሎ"),
        ("sacs deux et demi", "2.5", "sacs"),
        ("2½ bags", "2.5", "bags"),
        ("half an acre", "0.5", "acre"),
        ("5 tonnes et demie", "5.5", "tonnes"),
        ("rabin buhu", "0.5", "buhu"),
        ("ሁለት ኪሎ ተኩል", "2.5", "ኪሎ"),
        ("gunia 50 za kilo 90", "50", "gunia za kilo 90"),
        ("magunia 50 ya 90kg", "50", "magunia ya 90kg"),
        pytest.param("magunia 50 ya kilo 90", "50", "magunia ya 90kg", id="shortened to fit a page"),
        ("50 buhuna mai kilo 100", "50", "buhuna mai 100kg"),
        ("50 sacs de 90 kg", "50", "sacs de 90 kg"),
        ("fifty-five bags only", "55", "bags"),
        ("bags: 50", "50", "bags"),
        ("50 bags.", "50", "bags"),
    ],
)
def test_a_number_and_its_unit_are_read(typed: str, amount: str, unit: str) -> None:
    assert parse_quantity(typed) == Quantity(amount, unit)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", Why.EMPTY),
        ("50", Why.NO_UNIT),
        ("1,500", Why.NO_UNIT),
        ("bags", Why.NOT_A_QUANTITY),
        ("1,5000 tonnes", Why.NOT_A_QUANTITY),
        ("1,500,5 tonnes", Why.NOT_A_QUANTITY),
        ("1/3 bag", Why.NOT_A_QUANTITY),
        ("21/2 bags", Why.NOT_A_QUANTITY),
        pytest.param("1.500 kg", Why.WRONG_DECIMALS, id="one and a half, or one thousand five hundred"),
        ("50 only", Why.NO_UNIT),
        ("50 maize", Why.NO_UNIT),
        ("50 bags of maize", Why.NOT_A_QUANTITY),
        ("2 bags and 10 kg", Why.NOT_A_QUANTITY),
        ("magunia 2 na kilo 10", Why.NOT_A_QUANTITY),
        ("50kg bags", Why.NOT_A_QUANTITY),
        ("50 to 60 bags", Why.NOT_A_QUANTITY),
        ("bags hadi 50", Why.NOT_A_QUANTITY),
        ("50 bags a week", Why.NOT_A_QUANTITY),
        ("magunia 50 kwa wiki", Why.NOT_A_QUANTITY),
        ("50 bags per day", Why.NOT_A_QUANTITY),
        ("about fifty bags", Why.NOT_A_QUANTITY),
        ("1k bags", Why.NOT_A_QUANTITY),
        ("half", Why.NOT_A_QUANTITY),
        ("-5 bags", Why.NOT_A_QUANTITY),
        ("50 bags 20", Why.NOT_A_QUANTITY),
        ("50 $$", Why.NOT_A_QUANTITY),
        ("50 /", Why.NOT_A_QUANTITY),
        ("0 bags", Why.TOO_SMALL),
        ("0.000 bags", Why.TOO_SMALL),
        ("1.2345 kg", Why.WRONG_DECIMALS),
        ("100000001 kg", Why.TOO_BIG),
        ("5 " + "b" * 21, Why.TOO_LONG),
        ("9" * 5000 + "kg", Why.NOT_A_QUANTITY),
    ],
)
def test_what_is_not_a_quantity_is_refused(typed: str, why: Why) -> None:
    with pytest.raises(BadInput) as bad:
        parse_quantity(typed)
    assert bad.value.why is why


@given(st.decimals("0.001", 10**8, places=3), st.sampled_from(["kg", "bags", "crates of 12pcs", "ኪሎ", "ng'ombe"]))
def test_a_stored_quantity_can_be_typed_back(amount: object, unit: str) -> None:
    quantity = exact_quantity(Decimal(str(amount)), unit)
    if not re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", quantity.amount):  # refused: 1.125 may be 1,125
        assert parse_quantity(f"{quantity.amount} {quantity.unit}") == quantity
    assert not quantity.amount.endswith(".") and "E" not in quantity.amount


@given(st.text(alphabet="0123456789., 'kgባ/-٥", max_size=14) | st.text(max_size=20))
def test_any_text_is_a_quantity_or_refused(typed: str) -> None:
    try:
        assert parse_quantity(typed).unit
    except BadInput:
        return
