"""Compares the rows of a contract with what its audit entries say (contracts.proof.replay). Pure.

It needs no key: each entry binds its rows by hashes, and the chain of entries is checked before.
"""

from collections.abc import Container, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from contracts.fields.msisdn import Msisdn
from contracts.proof.canonical import canonical_json, person_file, sha256_hex
from contracts.proof.entries import message_hash, terms_hash
from contracts.proof.money_replay import MONEY_TABLES, OPEN, OVER
from contracts.proof.replay import HASHED, Columns, Replayed
from contracts.proof.statements import utc_timestamp
from contracts.proof.verify import BrokenRecord, shown_file_of

Tables = Mapping[str, Mapping[str, Columns] | None]

# The rows that a contract has no more of than its entries say.
_NO_MORE: Final = (
    "contract_parties", "contract_signatures", "contract_requests", "contract_forms", "contract_proposals",
    "deliveries", "disputes", "dispute_files", "confirmations", "confirmation_texts",
)  # fmt: skip
_KEYS: Final = {
    "contracts": "id", "contract_parties": "phone_id", "contract_signatures": "phone_id",
    "contract_requests": "phone_id", "contract_forms": "sha256", "contract_proposals": "n",
    "confirmation_texts": "confirmation_id", "audit_logs": "act_id", "ledger_entries": "posting",
    "rail_receipts": "act_id",
}  # fmt: skip


def check_rows(reference: str, said: Replayed, found: Tables, deleted_before: datetime | None) -> None:
    """Raise BrokenRecord for the first row of the contract `reference` that is not as the entries say. `found`: all its
    rows, by table and key. `deleted_before`: messages from before then may be gone because they were old."""
    for table, key in said.doubled:
        why = "an entry of the audit writes anew what one before it wrote, or what cannot follow"
        raise BrokenRecord(table, _name(reference, table, key), why)
    for table, rows in said.rows.items():
        actual = found.get(table) or {}
        for key, columns in rows.items():
            name = _name(reference, table, key)
            row = actual.get(key)
            if row is None:
                if not _may_be_gone(table, key, columns, said, deleted_before):
                    raise BrokenRecord(table, name, "is gone; the audit has the act that wrote it")
                continue
            if columns:
                _check_columns(table, name, columns, _as_bound(table, key, row, said, columns))
    for table in (*(_NO_MORE if said.is_whole else ()), *MONEY_TABLES):
        for key in (found.get(table) or {}).keys() - said.rows.get(table, {}).keys():
            if table == "transfers" and _is_uncounted((found[table] or {})[key]):
                continue
            raise BrokenRecord(table, _name(reference, table, key), "is in no entry of the audit")
    _check_erased(reference, said, found)
    _check_messages(reference, said, found)
    _check_words(reference, said, found)


def _is_uncounted(transfer: Columns) -> bool:
    """Whether it is money that is said to have come, and that no act has counted (yet)."""
    return bool(transfer["kind"] == "paybill" and transfer["status"] != "done")


def _check_columns(table: str, name: str, columns: Columns, row: Columns) -> None:
    for column, value in columns.items():
        if column in row and row[column] != value:
            raise BrokenRecord(table, name, f"{column} is not what the audit says")


def row_as_bound(table: str, row: Columns, wanted: Container[str]) -> Columns:
    """Return the columns of a row as an entry has them, with hashes in place of its texts; of those that few entries
    have, only the `wanted` ones."""
    told = {column: _plain(column, value) for column, value in row.items()}
    match table:
        case "contracts" if "terms" in wanted:
            told["terms"] = terms_hash(row["terms"])
        case "contract_parties":
            file = person_file(Msisdn(row["msisdn"]), row["name"], row["salt"]) if row["salt"] else None
            told["person"] = sha256_hex(file) if file else None
        case "contract_proposals":
            told["terms"] = terms_hash(row["terms"]) if row["terms"] else None
            told |= {"consented": sorted(row["consented"]), "waiting": sorted(row["waiting"])}
        case "deliveries":  # what was shown before one is in it only from before confirmations had it
            told["evidence"] = {name: value for name, value in row["evidence"].items() if name != "shown"}
        case "disputes":
            told["replies"] = [reply["by"] for reply in row["replies"]]
        case "sms_logs":
            told["sha256"] = message_hash(row["text"], row["salt"], row["english"]) if row["salt"] else None
        case "transfers":
            told["status"] = row["status"] if row["status"] in OVER else OPEN
        case "confirmations" if "row" in wanted:  # also one from before they were signed
            filled = {name: value for name, value in told.items() if value is not None}
            told["row"] = sha256_hex(canonical_json(filled))
        case "confirmation_texts" if "file" in wanted:
            told["file"] = sha256_hex(shown_file_of({**row, "salt": bytes.fromhex(row["salt"])}))
        case _:
            pass
    return told


def _as_bound(table: str, key: str, row: Columns, said: Replayed, wanted: Columns) -> Columns:
    """Return the columns of a row as an entry has them. What was erased is left out."""
    if table == "sms_logs" and row["wiped_at"]:
        return {}
    told = row_as_bound(table, row, wanted)
    if table == "sms_logs" and key in said.erased:
        del told["sha256"]
    if table == "contract_parties" and key in said.erased_people:
        del told["person"]
    return told


def _plain(column: str, value: Any) -> Any:
    if value is not None and (column.endswith("_at") or column in ("at", "since", "asked_before")):
        return utc_timestamp(datetime.fromisoformat(value))
    return value if value is None or column != "settled_quantity" else str(Decimal(value))


def _may_be_gone(
    table: str, key: str, columns: Columns, said: Replayed, deleted_before: datetime | None
) -> bool:  # fmt: skip
    if table == "confirmation_texts":
        return key in said.erased
    if table == "sms_logs" and deleted_before:
        return bool(columns["created_at"] < utc_timestamp(deleted_before))
    return False


def _check_erased(reference: str, said: Replayed, found: Tables) -> None:
    """Check that nobody stands in the place of a person who is erased, whose hash cannot be compared any more."""
    for key, row in (found.get("contract_parties") or {}).items():
        is_left = row["salt"] or row["name"] or not row["msisdn"].startswith("erased-")
        if key in said.erased_people and is_left:
            why = "is there, and the audit says that this person was erased"
            raise BrokenRecord("contract_parties", _name(reference, "contract_parties", key), why)


def _check_messages(reference: str, said: Replayed, found: Tables) -> None:
    """Check that no act of the contract queued a message beside those that its entry names."""
    bound = said.rows.get("sms_logs", {})
    acts = {columns["act_id"] for columns in bound.values()}
    for key, row in (found.get("sms_logs") or {}).items():
        is_strange = key not in bound and row["resend_of"] is None
        if is_strange and (row["salt"] or (row["act_id"] in acts and row["direction"] == "out")):
            raise BrokenRecord("sms_logs", _name(reference, "sms_logs", key), "is in no entry of the audit")


def _check_words(reference: str, said: Replayed, found: Tables) -> None:
    """Check that a dispute has the words that were signed, each where their act put them, or those that were bound."""
    texts, disputes = found.get("confirmation_texts") or {}, found.get("disputes") or {}
    for key, columns in said.word_acts.items():
        for column, sources in columns.items():
            row = disputes[key]
            kept = [reply["words"] for reply in row["replies"]] if column == "replies" else [row[column]]
            for words, source in zip(kept, sources, strict=False):
                if not _is_from(source, words, row, texts, said):
                    name = _name(reference, "disputes", key)
                    raise BrokenRecord("disputes", name, f"{column} are not the words that were signed")


def _is_from(source: str, words: str, dispute: Columns, texts: Mapping[str, Columns], said: Replayed) -> bool:
    """Whether the words of a dispute are those of their `source`: the act that signed them, or a hash."""
    if source.startswith(HASHED):
        if dispute["salt"] is None:
            return str(dispute["id"]) in said.erased
        return source == HASHED + message_hash(words, dispute["salt"])
    signed = texts[source]["words"] if source in texts else None
    return signed is None or words == signed


def _name(reference: str, table: str, key: str) -> str:
    return f"reference {reference}" if table == "contracts" else f"{_KEYS.get(table, 'id')} {key} of {reference}"
