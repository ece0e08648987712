"""What the record knows of its signing keys: who handed over to whom, and what was revoked."""

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.proof.handover import HANDED_OVER, Handover, believed_keys
from contracts.proof.log.keys import VerifierKey
from contracts.proof.revocation import REVOKED, Revocation, revocations_in
from storage.evidence import EvidenceRows
from storage.log import LogRows
from values.frozen import Frozen

Revocations = Mapping[str, Sequence[Revocation]]


class KeyRecord(Frozen):
    """`revoked`: the revocations of each key, by its id; `handovers`: with the signatures on them that do not count."""

    revoked: Revocations
    handovers: tuple[Handover, ...]

    def believed(self, pinned: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return the keys that count if these are pinned outside the record, by their ids."""
        return believed_keys(pinned, self.handovers)


class PlacesInLogs:
    """Where in which log an entry is. All logs of the database are known, also those that were ended."""

    def __init__(self, rows: LogRows) -> None:
        self._rows = rows
        self._logs: dict[str, int] | None = None

    async def void_by(
        self, revocations: Sequence[Revocation], n: int | None, leaf: bytes | None
    ) -> tuple[Revocation, int | None] | None:
        """Return the revocation by which a signature in this entry does not count, and the entry's place in that log.
        None: it counts. `n` is None where there is no entry."""
        for revocation in revocations:
            place = await self._place(revocation.origin, n, leaf)
            if not revocation.holds(place):
                return revocation, place
        return None

    async def _place(self, origin: str, n: int | None, leaf: bytes | None) -> int | None:
        if self._logs is None:
            self._logs = {state.origin: state.log for state in await self._rows.states()}
        log = self._logs.get(origin)
        return await self._rows.index_of(log, n, leaf) if log and n and leaf else None


async def read_revocations(rows: EvidenceRows, log_keys: Sequence[VerifierKey]) -> dict[str, list[Revocation]]:
    """Return all revocations that one of `log_keys` has signed, by the id of the key."""
    return revocations_in([row["details"] for row in await rows.service_actions(REVOKED)], log_keys)


async def read_key_record(rows: EvidenceRows, log_keys: Sequence[VerifierKey]) -> KeyRecord:
    """Read handovers and revocations. `log_keys`: those that may revoke."""
    revoked, places = await read_revocations(rows, log_keys), PlacesInLogs(rows.log)
    handovers = [await _handover(row, revoked, places) for row in await rows.service_actions(HANDED_OVER)]
    return KeyRecord(revoked, tuple(handovers))


async def _handover(row: Mapping[str, Any], revoked: Revocations, places: PlacesInLogs) -> Handover:
    handover, void = Handover(row["details"]), set[str]()
    for key_id in handover.key_ids:
        if await places.void_by(revoked.get(key_id, ()), row["n"], row["leaf"]):
            void.add(key_id)
    return Handover(row["details"], frozenset(void))
