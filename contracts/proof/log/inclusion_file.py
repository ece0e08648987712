"""The file that proves, without asking anybody, that an entry is in the log (c2sp.org/tlog-proof).

It has the entry's place, the hashes from its leaf to the root, and a checkpoint with the signatures of the log and its
witnesses.
"""

import base64

from contracts.proof.log.checkpoints import Checkpoint, decimal, parse_hashes, read_checkpoint
from contracts.proof.log.keys import decode_base64
from contracts.proof.log.notes import BadNote
from contracts.proof.log.tree import is_included
from values.frozen import Frozen

_FIRST_LINE = "c2sp.org/tlog-proof@v1"


class InclusionFile(Frozen):
    """What the file says; nothing in it is verified. `index`: of the leaf, from 0; `checkpoint`: the note; `extra`:
    bytes that no signature is over."""

    index: int
    proof: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None


def write_inclusion_file(file: InclusionFile) -> bytes:
    """Return the file's bytes."""
    extra = [] if file.extra is None else [f"extra {base64.b64encode(file.extra).decode()}"]
    hashes = [base64.b64encode(each).decode() for each in file.proof]
    lines = [_FIRST_LINE, *extra, f"index {file.index}", *hashes, ""]
    return "".join(f"{line}\n" for line in lines).encode() + file.checkpoint


def parse_inclusion_file(read: bytes) -> InclusionFile:
    """Read the file. Raise BadNote if it is none."""
    head, empty_line, checkpoint = read.partition(b"\n\n")
    try:
        first, *lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise BadNote("the lines before the checkpoint are not ASCII") from None
    if first != _FIRST_LINE or not empty_line:
        raise BadNote(f"it does not begin with {_FIRST_LINE}, or has no checkpoint")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = decode_base64(lines.pop(0).removeprefix("extra "))
        if extra is None:
            raise BadNote("its extra data is not base64")
    index = decimal(lines[0].removeprefix("index ")) if lines and lines[0].startswith("index ") else None
    if index is None:
        raise BadNote("it does not name the place of the entry")
    return InclusionFile(index, parse_hashes(lines[1:]), checkpoint, extra)


def shows_inclusion(file: InclusionFile, leaf: bytes) -> Checkpoint | None:
    """Return the checkpoint whose tree has `leaf` at the place that the file says; None if the hashes lead elsewhere.

    Raise BadNote if the checkpoint is none. Its signatures are not verified: a policy does that.
    """
    checkpoint, _ = read_checkpoint(file.checkpoint)
    is_there = is_included(leaf, file.index, checkpoint.size, file.proof, checkpoint.root)
    return checkpoint if is_there else None
