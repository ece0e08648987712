"""Names and public keys of those who sign notes: logs and witnesses (c2sp.org/signed-note, section "Verifier keys").

A key is written on one line, as a policy file and a paper name it: `example.com/log+3f2a9c01+AVx5...`. This is the
key's name, its id (4 bytes in hex), and in base64 the type of its signatures (one byte) before the public key.
"""

import base64
import binascii
import hashlib
from typing import Protocol

from values.frozen import Frozen

ED25519 = 1  # a log signs with it: Ed25519 (RFC 8032) over the text of the note
COSIGNATURE = 4  # a witness signs with it: Ed25519 over a time and the text (c2sp.org/tlog-cosignature)
KEY_ID_BYTES = 4
_KEY_BYTES = 32


class BadKey(ValueError):  # noqa: N818 - it reads as what is the case
    """A key's name or line that is not one; the message says why."""


class SigningKey(Protocol):
    """What signs: a private key in a file, or on a token. Each `storage.signing.SignerPort` is one."""

    @property
    def public_key(self) -> bytes:
        """The 32 bytes of the Ed25519 public key."""
        ...

    def sign(self, statement: bytes, /) -> bytes:
        """Return the signature of 64 bytes over `statement`."""
        ...


class VerifierKey(Frozen):
    """A public key under a name. `kind`: ED25519 or COSIGNATURE. The same key under another name or kind is another
    verifier key: it has another id."""

    name: str
    kind: int
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        """The 4 bytes that say in a signature line, after the name, which key signed it. No fingerprint: anybody can
        make a key with the same id."""
        return hashlib.sha256(self.name.encode() + b"\n" + self._encoded).digest()[:KEY_ID_BYTES]

    @property
    def line(self) -> str:
        """The key as a policy file has it ("vkey"), without a newline."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(self._encoded).decode()}"

    @property
    def _encoded(self) -> bytes:
        return bytes([self.kind]) + self.public_key


def verifier_key(name: str, kind: int, public_key: bytes) -> VerifierKey:
    """Return the key. Raise BadKey for a name that is none, another kind, or another length than 32 bytes."""
    check_key_name(name)
    if kind not in (ED25519, COSIGNATURE):
        raise BadKey(f"the key of {name} is of type {kind}; only 1 (Ed25519) and 4 (cosignature/v1) are understood")
    if len(public_key) != _KEY_BYTES:
        raise BadKey(f"the key of {name} has {len(public_key)} bytes; an Ed25519 key has {_KEY_BYTES}")
    return VerifierKey(name, kind, public_key)


def parse_key(line: str) -> VerifierKey:
    """Read `name+id+base64`. Raise BadKey if it is anything else, or if the id is not that of the key."""
    name, plus, rest = line.partition("+")
    key_id, second_plus, encoded = rest.partition("+")
    if not plus or not second_plus:
        raise BadKey("a key is written name+id+base64")
    raw = decode_base64(encoded)
    if not raw:
        raise BadKey(f"the key of {name!r} is not base64")
    key = verifier_key(name, raw[0], raw[1:])
    if key.key_id.hex() != key_id:
        raise BadKey(f"the key of {name} has the id {key.key_id.hex()}, not {key_id!r}: a letter of it is another")
    return key


def check_key_name(name: str) -> None:
    """Raise BadKey unless `name` may stand in a signature line: not empty, without blanks, `+` and control letters."""
    if not name or any(letter.isspace() or letter < " " or letter == "+" for letter in name):
        raise BadKey(f"{name!r} is no key name: one word without blanks and +, best like example.com/log")


def decode_base64(text: str) -> bytes | None:
    """Return the bytes, or None if `text` is not their one right spelling: each signature has exactly one form."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode() == text else None
