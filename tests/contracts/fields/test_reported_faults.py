"""What people type, as it was reported of systems like this one: it is read, or asked back with an example."""

from datetime import date

import pytest

from contracts.fields.dates import parse_date
from contracts.fields.letters import normalize_text
from contracts.fields.money import Currency, Money, parse_amount
from contracts.fields.msisdn import parse_msisdn
from contracts.fields.quantity import parse_quantity
from contracts.refusals import BadInput, Why

TODAY = date(2026, 11, 28)  # a Saturday


@pytest.mark.reported("B10")
def test_a_day_just_past_is_asked_back_and_never_a_year_away() -> None:
    with pytest.raises(BadInput) as refused:
        parse_date("27/11", TODAY)
    assert refused.value.why is Why.NO_YEAR
    assert parse_date("27/11/2027", TODAY) == date(2027, 11, 27)


@pytest.mark.reported("B17")
@pytest.mark.parametrize("key", ["٢", "۲", "２", "2\ufe0f\u20e3", "\u20662\u2069"])
def test_a_key_in_any_script_is_that_key(key: str) -> None:
    assert normalize_text(key) == "2"


@pytest.mark.reported("B19")
@pytest.mark.parametrize(
    "typed", ["0722\ufe0f000002", "+254\ufe0f722000002", "\u034f0722 000\u3164002", "0722\u200b000002"]
)
def test_marks_that_no_phone_shows_are_no_part_of_a_number(typed: str) -> None:
    assert parse_msisdn(typed, "KE") == "+254722000002"


@pytest.mark.reported("B30")
@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("25 Disemba", date(2026, 12, 25)),
        ("tomorow", date(2026, 11, 29)),
        ("kesho asubuhi", date(2026, 11, 29)),
        ("demain matin", date(2026, 11, 29)),
        ("Ijumaa 4/12", date(2026, 12, 4)),
        ("25/12/2026 5pm", date(2026, 12, 25)),
        ("25/12, 5.30 pm", date(2026, 12, 25)),
        ("25 Dec 10:00", date(2026, 12, 25)),
        ("2512 17h", date(2026, 12, 25)),
        ("tomorrow at 5pm", date(2026, 11, 29)),
        ("demain à 10h30", date(2026, 11, 29)),
        ("le 25 décembre à midi", date(2026, 12, 25)),
    ],
)
def test_a_day_is_read_without_its_hour(typed: str, day: date) -> None:
    assert parse_date(typed, TODAY) == day


@pytest.mark.reported("B30")
@pytest.mark.parametrize(
    "typed",
    [
        "next friday",
        "ijumaa ijayo",
        "vendredi prochain",
        "4pm",
        "saa 4",
        "kesho saa tatu",
        "gobe karfe uku",
        "kesho saa sita usiku",
        "tomorrow 12am",
        "in 3 h",
    ],
)
def test_a_day_that_may_be_two_days_is_asked_back(typed: str) -> None:
    """People mean this Friday and the Friday of next week by "next Friday": the answer has examples instead."""
    with pytest.raises(BadInput) as refused:
        parse_date(typed, TODAY)
    assert refused.value.why is Why.NOT_A_DATE


@pytest.mark.reported("B31")
@pytest.mark.parametrize(
    ("typed", "minor"),
    [("3500 only", 350000), ("Sh 3500 tu", 350000), ("3500 ksh only", 350000), ("elfu tatu", 300000),
     ("3500,-", 350000), ("3500.-", 350000), ("3500-", 350000)],
)  # fmt: skip
def test_words_and_marks_around_an_amount_change_nothing(typed: str, minor: int) -> None:
    assert parse_amount(typed, Currency.KES) == Money(minor, Currency.KES)


@pytest.mark.reported("B31")
@pytest.mark.parametrize("typed", ["350O", "l500", "-3500", "3500-4000"])
def test_a_letter_in_place_of_a_digit_is_asked_back(typed: str) -> None:
    """Whoever reads 350O as 3500 guesses somebody's money. The answer has an example of an amount."""
    with pytest.raises(BadInput) as refused:
        parse_amount(typed, Currency.KES)
    assert refused.value.why is Why.NOT_AN_AMOUNT


@pytest.mark.reported("B32")
@pytest.mark.parametrize("typed", ["3 kg 500 g", "3kg 500g", "1 m 20 cm", "2 hours 30 minutes"])
def test_two_units_are_asked_back(typed: str) -> None:
    """A part of it is counted in one unit, so it has to be one."""
    with pytest.raises(BadInput) as refused:
        parse_quantity(typed)
    assert refused.value.why is Why.NOT_A_QUANTITY


@pytest.mark.reported("B39")
def test_the_numbering_plan_decides_what_a_number_is() -> None:
    """Rwanda has given no mobile numbers with 75 yet. When it does, a new version of the plan's data takes them."""
    assert parse_msisdn("+250780123456", "KE") == "+250780123456"
    with pytest.raises(BadInput) as refused:
        parse_msisdn("+250750123456", "KE")
    assert refused.value.why in (Why.NOT_A_NUMBER, Why.NOT_MOBILE)
