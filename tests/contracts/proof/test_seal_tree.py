"""The hash tree under a checkpoint of before the log."""

import hashlib

from contracts.proof.seal_tree import root_of


def node(left: str, right: str) -> str:
    return hashlib.sha256(f"node {left} {right}".encode()).hexdigest()


def test_a_node_without_a_neighbour_moves_up_as_it_is() -> None:
    a, b, c, d, e = (hashlib.sha256(letter.encode()).hexdigest() for letter in "abcde")
    assert root_of([a]) == a
    assert root_of([a, b, c]) == node(node(a, b), c)
    assert root_of([a, b, c, d, e]) == node(node(node(a, b), node(c, d)), e)
