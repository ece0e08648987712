"""In the background: seal what the audit has written, and once an hour sign how far the seals go.

Every process of the service does it; a unique key lets one of them be first, and the others find nothing left to do.
"""

import asyncio
from collections import deque
from datetime import datetime, timedelta

import structlog

from contracts.actions import Clock
from contracts.proof.seal_tree import MAX_SEALS, checkpoint_statement, root_of
from storage.evidence import CheckpointRow, EvidenceRows, Row
from storage.postgres import database
from storage.signing import Signer

log = structlog.get_logger()

CHECKPOINT_EVERY = timedelta(hours=1)
_NAP_SECONDS = 1.0
_AT_ONCE = 500
# An entry's number is drawn a moment before its statement commits, so a lower one may appear after a higher: each look
# begins where the seals stood this long ago. What came later still is found before the next checkpoint, further back.
_LATE_COMMIT = timedelta(seconds=10)
_LOOK_BACK = 100_000


class Seals:
    """Seals and checkpoints; `run` until cancelled."""

    def __init__(self, rows: EvidenceRows, signer: Signer, now: Clock) -> None:
        self._rows = rows
        self._signer = signer
        self._now = now
        self._reached: deque[tuple[datetime, int]] = deque()

    async def run(self) -> None:
        while True:
            try:
                await self.seal_all()
                await self.checkpoint(self._now())
            except database.UNAVAILABLE as fault:
                log.warning("seals wait for the database", fault=type(fault).__name__)
            except Exception:  # whatever it is: entries that nobody seals are missed by nobody
                log.exception("seals", exc_info=True)
            await asyncio.sleep(_NAP_SECONDS)

    async def seal_all(self, *, look_back: bool = False) -> int:
        """Seal all that is there now; how many entries that were. `look_back`: also what was committed very late."""
        top = await self._rows.highest_sealed()
        above = max(0, top - _LOOK_BACK) if look_back or not self._reached else self._certain()
        self._reached.append((self._now(), top))
        count = 0
        while sealed := await self._rows.seal(above, _AT_ONCE):
            count += len(sealed)
            if len(sealed) < _AT_ONCE:
                break
            above = max(sealed)  # the next look finds what was committed late below it
        return count

    async def checkpoint(self, now: datetime) -> None:
        """Sign what was sealed since the last checkpoint, if that is an hour old, or if very much was."""
        last = await self._rows.last_checkpoint()
        if last is None or now - last["at"] >= CHECKPOINT_EVERY:
            await self.seal_all(look_back=True)
        while await self._is_due(last, now):
            row = await self._next(last, now)
            if not await self._rows.save_checkpoint(row):
                return
            log.info("checkpoint", number=row.number, seals=row.to_seq - row.from_seq + 1)
            last = await self._rows.last_checkpoint()

    async def _is_due(self, last: Row | None, now: datetime) -> bool:
        new = await self._rows.count_seals() - (last["to_seq"] if last else 0)
        return new >= MAX_SEALS or (new > 0 and (last is None or now - last["at"] >= CHECKPOINT_EVERY))

    async def _next(self, last: Row | None, now: datetime) -> CheckpointRow:
        number, before = (last["number"] + 1, last["statement"]) if last else (1, None)
        seals = await self._rows.seals_from(last["to_seq"] + 1 if last else 1, MAX_SEALS)
        first, top = seals[0]["seq"], seals[-1]
        root = await asyncio.to_thread(
            root_of, [seal["entry_hash"].hex() for seal in seals]
        )  # callers wait for nothing
        statement = checkpoint_statement(number, first, top["seq"], root, top["hash"].hex(), before, now)
        signature = self._signer.sign(statement)
        return CheckpointRow(number, first, top["seq"], statement, signature, self._signer.key_id, now)

    def _certain(self) -> int:
        """A number up to which every entry is sealed, but for one that is committed very late."""
        now = self._now()
        while len(self._reached) > 1 and self._reached[1][0] <= now - _LATE_COMMIT:
            self._reached.popleft()
        return self._reached[0][1]
