"""A service in production starts only with everything it needs, and every fault is named at once."""

from pathlib import Path

import pytest

from gateway.settings import Settings, SettingsError, load_settings
from gateway.settings.production import guessed_bits
from storage.key_source import TokenAccess, make_key
from tests.gateway.production_settings import KEYS, PRODUCTION


def faults(**changed: str) -> list[str]:
    """Return the lines with which production refuses these settings; none if it starts."""
    given = {name.lower(): value for name, value in (PRODUCTION | changed).items() if value}
    try:
        load_settings(_env_file=None, **given)
    except SettingsError as fault:
        return str(fault).splitlines()
    return []


@pytest.fixture(autouse=True)
def _nothing_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_it_starts_with_everything_it_needs() -> None:
    assert faults() == []


@pytest.mark.parametrize("missing", [name for name in PRODUCTION if name not in ("ENVIRONMENT", "AT_USERNAME")])
def test_it_does_not_start_without(missing: str) -> None:
    assert faults(**{missing: ""}) == [f"{missing}: must be set when ENVIRONMENT is production"]


def test_every_fault_is_named_at_once() -> None:
    lines = faults(**(dict.fromkeys(PRODUCTION, "") | {"ENVIRONMENT": "production", "API_KEY": "short"}))
    assert {line.partition(":")[0] for line in lines} == set(PRODUCTION) - {"ENVIRONMENT"}


def test_every_wrong_value_is_named_at_once() -> None:
    lines = faults(LOG_LEVEL="loud", DATABASE_URL="mysql://h/d", PIN_PASSES="0")
    assert sorted(line.partition(":")[0] for line in lines) == ["DATABASE_URL", "LOG_LEVEL", "PIN_PASSES"]


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("AT_USERNAME", "sandbox", "not sandbox"),
        ("WEBHOOK_BASE_URL", "http://gateway.example.org", "should start with https://"),
        ("CAMARA_BASE_URL", "http://operator.example.org", "should start with https://"),
        ("CAMARA_TOKEN_URL", "http://operator.example.org", "should start with https://"),
        ("SECRET_KEY", "changeme", "should be at least 16 characters"),
        ("SECRET_KEY", "changemechangeme", "is easy to guess"),
        ("SECRET_KEY", "a" * 40, "is easy to guess"),
        ("SECRET_KEY", "0123456789abcdef" * 2, "is easy to guess"),
        ("SECRET_KEY", "q7Zt2wXm" * 4, "is easy to guess"),
        ("API_KEY", "my-own-Password-is-long-2026", "is easy to guess"),
        ("WEBHOOK_TOKEN", "abcdefghijklmnopqrstuvwxyz", "is easy to guess"),
        ("API_KEY", PRODUCTION["SECRET_KEY"], "should not be the same as"),
        ("SIGNATURE_PRIVATE_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "is easy to guess"),
    ],
)
def test_a_weak_setting_is_named(name: str, value: str, why: str) -> None:
    (line,) = faults(**{name: value})
    assert why in line
    assert line.partition(":")[0] in (name, "SECRET_KEY")
    assert value == "sandbox" or value not in line


def test_a_key_may_be_in_a_file_or_on_a_token_and_no_two_are_the_same(tmp_path: Path) -> None:
    words, log = (f"file:{tmp_path / name}" for name in ("words.pem", "log.pem"))
    for name in (words, log):
        make_key(name, TokenAccess())
    assert faults(SIGNATURE_PRIVATE_KEY=words, LOG_PRIVATE_KEY=log) == []
    (tmp_path / "log.pem").write_bytes((tmp_path / "words.pem").read_bytes())
    same = ["SIGNATURE_PRIVATE_KEY: should not be the same as LOG_PRIVATE_KEY"]
    assert faults(SIGNATURE_PRIVATE_KEY=words, LOG_PRIVATE_KEY=log) == same
    token = "pkcs11:token=voicepact;object=words"  # noqa: S105 - its name
    assert faults(SIGNATURE_PRIVATE_KEY=token, LOG_PRIVATE_KEY=token) == same
    assert faults(SIGNATURE_PRIVATE_KEY=token, PKCS11_TIMEOUT_SECONDS="11")[0].startswith("PKCS11_TIMEOUT_SECONDS: ")
    own = PRODUCTION["SIGNATURE_PRIVATE_KEY"]
    assert "SIGNATURE_PRIVATE_KEY: should not be the same as SECRET_KEY" in faults(SECRET_KEY=own)
    weak = tmp_path / "weak"
    weak.touch(mode=0o600)
    weak.write_text("A" * 43)
    (line,) = faults(SIGNATURE_PRIVATE_KEY=f"file:{weak}")
    assert line.startswith("SIGNATURE_PRIVATE_KEY: is easy to guess")


def test_what_openssl_makes_is_strong() -> None:
    for key in ("f3a91c07d5e2486bb0c6937e21d84fa5", "Zx3mVq8RkTn1aB5wLc7dUg==", *(PRODUCTION[name] for name in KEYS)):
        assert guessed_bits(key) > 40, key
