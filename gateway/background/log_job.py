"""Background job: enters each new audit entry into the log, and signs a checkpoint at most once a minute.

Every process of the service runs it; the lease lets one at a time work, and the others ask again when it ends. The
lease is a row with a time, no lock of a session: PostgreSQL may take hours to learn that the machine of a session is
gone. Should two believe that they hold it, the size that the log had lets only one write.
"""

import asyncio
import time
from datetime import datetime, timedelta

import structlog

from contracts.actions import Clock
from contracts.proof.log.beginning import beginning_file
from contracts.proof.log.checkpoints import Checkpoint, read_checkpoint, sign_checkpoint
from contracts.proof.log.keys import ED25519, SigningKey, verifier_key
from contracts.proof.log.tiles import WIDTH, append, partial_tiles, root_from_tiles, tiles_of_root
from contracts.proof.log.tree import leaf_hash
from gateway.background.log_head import HeadFile, read_head, why_no_checkpoint
from gateway.background.repeat import JobState, repeat
from gateway.background.witness_job import WitnessJob
from gateway.evidence.log_tiles import read_tiles
from storage.log import LogRows, LogState, NewEntry, TileRow
from values.frozen import replace
from values.ids import new_id

log = structlog.get_logger()

CHECKPOINT_EVERY = timedelta(minutes=1)
_PAUSE_SECONDS = 1.0
_LEASE_SECONDS = 15.0
_BATCH = 4096
# When the database moves to another server, entries that were not in the log yet are looked for among the newest: no
# transaction of ours is open while so many others write.
_LOOK_BACK = 200_000
_AFTER_ALL = 2**62  # behind each entry of one transaction


class LogJob:
    """Lets the log grow, and signs it. `origin`: the name of the log if it is to begin; `witnesses` are asked before
    the first checkpoint of this process, if they answer."""

    def __init__(
        self, rows: LogRows, signer: SigningKey, origin: str, head: HeadFile, now: Clock,
        witnesses: WitnessJob | None = None,
    ) -> None:  # fmt: skip
        self._rows, self._signer, self._origin, self._head, self._now = rows, signer, origin, head, now
        self._witnesses = witnesses
        self._holder, self._renews_at = new_id(), 0.0
        self._compared = False  # whether the log was compared with the head file since this process began

    async def run(self, job: JobState) -> None:
        """Take and sign, until cancelled."""
        await repeat(job, self._work, _PAUSE_SECONDS)

    @property
    def holds_lease(self) -> bool:
        """Whether this process works on the log."""
        return time.monotonic() < self._renews_at + _LEASE_SECONDS / 2

    async def _work(self) -> float:
        if time.monotonic() > self._renews_at:
            ends_in = await self._rows.hold_lease(self._holder, _LEASE_SECONDS)
            if ends_in is not None:
                return max(ends_in, _PAUSE_SECONDS)
            self._renews_at = time.monotonic() + _LEASE_SECONDS / 3
        if await self.take():
            return 0.0
        await self.checkpoint(self._now())
        return _PAUSE_SECONDS

    async def take(self) -> bool:
        """Enter the next entries. Return whether there may be more at once."""
        state = await self._rows.state()
        if state is None:
            now = self._now()
            beginning = beginning_file(self._origin, now)
            await self._rows.begin(1, self._origin, beginning, leaf_hash(beginning), now)
            return True
        if state.server != state.server_now:
            return await self._move(state)
        entries = await self._rows.new_entries(state, _BATCH)
        if entries:
            last = entries[-1]
            await self._append(state, replace(state, taken_xid=last.xid, taken_n=last.n), entries)
        return len(entries) == _BATCH

    async def checkpoint(self, now: datetime) -> bool:
        """Sign the log if it grew, and the last checkpoint is a minute old. Return whether it was signed."""
        state = await self._rows.state()
        if state is None or (self._witnesses and not self._witnesses.has_asked):
            return False
        last = await self._rows.last_checkpoint(state.log)
        is_due = last is None or (last["size"] < state.size and abs(now - last["at"]) >= CHECKPOINT_EVERY)
        if not is_due and self._compared:
            return False
        known, why = await self._known(state, last["note"] if last else None)
        sizes = {state.size, *(each.size for each in known if each.size <= state.size)}
        read = await read_tiles(self._rows, state.log, {tile for size in sizes for tile in tiles_of_root(size)})
        why = why or why_no_checkpoint(known, state.size, read)
        why = why or (await self._witnesses.objection(state) if self._witnesses else None)
        self._compared = True
        if why != state.halted:
            await self._rows.halt(state.log, why)
            if why:
                log.error("no checkpoint is signed", origin=state.origin, why=why)
        if why or not is_due:
            return False
        return await self._sign(Checkpoint(state.origin, state.size, root_from_tiles(state.size, read)), state, now)

    async def _sign(self, checkpoint: Checkpoint, state: LogState, now: datetime) -> bool:
        note = await asyncio.to_thread(sign_checkpoint, checkpoint, self._signer)  # a token may take its time
        try:  # first of all: what is published must be known here, even if the database is restored at this moment
            await asyncio.to_thread(self._head.write, note)
        except OSError as fault:
            log.warning("the newest checkpoint is in the database only", fault=type(fault).__name__)
        await self._rows.save_key(verifier_key(state.origin, ED25519, self._signer.public_key).line, now)
        is_saved = await self._rows.save_checkpoint(state.log, checkpoint.size, note, now)
        if is_saved:
            log.info("checkpoint", origin=state.origin, checkpoint=checkpoint.size)
        return is_saved

    async def _known(self, state: LogState, last: bytes | None) -> tuple[list[Checkpoint], str | None]:
        """Return the checkpoints that the log must go on from, and why the head file cannot be used, if so."""
        head, why = await asyncio.to_thread(read_head, self._head)
        stored = read_checkpoint(last)[0] if last else None
        return [each for each in (stored, head) if each and each.origin == state.origin], why

    async def _append(self, state: LogState, grown: LogState, entries: list[NewEntry]) -> None:
        read = await read_tiles(self._rows, state.log, partial_tiles(state.size))
        size, tiles = await asyncio.to_thread(append, state.size, [entry.leaf for entry in entries], read)
        numbers: dict[int, list[int]] = {}
        for place, entry in enumerate(entries, start=state.size):
            numbers.setdefault(place // WIDTH, []).append(entry.n)
        rows = [
            TileRow(0, tile.index, hashes, min(numbers[tile.index]), max(numbers[tile.index]))
            if tile.level == 0
            else TileRow(tile.level, tile.index, hashes)
            for tile, hashes in tiles.items()
        ]
        await self._rows.append(state, replace(grown, size=size), rows)

    async def _move(self, state: LogState) -> bool:
        """Go on after the database moved to another server, where transactions are numbered anew: enter what is not in
        the log, and from then on only what is written here. Return whether there may be more at once."""
        highest = await self._rows.highest_taken(state.log)
        behind = await self._rows.entries_above(highest, _BATCH)
        if len(behind) == _BATCH:
            # Many, as in a log that begins here. One that is still to be committed is found below, among the newest.
            await self._append(state, state, behind)
            return True
        above = max(0, highest - _LOOK_BACK)
        settled = await self._rows.settled_entries_above(above)
        if settled is None:
            return False
        next_xid, entries = settled
        moved_n = max([above, state.moved_n, *(entry.n for entry in entries if entry.xid >= next_xid)])
        moved = replace(
            state, taken_xid=next_xid - 1, taken_n=_AFTER_ALL, moved_n=moved_n, server=state.server_now
        )  # fmt: skip
        leaves = await self._rows.leaves_above(state.log, above)
        missing = [entry for entry in entries if entry.leaf not in leaves]
        log.info("the log goes on on another server", origin=state.origin, entries=len(missing))
        if missing:
            await self._append(state, moved, missing)
        else:
            await self._rows.note_move(moved)
        return True
