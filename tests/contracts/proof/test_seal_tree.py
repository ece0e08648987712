"""The hash tree under a checkpoint."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from contracts.proof.seal_tree import path_of, root_from_path, root_of


@given(st.integers(1, 70), st.data())
def test_the_path_of_a_leaf_leads_to_the_root_and_from_no_other_leaf(count: int, data: st.DataObject) -> None:
    leaves = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(count)]
    place = data.draw(st.integers(0, count - 1))
    path, root = path_of(leaves, place), root_of(leaves)
    assert root_from_path(leaves[place], path) == root
    assert root_from_path(hashlib.sha256(b"x").hexdigest(), path) != root
    assert len(path) <= 7
