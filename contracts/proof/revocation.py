"""Taking a signing key back: what it signed counts only if it entered the log before the log had a given size. Pure.

A stolen key signs whatever the thief likes, with any date. What the thief cannot do is put it under a checkpoint that
witnesses have: so the place in the log decides, not a time. The log's key signs the revocation, an entry of the
service's own chain with the action REVOKED. It can only take trust away: no key counts because the log's key names it
(docs/decisions/0014-a-key-is-revoked-by-the-log.md).
"""

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from contracts.proof.canonical import canonical_json
from contracts.proof.log.keys import SigningKey, VerifierKey
from contracts.proof.statements import utc_timestamp
from storage.signing import is_signed, key_id_of
from values.frozen import Frozen

REVOKED: Final = "keys.revoked"
_TOLD = ("key", "origin", "size", "because", "operator", "at")


class Revocation(Frozen):
    """What the key with the id `key_id` signed counts only from leaves before `size` of the log `origin`. `at`: when it
    was revoked, as the entry says; `because`: why, in the operator's words."""

    key_id: str
    origin: str
    size: int
    because: str
    at: str

    def holds(self, place: int | None) -> bool:
        """Whether a signature in the leaf at `place` of that log counts; None: it is not in that log."""
        return place is not None and place < self.size


def revocation_details(
    public_key: bytes, origin: str, size: int, because: str, operator: str, at: datetime, log_key: SigningKey
) -> dict[str, Any]:
    """Return the details of the entry that revokes a key, at an aware time. `origin`, `log_key`: of the log."""
    details: dict[str, Any] = {
        "key": base64.b64encode(public_key).decode(), "origin": origin, "size": size, "because": because,
        "operator": operator, "at": utc_timestamp(at),
    }  # fmt: skip
    return {**details, "signature": log_key.sign(_statement(details)).hex()}


def revocations_in(
    entries: Iterable[Mapping[str, Any]], log_keys: Sequence[VerifierKey]
) -> dict[str, list[Revocation]]:
    """Return the revocations of each key, by its id, from the details of all entries REVOKED. One that no key of
    `log_keys` with the name of its log has signed is passed over."""
    found: dict[str, list[Revocation]] = {}
    for details in entries:
        if revocation := _read(details, log_keys):
            found.setdefault(revocation.key_id, []).append(revocation)
    return found


def _read(details: Mapping[str, Any], log_keys: Sequence[VerifierKey]) -> Revocation | None:
    try:
        public_key = base64.b64decode(details["key"], validate=True)
        signature, statement = bytes.fromhex(details["signature"]), _statement(details)
        keys = [key.public_key for key in log_keys if key.name == details["origin"]]
        if not any(is_signed(statement, signature, key) for key in keys):
            return None
        return Revocation(
            key_id_of(public_key), details["origin"], int(details["size"]), details["because"], details["at"]
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, binascii.Error):  # whoever writes into the record can write anything
        return None


def _statement(details: Mapping[str, Any]) -> bytes:
    return canonical_json({"format": "voicepact-key-revocation/1", **{name: details[name] for name in _TOLD}})
