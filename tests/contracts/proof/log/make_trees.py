"""Trees for tests: the definition of RFC 6962 word for word, slow; and tiles in memory."""

import hashlib
from collections.abc import Sequence
from functools import cache

from contracts.proof.log.tiles import Tile, append
from contracts.proof.log.tree import leaf_hash


@cache
def leaf(n: int) -> bytes:
    return leaf_hash(str(n).encode())


def defined_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, over leaf hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = _k(len(leaves))
    return hashlib.sha256(b"\x01" + defined_root(leaves[:k]) + defined_root(leaves[k:])).digest()


def defined_path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of RFC 6962, section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = _k(len(leaves))
    if m < k:
        return [*defined_path(m, leaves[:k]), defined_root(leaves[k:])]
    return [*defined_path(m - k, leaves[k:]), defined_root(leaves[:k])]


def defined_proof(m: int, leaves: Sequence[bytes], *, is_known: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962, section 2.1.2; with `is_known`, PROOF."""
    if m == len(leaves):
        return [] if is_known else [defined_root(leaves)]
    k = _k(len(leaves))
    if m <= k:
        return [*defined_proof(m, leaves[:k], is_known=is_known), defined_root(leaves[k:])]
    return [*defined_proof(m - k, leaves[k:], is_known=False), defined_root(leaves[:k])]


class Tiles(dict[Tile, bytes]):
    """A tree of tiles in memory. `asked`: which tiles were read."""

    def __init__(self) -> None:
        self.size = 0
        self.asked = set[Tile]()

    def add(self, leaves: Sequence[bytes]) -> None:
        self.size, changed = append(self.size, leaves, self.__getitem__)
        self.update(changed)

    def read(self, tile: Tile) -> bytes:
        self.asked.add(tile)
        return self[tile]


def _k(count: int) -> int:
    k = 1
    while k * 2 < count:
        k *= 2
    return k
