"""From stored tiles to proofs: fetches in one query the tiles that a computation will ask for."""

from collections.abc import Iterable

from contracts.proof.log.tiles import ReadTile, Tile
from storage.log import LogRows


async def read_tiles(rows: LogRows, log: int, tiles: Iterable[Tile]) -> ReadTile:
    """Return a function that gives these tiles of a log; of one that is not stored it gives no hash."""
    found = await rows.tiles(log, {(tile.level, tile.index) for tile in tiles})

    def read(tile: Tile) -> bytes:
        return found.get((tile.level, tile.index), b"")

    return read
