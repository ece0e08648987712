"""What a service in production must have set."""

from pydantic import SecretStr

from gateway.settings.all_settings import Settings
from gateway.settings.errors import SettingsError

_NEEDED = (
    "database_url", "redis_url", "at_api_key", "webhook_token", "secret_key", "signature_private_key", "api_key",
)  # fmt: skip


def check_production(settings: Settings) -> None:
    for name in _NEEDED:
        value = getattr(settings, name)
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not plain:
            raise SettingsError(f"{name.upper()}: must be set when ENVIRONMENT is production")
        if isinstance(value, SecretStr) and name != "at_api_key" and len(plain) < 16:
            raise SettingsError(f"{name.upper()}: should be at least 16 characters in production")
