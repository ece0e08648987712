"""The hash tree under a checkpoint."""

import hashlib
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from contracts.proof.seal_tree import Step, path_of, root_of


def root_from_path(leaf: str, path: Sequence[Step]) -> str:
    """The root that `path` leads to from `leaf`, as the README of an evidence pack says to compute it."""
    for side, neighbour in path:
        left, right = (neighbour, leaf) if side == "left" else (leaf, neighbour)
        leaf = hashlib.sha256(f"node {left} {right}".encode()).hexdigest()
    return leaf


@given(st.integers(1, 70), st.data())
def test_the_path_of_a_leaf_leads_to_the_root_and_from_no_other_leaf(count: int, data: st.DataObject) -> None:
    leaves = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(count)]
    place = data.draw(st.integers(0, count - 1))
    path, root = path_of(leaves, place), root_of(leaves)
    assert root_from_path(leaves[place], path) == root
    assert root_from_path(hashlib.sha256(b"x").hexdigest(), path) != root
    assert len(path) <= 7
