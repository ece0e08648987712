"""Settings: a wrong one gives one line that names it and says what it should be; a secret is never shown."""

import json
import os
import stat
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest

from contracts.fields.money import Currency
from gateway.__main__ import hooks
from gateway.callback_urls import callback_urls, report_url
from gateway.settings import Settings, SettingsError, load_settings, with_own_secrets
from menus.office import Office
from storage.postgres.database import asyncpg_url
from tests.gateway.production_settings import DATABASE, KEYS, PRODUCTION


@pytest.fixture(autouse=True)
def _an_environment_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of ours in the environment, and no .env in the working folder."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def set_all(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def is_numeric(annotation: Any) -> bool:
    """Whether it is a number, or a number or nothing; a number within JSON is not."""
    of = () if get_origin(annotation) in (dict, list) else get_args(annotation)
    return annotation in (int, float) or any(map(is_numeric, of))


NUMERIC = [name.upper() for name, field in Settings.model_fields.items() if is_numeric(field.annotation)]


def test_nothing_needs_to_be_set() -> None:
    settings = load_settings()
    assert (settings.environment, settings.database_url, settings.redis_url) == ("development", None, None)
    assert (settings.at_ussd_service_code, settings.default_country) == ("*483#", "KE")
    assert (settings.currency, str(settings.zone)) == (Currency.KES, "Africa/Nairobi")


def test_settings_come_from_env_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("AT_USERNAME=from-file\nLOG_LEVEL=ERROR\nSOMEBODY_ELSES=1\n", encoding="utf-8")
    monkeypatch.setenv("AT_USERNAME", "from-environment")
    settings = load_settings()
    assert (settings.at_username, settings.log_level) == ("from-environment", "ERROR")


def test_a_variable_set_to_nothing_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("AT_API_KEY", "")
    settings = load_settings()
    assert (settings.database_url, settings.at_api_key) == (None, None)


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        pytest.param(DATABASE, DATABASE, id="as it is"),
        pytest.param("postgres://h/d", "postgres://h/d", id="the short scheme"),
        pytest.param("postgresql+asyncpg://h/d?sslmode=require", "postgresql://h/d?sslmode=require", id="a driver"),
        pytest.param("postgresql+asyncpg://u:a+b:c@h/d", "postgresql://u:a+b:c@h/d", id="a plus in the password"),
        pytest.param("postgresql://h1:5432,h2:5433/d", "postgresql://h1:5432,h2:5433/d", id="several hosts"),
        pytest.param("postgresql:///d?host=/tmp/s", "postgresql:///d?host=/tmp/s", id="a socket"),
    ],
)  # fmt: skip
def test_the_forms_of_a_database_url(monkeypatch: pytest.MonkeyPatch, url: str, plain: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    settings = load_settings()
    assert settings.database_url and asyncpg_url(settings.database_url) == plain


@pytest.mark.parametrize(
    ("name", "value", "should"),
    [
        ("ENVIRONMENT", "prod", "should be 'development', 'testing' or 'production'"),
        ("DATABASE_URL", "mysql://h/d", "should be a URL that starts with postgresql://"),
        ("DATABASE_URL", "voicepact", "should be a URL"),
        ("DATABASE_POOL_MIN", "0", "should be greater than or equal to 1"),
        ("DATABASE_POOL_MIN", "99", "should not be above DATABASE_POOL_MAX"),
        ("DATABASE_POOL_MAX", "many", "should be a valid integer"),
        ("DATABASE_TIMEOUT_SECONDS", "-1", "should be greater than 0"),
        ("REDIS_URL", "http://h", "should be a URL that starts with redis:// or rediss:// or unix://"),
        ("REDIS_URL", "redis://h/0?colour=red", "should have no options behind the ? but those of redis-py"),
        ("REDIS_URL", "redis://h/0?socket_timeout=soon", "should have no options behind the ?"),
        ("REDIS_MAX_CONNECTIONS", "0", "should be greater than or equal to 1"),
        ("REDIS_SOCKET_TIMEOUT", "soon", "should be a valid number"),
        ("AT_SENDER_ID", "TWELVE-CHARS", "should have at most 11 characters"),
        ("AT_USSD_SERVICE_CODE", "483", "should match pattern"),
        ("AT_BASE_URL", "localhost:8001", "should be a URL that starts with http:// or https://"),
        ("SIGNATURE_PRIVATE_KEY", "bm90IDMyIGJ5dGVz", "should be an Ed25519 private key: PEM, or 32 bytes in base64"),
        ("SIGNATURE_PUBLIC_KEYS", "bm90IDMyIGJ5dGVz", "should be public keys: base64 of 32 bytes each"),
        ("LOG_PRIVATE_KEY", "bm90IDMyIGJ5dGVz", "should be an Ed25519 private key: PEM, or 32 bytes in base64"),
        ("LOG_ORIGIN", "my log", "should be a name without blanks and +, like example.com/log"),
        ("WITNESS_POLICY", "/proc/nothing", "should be a policy file that can be read (No such file or directory)"),
        ("WITNESS_POLICY", "/etc/hostname", "should be a policy file of C2SP's form; line 1: "),
        ("TIMESTAMP_URL", "tsa.example", "should be a URL that starts with http:// or https://"),
        ("TIMESTAMP_URL", "https://tsa.example", "must be set where"),
        ("TIMESTAMP_ROOTS", "/etc/hostname", "should be a file of certificates in PEM"),
        ("TWILIO_ACCOUNT_SID", "SK0123456789abcdef0123456789abcdef", "should be AC and 32 hexadecimal digits"),
        ("TWILIO_SENDER", "0712 345 678", "should be a number like +14155550100, a short code, "),
        ("TWILIO_SENDER", "TWELVE-CHARS", "or the SID (MG…) of a messaging service"),
        ("TWILIO_BASE_URL", "api.twilio.com", "should be a URL that starts with http:// or https://"),
        ("PAWAPAY_TOKEN", "two words", "should be the API token from pawaPay's dashboard, without spaces"),
        ("PAWAPAY_BASE_URL", "api.pawapay.io", "should be a URL that starts with http:// or https://"),
        ("PAWAPAY_SIGNED_CALLBACKS", "perhaps", "should be a valid boolean"),
        ("WEBHOOK_BASE_URL", "ftp://h", "should be a URL that starts with http:// or https://"),
        ("DEFAULT_COUNTRY", "XX", "should be one of KE, UG"),
        ("DEFAULT_LANGUAGE", "xx", "should be one of en, sw"),
        ("HOP_BUDGET_MS", "20000", "should be less than or equal to 10000"),
        ("SESSION_TTL_SECONDS", "60", "should be greater than or equal to 180"),
        ("SCREEN_SEPTETS", "10", "should be greater than or equal to 60"),
        ("NETWORK_SEPTETS", "63903=184", "should be JSON"),
        ("NETWORK_SEPTETS", '{"63903": "wide"}', "should be a valid integer"),
        ("NETWORK_SEPTETS", '{"63903": 5}', "should be greater than or equal to 60"),
        ("NUMBER_CHECKS", "mtn", "should be one or more of daraja, africastalking, camara, with commas between them"),
        ("NUMBER_CHECKS", "camara,camara", "each once"),
        ("NUMBER_CHECK_HOURS", "0", "should be greater than or equal to 1"),
        ("COOLING_HOURS", "721", "should be less than or equal to 720"),
        ("CAMARA_BASE_URL", "operator.example", "should be a URL that starts with http:// or https://"),
        ("CAMARA_TOKEN_URL", "operator.example", "should be a URL that starts with http:// or https://"),
        ("PIN_PASSES", "0", "should be greater than or equal to 1"),
        ("SMS_IN_FLIGHT", "1.5", "should be a valid integer"),
        ("SMS_TRIES", "0", "should be greater than or equal to 1"),
        ("SMS_BINDS_UP_TO", "200000", "should be a valid dictionary"),
        ("SMS_BINDS_UP_TO", '{"USD": 1}', "should be 'KES', 'UGX'"),
        ("SMS_BINDS_UP_TO", '{"KES": -1}', "should be greater than or equal to 0"),
        ("SMS_BINDS_UP_TO", '{"KES": "much"}', "should be a valid decimal"),
        ("OFFICE_NAME", "1", "should be 2 to 24 letters, digits and spaces"),
        ("OFFICE_NAME", "The Kakamega Farmers Cooperative", "should be 2 to 24 letters"),
        ("OFFICE_PHONE", "call us", "should be 3 to 15 digits, like 0800 720 123"),
        ("LOG_LEVEL", "verbose", "should be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("LOG_FORMAT", "xml", "should be 'json' or 'console'"),
    ],
)
def test_a_wrong_setting_is_named_with_what_it_should_be(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, should: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as wrong:
        load_settings()
    line = str(wrong.value)
    assert line.startswith(f"{name}: "), line
    assert should in line
    assert "\n" not in line
    assert wrong.value.__context__ is None or wrong.value.__suppress_context__, "no trace of pydantic's above it"


@pytest.mark.parametrize("value", ["inf", "-inf", "nan", "1e400", "1" + "0" * 30, "1e30"])
def test_a_number_without_end_is_refused_by_every_setting(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """It would be found out at its first use: as an interval that is too long, or too large for the database."""
    assert len(NUMERIC) > 30 and {"SMS_PER_SECOND", "SMS_TRIES", "REDIS_SOCKET_TIMEOUT"} <= set(NUMERIC)
    set_all(monkeypatch, dict.fromkeys(NUMERIC, value))
    with pytest.raises(SettingsError) as wrong:
        load_settings()
    assert sorted(line.partition(":")[0] for line in str(wrong.value).splitlines()) == sorted(NUMERIC)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMS_ROUTES", '[{"prefix": "+254", "providers": ["africastalking"], "per_second": %s}]'),
        ("NETWORK_SEPTETS", '{"63902": %s}'),
        ("SMS_BINDS_UP_TO", '{"KES": %s}'),
    ],
)
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", '"inf"', '"nan"', "1" + "0" * 30])
def test_a_number_without_end_is_refused_inside_json(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, number: str
) -> None:
    monkeypatch.setenv(name, value % number)
    with pytest.raises(SettingsError, match=f"^{name}: should [^\n]+$"):
        load_settings()


def test_an_sms_binds_up_to_a_sum_in_every_currency(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(load_settings().sms_limits.up_to) == set(Currency)
    monkeypatch.setenv("SMS_BINDS_UP_TO", '{"KES": 50000, "UGX": 0}')
    limits = load_settings().sms_limits
    assert [limits.limit(currency).major for currency in (Currency.KES, Currency.UGX, Currency.NGN)] == [
        "50000.00", "0", "2000000.00",
    ]  # fmt: skip


def test_the_office_is_named_as_people_know_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().office == Office()
    set_all(monkeypatch, {"OFFICE_NAME": "Bungoma Coop", "OFFICE_PHONE": "0800 720 123"})
    assert load_settings().office == Office("Bungoma Coop", "0800 720 123")


TWILIO = {
    "TWILIO_ACCOUNT_SID": "ACa1b2c3d4e5f60718293a4b5c6d7e8f90",
    "TWILIO_AUTH_TOKEN": "twilio-0123456789abcdef",
    "TWILIO_SENDER": "+254700000022",
}


@pytest.mark.parametrize("missing", TWILIO)
def test_half_an_account_with_twilio_stops_the_start(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    given = [name for name in TWILIO if name != missing]
    set_all(monkeypatch, {name: TWILIO[name] for name in given})
    with pytest.raises(SettingsError, match=f"^{missing}: must be set where {given[0]} is$"):
        load_settings()


@pytest.mark.parametrize("sender", ["+14155550100", "22483", "VOICEPACT", "Mkulima 2", "MG" + "0a" * 16])
def test_twilio_sends_as_a_number_a_name_or_a_service(monkeypatch: pytest.MonkeyPatch, sender: str) -> None:
    set_all(monkeypatch, TWILIO | {"TWILIO_SENDER": sender})
    assert load_settings().twilio_sender == sender


def test_without_a_token_there_is_no_account_with_pawapay(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings()
    assert settings.pawapay_token is None
    assert (settings.pawapay_base_url, settings.pawapay_signed_callbacks) == ("https://api.pawapay.io", True)
    set_all(monkeypatch, {"PAWAPAY_TOKEN": "a.b-c", "PAWAPAY_SIGNED_CALLBACKS": "false"})
    settings = load_settings()
    assert settings.pawapay_token and settings.pawapay_token.get_secret_value() == "a.b-c"
    assert not settings.pawapay_signed_callbacks


def test_the_callback_addresses_are_those_of_the_accounts_we_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_TOKEN", "t0ken")
    addresses = callback_urls(load_settings(), "http://127.0.0.1:8000")
    assert addresses[0] == ("USSD", "http://127.0.0.1:8000/hooks/t0ken/africastalking/ussd")
    assert not [address for _, address in addresses if "twilio" in address]
    assert report_url(load_settings(), "twilio") is None
    set_all(monkeypatch, TWILIO | {"WEBHOOK_BASE_URL": "https://voicepact.example/"})
    assert callback_urls(load_settings(), "http://127.0.0.1:8000")[-2:] == [
        ("Twilio SMS", "https://voicepact.example/hooks/t0ken/twilio/sms"),
        ("Twilio reports", "https://voicepact.example/hooks/t0ken/twilio/sms/reports"),
    ]
    assert report_url(load_settings(), "twilio") == "https://voicepact.example/hooks/t0ken/twilio/sms/reports"


def test_a_wrong_url_does_not_show_the_password_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://u:dbpassword@h/d")
    with pytest.raises(SettingsError) as wrong:
        load_settings()
    assert "dbpassword" not in str(wrong.value)


def test_a_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, PRODUCTION | TWILIO | {"PAWAPAY_TOKEN": "pawapay-0123456789abcdef"})
    shown = f"{load_settings()!r} {load_settings()}"
    secrets = [*(PRODUCTION[name] for name in KEYS), TWILIO["TWILIO_AUTH_TOKEN"], "dbpassword", "redispassword"]
    secrets.append("pawapay-0123456789abcdef")
    assert not [secret for secret in secrets if secret in shown]


def test_settings_do_not_change() -> None:
    with pytest.raises(Exception, match="frozen"):
        load_settings().at_username = "other"  # type: ignore[misc]  # what must not be done


def test_own_secrets_are_made_once_in_a_private_file(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    first, second = (with_own_secrets(load_settings(), folder) for _ in range(2))
    assert first == second
    made = [getattr(first, name).get_secret_value() for name in ("webhook_token", "secret_key", "api_key")]
    assert len(set(made)) == 3 and all(len(secret) >= 16 for secret in made)
    assert stat.S_IMODE((folder / "secrets.json").stat().st_mode) == 0o600


def test_a_given_secret_is_used_and_not_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECRET_KEY", "given")
    settings = with_own_secrets(load_settings(), tmp_path)
    assert settings.secret_key.get_secret_value() == "given"
    assert "given" not in json.loads((tmp_path / "secrets.json").read_text()).values()


def test_hooks_prints_the_address_of_the_service_that_runs_on_the_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WEBHOOK_TOKEN", "t0ken")
    (tmp_path / "serve.json").write_text(json.dumps({"url": "http://127.0.0.1:8123", "pid": os.getpid()}))
    hooks(data_dir=tmp_path)
    assert "http://127.0.0.1:8123/hooks/t0ken/africastalking/ussd" in capsys.readouterr().out
    hooks(url="https://voicepact.example", data_dir=tmp_path)
    assert "https://voicepact.example/hooks/t0ken/" in capsys.readouterr().out
    (tmp_path / "serve.json").unlink()
    hooks(data_dir=tmp_path)
    assert "http://127.0.0.1:8000/hooks/t0ken/" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("source", "needed"),
    [
        ("daraja", ["MPESA_CONSUMER_KEY"]),
        ("camara", ["CAMARA_BASE_URL", "CAMARA_CLIENT_ID", "CAMARA_CLIENT_SECRET"]),
        ("africastalking", []),
    ],
)
def test_a_source_of_number_checks_needs_its_account(source: str, needed: list[str]) -> None:
    lines = []
    try:
        settings = load_settings(_env_file=None, number_checks=f" {source} ,")
        assert settings.number_sources == [source]
    except SettingsError as wrong:
        lines = str(wrong).splitlines()
    assert lines == [f"{name}: must be set where NUMBER_CHECKS names {source}" for name in needed]
