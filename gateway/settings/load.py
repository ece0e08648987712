"""Read all settings, and refuse those that are wrong or do not go together."""

import re
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError
from pydantic_settings import SettingsError as PydanticSettingsError

from gateway.settings.all_settings import Settings
from gateway.settings.errors import SettingsError
from gateway.settings.mpesa import unfit_mpesa
from gateway.settings.pdf_certificate import open_certificate
from gateway.settings.production import unfit_for_production
from storage.key_source import check_source

_SUBJECT = re.compile(r"^(?:Value error, |(?:Input|String|List|Decimal input) (?=should ))")


def load_settings(**given: Any) -> Settings:
    """Return the settings. Raise SettingsError with a line for each that is wrong, missing or, in production, weak."""
    try:
        settings = Settings(**given)
    except ValidationError as wrong:
        raise SettingsError("\n".join(_lines_of(wrong))) from None
    except PydanticSettingsError as wrong:  # not JSON where it should be; only the field's name is in its words
        name = next((name for name in Settings.model_fields if f'"{name}"' in str(wrong)), "settings")
        raise SettingsError(f"{name.upper()}: should be JSON") from None
    except UnicodeDecodeError as wrong:
        line = wrong.object[: wrong.start].count(b"\n") + 1
        raise SettingsError(f".env: should be text in UTF-8; line {line} is not") from None
    except OSError as fault:
        raise SettingsError(f".env: cannot be read: {fault.strerror}") from None
    wrong_together = [*_unfit_together(settings)]
    if settings.environment == "production":
        wrong_together += unfit_for_production(settings)
    if wrong_together:
        raise SettingsError("\n".join(wrong_together))
    return settings


def _unfit_together(settings: Settings) -> list[str]:
    lines = [*_unfit_twilio(settings), *_unfit_signing_keys(settings), *_unfit_certificate(settings)]
    token = settings.webhook_token.get_secret_value()
    lines += unfit_mpesa(settings, {"webhook_base_url": settings.webhook_base_url, "webhook_token": token})
    lines += _unfit_number_checks(settings)
    if (settings.timestamp_url is None) != (settings.timestamp_roots is None):
        lines.append("TIMESTAMP_URL: must be set where TIMESTAMP_ROOTS is, and the other way round")
    if settings.escrow == "on" and settings.environment == "production" and not settings.has_rail:
        lines.append("ESCROW: is on, so an account must be set too: MPESA_CONSUMER_KEY or PAWAPAY_TOKEN")
    if settings.escrow_smallest > settings.escrow_largest:
        lines.append("ESCROW_SMALLEST: should not be above ESCROW_LARGEST")
    if settings.database_pool_min > settings.database_pool_max:
        lines.append("DATABASE_POOL_MIN: should not be above DATABASE_POOL_MAX")
    if not settings.twilio_account_sid and any("twilio" in route.providers for route in settings.sms_routes):
        lines.append("SMS_ROUTES: names twilio, so TWILIO_ACCOUNT_SID must be set too")
    return lines


def _unfit_twilio(settings: Settings) -> list[str]:
    """Half an account would fail later, message by message."""
    needed = ("twilio_account_sid", "twilio_auth_token", "twilio_sender")
    missing = [name for name in needed if not getattr(settings, name)]
    if not missing or len(missing) == len(needed):
        return []
    given = next(name for name in needed if name not in missing)
    return [f"{name.upper()}: must be set where {given.upper()} is" for name in missing]


def _unfit_number_checks(settings: Settings) -> Iterator[str]:
    for name in ("camara_base_url", "camara_client_id", "camara_client_secret"):
        if "camara" in settings.number_sources and not getattr(settings, name):
            yield f"{name.upper()}: must be set where NUMBER_CHECKS names camara"
    if "daraja" in settings.number_sources and not settings.mpesa_consumer_key:
        yield "MPESA_CONSUMER_KEY: must be set where NUMBER_CHECKS names daraja"


def _unfit_certificate(settings: Settings) -> Iterator[str]:
    if settings.pdf_certificate is None:
        return
    try:
        open_certificate(settings.pdf_certificate, settings.pdf_certificate_password.get_secret_value())
    except ValueError as wrong:
        yield f"PDF_CERTIFICATE: {wrong}"


def _unfit_signing_keys(settings: Settings) -> Iterator[str]:
    for name in ("signature_private_key", "signature_private_key_old", "log_private_key"):
        key = getattr(settings, name).get_secret_value()
        try:
            if key:
                check_source(key)
        except ValueError as wrong:
            yield f"{name.upper()}: {wrong}"
    try:
        _ = settings.older_public_keys
    except ValueError as wrong:
        yield f"SIGNATURE_PUBLIC_KEYS: {wrong}"


def _lines_of(wrong: ValidationError) -> list[str]:
    """Return one line for each setting that is wrong, with its first fault."""
    faults: dict[str, str] = {}
    for error in wrong.errors():
        faults.setdefault(str(error["loc"][0]).upper() if error["loc"] else "settings", _plainly(error))
    return [f"{name}: {why}" for name, why in faults.items()]


def _plainly(error: Any) -> str:
    message = str(error["msg"]).partition(", unable to parse")[0]
    return _SUBJECT.sub("", message)
