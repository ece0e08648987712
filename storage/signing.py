"""Signing statements, and checking signatures (Ed25519, RFC 8032)."""

import base64
import binascii
import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_SEED_BYTES = 32


class Signer:
    """A private key for signing. Its repr shows nothing; `key_id` is a hash of the public key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public_key = key.public_key().public_bytes_raw()
        self.key_id = key_id_of(self.public_key)

    @classmethod
    def from_text(cls, text: str) -> "Signer":
        """Read a PEM file's text (newlines may be written `\\n`, as in an .env file), or 32 bytes in base64.

        Raise ValueError for anything else; its message shows nothing of `text`.
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

    @property
    def seed(self) -> bytes:
        """The 32 secret bytes, to judge whether they are random."""
        return self._key.private_bytes_raw()

    def sign(self, statement: bytes) -> bytes:
        """Return a signature of 64 bytes, always the same for the same statement."""
        return self._key.sign(statement)


def key_id_of(public_key: bytes) -> str:
    """Return the id of a key in the record: the first 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def public_key_of(text: str) -> bytes:
    """Return a public key that is written as base64 of its 32 bytes. Raise ValueError for anything else."""
    try:
        return _seed(text)
    except ValueError:
        raise ValueError("should be public keys: base64 of 32 bytes each, with commas between them") from None


def is_signed(statement: bytes, signature: bytes, public_key: bytes) -> bool:
    """Return whether the owner of `public_key` signed exactly this statement."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, statement)
    except (InvalidSignature, ValueError):
        return False
    return True


def pem_of(public_key: bytes) -> bytes:
    """Return the key in PEM form, as `openssl` reads it."""
    key = Ed25519PublicKey.from_public_bytes(public_key)
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def _seed(text: str) -> bytes:
    seed = base64.b64decode(text.strip().replace("-", "+").replace("_", "/") + "=" * (-len(text.strip()) % 4))
    if len(seed) != _SEED_BYTES:
        raise ValueError
    return seed
