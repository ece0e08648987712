"""Which keys are believed: those that are pinned outside the record, and their neighbours by handovers. Pure.

The record names every key that ever signed for us, but whoever can write into it could add one. So a key counts only if
the settings name it, or if a believed key has signed that the other follows it, or came before it. Both sign the same
statement, in an audit entry of the service's own chain with the action HANDED_OVER.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from contracts.proof.canonical import canonical_json
from contracts.proof.statements import utc_timestamp
from storage.signing import Signer, is_signed, key_id_of

HANDED_OVER: Final = "keys.handed_over"

Keys = Mapping[str, bytes]


def handover_details(old: Signer, new: Signer, at: datetime) -> dict[str, str]:
    """Return the details of the entry by which `old` hands over to `new`, at an aware time."""
    keys = {"old": base64.b64encode(old.public_key).decode(), "new": base64.b64encode(new.public_key).decode()}
    details = {**keys, "at": utc_timestamp(at)}
    statement = _statement(details)
    return {**details, "old_signature": old.sign(statement).hex(), "new_signature": new.sign(statement).hex()}


def believed_keys(pinned: Keys, handovers: Iterable[Mapping[str, Any]]) -> dict[str, bytes]:
    """Return `pinned` and the keys that lead to or from these by `handovers`, the details of the entries; by their ids.
    A handover that no believed key signed is passed over."""
    believed, waiting = dict(pinned), list(handovers)
    while True:
        known = {key_id: key for each in waiting for key_id, key in _vouched(each, believed)}
        if not known.keys() - believed.keys():
            return believed
        believed |= known


def _vouched(details: Mapping[str, Any], believed: Keys) -> Iterable[tuple[str, bytes]]:
    """Give each key of a handover whose neighbour is believed and has signed."""
    old, new, statement = _key(details["old"]), _key(details["new"]), _statement(details)
    if old and new:
        for signer, signature, other in ((old, "old_signature", new), (new, "new_signature", old)):
            is_believed = believed.get(key_id_of(signer)) == signer
            if is_believed and is_signed(statement, bytes.fromhex(details[signature]), signer):
                yield key_id_of(other), other


def _statement(details: Mapping[str, Any]) -> bytes:
    told = {name: details[name] for name in ("old", "new", "at")}
    return canonical_json({"format": "voicepact-key-handover/1", **told})


def _key(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
