"""The part of `voicepact audit verify` that finds words which do not count: their key was revoked."""

from collections.abc import Mapping
from typing import Any

from gateway.evidence.key_record import PlacesInLogs, Revocations
from storage.evidence import EvidenceRows


class VoidWords:
    """Finds the confirmations that a revoked key signed, and that entered the log too late to count."""

    def __init__(self, rows: EvidenceRows, revoked: Revocations) -> None:
        self._rows, self._places, self._revoked = rows, PlacesInLogs(rows.log), revoked
        self.lines = list[str]()

    async def look_at(self, row: Mapping[str, Any]) -> None:
        """Take a confirmation."""
        if revocations := self._revoked.get(row["key_id"]):
            entry = await self._rows.entry_of_act(row["contract_id"], row["id"])
            if found := await self._places.void_by(revocations, entry["n"], entry["leaf"]):
                revocation, place = found
                where = "it is not in that log" if place is None else f"it is its leaf {place}"
                self.lines.append(
                    f"confirmations id {row['id']} of contract {entry['reference']}: signed with {row['key_id']}, "
                    f"which is revoked since size {revocation.size} of {revocation.origin}; {where}"
                )
