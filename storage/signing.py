"""The key that signs what is said, and how anybody checks what it signed (Ed25519, RFC 8032)."""

import base64
import binascii
import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_SEED_BYTES = 32


class Signer:
    """A private key. Its repr shows nothing; `key_id` names it, and says nothing of it that is not public."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public_key = key.public_key().public_bytes_raw()
        self.key_id = key_id_of(self.public_key)

    @classmethod
    def from_text(cls, text: str) -> "Signer":
        """From a PEM file's text (`\\n` may be spelled out, as in an .env file), or from 32 bytes in base64.

        ValueError for anything else, in words that show nothing of it.
        """
        try:
            if text.lstrip().startswith("-----BEGIN"):
                key = serialization.load_pem_private_key(text.replace("\\n", "\n").encode(), password=None)
            else:
                key = Ed25519PrivateKey.from_private_bytes(_seed(text))
        except (ValueError, TypeError, binascii.Error):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("should be an Ed25519 private key: PEM, or 32 bytes in base64")
        return cls(key)

    def sign(self, said: bytes) -> bytes:
        """64 bytes, the same for the same `said`."""
        return self._key.sign(said)


def key_id_of(public_key: bytes) -> str:
    """What a key is called in the record: 16 hexadecimal digits of its own hash."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def is_signed(said: bytes, signature: bytes, public_key: bytes) -> bool:
    """Whether the owner of `public_key` signed exactly this."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, said)
    except (InvalidSignature, ValueError):
        return False
    return True


def pem_of(public_key: bytes) -> bytes:
    """As `openssl` reads it."""
    key = Ed25519PublicKey.from_public_bytes(public_key)
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def _seed(text: str) -> bytes:
    seed = base64.b64decode(text.strip().replace("-", "+").replace("_", "/") + "=" * (-len(text.strip()) % 4))
    if len(seed) != _SEED_BYTES:
        raise ValueError
    return seed
