"""Signing statements, and checking signatures (Ed25519, RFC 8032).

What signs is behind a port: a private key in memory (`Signer`), or one that never leaves a device (storage/tokens/).
"""

import base64
import binascii
import hashlib
from typing import Final, Literal, NoReturn, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_SEED_BYTES = 32
_ID_DIGITS = 16

SignerState = Literal["signs", "away", "revoked"]


class SignerAwayError(OSError):
    """Nothing can be signed now; the message says why. Like a database that is away: callers are told to try later."""


class SignerPort(Protocol):
    """What signs in our name. `key_id` is a hash of the public key of 32 bytes; `state` is what health says of it."""

    @property
    def public_key(self) -> bytes: ...

    @property
    def key_id(self) -> str: ...

    @property
    def state(self) -> SignerState: ...

    def sign(self, statement: bytes, /) -> bytes:
        """Return a signature of 64 bytes. A device may take its time: not for the event loop. Raise SignerAwayError."""
        ...

    async def sign_in_time(self, statement: bytes, /) -> bytes:
        """Like `sign`, and never keeps the event loop waiting."""
        ...

    async def probe(self) -> None:
        """Find out whether it would sign; `state` says so afterwards. Nothing is signed, and nothing raised."""
        ...


class Signer:
    """A private key in memory. Its repr shows nothing; `key_id` is a hash of the public key."""

    state: Final = "signs"

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

    async def sign_in_time(self, statement: bytes) -> bytes:
        """Return what `sign` does: it takes some 50 microseconds, less than to ask another thread."""
        return self._key.sign(statement)

    async def probe(self) -> None:
        """A key in memory is always there."""


class RevokedSigner:
    """Takes the place of a signer whose key was revoked, and signs nothing. `why`: what to do, for people."""

    state: Final = "revoked"

    def __init__(self, signer: SignerPort, why: str) -> None:
        self.public_key, self.key_id, self.why = signer.public_key, signer.key_id, why

    def sign(self, _statement: bytes) -> NoReturn:
        """Raise SignerAwayError."""
        raise SignerAwayError(self.why)

    async def sign_in_time(self, _statement: bytes) -> NoReturn:
        """Raise SignerAwayError."""
        raise SignerAwayError(self.why)

    async def probe(self) -> None:
        """It stays revoked."""


def key_id_of(public_key: bytes) -> str:
    """Return the id of a key in the record: the first 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(public_key).hexdigest()[:_ID_DIGITS]


def letters_of(key_id: str) -> str:
    """Return a key's id as people read it to each other: `3f2a 9c01 7bd2 f0a4`."""
    return " ".join(key_id[at : at + 4] for at in range(0, len(key_id), 4))


def key_id_in(letters: str) -> str:
    """Return the id of a key that somebody has typed, with or without blanks. Raise ValueError if it is none."""
    key_id = "".join(letters.split()).lower()
    if len(key_id) != _ID_DIGITS or not set(key_id) <= set("0123456789abcdef"):
        raise ValueError("should be the 16 letters and digits of a key, like 3f2a 9c01 7bd2 f0a4")
    return key_id


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
