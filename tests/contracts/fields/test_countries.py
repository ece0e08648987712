"""The countries that we serve."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from contracts.fields.countries import COUNTRIES, country_of, today_of
from contracts.fields.money import Currency
from contracts.fields.msisdn import Msisdn


@pytest.mark.parametrize("code", COUNTRIES)
def test_a_mobile_of_a_country_is_known_as_its_own(code: str) -> None:
    example = phonenumbers.example_number_for_type(code, PhoneNumberType.MOBILE)
    assert example
    assert country_of(Msisdn(phonenumbers.format_number(example, PhoneNumberFormat.E164))) is COUNTRIES[code]
    assert COUNTRIES[code].zone.key.startswith("Africa/")


@pytest.mark.parametrize("msisdn", ["+14155550100", "+2", "MTN", ""])
def test_a_number_from_elsewhere_has_no_country_of_ours(msisdn: str) -> None:
    assert country_of(Msisdn(msisdn)) is None


def test_every_currency_is_one_of_a_country_that_we_serve() -> None:
    assert {country.currency for country in COUNTRIES.values()} == set(Currency)


@pytest.mark.reported("B08")
@pytest.mark.parametrize(
    ("msisdn", "day"),
    [
        pytest.param("+233201234567", 1, id="half past nine in the evening in Accra"),
        pytest.param("+254712345678", 2, id="half past midnight in Nairobi"),
        pytest.param("+221701234567", 1, id="half past nine in the evening in Dakar"),
        pytest.param("+14155550100", 2, id="of no country that we serve: the day of the service"),
    ],
)
def test_a_persons_day_is_that_of_their_own_country(msisdn: str, day: int) -> None:
    now = datetime(2026, 12, 1, 21, 30, tzinfo=UTC)
    assert today_of(Msisdn(msisdn), now, ZoneInfo("Africa/Nairobi")) == date(2026, 12, day)
