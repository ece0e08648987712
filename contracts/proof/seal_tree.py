"""The hash tree under a checkpoint of before the log: a signature over all entries sealed since the checkpoint before.

No such checkpoint is made any more; those that there are stay verifiable, and lie in evidence packs of their time. The
leaves are the hashes of the entries; the signed statement of the checkpoint holds the root. A node is the SHA-256 of
the text `node LEFT RIGHT`, both in hex; the last node of a row, if it has no neighbour, becomes a node of the next row.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from contracts.proof.canonical import canonical_json
from contracts.proof.statements import utc_timestamp


def root_of(leaves: Sequence[str]) -> str:
    """Return the root over one or more leaves, in hex like each leaf."""
    row = list(leaves)
    while len(row) > 1:
        row = _above(row)
    return row[0]


def checkpoint_statement(
    number: int, from_seq: int, to_seq: int, root: str, seal: str, before: bytes | None, at: datetime
) -> bytes:
    """Return the bytes that are signed. `seal`: the hash (hex) of the seal `to_seq`; `before`: the statement of the
    checkpoint before, None for the first; `at`: an aware time."""
    return canonical_json(
        {
            "format": "voicepact-checkpoint/1",
            "number": number,
            "from": from_seq,
            "to": to_seq,
            "root": root,
            "seal": seal,
            "before": hashlib.sha256(before).hexdigest() if before else None,
            "at": utc_timestamp(at),
        }
    )


def _above(row: list[str]) -> list[str]:
    pairs = [_node(left, right) for left, right in zip(row[::2], row[1::2], strict=False)]
    return [*pairs, row[-1]] if len(row) % 2 else pairs


def _node(left: str, right: str) -> str:
    return hashlib.sha256(f"node {left} {right}".encode()).hexdigest()
