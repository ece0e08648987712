"""The hash tree under a checkpoint: a signature over all audit entries that were sealed since the checkpoint before.

The leaves are the hashes of these entries; the signed statement of the checkpoint holds the root. So a contract's
evidence pack proves that its entries were sealed with at most sixteen hashes for each, which can be followed with
sha256sum, and needs no entry of another contract. A node is the SHA-256 of the text `node LEFT RIGHT`, both in hex; the
last node of a row, if it has no neighbour, becomes a node of the next row as it is.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from contracts.proof.canonical import canonical_json
from contracts.proof.statements import utc_timestamp

MAX_SEALS = 65_536  # in one checkpoint: at most sixteen steps from a leaf to the root

Step = tuple[Literal["left", "right"], str]


def root_of(leaves: Sequence[str]) -> str:
    """Return the root over one or more leaves, in hex like each leaf."""
    row = list(leaves)
    while len(row) > 1:
        row = _above(row)
    return row[0]


def path_of(leaves: Sequence[str], place: int) -> list[Step]:
    """Return the path from the leaf with index `place` to the root: each neighbour, and on which side it stands."""
    row, steps = list(leaves), list[Step]()
    while len(row) > 1:
        neighbour = place ^ 1
        if neighbour < len(row):
            steps.append(("left" if neighbour < place else "right", row[neighbour]))
        row, place = _above(row), place // 2
    return steps


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
