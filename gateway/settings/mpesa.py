"""The account with M-Pesa (Safaricom's Daraja API): all of it, or nothing."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, Field, SecretStr

from gateway.payments.daraja.account import DarajaAccount
from gateway.payments.daraja.credential import read_certificate, seal_password
from gateway.settings.values import like, url_of
from gateway.simulator.daraja import DarajaSettings

# Safaricom refuses a callback URL with one of these in it, in any case.
REFUSED_WORDS: Final = ("m-pesa", "mpesa", "safaricom", "exe", "cmd", "sql", "query")
_NEEDED = ("mpesa_consumer_key", "mpesa_consumer_secret", "mpesa_shortcode", "mpesa_passkey", "mpesa_initiator_name")
_SEALED, _PASSWORD, _CERTIFICATE = "mpesa_security_credential", "mpesa_initiator_password", "mpesa_certificate"


def _certificate_file(value: Path) -> Path:
    read_certificate(value)
    return value


_Shortcode = Annotated[str, like("[0-9]{5,7}", "5 to 7 digits")]


class MpesaSettings(BaseModel):
    # Of an app on Safaricom's developer portal. Without them no money moves through M-Pesa; outside production the
    # local simulator plays it.
    mpesa_consumer_key: SecretStr | None = None
    mpesa_consumer_secret: SecretStr | None = None
    mpesa_shortcode: _Shortcode | None = None  # the paybill that collects
    mpesa_passkey: SecretStr | None = None  # of prompts, for this shortcode
    mpesa_initiator_name: str | None = None  # an API operator with the roles of payouts, reversals and status queries
    # Its password, which ends after 90 days, and Safaricom's certificate, that of the sandbox or that of production; or
    # both sealed into one on the portal.
    mpesa_initiator_password: SecretStr | None = None
    mpesa_certificate: Annotated[Path, AfterValidator(_certificate_file)] | None = None
    mpesa_security_credential: SecretStr | None = None
    mpesa_payout_shortcode: _Shortcode | None = None  # if another one pays out
    # For the sandbox: https://sandbox.safaricom.co.ke
    mpesa_base_url: Annotated[str, url_of("http", "https")] = "https://api.safaricom.co.ke"
    # In shillings. Safaricom has raised it to 250,000 for some; a larger sum is asked for in several prompts.
    mpesa_largest_prompt: int = Field(150_000, ge=1, le=1_000_000)
    mpesa_c2b_version: Literal["v1", "v2"] = "v2"  # of payments by paybill, as the app holds it

    def daraja_account(self, callback_url: Callable[[str, str | None], str]) -> DarajaAccount | None:
        """Return the account, None if there is none. `callback_url`: as `DarajaAccount` has it."""
        if not (self.mpesa_consumer_key and self.mpesa_consumer_secret and self.mpesa_passkey):
            return None
        return DarajaAccount(
            self.mpesa_consumer_key.get_secret_value(), self.mpesa_consumer_secret.get_secret_value(),
            self.mpesa_shortcode or "", self.mpesa_passkey.get_secret_value(), self.mpesa_initiator_name or "",
            self._sealed_password(), callback_url, self.mpesa_payout_shortcode or "", self.mpesa_base_url,
            self.mpesa_largest_prompt * 100, self.mpesa_c2b_version,
        )  # fmt: skip

    def _sealed_password(self) -> str:
        if self.mpesa_security_credential:
            return self.mpesa_security_credential.get_secret_value()
        assert self.mpesa_initiator_password and self.mpesa_certificate, "load_settings has looked"
        return seal_password(self.mpesa_initiator_password.get_secret_value(), read_certificate(self.mpesa_certificate))


AnySettings = TypeVar("AnySettings", bound=MpesaSettings)


def unfit_mpesa(settings: MpesaSettings, addresses: dict[str, str | None]) -> Iterator[str]:
    """Yield a line for each setting that is missing where another is set, and for each part of our callback addresses
    that Safaricom refuses. `addresses`: those parts, by setting."""
    given = [name for name in (*_NEEDED, _SEALED, _PASSWORD, _CERTIFICATE) if getattr(settings, name)]
    if not given:
        return
    missing = [name for name in _NEEDED if name not in given]
    if _SEALED not in given:
        missing += [name for name in (_PASSWORD, _CERTIFICATE) if name not in given]
    yield from (f"{name.upper()}: must be set where {given[0].upper()} is" for name in missing)
    if not addresses["webhook_base_url"]:
        yield f"WEBHOOK_BASE_URL: must be set where {given[0].upper()} is: it is what Safaricom calls"
    for name, part in addresses.items():
        if word := next((word for word in REFUSED_WORDS if word in (part or "").lower()), None):
            yield f"{name.upper()}: should not have {word} in it: Safaricom refuses such callback addresses"


def with_simulated_mpesa(settings: AnySettings, url: str) -> AnySettings:
    """Return the settings with the account that the local simulator at `url` plays, where they have none."""
    return settings if settings.mpesa_consumer_key else settings.model_copy(update=simulated_mpesa(url))


def simulated_mpesa(url: str) -> dict[str, object]:
    """Return the settings of the account that the local simulator at `url` plays."""
    account = DarajaSettings().account(url, lambda kind, own_id: "")
    return {
        "mpesa_consumer_key": SecretStr(account.consumer_key), "mpesa_passkey": SecretStr(account.passkey),
        "mpesa_consumer_secret": SecretStr(account.consumer_secret), "mpesa_shortcode": account.shortcode,
        "mpesa_initiator_name": account.initiator, "mpesa_base_url": url,
        "mpesa_security_credential": SecretStr(account.security_credential),
    }  # fmt: skip
