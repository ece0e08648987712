"""Binds the rows of a contract from before audit entries did: one entry has them all, as they are at that moment. Pure.

What was altered before that entry cannot be seen by it: until then nothing but the database held those rows.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from contracts.proof.canonical import canonical_json
from contracts.proof.compare import Tables, row_as_bound
from contracts.proof.entries import FORMAT, message_hash
from contracts.proof.replay import BOUND, HASHED, Columns
from contracts.proof.statements import utc_timestamp

# What of each row the entry has. A text is there as a hash with the row's own salt.
_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "contracts": (
        "version", "status", "terms_version", "terms", "form", "total_minor", "currency", "source", "created_at",
        "confirmed_at", "active_at", "completed_at", "cancelled_at", "expired_at", "disputed_at", "delivered_at",
        "settled_quantity", "next_what", "next_at", "clock_stopped_at", "clock_stopped_by", "clock_started_at",
    ),
    "contract_parties": ("role", "person", "since"),
    "contract_signatures": ("status", "settled_at"),
    "contract_requests": ("asked_at", "asked_before"),
    "contract_forms": ("made_at",),
    "contract_proposals": (
        "kind", "terms", "by_id", "consented", "waiting", "status", "split_minor", "created_at", "settled_at",
    ),
    "deliveries": ("phone_id", "kind", "quantity", "evidence", "at"),
    "disputes": (
        "opened_by", "opened_at", "status", "decision", "split_minor", "decided_at", "appealed_by", "appealed_at",
        "replies", "escalated_at", "ended", "settled_n", "closed_at",
    ),
    "dispute_files": ("dispute_id", "sha256", "media_type", "added_at"),
    "confirmations": ("row",),
    "confirmation_texts": ("file",),
    "sms_logs": ("direction", "phone_id", "kind", "sha256", "act_id", "created_at"),
}  # fmt: skip
_WORDS: Final = ("words", "reasons", "appeal_words")


def lacks_salt(found: Tables) -> bool:
    """Whether a text of the contract has no salt yet. `found`: its rows, as contracts.proof.compare takes them."""
    messages, disputes = found.get("sms_logs") or {}, found.get("disputes") or {}
    is_bare = any(not row["salt"] and not row["wiped_at"] for row in messages.values())
    return is_bare or any(not row["salt"] for row in disputes.values())


def binding_text(
    contract_id: UUID, act_id: UUID, at: datetime, found: Tables, statements: Mapping[str, str]
) -> str:  # fmt: skip
    """Return the text of the entry that binds all rows of a contract, none of which lacks its salt. `statements`: the
    SHA-256 of what was signed, by the id of the confirmation."""
    assert not lacks_salt(found), "a hash without a salt could be guessed"
    bound = {table: dict(_rows(table, found)) for table in _COLUMNS if found.get(table)}
    for confirmation_id, statement in statements.items():
        bound["confirmations"][confirmation_id]["statement"] = statement
    text = {
        "format": FORMAT, "chain": str(contract_id), "act": str(act_id), "at": utc_timestamp(at),
        "actions": [{"action": BOUND, "actor": None, "channel": "service", "details": {"role": "service"}}],
        "bound": bound,
    }  # fmt: skip
    return canonical_json(text).decode()


def _rows(table: str, found: Tables) -> Iterator[tuple[str, Columns]]:
    for key, row in (found[table] or {}).items():
        if table == "sms_logs" and row["wiped_at"]:
            continue
        told = row_as_bound(table, row, _COLUMNS[table])
        columns = {name: told.get(name) for name in _COLUMNS[table]}
        if table == "disputes":
            columns["words"] = _word_hashes(row)
        yield key, columns


def _word_hashes(dispute: Columns) -> dict[str, list[str]]:
    kept: dict[str, list[Any]] = {name: [dispute[name]] for name in _WORDS if dispute[name]}
    if dispute["replies"]:
        kept["replies"] = [reply["words"] for reply in dispute["replies"]]
    return {name: [HASHED + message_hash(text, dispute["salt"]) for text in texts] for name, texts in kept.items()}
