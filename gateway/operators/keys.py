"""Keys of operators: `vp_` and 256 random bits, which a scanner for secrets recognises. Only their SHA-256 is kept.

Nobody guesses 256 random bits, however fast each guess is checked; so a slow hash, which a password needs, would guard
nothing, and would cost each request.
"""

import hashlib
import re
import secrets
from typing import Final

PREFIX: Final = "vp_"

_KEY = re.compile(r"vp_[A-Za-z0-9_-]{43}")


def make_key() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def is_key(given: str) -> bool:
    """Whether `given` has the form of a key."""
    return _KEY.fullmatch(given) is not None


def digest_of(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def key_id_of(digest: bytes) -> str:
    """Return how audit and logs name a key: the first 16 hex digits of its SHA-256. Nobody can find the key from it."""
    return digest.hex()[:16]
