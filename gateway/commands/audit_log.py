"""The log's part of `voicepact audit verify`: its tiles, its checkpoints, and the audit entries in it."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.x509 import Certificate

from contracts.proof.log.anchors import Anchor, is_of_calendar
from contracts.proof.log.checkpoints import Checkpoint
from contracts.proof.log.checks import (
    EntriesCheck,
    LeavesCheck,
    check_anchors,
    check_beginning,
    check_checkpoint_note,
    check_cosignature,
    check_is_new,
    check_signer,
    check_timestamp,
)
from contracts.proof.log.keys import ED25519, VerifierKey, verifier_key
from contracts.proof.log.policy import NO_QUORUM, Policy
from contracts.proof.log.tiles import (
    MissingTile,
    inclusion_proof,
    root_from_tiles,
    tiles_of_inclusion,
    tiles_of_root,
)
from contracts.proof.log.tree import is_included
from contracts.proof.verify import BrokenRecord
from gateway.evidence.log_tiles import read_tiles
from storage.log import LogRows, LogState
from values.frozen import asdict

Row = dict[str, Any]
Numbers = tuple[int | None, int | None]
_TILES, _ROWS = 64, 16_384  # read at once: as many leaves as entries


class LogVerifier:
    """Reads in one transaction. `keys`: those that may have signed a log; `head`: a checkpoint known from elsewhere;
    `policy`: which witnesses are enough (None: as the service noted it); `signers`: public keys, one of which must have
    signed the newest checkpoint, whatever the database names (empty: any of `keys` may have); `step` is called for each
    entry and checkpoint. `unwitnessed_since`: the first checkpoint of those that too few witnesses have cosigned;
    `anchors`: checkpoints whose proofs lead to a block of Bitcoin; `newest_anchor`: the size of the last, and the
    block."""

    def __init__(
        self, rows: LogRows, keys: Sequence[VerifierKey], head: Checkpoint | None, step: Callable[[], None],
        policy: Policy | None = None, roots: Sequence[Certificate] = (), signers: Sequence[bytes] = (),
    ) -> None:  # fmt: skip
        self._rows, self._keys, self._head, self._policy, self._step = rows, keys, head, policy, step
        self._roots, self._signers = roots, signers
        self.checkpoints = self.cosignatures = self.timestamps = self.unchecked_timestamps = self.anchors = 0
        self.newest_anchor: tuple[int, Anchor] | None = None
        self.unwitnessed_since: datetime | None = None

    async def verify_all(self) -> int:
        """Raise BrokenRecord for the first thing that is wrong. Return how many entries are too new for the log."""
        states, unlogged = await self._rows.states(), 0
        for state in states:
            unlogged = await self._verify(state, is_newest=state == states[-1])
        return unlogged if states else len([row async for row in self._entries()])

    async def verify_chain(self, chain_id: UUID, entries: AsyncIterator[Row]) -> int:
        """Check that the entries of one chain are in the log, and under its newest checkpoint; and what witnesses and
        authorities signed first above the last of them. Return how many are too new."""
        state = await self._rows.state()
        if state is None:
            return len([entry async for entry in entries])
        check_beginning(asdict(state))
        try:
            newest = await self._check_newest(state)
            await self._check_head(state)
            unlogged, last = 0, 0
            async for entry in entries:
                index = await self._rows.index_of(state.log, entry["n"], entry["leaf"])
                if index is None:
                    check_is_new({**entry, "chain_id": chain_id}, asdict(state))
                    unlogged += 1
                elif newest and index < newest.size:
                    await self._check_included(state, entry["leaf"], index, newest)
                last = last if index is None else max(last, index)
            await self._check_first_above(state, last)
        except MissingTile as missing:
            raise BrokenRecord("log_tiles", state.origin, str(missing)) from None
        return unlogged

    async def _verify(self, state: LogState, *, is_newest: bool) -> int:
        leaves, match, entries = LeavesCheck(asdict(state)), EntriesCheck(asdict(state)), self._entries()
        checkpoints = self._checkpoints(state)
        due = await anext(checkpoints, None)
        if due is None and any(key.name == state.origin for key in self._keys):
            raise BrokenRecord("log_checkpoints", state.origin, "was signed, and its checkpoints are gone")
        async for place, tile, numbers in self._tiles(state, 0):
            match.add_tile(place, *numbers)
            for leaf in leaves.add_leaves(tile, place):
                match.add_leaf(leaf, leaves.tree.size - 1)
                while due and due["size"] == leaves.tree.size:
                    check_checkpoint_note(due, state.origin, leaves.tree.root, self._keys)
                    match.add_checkpoint(due["size"], due["at"])
                    due = await anext(checkpoints, None)
            if is_newest:
                await self._add_entries(match, entries, len(tile) // 32)
        leaves.check_size()
        check_beginning(asdict(state))
        if due:
            raise BrokenRecord("log_checkpoints", f"{state.origin} size {due['size']}", "the log is shorter")
        level = 1
        while leaves.check_level(level, [(place, tile) async for place, tile, _ in self._tiles(state, level)]):
            level += 1
        await self._check_head(state)
        witnessed = await self._check_cosignatures(state)
        await self._check_timestamps(state)
        if not is_newest:
            return 0
        if self._signers and (last := await self._rows.last_checkpoint(state.log)):
            check_signer(last, state.origin, self._believed(state))
        while await self._add_entries(match, entries, _ROWS):
            pass
        after = await self._rows.checkpoints_after(state.log, witnessed, 1) if self._policy else []
        self.unwitnessed_since = after[0]["at"] if after else None if self._policy else state.unwitnessed_since
        return match.finish()

    async def _check_timestamps(self, state: LogState, first: int = 0, *, only_first: bool = False) -> None:
        """Check the timestamps on the checkpoints from the size `first` on; or on the first that has one."""
        size, authority, of_size = first, "", list[Row]()
        while rows := await self._rows.timestamps_after(state.log, size, authority, _TILES):
            for row in rows:
                if of_size and of_size[0]["size"] != row["size"]:
                    self._check_of_size(state, of_size)
                    of_size = []
                    if only_first:
                        return
                of_size.append(row)
            size, authority = rows[-1]["size"], rows[-1]["authority"]
        if of_size:
            self._check_of_size(state, of_size)

    def _check_of_size(self, state: LogState, rows: Sequence[Row]) -> None:
        for row in (row for row in rows if not is_of_calendar(row["response"])):
            if self._roots:
                check_timestamp(row, state.origin, self._roots)
                self.timestamps += 1
            else:
                self.unchecked_timestamps += 1
        if of_calendars := [row for row in rows if is_of_calendar(row["response"])]:
            anchors = check_anchors(of_calendars, state.origin)
            self.anchors += bool(anchors)
            self.newest_anchor = (rows[0]["size"], anchors[0]) if anchors else self.newest_anchor

    async def _check_cosignatures(self, state: LogState, first: int = 0, *, only_first: bool = False) -> int:
        """Check the cosignatures on the checkpoints from the size `first` on; or up to the first that enough witnesses
        have signed. Return the size of the last that enough have signed; 0: of none."""
        size, witness, witnessed, signed = first, "", 0, set[str]()
        names = {line.key.line: line.name for line in self._policy.witnesses} if self._policy else {}
        while rows := await self._rows.cosignatures_after(state.log, size, witness, _ROWS):
            for row in rows:
                if only_first and 0 < witnessed < row["size"]:
                    return witnessed
                check_cosignature(row, state.origin)
                signed = signed if row["size"] == size else set()
                size, witness = row["size"], row["witness"]
                signed |= {names[witness]} if witness in names else set()
                if self._policy is None or self._policy.has_quorum(signed):
                    witnessed = size
                self.cosignatures += 1
        return witnessed if self._policy is None or self._policy.quorum != NO_QUORUM else state.size

    async def _check_first_above(self, state: LogState, index: int) -> None:
        """Check the first cosignatures and timestamps over the leaf `index`."""
        witnessed = await self._check_cosignatures(state, index + 1, only_first=True)
        await self._check_timestamps(state, index + 1, only_first=True)
        above = await self._rows.checkpoints_after(state.log, index, 1)
        is_asked = self._policy is not None or state.unwitnessed_since is not None
        if above and not witnessed and is_asked:
            self.unwitnessed_since = above[0]["at"]

    async def _check_newest(self, state: LogState) -> Checkpoint | None:
        row = await self._rows.last_checkpoint(state.log)
        if row is None:
            return None
        read = await read_tiles(self._rows, state.log, tiles_of_root(row["size"]))
        checkpoint = check_checkpoint_note(row, state.origin, root_from_tiles(row["size"], read), self._keys)
        if self._signers:
            check_signer(row, state.origin, self._believed(state))
        self.checkpoints += 1
        return checkpoint

    async def _check_included(self, state: LogState, leaf: bytes, index: int, newest: Checkpoint) -> None:
        """The leaf's tile alone is no proof: the hashes above it may be of what stood there before."""
        read = await read_tiles(self._rows, state.log, tiles_of_inclusion(index, newest.size))
        proof = inclusion_proof(index, newest.size, read)
        if not is_included(leaf, index, newest.size, proof, newest.root):
            why = f"leaf {index} is not what the checkpoint of {newest.size} leaves was signed over"
            raise BrokenRecord("log_tiles", state.origin, why)

    def _believed(self, state: LogState) -> list[VerifierKey]:
        return [verifier_key(state.origin, ED25519, key) for key in self._signers]

    async def _check_head(self, state: LogState) -> None:
        head = self._head
        if head is None or head.origin != state.origin:
            return
        if head.size > state.size:
            raise BrokenRecord("log_tiles", state.origin, f"a checkpoint of {head.size} leaves was signed")
        read = await read_tiles(self._rows, state.log, tiles_of_root(head.size))
        if root_from_tiles(head.size, read) != head.root:
            raise BrokenRecord(
                "log_tiles", state.origin, f"its first {head.size} leaves are not those that were signed"
            )

    async def _add_entries(self, match: EntriesCheck, entries: AsyncIterator[Row], most: int) -> bool:
        """Take up to `most` entries. Return whether there may be more."""
        for _ in range(most):
            entry = await anext(entries, None)
            if entry is None:
                return False
            match.add_entry(entry)
            self._step()
        return True

    async def _entries(self) -> AsyncIterator[Row]:
        xid, n = 0, 0
        while rows := await self._rows.entries_in_order(xid, n, _ROWS):
            for row in rows:
                yield row
            xid, n = rows[-1]["xid"], rows[-1]["n"]

    async def _tiles(self, state: LogState, level: int) -> AsyncIterator[tuple[int, bytes, Numbers]]:
        """Yield the place of each tile of a level, its hashes, and between which numbers its entries are."""
        place = 0
        while tiles := await self._rows.tiles_after(state.log, level, place, _TILES):
            for expected, tile in enumerate(tiles, start=place):
                if tile["place"] != expected:
                    raise BrokenRecord("log_tiles", state.origin, f"tile {expected} of level {level} is gone")
                yield expected, tile["hashes"], (tile["min_n"], tile["max_n"])
            place += len(tiles)

    async def _checkpoints(self, state: LogState) -> AsyncIterator[Row]:
        size = 0
        while rows := await self._rows.checkpoints_after(state.log, size, _ROWS):
            for row in rows:
                yield row
                self.checkpoints += 1
                self._step()
            size = rows[-1]["size"]
