"""Checks what no audit entry has, because it follows from rows that one has: other hashes of a form, its short code, a
message that was sent again, a message whose text was deleted. Pure."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from contracts.proof.compare import Tables
from contracts.proof.short_code import short_code
from contracts.proof.verify import BrokenRecord

Row = Mapping[str, Any]


def check_derived(reference: str, found: Tables, deleted_before: datetime | None, code_cost: int | None) -> None:
    """Raise BrokenRecord for the first row of the contract `reference` that does not follow from the others.

    `found`: all its rows, by table and key. `deleted_before`: the text of a message from before then may be gone
    because it was old. `code_cost`: of scrypt; None: short codes are not computed, each takes a quarter of a second.
    """
    for row in (found.get("contract_forms") or {}).values():
        _check_form(reference, row, code_cost)
    for key, row in (found.get("confirmation_texts") or {}).items():
        if row["texts"] is None:
            raise BrokenRecord("confirmation_texts", f"confirmation_id {key}", "are not the texts that were shown")
    for key, row in (found.get("dispute_files") or {}).items():
        if row["kept_sha256"] != row["sha256"]:
            raise BrokenRecord("dispute_files", f"id {key} of {reference}", "sha256 is not that of its content")
    messages = found.get("sms_logs") or {}
    for row in messages.values():
        _check_deleted(reference, row, deleted_before)
        if row["resend_of"] is not None:
            _check_resent(reference, row, messages.get(row["resend_of"]))


def _check_form(reference: str, row: Row, code_cost: int | None) -> None:
    name, form = f"terms_version {row['terms_version']} of {reference}", bytes.fromhex(row["form"])
    if orjson.loads(form)["terms_version"] != row["terms_version"]:
        raise BrokenRecord("contract_forms", name, "terms_version is not that of the form")
    if hashlib.blake2b(form, digest_size=32).hexdigest() != row["blake2b"]:
        raise BrokenRecord("contract_forms", name, "blake2b is not that of the form")
    if code_cost and row["code"] is not None and short_code(form, code_cost) != row["code"]:
        raise BrokenRecord("form_codes", name, "is not the short code of the form")


def _check_deleted(reference: str, row: Row, deleted_before: datetime | None) -> None:
    """Only what is older than an entry in the audit says was deleted."""
    if row["wiped_at"] is None or (deleted_before and datetime.fromisoformat(row["created_at"]) < deleted_before):
        return
    raise BrokenRecord("sms_logs", f"id {row['id']} of {reference}", "wiped_at is in no entry of the audit")


def _check_resent(reference: str, row: Row, before: Row | None) -> None:
    """The message before may have lost its text because it was old; that it was, is checked there."""
    is_copy = before is not None and (
        before["wiped_at"] is not None
        or all(row[column] == before[column] for column in ("direction", "phone_id", "kind", "text", "english"))
    )
    if not is_copy:
        raise BrokenRecord("sms_logs", f"id {row['id']} of {reference}", "is no copy of its resend_of")
