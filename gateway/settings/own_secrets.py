"""The secrets that a service outside production makes for itself, and keeps in a file of its data folder."""

import json
import secrets
from pathlib import Path

from pydantic import SecretStr

from gateway.settings.all_settings import Settings
from gateway.settings.errors import SettingsError

_LENGTHS = {
    "webhook_token": 24, "secret_key": 24, "api_key": 24, "signature_private_key": 32, "log_private_key": 32
}  # fmt: skip  # random bytes


def with_own_secrets(settings: Settings, data_dir: Path) -> Settings:
    """Return `settings` with the secrets that were not given. They are generated once and kept in a file of `data_dir`
    that only the service's own user can read. Not for production. Raise OSError if the file cannot be written."""
    kept = _kept_in(data_dir)
    made = {name: kept.get(name) or secrets.token_urlsafe(length) for name, length in _LENGTHS.items()}
    if made != kept:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = _path_in(data_dir)
        path.touch(mode=0o600)
        path.write_text(json.dumps(made))
    return _with_missing(settings, made)


def with_kept_secrets(settings: Settings, data_dir: Path) -> Settings:
    """Return `settings` with the secrets that were not given and that a service has kept in `data_dir`. Nothing is
    made: without such a file the secrets stay empty."""
    return _with_missing(settings, _kept_in(data_dir))


def _with_missing(settings: Settings, known: dict[str, str]) -> Settings:
    missing = {name: SecretStr(known[name]) for name in known if not getattr(settings, name).get_secret_value()}
    return settings.model_copy(update=missing)


def _kept_in(data_dir: Path) -> dict[str, str]:
    path = _path_in(data_dir)
    try:
        kept = json.loads(path.read_text())
        return {name: str(kept[name]) for name in _LENGTHS if name in kept}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as fault:
        raise SettingsError(f"{path}: cannot be read: {fault.strerror}") from None
    except (ValueError, TypeError):
        raise SettingsError(f"{path}: should be the JSON that was written there; restore it, it holds keys") from None


def _path_in(data_dir: Path) -> Path:
    return data_dir / "secrets.json"
