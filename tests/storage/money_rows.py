"""Rows of money for tests of the tables: possible ones, impossible ones, and pairs of which only one may be there."""

from typing import Any
from uuid import UUID

from tests.storage.make_acts import NOON
from tests.storage.table_rows import CONTRACT, PHONE

TRANSFER = UUID(int=80)  # is there before each test

PAYMENTS = {
    "id": UUID(int=9), "contract_id": CONTRACT, "status": "PENDING", "due_minor": 350_000, "fee_minor": 3_500,
    "currency": "KES", "created_at": NOON,
}  # fmt: skip
LOCKED = {**PAYMENTS, "status": "LOCKED", "locked_at": NOON}
RELEASED = {**LOCKED, "status": "RELEASED", "ended_at": NOON}
QUEUED = {
    "id": UUID(int=9), "contract_id": CONTRACT, "kind": "prompt", "phone_id": PHONE, "amount_minor": 350_000,
    "currency": "KES", "status": "queued", "created_at": NOON,
}  # fmt: skip
BY_RAIL = {**QUEUED, "status": "accepted", "rail": "mpesa", "own_id": "o9"}
PAID = {**BY_RAIL, "status": "done", "receipt": "R9", "ended_at": NOON}
HELD = {**QUEUED, "kind": "release", "status": "held", "held_why": "sim_swapped"}
FAILED = {**QUEUED, "kind": "release", "status": "failed", "reason": "limit", "ended_at": NOON}
AGAIN = {**QUEUED, "kind": "release", "retries": TRANSFER}
PAYBILL = {**PAID, "kind": "paybill", "phone_id": None, "contract_id": None, "payer": "a hash", "account": "maize"}
RETURN = {**QUEUED, "kind": "return", "phone_id": None, "contract_id": None, "returns": TRANSFER}
APPROVALS = {"transfer_id": TRANSFER, "what": "send", "operator": "Chege", "at": NOON}
RECEIPTS = {"rail": "mpesa", "key": "R9", "act_id": UUID(int=9), "at": NOON}
CALLBACKS = {
    "id": UUID(int=9), "rail": "mpesa", "kind": "collect", "digest": bytes(32), "body": b"b", "at": NOON,
    "due_at": NOON,
}  # fmt: skip
DEALT_WITH = {**CALLBACKS, "due_at": None, "outcome": "paid"}
ENTRIES = {
    "posting": UUID(int=9), "account": "held", "scope": CONTRACT, "amount_minor": 100, "currency": "KES",
    "act_id": UUID(int=9), "at": NOON,
}  # fmt: skip
AT_RAIL = {**ENTRIES, "account": "rail", "amount_minor": -100, "transfer_id": TRANSFER}
ACCOUNTS = {"scope": CONTRACT, "account": "held", "currency": "KES", "credited": 100, "debited": 100}

MONEY_GOOD: dict[str, list[dict[str, Any]]] = {
    "payments": [PAYMENTS, LOCKED, RELEASED, {**PAYMENTS, "fee_minor": 0},
                 {**PAYMENTS, "status": "FAILED", "ended_at": NOON}],
    "transfers": [QUEUED, BY_RAIL, PAID, HELD, FAILED, AGAIN, PAYBILL, RETURN],
    "transfer_approvals": [APPROVALS],
    "rail_receipts": [RECEIPTS],
    "rail_callbacks": [CALLBACKS, DEALT_WITH],
    "ledger_entries": [ENTRIES, AT_RAIL],
    "ledger_accounts": [ACCOUNTS, {**ACCOUNTS, "account": "rail", "credited": 0}],
}  # fmt: skip

MONEY_IMPOSSIBLE: list[tuple[str, dict[str, Any], str]] = [
    ("payments", {**PAYMENTS, "status": "PAID"}, "a status nobody knows"),
    ("payments", {**PAYMENTS, "due_minor": 0, "fee_minor": 0}, "nothing to pay"),
    ("payments", {**PAYMENTS, "fee_minor": -1}, "a fee below nothing"),
    ("payments", {**PAYMENTS, "fee_minor": 350_000}, "a fee that leaves nothing"),
    ("payments", {**PAYMENTS, "currency": "Ksh"}, "a currency that is no code"),
    ("payments", {**LOCKED, "locked_at": None}, "LOCKED, and nobody knows since when"),
    *(("payments", {**RELEASED, "status": s, "locked_at": None}, f"{s}, and never LOCKED")
      for s in ("RELEASED", "REFUNDED")),
    *(("payments", {**RELEASED, "status": s, "ended_at": None}, f"{s}, and nobody knows when")
      for s in ("RELEASED", "REFUNDED", "FAILED")),
    ("payments", {**PAYMENTS, "ended_at": NOON}, "PENDING, and over"),
    ("payments", {**LOCKED, "ended_at": NOON}, "LOCKED, and over"),
    ("transfers", {**QUEUED, "kind": "gift"}, "a kind nobody knows"),
    ("transfers", {**QUEUED, "amount_minor": 0}, "a transfer of nothing"),
    ("transfers", {**QUEUED, "amount_minor": -1}, "a transfer of less than nothing"),
    ("transfers", {**QUEUED, "currency": "Ksh"}, "a currency that is no code"),
    ("transfers", {**BY_RAIL, "status": "lost"}, "a status nobody knows"),
    ("transfers", {**QUEUED, "rail": "mpesa"}, "a rail that has no id of ours"),
    ("transfers", {**QUEUED, "own_id": "o9"}, "an id of ours for no rail"),
    *(("transfers", {**BY_RAIL, "status": s, "rail": None, "own_id": None}, f"{s}, by no rail")
      for s in ("sending", "accepted", "unknown")),
    ("transfers", {**PAID, "rail": None, "own_id": None}, "done, by no rail"),
    ("transfers", {**HELD, "held_why": None}, "held for no reason"),
    ("transfers", {**QUEUED, "held_why": "sim_swapped"}, "a reason to be held, and is not"),
    ("transfers", {**PAID, "ended_at": None}, "done, and nobody knows when"),
    ("transfers", {**FAILED, "ended_at": None}, "failed, and nobody knows when"),
    ("transfers", {**BY_RAIL, "ended_at": NOON}, "on its way, and over"),
    ("transfers", {**FAILED, "reason": None}, "failed for no reason"),
    *(("transfers", {**QUEUED, "kind": k, "phone_id": None}, f"a {k} of nobody")
      for k in ("prompt", "release", "refund")),
    *(("transfers", {**QUEUED, "kind": k, "contract_id": None}, f"a {k} for no contract")
      for k in ("prompt", "release", "refund")),
    ("transfer_approvals", {**APPROVALS, "operator": ""}, "approved by nobody"),
    ("rail_callbacks", {**CALLBACKS, "due_at": None}, "neither due nor dealt with"),
    ("rail_callbacks", {**CALLBACKS, "outcome": "paid"}, "dealt with, and due"),
    ("ledger_entries", {**ENTRIES, "account": "ours"}, "an account nobody knows"),
    ("ledger_entries", {**ENTRIES, "amount_minor": 0}, "a movement of nothing"),
    ("ledger_entries", {**AT_RAIL, "transfer_id": None}, "money at a rail that no transfer moved"),
    ("ledger_accounts", {**ACCOUNTS, "account": "rail", "credited": -1}, "less than nothing credited"),
    ("ledger_accounts", {**ACCOUNTS, "debited": -1}, "less than nothing debited"),
    ("ledger_accounts", {**ACCOUNTS, "debited": 101}, "an account that is overdrawn"),
]  # fmt: skip

_OTHER = {"id": UUID(int=10)}

MONEY_TWICE: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("payments", PAYMENTS, {**PAYMENTS, **_OTHER}, "two payments of a contract"),
    ("transfers", PAID, {**BY_RAIL, **_OTHER, "kind": "release"}, "an id of ours for two transfers"),
    ("transfers", QUEUED, {**BY_RAIL, **_OTHER}, "two prompts at a time"),
    ("transfers", RETURN, {**RETURN, **_OTHER}, "two returns of a payment at a time"),
    ("transfers", {**FAILED, "retries": TRANSFER}, {**AGAIN, **_OTHER}, "a payout retried twice"),
    ("transfers", PAYBILL, {**PAYBILL, **_OTHER, "own_id": "o10"}, "money that came by itself, told twice"),
    ("transfer_approvals", APPROVALS, APPROVALS, "the same operator as two"),
    ("rail_receipts", RECEIPTS, {**RECEIPTS, "act_id": UUID(int=10)}, "a receipt that counts twice"),
    ("rail_callbacks", DEALT_WITH, {**CALLBACKS, **_OTHER}, "the same callback twice"),
    ("ledger_entries", ENTRIES, {**ENTRIES, "amount_minor": -100}, "an account twice in a posting"),
    ("ledger_accounts", ACCOUNTS, {**ACCOUNTS, "currency": "UGX"}, "an account in two currencies"),
]  # fmt: skip
