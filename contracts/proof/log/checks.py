"""Checks whether a stored log is whole: its tiles, its checkpoints, and that it holds all audit entries and no other.

Pure; each check raises BrokenRecord for the first thing that is wrong.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from cryptography.x509 import Certificate

from contracts.proof.log.anchors import Anchor, anchors_in, digest_of, whole_proof
from contracts.proof.log.checkpoints import Checkpoint, open_checkpoint, read_checkpoint
from contracts.proof.log.keys import BadKey, VerifierKey, parse_key
from contracts.proof.log.notes import BadNote, parse_signatures, verify_signatures
from contracts.proof.log.opentimestamps import BadProof
from contracts.proof.log.tiles import WIDTH, Tile, tile_path, tile_width
from contracts.proof.log.timestamps import BadTimestamp, read_timestamp
from contracts.proof.log.tree import HASH_BYTES, GrowingTree, leaf_hash, root_of
from contracts.proof.verify import BrokenRecord

Row = Mapping[str, Any]
_Numbers = tuple[int | None, int | None]
# An act may wait for its transaction, and clocks of two machines differ; an invented act is older than this, or it is
# pointless.
DATED_BACK = timedelta(hours=1)


class LeavesCheck:
    """Takes the tiles of one log in their order, and compares them with its state and with its checkpoints."""

    def __init__(self, state: Row) -> None:
        self.tree = GrowingTree()
        self._state = state
        self._roots = list[bytes]()  # of full tiles of the level below

    def add_leaves(self, tile: bytes, place: int) -> Iterable[bytes]:
        """Take a tile of level 0. Yield its leaves, each after it was added to `tree`."""
        self._check_shape(tile, Tile(0, place))
        for leaf in _split(tile):
            if self.tree.size == 0 and leaf != leaf_hash(self._state["beginning"]):
                raise BrokenRecord("log_state", self._name, "its beginning is not its first leaf")
            self.tree.add(leaf)
            yield leaf
        if len(tile) == WIDTH * HASH_BYTES:
            self._roots.append(root_of(_split(tile)))

    def check_size(self) -> None:
        """After all leaves: there are as many as the state says."""
        if self.tree.size != self._state["size"]:
            raise BrokenRecord("log_tiles", self._name, f"{self.tree.size} leaves are there of {self._state['size']}")

    def check_level(self, level: int, tiles: Sequence[tuple[int, bytes]]) -> bool:
        """Check all tiles of a level above the leaves, level after level. Return whether there must be more levels."""
        roots, self._roots = self._roots, []
        for place, hashes in tiles:
            self._check_shape(hashes, Tile(level, place))
            if _split(hashes) != roots[place * WIDTH : (place + 1) * WIDTH]:
                raise BrokenRecord("log_tiles", self._name, f"{tile_path(Tile(level, place))} is not what it is over")
            if len(hashes) == WIDTH * HASH_BYTES:
                self._roots.append(root_of(_split(hashes)))
        if len(tiles) != -(-len(roots) // WIDTH):
            raise BrokenRecord("log_tiles", self._name, f"a tile of level {level} is missing, or is too many")
        return bool(self._roots)

    @property
    def _name(self) -> str:
        return f"log {self._state['log']}"

    def _check_shape(self, tile: bytes, name: Tile) -> None:
        width = tile_width(name, self._state["size"])
        if len(tile) != width * HASH_BYTES:
            raise BrokenRecord("log_tiles", self._name, f"{tile_path(name)} has not {width} hashes")


def check_checkpoint_note(row: Row, origin: str, root: bytes, keys: Sequence[VerifierKey]) -> Checkpoint:
    """Check a stored checkpoint against the root that the leaves give at its size."""
    name = f"{origin} size {row['size']}"
    try:
        checkpoint, _ = open_checkpoint(row["note"], [key for key in keys if key.name == origin])
    except BadNote as bad:
        raise BrokenRecord("log_checkpoints", name, str(bad)) from None
    if checkpoint != Checkpoint(origin, row["size"], root):
        raise BrokenRecord("log_checkpoints", name, "what was signed is not what the leaves give")
    return checkpoint


def check_signer(row: Row, origin: str, believed: Sequence[VerifierKey]) -> None:
    """Check that one of the keys that the settings name signed the newest checkpoint. Which key signed an older one
    does not matter: the newest is over all leaves that it was over."""
    try:
        open_checkpoint(row["note"], believed)
    except BadNote:
        why = (
            "is signed by none of the keys that the settings name, LOG_PRIVATE_KEY and the `log` lines of"
            " WITNESS_POLICY; was it a key of yours before, name that in a file and give it as --policy"
        )
        raise BrokenRecord("log_checkpoints", f"{origin} size {row['size']}", why) from None


def check_beginning(state: Row) -> None:
    """Check the columns of a log against the file that it begins with."""
    name = f"log {state['log']}"
    try:
        begun = orjson.loads(state["beginning"])
        origin, at = begun["origin"], datetime.fromisoformat(begun["at"])
    except (ValueError, KeyError, TypeError):
        raise BrokenRecord("log_state", name, "its beginning is no such file") from None
    if origin != state["origin"] or abs(at - state["began_at"]) > DATED_BACK:
        raise BrokenRecord("log_state", name, "origin or began_at is not what its beginning says")


def check_cosignature(row: Row, origin: str) -> None:
    """Check a stored signature of a witness on the checkpoint `note`, and that it was not made before that (`at`)."""
    name = f"{origin} size {row['size']} {row['witness']}"
    try:
        _, note = read_checkpoint(row["note"])
        verified = verify_signatures(note.text, parse_signatures(row["line"].encode()), [parse_key(row["witness"])])
    except (BadNote, BadKey) as bad:
        raise BrokenRecord("log_cosignatures", name, str(bad)) from None
    if not verified:
        raise BrokenRecord("log_cosignatures", name, "is signed by another key")
    if (verified[0].timestamp or 0) < (row["at"] - DATED_BACK).timestamp():
        raise BrokenRecord("log_cosignatures", name, f"is older than its checkpoint of {row['at']:%Y-%m-%d %H:%M}")


def check_timestamp(row: Row, origin: str, roots: Sequence[Certificate]) -> None:
    """Check a stored timestamp on the checkpoint `note`."""
    name = f"{origin} size {row['size']} {row['authority']}"
    try:
        at = read_timestamp(row["response"], read_checkpoint(row["note"])[0].text, roots)
    except (BadNote, BadTimestamp) as bad:
        raise BrokenRecord("log_timestamps", name, str(bad)) from None
    if at != row["at"]:
        raise BrokenRecord("log_timestamps", name, f"says {at:%Y-%m-%d %H:%M:%S}, and is entered with another time")


def check_anchors(rows: Sequence[Row], origin: str) -> list[Anchor]:
    """Check what calendars answered for one checkpoint (`note`). Return the blocks that it leads to, lowest first: the
    checkpoint was there before, if they have these Merkle roots, which only the headers of Bitcoin can tell."""
    name = f"{origin} size {rows[0]['size']} of calendars"
    try:
        digest = digest_of(read_checkpoint(rows[0]["note"])[0].text)
        return sorted(anchors_in(whole_proof(rows, digest), digest), key=lambda anchor: anchor.height)
    except (BadNote, BadProof) as bad:
        raise BrokenRecord("log_timestamps", name, str(bad)) from None


class EntriesCheck:
    """Compares leaves and entries, both taken in about the same order: what has no counterpart yet waits."""

    def __init__(self, state: Row) -> None:
        self._state = state
        self._leaves, self._entries = dict[bytes, int](), dict[bytes, Row]()
        self._sizes, self._times = list[int](), list[datetime]()
        self._tiles, self._found = list[_Numbers](), dict[int, _Numbers]()

    def add_tile(self, place: int, lowest: int | None, highest: int | None) -> None:
        """Take between which numbers the entries of the next tile of leaves are, as it says."""
        assert place == len(self._tiles)
        self._tiles.append((lowest, highest))

    def add_checkpoint(self, size: int, at: datetime) -> None:
        """Take a checkpoint, before the leaves that came after it."""
        name = f"log {self._state['log']} size {size}"
        if self._times and at < self._times[-1] - DATED_BACK:
            raise BrokenRecord("log_checkpoints", name, f"is dated {at:%Y-%m-%d %H:%M}, before the one before it")
        self._sizes.append(size)
        self._times.append(at)

    def add_leaf(self, leaf: bytes, place: int) -> None:
        if place == 0:
            return
        if entry := self._entries.pop(leaf, None):
            self._match(entry, place)
        else:
            self._leaves[leaf] = place

    def add_entry(self, entry: Row) -> None:
        place = self._leaves.pop(entry["leaf"], None)
        if place is None:
            self._entries[entry["leaf"]] = entry
        else:
            self._match(entry, place)

    def finish(self) -> int:
        """After all leaves and entries. Return how many entries are too new to be in the log."""
        if self._leaves:
            leaf = min(self._leaves.values())
            raise BrokenRecord(
                "log_tiles", f"log {self._state['log']} leaf {leaf}", "its audit entry is altered, or gone"
            )
        for place, numbers in enumerate(self._tiles):
            if numbers != self._found.get(place, (None, None)):
                name = f"log {self._state['log']} {tile_path(Tile(0, place))}"
                raise BrokenRecord("log_tiles", name, "min_n or max_n are not the numbers of its entries")
        for entry in self._entries.values():
            check_is_new(entry, self._state)
        return len(self._entries)

    def _match(self, entry: Row, place: int) -> None:
        low, high = self._found.get(place // WIDTH, (entry["n"], entry["n"]))
        self._found[place // WIDTH] = min(low or 0, entry["n"]), max(high or 0, entry["n"])
        self._check_date(entry, place)

    def _check_date(self, entry: Row, place: int) -> None:
        """The entry was entered after the checkpoint whose size is at most its place."""
        before = bisect_right(self._sizes, place) - 1
        if before >= 0 and entry["at"] < self._times[before] - DATED_BACK:
            raise BrokenRecord(
                "audit_logs", f"chain {entry['chain_id']} seq {entry['seq']}",
                f"is dated {entry['at']:%Y-%m-%d %H:%M}, but entered the log after its checkpoint of "
                f"{self._times[before]:%Y-%m-%d %H:%M}",
            )  # fmt: skip


def check_is_new(entry: Row, state: Row) -> None:
    """Check that an entry which is not in the log is newer than all that are."""
    is_past = (entry["xid"], entry["n"]) <= (state["taken_xid"], state["taken_n"]) or entry["n"] <= state["moved_n"]
    if is_past:
        name = f"chain {entry['chain_id']} seq {entry['seq']}"
        raise BrokenRecord("audit_logs", name, "is not in the log, which is past it: it was put in later, or altered")


def _split(hashes: bytes) -> list[bytes]:
    return [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
