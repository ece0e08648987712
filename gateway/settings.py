"""All settings, from the environment and from `.env`: one frozen class, each field with its unit and its reason."""

import json
import re
import secrets
from collections.abc import Mapping
from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from phonenumbers import country_code_for_region
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as PydanticSettingsError

from contracts.fields.countries import COUNTRIES
from contracts.fields.languages import LANGUAGES
from contracts.fields.money import Currency
from contracts.fields.msisdn import E164
from contracts.rules.offers import OfferLimit, OfferRules
from contracts.rules.sms_limits import DEFAULT_LIMITS, SmsLimits
from contracts.rules.waiting import WaitingPeriods
from menus.office import Office
from storage.retention import Periods
from storage.signing import Signer


class SettingsError(Exception):
    """A setting is wrong. The message is one line for the operator: the variable's name, and what it should be."""


def _url(*schemes: str) -> AfterValidator:
    def check(value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in schemes or not (parts.netloc or parts.path or parts.query):
            raise ValueError(f"should be a URL that starts with {' or '.join(s + '://' for s in schemes)}")
        return value

    return AfterValidator(check)


def _one_of(known: Mapping[str, Any] | set[str], what: str) -> AfterValidator:
    def check(value: str) -> str:
        if value not in known:
            raise ValueError(f"should be {what}")
        return value

    return AfterValidator(check)


def _like(pattern: str, what: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"should be {what}")
        return value

    return AfterValidator(check)


def _country_codes(value: str) -> str:
    codes = [code.strip().upper() for code in value.split(",")]
    if not all(country_code_for_region(code) for code in codes):
        raise ValueError("should be the two letters of countries, like KE,UG")
    return ",".join(codes)


_HTTP = _url("http", "https")
_TWILIO_SID = _like("AC[0-9a-fA-F]{32}", "AC and 32 hexadecimal digits")
_TWILIO_SENDER = _like(
    E164 + r"|[0-9]{3,8}|MG[0-9a-fA-F]{32}|(?=.*[A-Za-z])[A-Za-z0-9 +&_-]{1,11}",
    "a number like +14155550100, a short code, up to 11 letters and digits, or the SID (MG…) of a messaging service",
)


class SmsRoute(BaseModel):
    """How numbers that begin with `prefix` are reached: by which providers, in this order, and with which sender id."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    prefix: str = Field(pattern=r"^(\+[1-9][0-9]{0,14})?$")
    providers: list[Literal["africastalking", "twilio"]] = Field(min_length=1)
    sender_id: str | None = Field(None, max_length=34)
    per_second: float | None = Field(None, gt=0)


class Settings(BaseSettings):
    """The service's settings. A secret's repr shows nothing."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True, env_ignore_empty=True,
        hide_input_in_errors=True,
    )  # fmt: skip

    environment: Literal["development", "testing", "production"] = "development"

    # Unset, the service brings its own PostgreSQL and Valkey (not in production).
    database_url: Annotated[str, _url("postgresql", "postgres", "postgresql+asyncpg")] | None = Field(None, repr=False)
    database_pool_min: int = Field(2, ge=1, le=100)  # connections, per process
    database_pool_max: int = Field(8, ge=1, le=500)
    database_timeout_seconds: float = Field(2.5, gt=0, le=60)  # a statement: less than a whole hop
    redis_url: Annotated[str, _url("redis", "rediss", "unix")] | None = Field(None, repr=False)  # may hold a password
    redis_max_connections: int = Field(16, ge=1, le=10_000)
    redis_socket_timeout: float = Field(1.0, gt=0, le=60)  # seconds

    # Without a key the adapter sends its HTTP requests to the local simulator of Africa's Talking.
    at_username: str = "sandbox"
    at_api_key: SecretStr | None = None
    at_sender_id: str | None = Field(None, max_length=11)  # None: Africa's Talking's shared sender
    at_ussd_service_code: str = Field("*483#", pattern=r"^\*[0-9*]+#$")
    at_base_url: Annotated[str, _HTTP] | None = None  # in place of the SDK's own host

    # A second provider of SMS; used only if an account is set.
    twilio_account_sid: Annotated[str, _TWILIO_SID] | None = None
    twilio_auth_token: SecretStr | None = None  # also checks the signature of what Twilio sends us
    twilio_sender: Annotated[str, _TWILIO_SENDER] | None = None
    twilio_base_url: Annotated[str, _HTTP] | None = None  # in place of https://api.twilio.com

    webhook_base_url: Annotated[str, _HTTP] | None = None  # how providers reach us; Twilio signs this address
    webhook_token: SecretStr = SecretStr("")  # the secret part of every callback address
    secret_key: SecretStr = SecretStr("")  # encrypts sessions, and is part of every PIN's hash
    # Ed25519, PEM or 32 bytes in base64; signs every consent. What an older key has signed stays valid.
    signature_private_key: SecretStr = SecretStr("")
    api_key: SecretStr = SecretStr("")  # of the REST API

    default_country: Annotated[str, _one_of(COUNTRIES, f"one of {', '.join(COUNTRIES)}")] = "KE"  # of numbers without +
    # Whose numbers may be in a contract, by ISO 3166: "KE,UG". Numbers of other countries are refused, because an SMS
    # there costs many times one at home. The default is all the countries that we know.
    served_countries: Annotated[str, AfterValidator(_country_codes)] = ",".join(COUNTRIES)
    default_language: Annotated[str, _one_of(LANGUAGES, f"one of {', '.join(LANGUAGES)}")] = "en"

    # Whom texts send people to: a short name costs least, since it stands in screens of 160 letters. The phone as
    # people there dial it, or with +. Without them texts say "the VoicePact office", and nobody learns how to reach it.
    office_name: Annotated[str, _like(r"[^\W\d_][\w '&.-]{1,23}", "2 to 24 letters, digits and spaces")] | None = None
    office_phone: Annotated[str, _like(r"\+?[0-9](?: ?[0-9]){2,14}", "3 to 15 digits, like 0800 720 123")] | None = None

    hop_budget_ms: int = Field(3000, ge=100, le=10_000)  # a whole hop; the networks cut at 10 to 15 s
    session_ttl_seconds: int = Field(900, ge=180, le=86_400)  # the networks cut a session at 180 s
    screen_septets: int = Field(160, ge=60, le=182)  # of a page of a menu, the provider's prefix included
    screen_units: int = Field(70, ge=40, le=80)  # the same when one letter forces UCS-2
    # The budget of one network, by its code: {"63903": 184}
    network_septets: dict[str, Annotated[int, Field(ge=60, le=200)]] = Field(default_factory=dict)

    pin_memory_kib: int = Field(19 * 1024, ge=8, le=1024 * 1024)  # Argon2id; measured at about 20 ms a try
    pin_passes: int = Field(2, ge=1, le=20)
    pin_threads: int = Field(2, ge=1, le=64)  # hashes computed at once, per process

    sms_in_flight: int = Field(32, ge=1, le=1000)  # provider calls under way at once, per process
    sms_timeout_seconds: float = Field(10.0, gt=0, le=120)  # a provider call
    sms_tries: int = Field(8, ge=1, le=100)  # before a message is given up
    sms_per_second: float | None = Field(None, gt=0)  # of one sender id, all processes together; None: no limit
    sms_number_gap_seconds: float = Field(1.0, ge=0, le=60)  # from one message to a number until its next
    sms_hourly_per_number: int = Field(60, ge=1)  # messages to one number that no contract depends on
    sms_reports_within_hours: float = Field(48, gt=0)  # a message without a delivery report is given up after this
    sms_settles_seconds: float = Field(600, gt=0)  # how long a send without an answer waits for its report
    sms_waits_factor: float = Field(1.0, gt=0, le=100)  # multiplies the waits between tries; below 1 for a rehearsal
    # The price of one segment, by the beginning of the number, "" for all others: {"+254": "KES 0.8000"}
    sms_prices: dict[str, Annotated[str, Field(pattern=r"^[A-Z]{3} [0-9]+(\.[0-9]+)?$")]] = Field(
        default_factory=lambda: {"+254": "KES 0.8000"}
    )
    # [{"prefix": "+256", "providers": ["twilio", "africastalking"], "sender_id": "VOICEPACT", "per_second": 20}]
    sms_routes: list[SmsRoute] = Field(default_factory=list)
    # The largest total of a contract to which an SMS alone binds, by currency, in its major units: {"KES": 50000}.
    # Above it people need their PIN; 0: always. A currency that is left out keeps its default.
    sms_binds_up_to: dict[Currency, Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=2)]] = Field(
        default_factory=dict
    )
    sms_quiet_hours: str = Field(
        "21:00-07:00", pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$"
    )

    # How many offers one person may make on a phone (an operator's API is limited by API_CONTRACTS_PER_HOUR instead). A
    # clerk who makes contracts for a cooperative on her own phone needs more than a farmer: 60, 300 and 500, say.
    offers_per_hour: int = Field(6, ge=1, le=1000)
    offers_per_day: int = Field(20, ge=1, le=1000)  # within 24 hours
    offers_open: int = Field(30, ge=1, le=1000)  # that wait for an answer
    # Of one API key: above it POST /v1/contracts answers 429. Each contract is an SMS or more to people who did not
    # ask.
    api_contracts_per_hour: int = Field(1000, ge=1, le=1_000_000)
    # How many offers one person may get from strangers, all of them together: people with whom they have had no
    # contract that both confirmed. A buyer who is offered more at harvest has confirmed contracts with most of these
    # people.
    stranger_offers_per_hour: int = Field(3, ge=1, le=1000)
    stranger_offers_per_day: int = Field(8, ge=1, le=1000)
    stranger_offers_open: int = Field(10, ge=1, le=1000)

    answer_within_days: int = Field(7, ge=1, le=365)  # then an offer that somebody has not answered expires
    delivery_within_days: int = Field(
        30, ge=1, le=3650
    )  # after its day; then a contract on which nobody delivered expires
    deadlines_every_seconds: float = Field(5.0, gt=0, le=3600)  # the longest time between two searches for what is due
    appeal_within_days: int = Field(3, ge=1, le=90)  # then a mediator's decision is final
    dispute_within_days: int = Field(7, ge=1, le=90)  # then the office is told that no mediator has decided

    # What an open contract or a legal hold needs is kept longer. Evidence is kept without limit (docs/privacy.md).
    retention_messages_days: int = Field(730, ge=1, le=36_500)  # texts from and to phones, and reports on them
    retention_sessions_days: int = Field(90, ge=2, le=36_500)  # ends of calls; rows that stop a hop from acting twice

    verify_per_minute: int = Field(30, ge=1, le=10_000)  # requests to /verify from one address
    proxy_hops: int = Field(0, ge=0, le=10)  # how many of our own proxies add to X-Forwarded-For

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"

    @property
    def waiting_periods(self) -> WaitingPeriods:
        return WaitingPeriods(
            answer=timedelta(days=self.answer_within_days), delivery=timedelta(days=self.delivery_within_days),
            appeal=timedelta(days=self.appeal_within_days), decision=timedelta(days=self.dispute_within_days),
            zone=self.zone,
        )  # fmt: skip

    @property
    def office(self) -> Office:
        return Office(self.office_name, self.office_phone)

    @property
    def sms_limits(self) -> SmsLimits:
        return SmsLimits({**DEFAULT_LIMITS, **self.sms_binds_up_to})

    @property
    def periods(self) -> Periods:
        return Periods(
            messages=timedelta(days=self.retention_messages_days), sessions=timedelta(days=self.retention_sessions_days)
        )

    @property
    def quiet_hours(self) -> tuple[time, time]:
        """Between these times no message is sent that can wait."""
        begins, ends = self.sms_quiet_hours.split("-")
        return time.fromisoformat(begins), time.fromisoformat(ends)

    @property
    def offer_rules(self) -> OfferRules:
        """The limits on offers. Outside production offers go at night too, unless SMS_QUIET_HOURS is set: who tries the
        service out does not wait until the morning."""
        has_night = self.environment == "production" or "sms_quiet_hours" in self.model_fields_set
        return OfferRules(
            OfferLimit(self.offers_per_hour, self.offers_per_day, self.offers_open),
            OfferLimit(self.stranger_offers_per_hour, self.stranger_offers_per_day, self.stranger_offers_open),
            self.quiet_hours if has_night else (time(0), time(0)),
        )

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


def load_settings(**given: Any) -> Settings:
    """Return the settings. Raise SettingsError for the first one that is wrong."""
    try:
        settings = Settings(**given)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        name = str(first["loc"][0]).upper() if first["loc"] else "settings"
        raise SettingsError(f"{name}: {_plainly(first)}") from None
    except PydanticSettingsError as wrong:  # not JSON where it should be; only the field's name is in its words
        name = next((name for name in Settings.model_fields if f'"{name}"' in str(wrong)), "settings")
        raise SettingsError(f"{name.upper()}: should be JSON") from None
    if settings.database_pool_min > settings.database_pool_max:
        raise SettingsError("DATABASE_POOL_MIN: should not be above DATABASE_POOL_MAX")
    _check_twilio(settings)
    _check_signature_key(settings)
    if not settings.twilio_account_sid and any("twilio" in route.providers for route in settings.sms_routes):
        raise SettingsError("SMS_ROUTES: names twilio, so TWILIO_ACCOUNT_SID must be set too")
    if settings.environment == "production":
        _check_production(settings)
    return settings


def with_own_secrets(settings: Settings, data_dir: Path) -> Settings:
    """Return `settings` with the secrets that were not given. They are generated once and kept in a file of `data_dir`
    that only the service's own user can read. Not for production."""
    path = data_dir / "secrets.json"
    try:
        kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    except ValueError:
        raise SettingsError(f"{path}: should be the JSON that was written there; restore it, it holds keys") from None
    lengths = {"webhook_token": 24, "secret_key": 24, "api_key": 24, "signature_private_key": 32}
    made = {name: kept.get(name) or secrets.token_urlsafe(length) for name, length in lengths.items()}
    if made != kept:
        data_dir.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(json.dumps(made))
    missing = {name: SecretStr(made[name]) for name in lengths if not getattr(settings, name).get_secret_value()}
    return settings.model_copy(update=missing)


def _check_twilio(settings: Settings) -> None:
    """Refuse half an account: it would fail later, message by message."""
    needed = ("twilio_account_sid", "twilio_auth_token", "twilio_sender")
    missing = [name for name in needed if not getattr(settings, name)]
    if missing and len(missing) < len(needed):
        given = next(name for name in needed if name not in missing)
        raise SettingsError(f"{missing[0].upper()}: must be set where {given.upper()} is")
    if not missing and settings.environment == "production" and not settings.webhook_base_url:
        raise SettingsError("WEBHOOK_BASE_URL: must be set where TWILIO_ACCOUNT_SID is, since Twilio signs it")


def _check_signature_key(settings: Settings) -> None:
    key = settings.signature_private_key.get_secret_value()
    try:
        if key:
            Signer.from_text(key)
    except ValueError as wrong:
        raise SettingsError(f"SIGNATURE_PRIVATE_KEY: {wrong}") from None


def _check_production(settings: Settings) -> None:
    needed = (
        "database_url",
        "redis_url",
        "at_api_key",
        "webhook_token",
        "secret_key",
        "signature_private_key",
        "api_key",
    )
    for name in needed:
        value = getattr(settings, name)
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not plain:
            raise SettingsError(f"{name.upper()}: must be set when ENVIRONMENT is production")
        if isinstance(value, SecretStr) and name != "at_api_key" and len(plain) < 16:
            raise SettingsError(f"{name.upper()}: should be at least 16 characters in production")


def _plainly(error: Any) -> str:
    message = str(error["msg"])
    return (
        message.removeprefix("Value error, ").replace("Input should be", "should be").replace("String should", "should")
    )
