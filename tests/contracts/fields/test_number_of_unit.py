"""A number of a unit that is agreed on: never of another unit, and never a reference."""

import pytest

from contracts.fields.quantity import parse_number_of
from contracts.refusals import BadInput, Why


@pytest.mark.parametrize(
    ("unit", "typed", "number"),
    [
        ("bags", "30", "30"),
        ("bags", "30 bags", "30"),
        ("bags", "30 BAGS", "30"),
        ("bags", "bags 30", "30"),
        ("bags", "1 bag", "1"),
        ("bag", "2 bags", "2"),
        ("kg", "1,500 kgs.", "1500"),
        ("tonnes", "1.5", "1.5"),
        ("tonnes", "1,5 tonnes", "1.5"),
        ("mifuko", "mifuko 30", "30"),
        ("bags", "magunia 2 na nusu", "2.5"),
        ("bags", "1/2 bag", "0.5"),
        ("bags of 90kg", "30", "30"),
        ("bags of 90kg", "30 bags", "30"),
        ("bags of 90kg", "30 bags of 90kg", "30"),
        ("ከረጢት", "30 ከረጢት", "30"),
        ("sacs", "1 500 sacs", "1500"),
        ("bricks", "150000", "150000"),
        ("bags", "mifuko 30", "30"),
        ("bags", "30 Gunia", "30"),
        ("bags of 90kg", "magunia 30", "30"),
        ("magunia", "30 sacks", "30"),
        ("sacs", "30 bags", "30"),
        ("buhuna", "30 buhu", "30"),
        ("ከረጢት", "30 bags", "30"),
        ("kg", "30 kilos", "30"),
        ("Kilogrammes", "30 kg.", "30"),
        ("ኪሎ", "30 kg", "30"),
        ("tonnes", "3 tani", "3"),
        ("litres", "lita 20", "20"),
        ("bags", "1/2 bag", "0.5"),
        ("bags", "0.5", "0.5"),
    ],
)
def test_a_number_of_the_contracts_unit_is_read(unit: str, typed: str, number: str) -> None:
    assert parse_number_of(unit, typed) == number


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", Why.EMPTY),
        ("0", Why.TOO_SMALL),
        ("0 bags", Why.TOO_SMALL),
        ("30 kg", Why.NO_UNIT),
        ("30 bags damaged", Why.NO_UNIT),
        ("30 bags and more", Why.NO_UNIT),
        ("30 tani", Why.NO_UNIT),
        ("30 mifuko ya kilo 90", Why.NO_UNIT),
        ("30 bags of 90kg", Why.NO_UNIT),
        ("half", Why.NOT_A_QUANTITY),
        pytest.param("half bags", Why.NOT_A_QUANTITY, id="half a bag, or half of all the bags"),
        pytest.param("1/2", Why.NOT_A_QUANTITY, id="half a bag, or half of all"),
        ("½", Why.NOT_A_QUANTITY),
        ("nusu gunia", Why.NOT_A_QUANTITY),
        ("30 of 50 bags", Why.NO_UNIT),
        ("30, 5 damaged", Why.NOT_A_QUANTITY),
        ("20 bags 10", Why.NO_UNIT),
        ("3 0", Why.NOT_A_QUANTITY),
        ("1.500", Why.NOT_A_QUANTITY),
        ("1.500 bags", Why.NOT_A_QUANTITY),
        ("1.2345", Why.WRONG_DECIMALS),
        ("999999999", Why.TOO_BIG),
        ("40718353", Why.NOT_A_QUANTITY),
        ("4071 8353", Why.NOT_A_QUANTITY),
        ("40718359 bags", Why.NOT_A_QUANTITY),
    ],
)
def test_a_number_of_another_unit_or_without_sense_is_refused(typed: str, why: Why) -> None:
    with pytest.raises(BadInput) as refused:
        parse_number_of("bags", typed)
    assert refused.value.why is why
