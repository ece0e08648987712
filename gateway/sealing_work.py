"""In the background: seal what the audit has written, and once an hour sign how far the seals go.

Every process of the service does it; a unique key lets one of them be first, and the others find nothing left to do.
"""

import asyncio
from collections import deque
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from contracts.actions import Clock
from contracts.seals import MOST_SEALS, checkpoint_statement, root_of
from storage import database
from storage.evidence import CheckpointRow, EvidenceRows
from storage.signing import Signer

log = structlog.get_logger()

CHECKPOINT_EVERY = timedelta(hours=1)
_NAP_SECONDS = 1.0
_AT_ONCE = 500
# An entry's number is drawn a moment before its statement commits, so a lower one may appear after a higher. No
# statement of ours lives this long, and a start looks further back, at what an earlier process may have left.
_LATE_COMMIT = timedelta(minutes=2)
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
            with suppress(*database.UNAVAILABLE):
                await self.seal_all()
                await self.checkpoint(self._now())
            await asyncio.sleep(_NAP_SECONDS)

    async def seal_all(self) -> int:
        """Seal all that is there now; how many entries that were."""
        count, above = 0, await self._certain(self._now())
        while sealed := await self._rows.seal(above, _AT_ONCE):
            count += len(sealed)
            if len(sealed) < _AT_ONCE:
                break
        return count

    async def checkpoint(self, now: datetime) -> None:
        """Sign what was sealed since the last checkpoint, if that is an hour old, or if very much was."""
        last = await self._rows.last_checkpoint()
        while seals := await self._rows.seals_from(last["to_seq"] + 1 if last else 1, MOST_SEALS):
            if last and len(seals) < MOST_SEALS and now - last["at"] < CHECKPOINT_EVERY:
                return
            number, top = (last["number"] + 1 if last else 1), seals[-1]
            root = root_of([seal["entry_hash"].hex() for seal in seals])
            statement = checkpoint_statement(
                number, seals[0]["seq"], top["seq"], root, top["hash"].hex(), last["statement"] if last else None, now
            )
            row = CheckpointRow(
                number, seals[0]["seq"], top["seq"], statement, self._signer.sign(statement), self._signer.key_id, now
            )
            if not await self._rows.keep_checkpoint(row):
                return
            log.info("checkpoint", number=number, seals=len(seals))
            last = await self._rows.last_checkpoint()

    async def _certain(self, now: datetime) -> int:
        """A number up to which every entry is sealed that ever will be there."""
        top = await self._rows.sealed_up_to()
        if not self._reached:
            self._reached.append((now - _LATE_COMMIT, max(0, top - _LOOK_BACK)))
        self._reached.append((now, top))
        while self._reached[1][0] <= now - _LATE_COMMIT:
            self._reached.popleft()
        return self._reached[0][1]
