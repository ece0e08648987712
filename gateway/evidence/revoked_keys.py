"""The keys of a pack that were taken back, and which of its confirmations do not count therefore."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from contracts.proof.log.keys import parse_key
from contracts.proof.revocation import REVOKED, revocations_in
from gateway.evidence.key_record import PlacesInLogs
from storage.evidence import EvidenceRows
from values.frozen import Frozen

Row = Mapping[str, Any]


class RevokedKey(Frozen):
    """`details`: the revocation as the log's key signed it; `void`: the confirmations that do not count by it."""

    details: Row
    key_id: str
    void: tuple[UUID, ...]


async def read_revoked(rows: EvidenceRows, confirmations: Sequence[Row]) -> list[RevokedKey]:
    """Return each revocation of a key that signed one of these confirmations."""
    log_keys, places, found = [parse_key(key) for key in await rows.log.keys()], PlacesInLogs(rows.log), []
    for action in await rows.service_actions(REVOKED):
        for key_id, revocations in revocations_in([action["details"]], log_keys).items():
            signed = [row for row in confirmations if row["key_id"] == key_id]
            entries = [await rows.entry_of_act(row["contract_id"], row["id"]) for row in signed]
            void = [
                row["id"]
                for row, entry in zip(signed, entries, strict=True)
                if await places.void_by(revocations, entry["n"], entry["leaf"])
            ]
            if signed:
                found.append(RevokedKey(action["details"], key_id, tuple(void)))
    return found
