"""The countries that we serve: how their numbers begin, what they pay with and speak, and what their clocks show."""

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from zoneinfo import ZoneInfo

from contracts.fields.money import Currency
from contracts.fields.msisdn import Msisdn, country_code
from contracts.refusals import BadInput, Why
from values.frozen import Frozen


class Country(Frozen):
    """`calling_code`: without its plus, as in 254. `zone_name`: of the IANA time zone database. `language`: the one of
    ours that most people there read; None: that of the service."""

    calling_code: str
    currency: Currency
    zone_name: str
    language: str | None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone_name)


# By ISO 3166 alpha-2.
COUNTRIES: Mapping[str, Country] = {
    "KE": Country("254", Currency.KES, "Africa/Nairobi", None),
    "UG": Country("256", Currency.UGX, "Africa/Kampala", "en"),
    "TZ": Country("255", Currency.TZS, "Africa/Dar_es_Salaam", "sw"),
    "RW": Country("250", Currency.RWF, "Africa/Kigali", "en"),
    "NG": Country("234", Currency.NGN, "Africa/Lagos", "en"),
    "GH": Country("233", Currency.GHS, "Africa/Accra", "en"),
    "ZA": Country("27", Currency.ZAR, "Africa/Johannesburg", "en"),
    "ET": Country("251", Currency.ETB, "Africa/Addis_Ababa", "am"),
    "CI": Country("225", Currency.XOF, "Africa/Abidjan", "fr"),
    "SN": Country("221", Currency.XOF, "Africa/Dakar", "fr"),
    "MW": Country("265", Currency.MWK, "Africa/Blantyre", "en"),
    "ZM": Country("260", Currency.ZMW, "Africa/Lusaka", "en"),
}
_BY_CALLING_CODE = {country.calling_code: country for country in COUNTRIES.values()}


def check_served(msisdn: Msisdn, served: frozenset[str]) -> Msisdn:
    """Return `msisdn` if its country's calling code is one of `served`; empty: every country is served.

    Raise BadInput NOT_SERVED. An SMS abroad costs many times one at home, and nobody there has asked for ours.
    """
    if served and country_code(msisdn) not in served:
        raise BadInput(Why.NOT_SERVED)
    return msisdn


def country_of(msisdn: Msisdn) -> Country | None:
    """Return the country that `msisdn` is from; None where we do not serve it."""
    return _BY_CALLING_CODE.get(country_code(msisdn))


def zone_of(msisdn: Msisdn) -> ZoneInfo | None:
    """Return the zone of the clocks where `msisdn` is from; None where we do not serve it."""
    country = country_of(msisdn)
    return country.zone if country else None


def today_of(msisdn: Msisdn, now: datetime, zone: tzinfo) -> date:
    """Return the day of the person with this number, by their country's clock; in `zone` if we do not serve it."""
    return now.astimezone(zone_of(msisdn) or zone).date()


def default_language(msisdn: Msisdn, home: str, language: str) -> str:
    """Return the language of a person of whom we know none: that of their number's country. For numbers of the
    service's own country, `home`, and of others that have none here, it is the `language` of the service."""
    country = country_of(msisdn)
    return language if country is None or country is COUNTRIES.get(home) else country.language or language
