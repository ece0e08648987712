"""The hash tree, against the definition in RFC 6962 and against published proofs."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.proof.log.tree import EMPTY_ROOT, GrowingTree, is_consistent, is_included, leaf_hash, root_of
from tests.contracts.proof.log.known_trees import CONSISTENCY, INCLUSION, LEAVES, ROOTS
from tests.contracts.proof.log.make_trees import defined_path, defined_proof, defined_root, leaf

SOME_HASH = bytes.fromhex("abacaba000000000000000000000000000000000000000000060061e00123456")
HASHES = [leaf_hash(each) for each in LEAVES]


@pytest.mark.parametrize("size", range(9))
def test_roots_are_the_published_ones(size: int) -> None:
    assert root_of(HASHES[:size]) == ROOTS[size] == defined_root(HASHES[:size])


@pytest.mark.parametrize("size", [*range(40), 255, 256, 257, 1000])
def test_roots_are_as_defined(size: int) -> None:
    leaves = [leaf(n) for n in range(size)]
    assert root_of(leaves) == defined_root(leaves)


def test_a_growing_tree_has_the_root_of_each_size() -> None:
    tree = GrowingTree()
    for size in range(300):
        assert (tree.size, tree.root) == (size, root_of([leaf(n) for n in range(size)]))
        tree.add(leaf(size))


@pytest.mark.parametrize(("index", "size", "proof"), INCLUSION)
def test_published_inclusion_proofs_verify_and_spoilt_ones_do_not(index: int, size: int, proof: list[bytes]) -> None:
    assert defined_path(index, HASHES[:size]) == proof
    assert is_included(HASHES[index], index, size, proof, ROOTS[size])
    for other in (index - 1, index + 1, index ^ 2, index - size):
        assert not is_included(HASHES[index], other, size, proof, ROOTS[size])
    for other in (size * 2, size // 2, 0, -1):
        assert not is_included(HASHES[index], index, other, proof, ROOTS[size])
    assert not is_included(b"wrong leaf", index, size, proof, ROOTS[size])
    for root in (EMPTY_ROOT, SOME_HASH, b""):
        assert not is_included(HASHES[index], index, size, proof, root)
    for spoilt in spoilt_proofs(proof, ROOTS[size]):
        assert not is_included(HASHES[index], index, size, spoilt, ROOTS[size])


@pytest.mark.parametrize(("old", "size", "proof"), CONSISTENCY)
def test_published_consistency_proofs_verify_and_spoilt_ones_do_not(old: int, size: int, proof: list[bytes]) -> None:
    assert defined_proof(old, HASHES[:size]) == proof
    assert is_consistent(old, size, proof, ROOTS[old], ROOTS[size])
    for other in (old - 1, old + 1, old ^ 2):
        assert not is_consistent(other, size, proof, ROOTS[old], ROOTS[size])
    for other in (size * 2, size // 2, 0, -1):
        assert not is_consistent(old, other, proof, ROOTS[old], ROOTS[size])
    for roots in ((b"wrong", ROOTS[size]), (ROOTS[old], b"wrong"), (SOME_HASH, ROOTS[size]), (ROOTS[old], SOME_HASH)):
        assert not is_consistent(old, size, proof, *roots)
    assert old == size or not is_consistent(old, size, proof, ROOTS[size], ROOTS[old])
    for spoilt in (*spoilt_proofs(proof, ROOTS[size]), *([] if old == size else [[]])):
        assert not is_consistent(old, size, spoilt, ROOTS[old], ROOTS[size])


def test_an_empty_tree_begins_every_tree_and_no_tree_begins_a_shorter_one() -> None:
    assert is_consistent(0, 0, [], EMPTY_ROOT, EMPTY_ROOT)
    assert is_consistent(0, 5, [], EMPTY_ROOT, ROOTS[5])
    assert is_consistent(5, 5, [], ROOTS[5], ROOTS[5])
    assert not is_consistent(5, 5, [], ROOTS[5], ROOTS[4])
    assert not is_consistent(0, 5, [SOME_HASH], EMPTY_ROOT, ROOTS[5])
    assert not is_consistent(0, 5, [], SOME_HASH, ROOTS[5])
    assert not is_consistent(5, 5, [SOME_HASH], ROOTS[5], ROOTS[5])
    assert not is_consistent(2, 1, [], ROOTS[2], ROOTS[1])
    assert not is_included(SOME_HASH, 0, 0, [], SOME_HASH)


@given(st.data())
def test_proofs_verify_and_no_proof_with_another_bit_does(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 600))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    leaves = [leaf(n) for n in range(size)]
    root, old_root = root_of(leaves), root_of(leaves[:old])
    path, proof = defined_path(index, leaves), defined_proof(old, leaves)
    assert is_included(leaves[index], index, size, path, root)
    assert is_consistent(old, size, proof, old_root, root)
    bit = data.draw(st.integers(0, 255))
    for at in range(len(path)):
        assert not is_included(leaves[index], index, size, flipped(path, at, bit), root)
    for at in range(len(proof)):
        assert not is_consistent(old, size, flipped(proof, at, bit), old_root, root)
    assert not is_included(flipped([leaves[index]], 0, bit)[0], index, size, path, root)


def flipped(hashes: Sequence[bytes], at: int, bit: int) -> list[bytes]:
    changed = bytearray(hashes[at])
    changed[bit // 8] ^= 1 << bit % 8
    return [*hashes[:at], bytes(changed), *hashes[at + 1 :]]


def spoilt_proofs(proof: list[bytes], root: bytes) -> list[list[bytes]]:
    more = [[*proof, b""], [*proof, root], [b"", *proof], [root, *proof], [*proof, SOME_HASH]]
    less = [proof[:-1], proof[1:], [proof[0], SOME_HASH, *proof[1:]], [proof[0], *proof]] if proof else []
    return [*more, *less, *(flipped(proof, at, bit) for at in range(len(proof)) for bit in range(256))]
