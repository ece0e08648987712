"""Signed notes (c2sp.org/signed-note) and the cosignatures of witnesses on them (c2sp.org/tlog-cosignature, v1).

A note is UTF-8: a text of lines, an empty line, then signature lines. Each of these is an em dash, the key's name, and
in base64 the key's id (4 bytes) before the signature:

    example.com/log
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — example.com/log Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=

A signature of kind ED25519 is over the text. One of kind COSIGNATURE is 8 bytes of time (seconds since 1970,
big-endian) and a signature over that time and the text. The text counts only once a trusted key is found to have signed
it.
"""

import base64
from collections.abc import Iterable, Sequence

from contracts.proof.log.keys import (
    COSIGNATURE,
    ED25519,
    KEY_ID_BYTES,
    BadKey,
    SigningKey,
    VerifierKey,
    check_key_name,
    decode_base64,
    verifier_key,
)
from storage.signing import is_signed
from values.frozen import Frozen

MAX_SIGNATURES = 100
MAX_NOTE_BYTES = 1_000_000
_DASH = "— "
_TIME_BYTES = 8
_MAX_TIME = 2**63 - 1


class BadNote(ValueError):  # noqa: N818 - it reads as what is the case
    """Bytes that are no signed note, or a note with a wrong signature; the message says which."""


class SignatureLine(Frozen):
    """One signature line. `signature`: without the key id; for a cosignature with its time."""

    name: str
    key_id: bytes
    signature: bytes

    @property
    def line(self) -> str:
        """The line as it stands in a note, with its newline."""
        return f"{_DASH}{self.name} {base64.b64encode(self.key_id + self.signature).decode()}\n"


class Note(Frozen):
    """A note that was read. `text`: with its last newline. Nothing in it is verified."""

    text: bytes
    signatures: tuple[SignatureLine, ...]


class Verified(Frozen):
    """A signature that a known key made on a note. `timestamp`: when a witness says it signed, in seconds since 1970;
    None for a signature without a time."""

    key: VerifierKey
    timestamp: int | None


def sign_text(text: bytes, name: str, signer: SigningKey) -> SignatureLine:
    """Sign a text as the log (or whoever else writes notes) called `name`."""
    key = verifier_key(name, ED25519, signer.public_key)
    return SignatureLine(name, key.key_id, signer.sign(_checked_text(text)))


def cosign_text(text: bytes, name: str, signer: SigningKey, timestamp: int) -> SignatureLine:
    """Sign a text as the witness called `name`. `timestamp`: seconds since 1970, 0 to 2**63 - 1."""
    key = verifier_key(name, COSIGNATURE, signer.public_key)
    if not 0 <= timestamp <= _MAX_TIME:
        raise ValueError(f"{timestamp} is no time of a cosignature")
    signature = signer.sign(_cosigned(_checked_text(text), timestamp))
    return SignatureLine(name, key.key_id, timestamp.to_bytes(_TIME_BYTES, "big") + signature)


def write_note(text: bytes, signatures: Iterable[SignatureLine]) -> bytes:
    """Return the note: the text, an empty line and the signature lines in this order."""
    return _checked_text(text) + b"\n" + "".join(each.line for each in signatures).encode()


def parse_note(note: bytes) -> Note:
    """Read a note without verifying anything. Raise BadNote if it is not of the form, has no signature line, or more
    than MAX_SIGNATURES or MAX_NOTE_BYTES."""
    if len(note) > MAX_NOTE_BYTES:
        raise BadNote(f"it has more than {MAX_NOTE_BYTES} bytes")
    cut = note.rfind(b"\n\n")
    if cut < 0:
        raise BadNote("there is no empty line between text and signatures")
    text = _checked_text(note[: cut + 1])
    return Note(text, tuple(parse_signatures(note[cut + 2 :])))


def parse_signatures(lines: bytes) -> list[SignatureLine]:
    """Read one or more signature lines, as a note and the answer of a witness have them. Raise BadNote."""
    read = _utf8(lines).split("\n")
    if read.pop() or not read:
        raise BadNote("there is no signature line that ends with a newline")
    if len(read) > MAX_SIGNATURES:
        raise BadNote(f"it has more than {MAX_SIGNATURES} signatures")
    return [_signature_line(line) for line in read]


def open_note(note: bytes, keys: Sequence[VerifierKey]) -> tuple[Note, list[Verified]]:
    """Read a note and verify all of its signatures that are by `keys`; others are passed over.

    Raise BadNote if it cannot be read, if none of the keys signed it, or if one signature under the name and id of one
    of them is wrong.
    """
    read = parse_note(note)
    verified = verify_signatures(read.text, read.signatures, keys)
    if not verified:
        raise BadNote("no known key signed it")
    return read, verified


def verify_signatures(text: bytes, signatures: Iterable[SignatureLine], keys: Sequence[VerifierKey]) -> list[Verified]:
    """Return the signatures on `text` that are by one of `keys`, in their order; an empty list if there are none.

    Raise BadNote for a wrong signature under the name and id of one of the keys.
    """
    known = {(key.name, key.key_id): key for key in keys}
    if len(known) != len({(key.name, key.kind, key.public_key) for key in keys}):
        raise BadKey("two of the keys have the same name and the same id")
    return [_verify(text, each, key) for each in signatures if (key := known.get((each.name, each.key_id))) is not None]


def _verify(text: bytes, line: SignatureLine, key: VerifierKey) -> Verified:
    statement, signature, timestamp = text, line.signature, None
    if key.kind == COSIGNATURE:
        timestamp = int.from_bytes(signature[:_TIME_BYTES], "big")
        statement, signature = _cosigned(text, timestamp), signature[_TIME_BYTES:]
    if (timestamp or 0) > _MAX_TIME or not is_signed(statement, signature, key.public_key):
        raise BadNote(f"the signature of {key.name}+{key.key_id.hex()} is wrong")
    return Verified(key, timestamp)


def _cosigned(text: bytes, timestamp: int) -> bytes:
    return b"cosignature/v1\ntime %d\n" % timestamp + text


def _signature_line(line: str) -> SignatureLine:
    name, blank, encoded = line.removeprefix(_DASH).partition(" ")
    raw = decode_base64(encoded)
    if not line.startswith(_DASH) or not blank or raw is None or len(raw) <= KEY_ID_BYTES:
        raise BadNote(f"{line[:80]!r} is no signature line")
    try:
        check_key_name(name)
    except BadKey as error:
        raise BadNote(str(error)) from None
    return SignatureLine(name, raw[:KEY_ID_BYTES], raw[KEY_ID_BYTES:])


def _checked_text(text: bytes) -> bytes:
    _utf8(text)
    if not text.endswith(b"\n"):
        raise BadNote("the text does not end with a newline")
    return text


def _utf8(read: bytes) -> str:
    if any(byte < 0x20 and byte != 0x0A for byte in read):
        raise BadNote("it has a control character other than a newline")
    try:
        return read.decode()
    except UnicodeDecodeError:
        raise BadNote("it is not UTF-8") from None
