"""The SMS about a contract: the text of each whose hash an entry has, and what became of each."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from contracts.proof.canonical import message_file
from contracts.proof.replay import Replayed
from contracts.proof.statements import utc_timestamp

Row = Mapping[str, Any]

_NUMBER: Final = re.compile(r"\+?[0-9](?:[ -]?[0-9]){6,}")  # a phone's, in the words of a provider
_TOLD: Final = ("kind", "language", "segments", "provider", "provider_message_id", "network_code")


def message_files(rows: Sequence[Row], said: Replayed) -> tuple[dict[str, bytes], list[dict[str, Any]]]:
    """Return the files of the texts by their names, and the list of all SMS, oldest first.

    `rows`: the messages that are stored; `said`: what the entries say, also of messages that were deleted since.
    `no_file` says why a message has no file: `unbound` (no entry has its hash: it was sent again, or is from before
    entries had them), `erased` (with a person) or `old` (deleted when its time was over).
    """
    bound = said.rows.get("sms_logs", {})
    stored = {str(row["id"]) for row in rows}
    told = [_told(row, bound.get(str(row["id"]), {}).get("sha256")) for row in rows]
    told += [_deleted(key, columns) for key, columns in bound.items() if key not in stored]
    told.sort(key=lambda message: (message["created_at"], message["id"]))
    texts = {str(row["id"]): row for row in rows}
    files = {}
    for place, message in enumerate(told, 1):
        if message["no_file"] is None:
            message["file"], row = f"messages/{place:03}.json", texts[message["id"]]
            files[message["file"]] = message_file(row["text"], row["salt"].hex(), row["english"])
    return files, told


def clock(rows: Sequence[Row]) -> dict[str, int] | None:
    """Return how far the provider's clock was from ours, over the SMS that came in with a time of the provider's; None:
    there are none. A message that waited on its way makes that clock seem behind."""
    behind = [_ms(row["created_at"], row["provider_sent_at"]) for row in rows if row.get("provider_sent_at")]
    if not behind:
        return None
    return {
        "messages": len(behind), "most_ahead_ms": max(0, -min(behind)), "most_behind_ms": max(0, *behind),
    }  # fmt: skip


def _told(row: Row, sha256: str | None) -> dict[str, Any]:
    no_file = "unbound" if sha256 is None else "old" if row["wiped_at"] else None if row["salt"] else "erased"
    return {
        "file": None, "no_file": no_file, "sha256": sha256,
        "id": str(row["id"]), "direction": row["direction"], "party": _id(row["phone_id"]),
        **{name: row[name] for name in _TOLD},
        **{name: _time(row[name]) for name in ("created_at", "submitted_at", "settled_at")},
        "status": row["status"], "why": row["why"] and _NUMBER.sub("(number)", row["why"]),
        "resend_of": _id(row["resend_of"]),
    }  # fmt: skip


def _deleted(message_id: str, columns: Row) -> dict[str, Any]:
    known = {
        "file": None, "no_file": "old", "sha256": columns["sha256"], "id": message_id,
        "direction": columns["direction"], "party": columns["phone_id"], "kind": columns["kind"],
        "created_at": columns["created_at"],
    }  # fmt: skip
    return {**dict.fromkeys(_order()), **known}


def _order() -> Iterator[str]:
    yield from ("file", "no_file", "sha256", "id", "direction", "party", *_TOLD)
    yield from ("created_at", "submitted_at", "settled_at", "status", "why", "resend_of")


def _id(value: object) -> str | None:
    return str(value) if value else None


def _time(at: datetime | None) -> str | None:
    return utc_timestamp(at) if at else None


def _ms(ours: datetime, theirs: datetime) -> int:
    return round((ours - theirs).total_seconds() * 1000)
