"""The secrets that a service outside production makes for itself."""

import json
import secrets
from pathlib import Path

from pydantic import SecretStr

from gateway.settings.all_settings import Settings
from gateway.settings.errors import SettingsError


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
