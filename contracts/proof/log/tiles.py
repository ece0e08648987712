"""The tree in tiles (c2sp.org/tlog-tiles): how it is stored, grown, and published as files of at most 8,192 bytes.

Tile `index` of level 0 holds the leaves 256 * index and the 255 after it, one after the other. Each hash of level 1 is
the root over one full tile of level 0, and so on. The last tile of a level may be partial: it has fewer hashes, and
none above it. All other nodes are computed from these. So 10 million leaves are 40,000 tiles, and a proof needs five.

Nothing is read here: a function takes `read_tile(tile)`, and `tiles_of_...` says before which tiles it will ask for, so
that a storage can fetch them in one query. A tile that grew since is as good: only its first hashes are used.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

from contracts.proof.log.tree import EMPTY_ROOT, HASH_BYTES, node_hash, root_of
from values.frozen import Frozen

WIDTH = 256  # hashes in a full tile
_BITS = 8  # 256 == 2 ** 8: a level of tiles is 8 levels of the tree
MAX_LEVEL = 63
_PATH = re.compile(r"tile/(0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,6})([0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")
_Span = tuple[int, int]  # the leaves from the first number up to, not including, the second


class Tile(Frozen):
    """The name of a tile. `level`: 0 for leaves; `index`: its place in its level, from 0."""

    level: int
    index: int


ReadTile = Callable[[Tile], bytes]


class MissingTile(LookupError):  # noqa: N818 - it reads as what is the case
    """A tile has fewer hashes than the tree needs of it; the message says which."""


def tile_path(tile: Tile, width: int = WIDTH) -> str:
    """Return where a tile is published: `tile/0/x001/234`, and with `.p/5` after it if it has only 5 hashes."""
    digits = f"{tile.index:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    path = f"tile/{tile.level}/{'/x'.join(['', *groups[:-1]])[1:]}{'/' if groups[1:] else ''}{groups[-1]}"
    return path if width == WIDTH else f"{path}.p/{width}"


def parse_tile_path(path: str) -> tuple[Tile, int] | None:
    """Return the tile and its width; None if `path` is not exactly what `tile_path` gives for them."""
    if (found := _PATH.fullmatch(path)) is None:
        return None
    level, groups, last, width = found.groups()
    tile = Tile(int(level), int(groups.replace("x", "").replace("/", "") + last))
    read = tile, int(width or WIDTH)
    return read if tile.level <= MAX_LEVEL and tile_path(*read) == path else None


def tile_width(tile: Tile, size: int) -> int:
    """Return how many hashes a tile has in a tree of `size`: 0 (there is no such tile) to 256."""
    return max(0, min(WIDTH, (size >> _BITS * tile.level) - tile.index * WIDTH))


def partial_tiles(size: int) -> list[Tile]:
    """Return the tiles of a tree that are not full yet, lowest level first: what `append` reads."""
    tiles = [Tile(level, size >> _BITS * (level + 1)) for level in range(_levels(size))]
    return [tile for tile in tiles if tile_width(tile, size)]


def append(size: int, leaves: Iterable[bytes], read_tile: ReadTile) -> tuple[int, dict[Tile, bytes]]:
    """Return the size of the tree after `leaves` were added to one of `size`, and all tiles that are new or longer."""
    grown = {tile: bytearray(_hashes(read_tile, tile, 0, tile_width(tile, size))) for tile in partial_tiles(size)}
    changed = set[Tile]()
    for leaf in leaves:
        _add(grown, changed, 0, size, leaf)
        size += 1
    return size, {tile: bytes(grown[tile]) for tile in sorted(changed, key=lambda tile: (tile.level, tile.index))}


def tiles_of_root(size: int) -> set[Tile]:
    """Return the tiles that `root_from_tiles` reads."""
    return _tiles([(0, size)])


def tiles_of_inclusion(index: int, size: int) -> set[Tile]:
    """Return the tiles that `inclusion_proof` reads."""
    return _tiles(_inclusion_spans(index, size))


def tiles_of_consistency(old_size: int, size: int) -> set[Tile]:
    """Return the tiles that `consistency_proof` reads."""
    return _tiles(_consistency_spans(old_size, size))


def root_from_tiles(size: int, read_tile: ReadTile) -> bytes:
    """Return the root of the tree of `size`. Raise MissingTile."""
    return _span_root((0, size), read_tile)


def inclusion_proof(index: int, size: int, read_tile: ReadTile) -> list[bytes]:
    """Return the proof that the leaf `index` (from 0) is in the tree of `size`, from the leaf's neighbour up.

    Raise ValueError if there is no such leaf, MissingTile if a tile lacks hashes.
    """
    return [_span_root(span, read_tile) for span in _inclusion_spans(index, size)]


def inclusion_sides(index: int, size: int) -> list[Literal["left", "right"]]:
    """Return on which side each hash of `inclusion_proof` stands, for who follows it without this code."""
    return ["left" if end <= index else "right" for _, end in _inclusion_spans(index, size)]


def consistency_proof(old_size: int, size: int, read_tile: ReadTile) -> list[bytes]:
    """Return the proof that the tree of `size` begins with the tree of `old_size`; it is empty for 0 and for `size`.

    Raise ValueError if `old_size` is larger, MissingTile if a tile lacks hashes.
    """
    return [_span_root(span, read_tile) for span in _consistency_spans(old_size, size)]


def _add(grown: dict[Tile, bytearray], changed: set[Tile], level: int, place: int, node: bytes) -> None:
    tile = Tile(level, place // WIDTH)
    grown.setdefault(tile, bytearray()).extend(node)
    changed.add(tile)
    if (place + 1) % WIDTH == 0:
        _add(grown, changed, level + 1, place // WIDTH, root_of(_split(bytes(grown[tile]))))


def _inclusion_spans(index: int, size: int) -> list[_Span]:
    """Return what each hash of the proof is the root over (RFC 6962, section 2.1.1)."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    first, end, spans = 0, size, list[_Span]()
    while end - first > 1:
        middle = first + _left_leaves(end - first)
        if index < middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((first, middle))
            first = middle
    return spans[::-1]


def _consistency_spans(old_size: int, size: int) -> list[_Span]:
    """Return what each hash of the proof is the root over (RFC 6962, section 2.1.2)."""
    if not 0 <= old_size <= size:
        raise ValueError(f"a tree of {size} leaves does not begin with one of {old_size}")
    first, end, spans = 0, size if old_size else 0, list[_Span]()
    while end != old_size:
        middle = first + _left_leaves(end - first)
        if old_size <= middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((first, middle))
            first = middle
    return [(first, end), *spans[::-1]] if first else spans[::-1]


def _span_root(span: _Span, read_tile: ReadTile) -> bytes:
    roots = [
        root_of(_split(_hashes(read_tile, tile, first, end))) for tile, first, end in map(_in_tile, _subtrees(span))
    ]
    if not roots:
        return EMPTY_ROOT
    root = roots.pop()
    while roots:
        root = node_hash(roots.pop(), root)
    return root


def _tiles(spans: Iterable[_Span]) -> set[Tile]:
    return {_in_tile(subtree)[0] for span in spans for subtree in _subtrees(span)}


def _subtrees(span: _Span) -> Iterator[tuple[int, int]]:
    """Yield the full subtrees of a span from the left, each as its first leaf and its height. The largest stands first:
    a span begins where a subtree of at least its length may begin."""
    first, end = span
    while first < end:
        height = (end - first).bit_length() - 1
        yield first, height
        first += 1 << height


def _in_tile(subtree: tuple[int, int]) -> tuple[Tile, int, int]:
    """Return the tile in which the hashes under a full subtree stand, and from where to where. They are at most 128."""
    first_leaf, height = subtree
    level = height // _BITS
    first = first_leaf >> _BITS * level
    count = 1 << height % _BITS
    return Tile(level, first // WIDTH), first % WIDTH, first % WIDTH + count


def _hashes(read_tile: ReadTile, tile: Tile, first: int, end: int) -> bytes:
    hashes = read_tile(tile)[first * HASH_BYTES : end * HASH_BYTES]
    if len(hashes) != (end - first) * HASH_BYTES:
        raise MissingTile(f"{tile_path(tile)} has not the hashes {first} to {end - 1}")
    return hashes


def _split(hashes: bytes) -> Sequence[bytes]:
    return [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]


def _left_leaves(count: int) -> int:
    """Return how many of `count` leaves, at least 2, stand in the left half: the largest power of two below it."""
    return 1 << (count - 1).bit_length() - 1


def _levels(size: int) -> int:
    """Return how many levels of tiles a tree has."""
    return -(-size.bit_length() // _BITS)
