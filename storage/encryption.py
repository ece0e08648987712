"""Encryption and keyed hashes, with keys derived from the one SECRET_KEY: for sessions, promises, hops and PINs."""

import hashlib
from contextlib import suppress

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from values.ids import random_bytes

_NONCE_BYTES = 12


class Encryptor:
    """Encrypts, decrypts and hashes with SECRET_KEY. Its repr shows no key.

    `pin_pepper` is the key of PIN hashes: without it, whoever steals the table of hashes cannot guess PINs. `every`:
    the encryptor itself, then one for each of the older keys. They open what was encrypted before SECRET_KEY was
    changed, and hash as then.
    """

    def __init__(self, secret_key: str, *older_keys: str) -> None:
        # The purposes are part of every stored value: to change one loses what was encrypted or hashed with it.
        self._hash_key = _derive(secret_key, "hop and caller keys")
        self.pin_pepper = _derive(secret_key, "PIN pepper")
        self._cipher = AESGCM(_derive(secret_key, "sessions"))
        self.every: tuple[Encryptor, ...] = (self, *(Encryptor(key) for key in older_keys))

    def keyed_hash(self, *parts: str) -> bytes:
        """Return a 16-byte hash that shows whether two texts are the same, but not what they are."""
        return hashlib.blake2b("\x00".join(parts).encode(), key=self._hash_key, digest_size=16).digest()

    def encrypt(self, plain: bytes, place: str) -> bytes:
        """Encrypt for `place` (the key under which it will be stored); only `decrypt` with the same place reads it."""
        nonce = random_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, place.encode())

    def decrypt(self, encrypted: bytes, place: str) -> bytes | None:
        """Return the plain bytes; None if altered, or encrypted for another `place` or with a key that is none of
        ours."""
        if len(encrypted) < _NONCE_BYTES:
            return None
        for one in self.every:
            with suppress(InvalidTag):
                return one._cipher.decrypt(encrypted[:_NONCE_BYTES], encrypted[_NONCE_BYTES:], place.encode())
        return None


def _derive(secret_key: str, purpose: str) -> bytes:
    return hashlib.blake2b(purpose.encode(), key=hashlib.sha256(secret_key.encode()).digest(), digest_size=32).digest()
