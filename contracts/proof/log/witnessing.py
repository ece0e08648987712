"""What a witness decides about a checkpoint that it is sent (c2sp.org/tlog-witness), over plain values.

A witness cosigns a log's checkpoint only if it goes on from the one that it cosigned before. So it never cosigns two
histories of one log, whoever sends them.
"""

from collections.abc import Mapping, Sequence

from contracts.proof.log.checkpoints import (
    AddCheckpoint,
    Checkpoint,
    open_checkpoint,
    parse_add_checkpoint,
    read_checkpoint,
)
from contracts.proof.log.keys import ED25519, BadKey, VerifierKey
from contracts.proof.log.notes import BadNote, write_note
from contracts.proof.log.tree import EMPTY_ROOT, is_consistent
from values.frozen import Frozen

Logs = Mapping[str, Sequence[VerifierKey]]
SPLIT, NOT_PROVED = "split view", "not proved"


class NotCosigned(Exception):  # noqa: N818 - it reads as what is the case
    """A checkpoint is not cosigned. `status`: of HTTP; `size`: what a 409 tells, of the latest that was cosigned.

    `evidence`: SPLIT if the log has signed another root at a size that was cosigned before, NOT_PROVED if the proof
    does not show that it goes on from the latest, which may be the sender's fault: anybody can send a public checkpoint
    with a wrong proof. None if it says nothing about the log."""

    def __init__(self, status: int, why: str, *, size: int | None = None, evidence: str | None = None) -> None:
        super().__init__(why)
        self.status, self.why, self.size, self.evidence = status, why, size, evidence


class Submitted(Frozen):
    """A request whose checkpoint is signed by a known log. `note`: as it was sent, with the log's own signatures only:
    anybody can add others."""

    old_size: int
    proof: tuple[bytes, ...]
    checkpoint: Checkpoint
    note: bytes


class Cosigned(Frozen):
    """A size and root that were cosigned."""

    size: int
    root: bytes


def logs_of(keys: Sequence[VerifierKey]) -> Logs:
    """Return the keys by the origin that they sign for, which is their name. Raise BadKey for a key of a witness, and
    for two keys of one log with the same id."""
    logs: dict[str, list[VerifierKey]] = {}
    for key in dict.fromkeys(keys):
        if key.kind != ED25519:
            raise BadKey(f"the key of {key.name} is of type {key.kind}, and should be that of a log, of type 1")
        if any(key.key_id == other.key_id for other in logs.get(key.name, ())):
            raise BadKey(f"two keys of {key.name} have the same id")
        logs.setdefault(key.name, []).append(key)
    return logs


def read_submission(body: bytes, logs: Logs) -> Submitted:
    """Read the body of a request. Raise NotCosigned: 400 if it is none, 404 for an unknown log, 403 if none of its keys
    signed, or a signature of one is wrong."""
    try:
        request: AddCheckpoint = parse_add_checkpoint(body)
        checkpoint, read = read_checkpoint(request.note)
    except BadNote as bad:
        raise NotCosigned(400, str(bad)) from None
    keys = logs.get(checkpoint.origin)
    if keys is None:
        raise NotCosigned(404, "the log is not known here")
    try:
        open_checkpoint(request.note, keys)
    except BadNote as bad:
        raise NotCosigned(403, str(bad)) from None
    if request.old_size > checkpoint.size:
        raise NotCosigned(400, f"the old size {request.old_size} is larger than the size {checkpoint.size}")
    names = {(key.name, key.key_id) for key in keys}
    signatures = dict.fromkeys(line for line in read.signatures if (line.name, line.key_id) in names)
    return Submitted(request.old_size, request.proof, checkpoint, write_note(read.text, signatures))


def check_submission(submitted: Submitted, latest: Cosigned | None, same_size: Cosigned | None) -> None:
    """Return if it may be cosigned after `latest` (None: none of this log was). Raise NotCosigned: 409 or 422.

    `same_size`: what was cosigned at the size of the checkpoint, if anything was, be it long ago.
    """
    new, old = submitted.checkpoint, latest or Cosigned(0, EMPTY_ROOT)
    if same_size and same_size.root != new.root:
        raise NotCosigned(409, f"another root was cosigned at the size {new.size}", size=old.size, evidence=SPLIT)
    if submitted.old_size != old.size:
        raise NotCosigned(409, f"the latest cosigned size is {old.size}", size=old.size)
    if new.size == old.size and new.root != old.root:  # no leaf at all, and not the root of no leaf
        raise NotCosigned(409, f"the root is not that of {old.size} leaves", size=old.size, evidence=NOT_PROVED)
    if not is_consistent(old.size, new.size, submitted.proof, old.root, new.root):
        raise NotCosigned(422, f"the proof does not show that it goes on from the size {old.size}", evidence=NOT_PROVED)
