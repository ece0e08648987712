"""A signed word on the audit of everybody at once, and how one entry proves that it was in it.

The hashes of the entries sealed since the last checkpoint are the leaves of a tree; a checkpoint's statement has its
root. So a contract's pack needs some sixteen hashes, not an hour of everybody's, and a person with sha256sum can walk
them. A node is the SHA-256 of the text `node LEFT RIGHT`, both in hex; a last one without a partner goes up as it is.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from contracts.proof.canonical import canonical
from contracts.proof.statements import utc_timestamp

MAX_SEALS = 65_536  # in one checkpoint: sixteen steps from any leaf to the root

Step = tuple[Literal["left", "right"], str]


def root_of(leaves: Sequence[str]) -> str:
    """Of one leaf or more, each in hex."""
    row = list(leaves)
    while len(row) > 1:
        row = _above(row)
    return row[0]


def path_of(leaves: Sequence[str], place: int) -> list[Step]:
    """The neighbours on the way from leaf `place` to the root, and on which side each stands."""
    row, steps = list(leaves), list[Step]()
    while len(row) > 1:
        neighbour = place ^ 1
        if neighbour < len(row):
            steps.append(("left" if neighbour < place else "right", row[neighbour]))
        row, place = _above(row), place // 2
    return steps


def root_from_path(leaf: str, path: Sequence[Step]) -> str:
    """The root that a leaf and its path lead to."""
    for side, neighbour in path:
        leaf = _node(neighbour, leaf) if side == "left" else _node(leaf, neighbour)
    return leaf


def checkpoint_statement(
    number: int, from_seq: int, to_seq: int, root: str, seal: str, before: bytes | None, at: datetime
) -> bytes:
    """`seal`: the hash of seal `to_seq`; `before`: the statement of the checkpoint before."""
    return canonical(
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
