"""Read all settings, and refuse those that are wrong or do not go together."""

from typing import Any

from pydantic import ValidationError
from pydantic_settings import SettingsError as PydanticSettingsError

from gateway.settings.all_settings import Settings
from gateway.settings.errors import SettingsError
from gateway.settings.production import check_production
from storage.signing import Signer


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
        check_production(settings)
    return settings


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


def _plainly(error: Any) -> str:
    message = str(error["msg"])
    return (
        message.removeprefix("Value error, ").replace("Input should be", "should be").replace("String should", "should")
    )
