"""Checkpoints: what the log says of itself at one moment, signed (c2sp.org/tlog-checkpoint), and what is sent to a
witness with one (c2sp.org/tlog-witness)."""

import base64
import re
from collections.abc import Iterable, Sequence

from contracts.proof.log.keys import SigningKey, VerifierKey, decode_base64
from contracts.proof.log.notes import (
    BadNote,
    Note,
    SignatureLine,
    Verified,
    open_note,
    parse_note,
    sign_text,
    write_note,
)
from contracts.proof.log.tree import HASH_BYTES
from values.frozen import Frozen

MAX_PROOF_HASHES = 63
MAX_SIZE = 2**63 - 1
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")


class Checkpoint(Frozen):
    """The tree of the log `origin` has `size` leaves and the root `root`. `extensions`: more lines; ours has none."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> bytes:
        """The text of its note."""
        lines = [self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions]
        return "".join(f"{line}\n" for line in lines).encode()


class AddCheckpoint(Frozen):
    """A request to a witness: `note` extends the tree of `old_size` that it cosigned last, as `proof` shows."""

    old_size: int
    proof: tuple[bytes, ...]
    note: bytes


def parse_checkpoint(text: bytes) -> Checkpoint:
    """Read the text of a note. Raise BadNote if it is no checkpoint."""
    origin, *lines = text.decode().removesuffix("\n").split("\n")
    if len(lines) < 2 or not origin or not all(lines):
        raise BadNote("a checkpoint has three or more lines, none of them empty")
    size, root = decimal(lines[0]), decode_base64(lines[1])
    if size is None:
        raise BadNote(f"{lines[0][:40]!r} is no tree size")
    if root is None or len(root) != HASH_BYTES:
        raise BadNote(f"{lines[1][:80]!r} is no root hash")
    return Checkpoint(origin, size, root, tuple(lines[2:]))


def read_checkpoint(note: bytes) -> tuple[Checkpoint, Note]:
    """Read a checkpoint's note without verifying it. Raise BadNote."""
    read = parse_note(note)
    return parse_checkpoint(read.text), read


def open_checkpoint(note: bytes, keys: Sequence[VerifierKey]) -> tuple[Checkpoint, list[Verified]]:
    """Read a checkpoint's note, and return it with the signatures of `keys`; others are passed over.

    Raise BadNote if it is no checkpoint, if none of the keys signed it, or if a signature of one of them is wrong. One
    log may sign for another: the caller compares the origin, or has a policy that does.
    """
    read, verified = open_note(note, keys)
    return parse_checkpoint(read.text), verified


def sign_checkpoint(checkpoint: Checkpoint, signer: SigningKey) -> bytes:
    """Return the note, signed by the log. The name of its key is its origin."""
    return write_note(checkpoint.text, [sign_text(checkpoint.text, checkpoint.origin, signer)])


def add_signatures(note: bytes, signatures: Iterable[SignatureLine]) -> bytes:
    """Return the note with further signatures; one that it has already is not added again."""
    read = parse_note(note)
    return write_note(read.text, dict.fromkeys([*read.signatures, *signatures]))


def write_add_checkpoint(request: AddCheckpoint) -> bytes:
    """Return the body that is sent to a witness."""
    hashes = "".join(f"{base64.b64encode(each).decode()}\n" for each in request.proof)
    return f"old {request.old_size}\n{hashes}\n".encode() + request.note


def parse_add_checkpoint(body: bytes) -> AddCheckpoint:
    """Read the body that a witness is sent. Raise BadNote if it is none; the note in it is not read yet."""
    head, empty_line, note = body.partition(b"\n\n")
    try:
        first, *lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise BadNote("the lines before the checkpoint are not ASCII") from None
    old_size = decimal(first.removeprefix("old "))
    if not empty_line or not first.startswith("old ") or old_size is None:
        raise BadNote("it does not begin with 'old', a tree size, and after the proof an empty line")
    return AddCheckpoint(old_size, parse_hashes(lines), note)


def parse_hashes(lines: Sequence[str]) -> tuple[bytes, ...]:
    """Read a proof, one hash a line in base64. Raise BadNote."""
    if len(lines) > MAX_PROOF_HASHES:
        raise BadNote(f"a proof has at most {MAX_PROOF_HASHES} hashes")
    hashes = [decode_base64(line) for line in lines]
    proof = tuple(each for each in hashes if each is not None and len(each) == HASH_BYTES)
    if len(proof) != len(hashes):
        raise BadNote("a line of the proof is no hash in base64")
    return proof


def decimal(text: str) -> int | None:
    """Return the number, or None if it is not a tree size or an index as the specifications write them."""
    number = int(text) if _DECIMAL.fullmatch(text) else MAX_SIZE + 1
    return number if number <= MAX_SIZE else None
