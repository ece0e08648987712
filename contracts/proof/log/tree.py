"""The hash tree of the log (RFC 6962, section 2): its hashes, its root, and what verifies a proof.

A leaf is the hash of an entry's file, a node that of the two below it; each kind has a byte of its own before it, so no
entry can pass for a node. An inclusion proof shows that an entry is in the tree; a consistency proof shows that a tree
begins with all leaves of an older one, in their places. Both are lists of hashes, and hold about log2(size) of them.
"""

import hashlib
from collections.abc import Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Return the leaf of an entry's file."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the node above two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Return the root over leaves (or over nodes of one height, if none but the last lacks leaves), EMPTY_ROOT over
    none. The last hash of a row without a neighbour moves up as it is, which gives the tree of the RFC."""
    row = list(hashes)
    while len(row) > 1:
        pairs = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=False)]
        row = [*pairs, row[-1]] if len(row) % 2 else pairs
    return row[0] if row else EMPTY_ROOT


class GrowingTree:
    """A tree that gets one leaf after the other, and can tell its root at each size. It holds log2(size) hashes."""

    def __init__(self) -> None:
        self.size = 0
        self._full = list[bytes]()  # roots of the full subtrees, from the left: each is larger than the next

    def add(self, leaf: bytes) -> None:
        node, rest = leaf, self.size
        while rest & 1:
            node, rest = node_hash(self._full.pop(), node), rest >> 1
        self._full.append(node)
        self.size += 1

    @property
    def root(self) -> bytes:
        if not self._full:
            return EMPTY_ROOT
        root = self._full[-1]
        for left in self._full[-2::-1]:
            root = node_hash(left, root)
        return root


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Return whether `proof` shows that `leaf` is the leaf `index` (from 0) of the tree with this size and root.

    The algorithm is that of RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size or not _are_hashes(leaf, root, *proof):
        return False
    place, last, node = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            node = node_hash(step, node)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = node_hash(node, step)
        place, last = place >> 1, last >> 1
    return last == 0 and node == root


def is_consistent(old_size: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes) -> bool:
    """Return whether `proof` shows that the tree of `size` begins with the whole tree of `old_size`.

    The algorithm is that of RFC 9162, section 2.1.4.2. A tree without leaves is the beginning of every tree, with an
    empty proof; so is every tree of itself.
    """
    if not 0 <= old_size <= size or not _are_hashes(old_root, root, *proof):
        return False
    if old_size == size:
        return not proof and old_root == root
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT
    place, last, steps = old_size - 1, size - 1, list(proof)
    while place & 1:
        place, last = place >> 1, last >> 1
    old_node = node = steps.pop(0) if place and steps else old_root
    for step in steps:
        if last == 0:
            return False
        if place & 1 or place == last:
            old_node, node = node_hash(step, old_node), node_hash(step, node)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = node_hash(node, step)
        place, last = place >> 1, last >> 1
    return last == 0 and (old_node, node) == (old_root, root)


def _are_hashes(*hashes: bytes) -> bool:
    return all(len(each) == HASH_BYTES for each in hashes)
