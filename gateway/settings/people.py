"""The people that the service is for: their countries and language, and the office that helps them."""

from typing import Annotated
from zoneinfo import ZoneInfo

from phonenumbers import country_code_for_region
from pydantic import AfterValidator, BaseModel

from contracts.fields.countries import COUNTRIES
from contracts.fields.languages import LANGUAGES
from contracts.fields.money import Currency
from gateway.settings.values import country_codes, like, one_of
from menus.office import Office

_Country = Annotated[str, one_of(COUNTRIES, f"one of {', '.join(COUNTRIES)}")]
_Language = Annotated[str, one_of(LANGUAGES, f"one of {', '.join(LANGUAGES)}")]


class PeopleSettings(BaseModel):
    default_country: _Country = "KE"  # of numbers without +
    # Whose numbers may be in a contract, by ISO 3166: "KE,UG". Numbers of other countries are refused, because an SMS
    # there costs many times one at home. The default is all the countries that we know.
    served_countries: Annotated[str, AfterValidator(country_codes)] = ",".join(COUNTRIES)
    default_language: _Language = "en"

    # Whom texts send people to: a short name costs least, since it stands in screens of 160 letters. The phone as
    # people there dial it, or with +. Without them texts say "the VoicePact office", and nobody learns how to reach it.
    office_name: Annotated[str, like(r"[^\W\d_][\w '&.-]{1,23}", "2 to 24 letters, digits and spaces")] | None = None
    office_phone: Annotated[str, like(r"\+?[0-9](?: ?[0-9]){2,14}", "3 to 15 digits, like 0800 720 123")] | None = None

    @property
    def office(self) -> Office:
        return Office(self.office_name, self.office_phone)

    @property
    def served_calling_codes(self) -> frozenset[str]:
        """The calling codes of SERVED_COUNTRIES and DEFAULT_COUNTRY, as 254."""
        codes = {*self.served_countries.split(","), self.default_country}
        return frozenset(str(country_code_for_region(code)) for code in codes)

    @property
    def currency(self) -> Currency:
        return COUNTRIES[self.default_country].currency

    @property
    def zone(self) -> ZoneInfo:
        return COUNTRIES[self.default_country].zone
