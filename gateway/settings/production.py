"""What a service in production must have set, and what its keys must be."""

import math
import re
from collections import Counter
from collections.abc import Mapping
from urllib.parse import urlsplit

from pydantic import SecretStr

from gateway.settings.all_settings import Settings
from storage.key_source import is_on_token, key_text
from storage.signing import Signer

_NEEDED = (
    "database_url", "redis_url", "at_api_key", "webhook_base_url", "webhook_token", "secret_key",
    "signature_private_key", "log_private_key", "api_key",
)  # fmt: skip
# Those that the operator has made.
_OWN_KEYS = ("webhook_token", "webhook_token_old", "secret_key", "signature_private_key", "log_private_key", "api_key")
_SIGNING_KEYS = ("signature_private_key", "log_private_key")
_SHORTEST = 16  # letters
# 32 random hexadecimal digits come to 58 or more, 16 letters of base64 nearly always to 40; "changemechangeme" to 27.
_LEAST_BITS = 36
_PLACEHOLDER = re.compile(
    r"change.?me|passw|placeholder|example|insecure|default|sandbox|secret|voicepact", re.IGNORECASE
)


def unfit_for_production(settings: Settings) -> list[str]:
    """Return a line for each setting that is missing or weak."""
    missing = [name for name in _NEEDED if not _plain(settings, name)]
    lines = [f"{name.upper()}: must be set when ENVIRONMENT is production" for name in missing]
    if settings.at_username == "sandbox":
        lines.append("AT_USERNAME: must be set when ENVIRONMENT is production, to the account's own name; not sandbox")
    if settings.webhook_base_url and urlsplit(settings.webhook_base_url).scheme != "https":
        lines.append("WEBHOOK_BASE_URL: should start with https:// in production: callbacks bring PINs")
    for name in ("camara_base_url", "camara_token_url"):
        if (url := getattr(settings, name)) and urlsplit(url).scheme != "https":
            lines.append(f"{name.upper()}: should start with https:// in production: our secret and numbers go there")
    given = [name for name in _OWN_KEYS if _plain(settings, name)]
    keys = {name: key for name in given if (key := _key(settings, name))}
    return lines + [f"{name.upper()}: {why}" for name in keys if (why := _weakness(settings, name, keys))]


def _weakness(settings: Settings, name: str, keys: Mapping[str, str]) -> str | None:
    """`keys`: as `_key` gives them. Two settings may spell one key in two ways."""
    key, plain = keys[name], _plain(settings, name)
    before = [other for other in keys if other < name]
    if same := next((other for other in before if key == keys[other] or plain == _plain(settings, other)), None):
        return f"should not be the same as {same.upper()}"
    if name in _SIGNING_KEYS and is_on_token(key):  # which made it
        return None
    if len(key) < _SHORTEST:
        return f"should be at least {_SHORTEST} characters in production"
    if _PLACEHOLDER.search(key) or guessed_bits(key) < _LEAST_BITS:
        how = "-base64 32" if name in _SIGNING_KEYS else "-hex 32"
        return f"is easy to guess: make one with `openssl rand {how}`"
    return None


def guessed_bits(key: str) -> float:
    """Return how many bits a guesser needs at least: Shannon's entropy of the letters, over those that do not follow
    from the ones before. In "aaaa", "abcd" and "xyz1xyz1" most letters do."""
    share = [count / len(key) for count in Counter(key).values()]
    bits_each = -sum(part * math.log2(part) for part in share)
    return bits_each * sum(_is_new(key, place) for place in range(len(key)))


def _is_new(key: str, place: int) -> bool:
    """Return whether a letter neither repeats nor continues the one before, and does not end three seen before."""
    if place and abs(ord(key[place]) - ord(key[place - 1])) <= 1:
        return False
    return place < 2 or key[place - 2 : place + 1] not in key[:place]


def _key(settings: Settings, name: str) -> str | None:
    """Return a key; of a private key its 32 bytes in hex, from wherever they are, or its name on a token. None: it is
    no key, which another line says."""
    key = _plain(settings, name)
    if name not in _SIGNING_KEYS or is_on_token(key):
        return key
    try:
        return Signer.from_text(key_text(key)).seed.hex()
    except ValueError:
        return None


def _plain(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    return (value.get_secret_value() if isinstance(value, SecretStr) else value) or ""
