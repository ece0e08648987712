"""Keys from the one SECRET_KEY, and what they are for: hop keys, caller keys, sealed sessions."""

import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from values.ids import random_bytes

_NONCE_BYTES = 12


class Sealer:
    """Hashes that only we can make, and bytes that only we can read. Its repr shows nothing."""

    def __init__(self, secret_key: str) -> None:
        self._hash_key = _derive(secret_key, "hop and caller keys")
        self._pepper = _derive(secret_key, "PIN pepper")
        self._cipher = AESGCM(_derive(secret_key, "sessions"))

    def key(self, *parts: str) -> bytes:
        """A keyed hash of `parts`, 16 bytes: says that two things are the same without saying what they are."""
        return hashlib.blake2b("\x00".join(parts).encode(), key=self._hash_key, digest_size=16).digest()

    def pepper(self) -> bytes:
        """What PINs are keyed with before they are hashed: without it, a stolen table of hashes is useless."""
        return self._pepper

    def seal(self, plain: bytes, place: str) -> bytes:
        """Encrypted and bound to `place` (a store's key): put elsewhere, it does not open."""
        nonce = random_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes | None:
        """What was sealed for `place`; None if it was altered, moved, or sealed under another SECRET_KEY."""
        if len(sealed) < _NONCE_BYTES:
            return None
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place.encode())
        except InvalidTag:
            return None


def _derive(secret_key: str, purpose: str) -> bytes:
    return hashlib.blake2b(purpose.encode(), key=hashlib.sha256(secret_key.encode()).digest(), digest_size=32).digest()
