"""The tree in tiles: the same roots and proofs as over the leaves, from a handful of tiles."""

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.proof.log.tiles import (
    WIDTH,
    MissingTile,
    Tile,
    append,
    consistency_proof,
    inclusion_proof,
    parse_tile_path,
    partial_tiles,
    root_from_tiles,
    tile_path,
    tile_width,
    tiles_of_consistency,
    tiles_of_inclusion,
    tiles_of_root,
)
from contracts.proof.log.tree import EMPTY_ROOT, is_consistent, is_included, leaf_hash, root_of
from tests.contracts.proof.log.known_trees import CONSISTENCY, INCLUSION, LEAVES, ROOTS
from tests.contracts.proof.log.make_trees import Tiles, defined_path, defined_proof, leaf

LONG = 70_000


@pytest.fixture(scope="module")
def long_tree() -> Tiles:
    """A tree of 70,000 leaves, the example of the specification."""
    tiles = Tiles()
    tiles.add([leaf(n) for n in range(LONG)])
    return tiles


@pytest.mark.parametrize(
    ("tile", "width", "path"),
    [
        pytest.param(Tile(0, 0), 256, "tile/0/000", id="the first"),
        pytest.param(Tile(0, 999), 256, "tile/0/999", id="three digits"),
        pytest.param(Tile(0, 1234), 5, "tile/0/x001/234.p/5", id="four digits, partial"),
        pytest.param(Tile(0, 1234067), 256, "tile/0/x001/x234/067", id="the example of the specification"),
        pytest.param(Tile(63, 1000), 255, "tile/63/x001/000.p/255", id="the highest level"),
    ],
)
def test_a_tile_has_one_path(tile: Tile, width: int, path: str) -> None:
    assert tile_path(tile, width) == path
    assert parse_tile_path(path) == (tile, width)


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0", "tile/0/00", "tile/0/0000", "tile/00/000", "tile/64/000", "tile/0/x000/001", "tile/0/x1/000",
        "tile/0/001/000", "tile/0/x001", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/05", "tile/0/000.p",
        "tile/0/000/", "/tile/0/000", "tile/-1/000", "tile/0/-01", "tile/0/٠٠٠", "tile/entries/000", "tile/0/000\n",
    ],
)  # fmt: skip
def test_other_paths_are_no_tiles(path: str) -> None:
    assert parse_tile_path(path) is None


def test_the_tree_of_the_specification_has_its_tiles(long_tree: Tiles) -> None:
    widths = {level: [len(long_tree[tile]) // 32 for tile in sorted(long_tree, key=lambda t: t.index)
                      if tile.level == level] for level in range(3)}  # fmt: skip
    assert widths == {0: [*[256] * 273, 112], 1: [256, 17], 2: [1]}
    assert all(tile_width(tile, LONG) == len(hashes) // 32 for tile, hashes in long_tree.items())
    assert partial_tiles(LONG) == [Tile(0, 273), Tile(1, 1), Tile(2, 0)]
    assert partial_tiles(0) == []
    assert partial_tiles(256) == [Tile(1, 0)]
    assert (tile_width(Tile(0, 274), LONG), tile_width(Tile(3, 0), LONG)) == (0, 0)


def test_published_proofs_come_from_tiles() -> None:
    tiles = Tiles()
    tiles.add([leaf_hash(each) for each in LEAVES])
    assert [root_from_tiles(size, tiles.read) for size in range(9)] == ROOTS
    assert [inclusion_proof(index, size, tiles.read) for index, size, _ in INCLUSION] == [p for _, _, p in INCLUSION]
    assert [consistency_proof(old, size, tiles.read) for old, size, _ in CONSISTENCY] == [
        proof for _, _, proof in CONSISTENCY
    ]


@settings(max_examples=60)
@given(st.lists(st.integers(0, 700), max_size=5))
def test_a_tree_grown_in_steps_is_the_tree_made_at_once(steps: list[int]) -> None:
    grown, whole, size = Tiles(), Tiles(), sum(steps)
    for step in steps:
        grown.add([leaf(n) for n in range(grown.size, grown.size + step)])
    whole.add([leaf(n) for n in range(size)])
    assert grown == whole
    assert root_from_tiles(size, whole.read) == root_of([leaf(n) for n in range(size)])


def test_a_tree_grown_leaf_by_leaf_has_each_root_and_each_proof_between_sizes() -> None:
    tiles, leaves = Tiles(), [leaf(n) for n in range(520)]
    for size, each in enumerate(leaves):
        assert root_from_tiles(size, tiles.read) == root_of(leaves[:size])
        tiles.add([each])
    for size in range(1, 50):
        for old in range(size + 1):
            assert consistency_proof(old, size, tiles.read) == (defined_proof(old, leaves[:size]) if old else [])
        for index in range(size):
            assert inclusion_proof(index, size, tiles.read) == defined_path(index, leaves[:size])


def test_proofs_between_any_two_of_a_thousand_sizes_verify_and_with_another_bit_none_does(long_tree: Tiles) -> None:
    drawn = random.Random(6962)  # noqa: S311 - the same sizes in each run
    sizes = sorted({0, 1, 255, 256, 257, 65_535, 65_536, 65_537, LONG, *drawn.sample(range(LONG), 991)})
    roots = {size: root_from_tiles(size, long_tree.read) for size in sizes}
    assert roots[0] == EMPTY_ROOT
    pairs = [*pairwise(sizes), *((size, sizes[-1]) for size in sizes)]
    pairs += [tuple(sorted(drawn.sample(sizes, 2))) for _ in range(1_500)]  # type: ignore[misc] # two of them
    for old, size in pairs:
        proof = consistency_proof(old, size, long_tree.read)
        assert is_consistent(old, size, proof, roots[old], roots[size])
        if proof:
            at, bit = drawn.randrange(len(proof)), drawn.randrange(256)
            changed = int.from_bytes(proof[at], "big") ^ 1 << bit
            spoilt = [*proof[:at], changed.to_bytes(32, "big"), *proof[at + 1 :]]
            assert not is_consistent(old, size, spoilt, roots[old], roots[size])


@settings(max_examples=200, deadline=None)
@given(st.integers(1, LONG), st.integers(0, LONG - 1), st.integers(0, LONG))
def test_only_the_tiles_that_were_named_are_read(long_tree: Tiles, size: int, index: int, old: int) -> None:
    index, old = index % size, old % (size + 1)
    long_tree.asked.clear()
    root = root_from_tiles(size, long_tree.read)
    assert long_tree.asked == tiles_of_root(size)
    long_tree.asked.clear()
    assert is_included(leaf(index), index, size, inclusion_proof(index, size, long_tree.read), root)
    assert long_tree.asked == tiles_of_inclusion(index, size)
    assert len(long_tree.asked) <= 5
    long_tree.asked.clear()
    consistency_proof(old, size, long_tree.read)
    assert long_tree.asked == tiles_of_consistency(old, size)
    assert len(long_tree.asked) <= 6


def test_what_is_not_in_the_tree_has_no_proof() -> None:
    tiles = Tiles()
    tiles.add([leaf(n) for n in range(300)])
    for index, size in ((300, 300), (-1, 300), (0, 0)):
        with pytest.raises(ValueError, match="no leaf"):
            inclusion_proof(index, size, tiles.read)
    with pytest.raises(ValueError, match="does not begin"):
        consistency_proof(301, 300, tiles.read)
    with pytest.raises(MissingTile, match=r"tile/0/001"):
        inclusion_proof(0, 301, tiles.read)
    tiles[Tile(0, 1)] = tiles[Tile(0, 1)][:-1]
    with pytest.raises(MissingTile, match=r"tile/0/001"):
        append(300, [leaf(300)], tiles.read)
    assert tile_width(Tile(0, 0), 300) == WIDTH
