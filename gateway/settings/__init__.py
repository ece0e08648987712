"""All settings, from the environment and from `.env`. Each is a field of a chapter, with its unit and its reason."""

from gateway.settings.all_settings import Settings
from gateway.settings.errors import SettingsError
from gateway.settings.load import load_settings
from gateway.settings.misspelt import misspelt_names
from gateway.settings.own_secrets import with_kept_secrets, with_own_secrets
from gateway.settings.sms import SmsRoute

__all__ = [
    "Settings",
    "SettingsError",
    "SmsRoute",
    "load_settings",
    "misspelt_names",
    "with_kept_secrets",
    "with_own_secrets",
]
