"""Background job: seals new audit entries, and once an hour signs a checkpoint over the seals.

Every process of the service runs it. A unique key lets only one of them seal an entry; the others find nothing to do.
"""

import asyncio
from collections import deque
from datetime import datetime, timedelta

import structlog

from contracts.actions import Clock
from contracts.proof.seal_tree import MAX_SEALS, checkpoint_statement, root_of
from gateway.background.repeat import JobState, repeat
from storage.evidence import CheckpointRow, EvidenceRows, Row
from storage.signing import Signer

log = structlog.get_logger()

CHECKPOINT_EVERY = timedelta(hours=1)
_PAUSE_SECONDS = 1.0
_BATCH = 500
# An entry gets its number before its transaction commits, so a lower number can appear after a higher one. Each run
# looks again at entries from this long ago. Entries that appear even later are found before the next checkpoint.
_LATE_COMMIT = timedelta(seconds=10)
_LOOK_BACK = 100_000


class SealJob:
    """Makes audit seals, and signs checkpoints over them."""

    def __init__(self, rows: EvidenceRows, signer: Signer, now: Clock) -> None:
        self._rows = rows
        self._signer = signer
        self._now = now
        self._reached: deque[tuple[datetime, int]] = deque()

    async def run(self, job: JobState) -> None:
        """Seal and sign, until cancelled."""

        async def work() -> float:
            await self.seal_all()
            await self.checkpoint(self._now())
            return _PAUSE_SECONDS

        await repeat(job, work, _PAUSE_SECONDS)

    async def seal_all(self, *, look_back: bool = False) -> int:
        """Seal all unsealed entries. Return how many. `look_back`: also look for entries that were committed very
        late."""
        top = await self._rows.highest_sealed()
        above = max(0, top - _LOOK_BACK) if look_back or not self._reached else self._all_sealed_up_to()
        self._reached.append((self._now(), top))
        count = 0
        while sealed := await self._rows.seal(above, _BATCH):
            count += len(sealed)
            if len(sealed) < _BATCH:
                break
            above = max(sealed)  # the next run finds lower numbers that were committed late
        return count

    async def checkpoint(self, now: datetime) -> None:
        """Sign a checkpoint over the new seals if the last one is an hour old, or if MAX_SEALS are waiting."""
        last = await self._rows.last_checkpoint()
        if last is None or now - last["at"] >= CHECKPOINT_EVERY:
            await self.seal_all(look_back=True)
        while await self._is_due(last, now):
            row = await self._next(last, now)
            if not await self._rows.save_checkpoint(row):
                return
            log.info("checkpoint", checkpoint=row.number, seals=row.to_seq - row.from_seq + 1)
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
        )  # in a thread, so that no caller waits
        statement = checkpoint_statement(number, first, top["seq"], root, top["hash"].hex(), before, now)
        signature = self._signer.sign(statement)
        return CheckpointRow(number, first, top["seq"], statement, signature, self._signer.key_id, now)

    def _all_sealed_up_to(self) -> int:
        """Return a number below which every entry is sealed, except those that are committed very late."""
        now = self._now()
        while len(self._reached) > 1 and self._reached[1][0] <= now - _LATE_COMMIT:
            self._reached.popleft()
        return self._reached[0][1]
