"""Which keys are believed: those that are pinned outside the record, and their neighbours by handovers. Pure.

The record names every key that ever signed for us, but whoever can write into it could add one. So a key counts only if
the settings name it, or if a believed key has signed that the other follows it, or came before it. Both sign the same
statement, in an audit entry of the service's own chain with the action HANDED_OVER. What a revoked key has signed after
it was taken back (contracts/proof/revocation.py) vouches for nothing.
"""

import base64
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from contracts.proof.canonical import canonical_json
from contracts.proof.statements import utc_timestamp
from storage.signing import SignerPort, is_signed, key_id_of
from values.frozen import Frozen

HANDED_OVER: Final = "keys.handed_over"

Keys = Mapping[str, bytes]


class Handover(Frozen):
    """An entry HANDED_OVER: its details, and the ids of revoked keys whose signature on it does not count."""

    details: Mapping[str, Any]
    void: frozenset[str] = frozenset()

    @property
    def key_ids(self) -> list[str]:
        """The ids of its keys, the old one first; none if it names no keys."""
        keys = (_key(self.details.get("old")), _key(self.details.get("new")))
        return [key_id_of(key) for key in keys if key] if all(keys) else []


def handover_details(old: SignerPort, new: SignerPort, at: datetime) -> dict[str, str]:
    """Return the details of the entry by which `old` hands over to `new`, at an aware time."""
    keys = {"old": base64.b64encode(old.public_key).decode(), "new": base64.b64encode(new.public_key).decode()}
    details = {**keys, "at": utc_timestamp(at)}
    statement = _statement(details)
    return {**details, "old_signature": old.sign(statement).hex(), "new_signature": new.sign(statement).hex()}


def believed_keys(pinned: Keys, handovers: Iterable[Handover]) -> dict[str, bytes]:
    """Return `pinned` and the keys that lead to or from these by `handovers`; by their ids. A handover that no believed
    key signed is passed over. A revoked key may be among them: what it signed before it was revoked still counts."""
    believed, waiting = dict(pinned), list(handovers)
    while True:
        known = {key_id: key for each in waiting for key_id, key in _vouched(each, believed)}
        if not known.keys() - believed.keys():
            return believed
        believed |= known


def _vouched(handover: Handover, believed: Keys) -> Iterable[tuple[str, bytes]]:
    """Give each key of a handover whose neighbour is believed and has signed."""
    details = handover.details
    old, new, statement = _key(details.get("old")), _key(details.get("new")), _statement(details)
    if old and new:
        for signer, signature, other in ((old, "old_signature", new), (new, "new_signature", old)):
            key_id = key_id_of(signer)
            is_believed = believed.get(key_id) == signer and key_id not in handover.void
            if is_believed and is_signed(statement, _bytes(details.get(signature)), signer):
                yield key_id_of(other), other


def _statement(details: Mapping[str, Any]) -> bytes:
    told = {name: details.get(name) for name in ("old", "new", "at")}
    return canonical_json({"format": "voicepact-key-handover/1", **told})


def _key(text: Any) -> bytes | None:
    """Return the key; None for what is none: whoever writes into the record can write anything."""
    try:
        return base64.b64decode(text, validate=True)
    except (TypeError, ValueError):
        return None


def _bytes(text: Any) -> bytes:
    try:
        return bytes.fromhex(text)
    except (TypeError, ValueError):
        return b""
