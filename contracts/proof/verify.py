"""Checks whether the record is unchanged: each row against its hash, its neighbour and its signature. Pure.

A check takes rows as storage reads them. It raises BrokenRecord for the first row that is wrong.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from contracts.proof.canonical import person_file, sha256_hex, shown_file
from contracts.proof.seal_tree import checkpoint_statement, root_of
from contracts.proof.statements import ConfirmationStatement, utc_timestamp
from contracts.terms import Terms
from storage.signing import is_signed

Row = Mapping[str, Any]
Keys = Mapping[str, bytes]

SEALS_BEGIN = hashlib.sha256(b"voicepact-seals/1").digest()
_BINDS = ("buyer", "seller")
_OF_NO_DELIVERY = ("wrote", "stop_clock", "start_clock")  # words on a delivery, of which there is no row
_ANSWER_OF = {"said": "delivered", "full": "received", "part": "received_part"}
_AGREED = ("CONFIRMED", "ACTIVE", "COMPLETED", "DISPUTED")


class BrokenRecord(Exception):  # noqa: N818 - it reads as what is the case
    """A row that was changed or is missing; the message says which row, and how that shows."""

    def __init__(self, table: str, row: str, why: str) -> None:
        super().__init__(f"{table} {row}: {why}")


def check_entry(row: Row, before: Row | None) -> None:
    """Check an entry of an audit chain against the entry `before` it; None: `row` is the first."""
    name, seq = f"chain {row['chain_id']} seq {row['seq']}", before["seq"] + 1 if before else 1
    if row["seq"] != seq:
        raise BrokenRecord("audit_logs", name, f"entry {seq} is missing before it")
    begins = before["hash"] if before else hashlib.sha256(str(row["chain_id"]).encode()).digest()
    if row["prev_hash"] != begins:
        raise BrokenRecord("audit_logs", name, "does not follow from the entry before it")
    if hashlib.sha256(row["prev_hash"] + row["text"].encode()).digest() != row["hash"]:
        raise BrokenRecord("audit_logs", name, "what it says does not give its hash")
    if row["is_act"]:
        _check_columns(name, row, orjson.loads(row["text"]))


def _check_columns(name: str, row: Row, text: Row) -> None:
    actor = next((action["actor"] for action in text["actions"] if action["actor"]), None)
    told = (text["chain"], text["act"], text["at"], actor)
    if told != (
        str(row["chain_id"]),
        str(row["act_id"]),
        utc_timestamp(row["at"]),
        row["actor_id"] and str(row["actor_id"]),
    ):
        raise BrokenRecord("audit_logs", name, "its columns are not what its text says")


def check_seal(row: Row, before: Row | None) -> None:
    """Check a seal of the chain over all audit entries, against the seal `before` it; None: `row` is the first."""
    name, seq = f"seq {row['seq']}", before["seq"] + 1 if before else 1
    if row["seq"] != seq:
        raise BrokenRecord("audit_seals", name, f"seal {seq} is missing before it")
    if row["prev_hash"] != (before["hash"] if before else SEALS_BEGIN):
        raise BrokenRecord("audit_seals", name, "does not follow from the seal before it")
    check_sealed(row)


def check_sealed(row: Row) -> None:
    """Check a seal against the audit entry that it seals."""
    name, entry = f"seq {row['seq']}", f"chain {row['chain_id']} seq {row['chain_seq']}"
    if row["entry"] is None:
        raise BrokenRecord("audit_logs", entry, f"is gone; seal {row['seq']} says it was there")
    if row["entry"] != row["entry_hash"]:
        raise BrokenRecord("audit_logs", entry, f"is not the entry that seal {row['seq']} sealed")
    if hashlib.sha256(row["prev_hash"] + row["entry_hash"]).digest() != row["hash"]:
        raise BrokenRecord("audit_seals", name, "what it says does not give its hash")


def check_checkpoint(row: Row, before: Row | None, seals: Sequence[Row], keys: Keys) -> None:
    """Check that a checkpoint signs exactly these `seals` and follows the one `before` it; None: it is the first."""
    name, number = f"number {row['number']}", before["number"] + 1 if before else 1
    if row["number"] != number:
        raise BrokenRecord("audit_checkpoints", name, f"checkpoint {number} is missing before it")
    if row["from_seq"] != (before["to_seq"] + 1 if before else 1) or not seals or seals[-1]["seq"] != row["to_seq"]:
        raise BrokenRecord("audit_checkpoints", name, "the seals it is about are not there, one after the other")
    root, top = root_of([seal["entry_hash"].hex() for seal in seals]), seals[-1]["hash"].hex()
    statement = checkpoint_statement(
        number, row["from_seq"], row["to_seq"], root, top, before["statement"] if before else None, row["at"]
    )
    if statement != row["statement"]:
        raise BrokenRecord("audit_checkpoints", name, "what it says is not what the seals give")
    _check_signature("audit_checkpoints", name, statement, row, keys)


def check_confirmation(row: Row, keys: Keys, since: datetime) -> bool:
    """Check a confirmation and its signature. Return False for one without signature from before `since`, when
    confirmations began to be signed."""
    name = f"id {row['id']}"
    if row["signature"] is None:
        if row["answered_at"] >= since or row["bound"]:
            raise BrokenRecord("confirmations", name, "has no signature")
        return False
    if row["form_contract_id"] != row["contract_id"]:
        raise BrokenRecord("confirmations", name, "is about the form of another contract")
    if row["texts"] is not None and sha256_hex(shown_file_of(row)) != row["shown_sha256"].hex():
        raise BrokenRecord("confirmation_texts", f"confirmation_id {row['id']}", "are not the texts that were shown")
    statement = statement_of(row).signed_bytes
    if row["bound"] and row["bound"] != sha256_hex(statement):
        raise BrokenRecord("confirmations", name, "is not what the audit says was signed")
    _check_signature("confirmations", name, statement, row, keys)
    is_of_delivery = row["subject"] == "delivery" and row["answer"] not in _OF_NO_DELIVERY
    if is_of_delivery and _delivered(row) != (row["answer"], row["details"]["quantity"]):
        raise BrokenRecord("deliveries", name, "is not what was said and signed")
    if row["decided"] is not None and row["decided"] != row["details"]:
        raise BrokenRecord("disputes", f"id {row['decided']['dispute']}", "is not decided as was said and signed")
    return True


def check_contract(row: Row, form: bytes | None, agreed: Iterable[UUID], since: datetime) -> None:
    """Check a contract against its canonical form, and that it was `agreed` to by every party it binds (`phone_id`s).

    A contract from before `since`, when forms began to be stored, may have none.
    """
    name = f"reference {row['reference']}"
    if form is None:
        if datetime.fromisoformat(row["created_at"]) >= since:
            raise BrokenRecord("contract_forms", name, f"there is no form of its terms {row['terms_version']}")
        return
    kept = orjson.loads(form)
    if (kept["id"], kept["reference"], kept["type"]) != (row["id"], row["reference"], row["type"]):
        raise BrokenRecord("contracts", name, "is not the contract that its form describes")
    if Terms.from_json(kept["terms"]) != Terms.from_json(row["terms"]):
        raise BrokenRecord("contracts", name, "its terms are not those of its form")
    if (row["total_minor"], row["currency"]) != (row["terms"]["total_minor"], row["terms"]["currency"]):
        raise BrokenRecord("contracts", name, "its total is not that of its terms")
    _check_parties(name, row, {side["id"]: side for side in kept["parties"]})
    _check_agreed(name, row, {str(phone_id) for phone_id in agreed})


def check_none_missing(row: Row, unconfirmed: Sequence[UUID]) -> None:
    """Check that no confirmation of a contract is missing. `unconfirmed`: its acts that needed one and have none."""
    if unconfirmed:
        raise BrokenRecord(
            "confirmations", f"id {unconfirmed[0]}", f"is gone; contract {row['reference']} went on by it"
        )


def statement_of(row: Row) -> ConfirmationStatement:
    """Return the statement that a confirmation's signature is over. A row without a format has the first."""
    return ConfirmationStatement(
        row["id"], row["contract_id"], row["form_sha256"].hex(), row["terms_version"], row["subject"], row["phone_id"],
        row["answer"], row["channel"], row["provider"], row["network_code"], row["conversation"], row["language"],
        row["menu_version"], row["shown_sha256"].hex(), row["answered_at"], row["contract_version"], row["details"],
        row["format"] or 1, row["pin"], row["messages"] or (),
    )  # fmt: skip


def shown_file_of(row: Row) -> bytes:
    """Return the file of the texts that the person was shown, of what they typed, and of their own words."""
    return shown_file(row["texts"], row["salt"].hex(), row["words"], row["typed"], row["english"])


def _delivered(row: Row) -> tuple[str | None, str]:
    """Return answer and quantity of a delivery row as its confirmation has them. The row has no quantity if it was
    everything."""
    of_part = row["details"]["quantity"] if row["quantity"] is None else str(row["quantity"])
    return _ANSWER_OF.get(row["kind"]), of_part


def _check_parties(name: str, row: Row, sides: dict[str, Row]) -> None:
    """Check that the parties are those of the form; only a mediator may have been added later."""
    for party in row["parties"]:
        side = sides.pop(party["phone_id"], None)
        if side is None and party["role"] not in _BINDS:
            continue
        if side is None or side["role"] != party["role"]:
            raise BrokenRecord("contract_parties", name, f"{party['phone_id']} is not in its form in this role")
        if party["salt"] and sha256_hex(person_file(party["msisdn"], party["name"], party["salt"])) != side["person"]:
            raise BrokenRecord("contract_parties", name, f"{party['phone_id']} is not the person in its form")
    if sides:
        raise BrokenRecord("contract_parties", name, "a party of its form is gone")


def _check_agreed(name: str, row: Row, agreed: set[str]) -> None:
    """Check that nobody is bound who has not confirmed."""
    for party in row["parties"]:
        is_bound = row["status"] in _AGREED or (party["signature"] == "signed" and row["terms_version"] == 1)
        if party["role"] in _BINDS and is_bound and party["phone_id"] not in agreed:
            raise BrokenRecord(
                "contract_signatures", f"{name} {party['phone_id']}", "there is no yes of theirs to its terms"
            )


def _check_signature(table: str, name: str, statement: bytes, row: Row, keys: Keys) -> None:
    key = keys.get(row["key_id"])
    if key is None:
        why = f"is neither pinned nor was it handed over to; {table} {name} was signed with it"
        raise BrokenRecord("signature_keys", f"key_id {row['key_id']}", why)
    if not is_signed(statement, row["signature"], key):
        raise BrokenRecord(table, name, "its signature is not over what it says")
