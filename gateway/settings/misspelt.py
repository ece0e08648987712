"""Names that are nearly a setting's: what is misspelt is read by nobody, and nobody would notice."""

import difflib
import os
from collections.abc import Iterable
from pathlib import Path

from dotenv import dotenv_values

from gateway.settings.all_settings import Settings

_KNOWN = sorted(name.upper() for name in Settings.model_fields)
_IN_FILE, _IN_ENVIRONMENT = 0.8, 0.9  # how like a setting's a name must be: an environment has others' names too
_PREFIX = "VOICEPACT_"  # settings have none


def misspelt_names(env_file: Path = Path(".env")) -> list[str]:
    """Return a line for each name in the file, or in the environment, that is no setting's but close to one."""
    is_set = {name.upper() for name in os.environ}
    lines = [f"{env_file}: {_line(*pair)}" for pair in _close(_names_in(env_file), _IN_FILE)]
    in_environment = _close(os.environ, _IN_ENVIRONMENT)
    return lines + [f"the environment: {_line(*pair)}" for pair in in_environment if pair[1] not in is_set]


def _close(names: Iterable[str], likeness: float) -> list[tuple[str, str]]:
    found = []
    for name in names:
        plain = name.upper().removeprefix(_PREFIX)
        if name.upper() not in _KNOWN and (near := difflib.get_close_matches(plain, _KNOWN, 1, likeness)):
            found.append((name, near[0]))
    return found


def _line(name: str, near: str) -> str:
    return f"{name} is no setting and is not read; is {near} meant?"


def _names_in(env_file: Path) -> list[str]:
    """Return the names in the file; none if it cannot be read, which `load_settings` says."""
    try:
        return list(dotenv_values(env_file, encoding="utf-8-sig")) if env_file.is_file() else []
    except (OSError, ValueError):
        return []
