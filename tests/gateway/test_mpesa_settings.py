"""The account with M-Pesa in the settings: whole or not there, and one that Safaricom can call back."""

from base64 import b64decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from gateway.settings import Settings, SettingsError, load_settings
from tests.gateway.payments.daraja.certificates import certificate_of
from tests.gateway.payments.daraja.daraja_account import callback_url

KEY = rsa.generate_private_key(65537, 2048)
ACCOUNT = {
    "MPESA_CONSUMER_KEY": "consumer-key-1",
    "MPESA_CONSUMER_SECRET": "consumer-secret-1",
    "MPESA_SHORTCODE": "600000",
    "MPESA_PASSKEY": "passkey-1",
    "MPESA_INITIATOR_NAME": "apiop",
    "MPESA_SECURITY_CREDENTIAL": "c2VhbGVkLTE=",
    "WEBHOOK_BASE_URL": "https://voicepact.example",
}


@pytest.fixture(autouse=True)
def _an_environment_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    path = tmp_path / "safaricom.cer"
    path.write_bytes(certificate_of(KEY).public_bytes(serialization.Encoding.PEM))
    return path


def load(monkeypatch: pytest.MonkeyPatch, **given: str) -> Settings:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def test_nothing_set_is_no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(monkeypatch).daraja_account(callback_url) is None


def test_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    account = load(monkeypatch, **ACCOUNT).daraja_account(callback_url)
    assert account is not None
    assert (account.consumer_key, account.consumer_secret, account.passkey) == (
        "consumer-key-1", "consumer-secret-1", "passkey-1",
    )  # fmt: skip
    assert (account.shortcode, account.pays_from, account.initiator, account.security_credential) == (
        "600000", "600000", "apiop", "c2VhbGVkLTE=",
    )  # fmt: skip
    assert (account.base_url, account.largest_prompt, account.c2b_version) == (
        "https://api.safaricom.co.ke", 15_000_000, "v2",
    )  # fmt: skip
    shown = f"{account!r} {load_settings()!r}"
    assert not [secret for secret in ("consumer-", "passkey-1", "c2VhbGVkLTE=") if secret in shown]


def test_the_sandbox_and_another_shortcode_that_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = "https://sandbox.safaricom.co.ke"
    given = {"MPESA_BASE_URL": sandbox, "MPESA_PAYOUT_SHORTCODE": "600001", "MPESA_C2B_VERSION": "v1"}
    account = load(monkeypatch, **ACCOUNT, **given, MPESA_LARGEST_PROMPT="250000").daraja_account(callback_url)
    assert account is not None
    assert (account.base_url, account.pays_from, account.largest_prompt, account.c2b_version) == (
        sandbox, "600001", 25_000_000, "v1",
    )  # fmt: skip


def test_a_password_is_sealed_with_the_certificate(monkeypatch: pytest.MonkeyPatch, certificate: Path) -> None:
    given = {name: value for name, value in ACCOUNT.items() if name != "MPESA_SECURITY_CREDENTIAL"}
    given |= {"MPESA_INITIATOR_PASSWORD": "Pa55#", "MPESA_CERTIFICATE": str(certificate)}
    account = load(monkeypatch, **given).daraja_account(callback_url)
    assert account is not None
    assert KEY.decrypt(b64decode(account.security_credential), padding.PKCS1v15()) == b"Pa55#"


@pytest.mark.parametrize("missing", [name for name in ACCOUNT if name.startswith("MPESA")])
def test_half_an_account_stops_the_start(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    given = {name: value for name, value in ACCOUNT.items() if name != missing}
    needed = [missing]
    if missing == "MPESA_SECURITY_CREDENTIAL":
        needed = ["MPESA_INITIATOR_PASSWORD", "MPESA_CERTIFICATE"]
    first = next(name for name in given if name.startswith("MPESA"))
    with pytest.raises(SettingsError) as wrong:
        load(monkeypatch, **given)
    assert str(wrong.value).splitlines() == [f"{name}: must be set where {first} is" for name in needed]


def test_safaricom_needs_an_address_to_call(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {name: value for name, value in ACCOUNT.items() if name != "WEBHOOK_BASE_URL"}
    with pytest.raises(SettingsError, match=r"^WEBHOOK_BASE_URL: must be set where MPESA_CONSUMER_KEY is"):
        load(monkeypatch, **given)


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("WEBHOOK_BASE_URL", "https://M-Pesa.example", "m-pesa"),
        ("WEBHOOK_BASE_URL", "https://executive.example", "exe"),
        ("WEBHOOK_TOKEN", "0123sQl456789abcdef", "sql"),
    ],
)
def test_an_address_with_a_word_that_safaricom_refuses_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, word: str
) -> None:
    with pytest.raises(SettingsError) as wrong:
        load(monkeypatch, **{**ACCOUNT, name: value})
    assert str(wrong.value) == f"{name}: should not have {word} in it: Safaricom refuses such callback addresses"


def test_without_an_account_an_address_may_have_any_word(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(monkeypatch, WEBHOOK_BASE_URL="https://mpesa.example").webhook_base_url


@pytest.mark.parametrize(
    ("name", "value", "should"),
    [
        ("MPESA_SHORTCODE", "Paybill", "should be 5 to 7 digits"),
        ("MPESA_PAYOUT_SHORTCODE", "1", "should be 5 to 7 digits"),
        ("MPESA_BASE_URL", "sandbox.safaricom.co.ke", "should be a URL that starts with http:// or https://"),
        ("MPESA_LARGEST_PROMPT", "0", "should be greater than or equal to 1"),
        ("MPESA_C2B_VERSION", "v3", "should be 'v1' or 'v2'"),
        ("MPESA_CERTIFICATE", "/proc/nothing", "should be a certificate that can be read (No such file or directory)"),
        ("MPESA_CERTIFICATE", "/etc/hostname", "should be a certificate, PEM or DER"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, should: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        load(monkeypatch, **{**ACCOUNT, name: value})
    assert str(wrong.value).startswith(f"{name}: ") and should in str(wrong.value)
    assert "\n" not in str(wrong.value)
