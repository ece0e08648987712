"""Rows for tests of the tables of money: some that are possible, and some that are impossible, each for one reason."""

from typing import Any
from uuid import UUID

from tests.storage.make_acts import NOON

_PHONE, _CONTRACT = UUID(int=1), UUID(int=2)
TRANSFER = UUID(int=80)

PAYMENT = {
    "id": UUID(int=9), "contract_id": _CONTRACT, "status": "PENDING", "due_minor": 350_000, "fee_minor": 3_500,
    "currency": "KES", "created_at": NOON,
}  # fmt: skip
LOCKED = {**PAYMENT, "status": "LOCKED", "locked_at": NOON}
ENDED = {**LOCKED, "status": "RELEASED", "ended_at": NOON}
PROMPT = {
    "id": UUID(int=9), "contract_id": _CONTRACT, "kind": "prompt", "phone_id": _PHONE, "amount_minor": 350_000,
    "currency": "KES", "status": "queued", "due_at": NOON, "created_at": NOON,
}  # fmt: skip
SENDING = {**PROMPT, "status": "sending", "rail": "daraja", "own_id": "vp1"}
DONE = {**SENDING, "status": "done", "receipt": "TXX1", "ended_at": NOON, "due_at": None}
FAILED = {**PROMPT, "status": "failed", "reason": "cancelled", "ended_at": NOON, "due_at": None}
PAYBILL = {**DONE, "kind": "paybill", "phone_id": None, "contract_id": None}
APPROVAL = {"transfer_id": TRANSFER, "what": "send", "operator": "command line: root", "at": NOON}
RECEIPT = {"rail": "daraja", "key": "TXX1", "act_id": UUID(int=9), "at": NOON}
CALLBACK = {
    "id": UUID(int=9), "rail": "daraja", "kind": "stk", "digest": bytes(32), "body": b"x", "at": NOON, "due_at": NOON,
}  # fmt: skip
ENTRY = {
    "posting": UUID(int=9), "account": "held", "scope": _CONTRACT, "amount_minor": 1, "currency": "KES",
    "act_id": UUID(int=9), "at": NOON,
}  # fmt: skip
ACCOUNT = {"scope": _CONTRACT, "account": "held", "currency": "KES", "credited": 1, "debited": 1}

MONEY_GOOD = {
    "payments": [PAYMENT, LOCKED, ENDED, {**PAYMENT, "status": "FAILED", "ended_at": NOON}],
    "transfers": [PROMPT, SENDING, DONE, FAILED, PAYBILL, {**PROMPT, "status": "held", "held_why": "approval"}],
    "transfer_approvals": [APPROVAL],
    "rail_receipts": [RECEIPT],
    "rail_callbacks": [CALLBACK, {**CALLBACK, "due_at": None, "outcome": "paid"}],
    "ledger_entries": [ENTRY, {**ENTRY, "account": "rail", "amount_minor": -1, "transfer_id": TRANSFER}],
    "ledger_accounts": [ACCOUNT, {**ACCOUNT, "account": "rail", "debited": 2}],
}

MONEY_IMPOSSIBLE: list[tuple[str, dict[str, Any], str]] = [
    ("payments", {**PAYMENT, "due_minor": 0, "fee_minor": 0}, "nothing is due"),
    ("payments", {**PAYMENT, "fee_minor": -1}, "a negative fee"),
    ("payments", {**PAYMENT, "fee_minor": 350_000}, "all of it a fee"),
    ("payments", {**PAYMENT, "currency": "shillings"}, "a currency that is no code"),
    ("payments", {**PAYMENT, "status": "PAID"}, "a status of a payment that is none"),
    ("payments", {**PAYMENT, "status": "LOCKED"}, "locked, and nobody knows when"),
    ("payments", {**ENDED, "ended_at": None}, "released, and not over"),
    ("payments", {**PAYMENT, "ended_at": NOON}, "over, and still waiting"),
    ("transfers", {**PROMPT, "amount_minor": 0}, "a transfer of nothing"),
    ("transfers", {**PROMPT, "currency": "kes"}, "a currency in small letters"),
    ("transfers", {**PROMPT, "kind": "gift"}, "a kind of transfer that is none"),
    ("transfers", {**SENDING, "status": "lost"}, "a status of a transfer that is none"),
    ("transfers", {**PROMPT, "own_id": "vp1"}, "an id, and no rail that it was given to"),
    ("transfers", {**PROMPT, "status": "sending"}, "sent, and to nobody"),
    ("transfers", {**PROMPT, "status": "held"}, "held for no reason"),
    ("transfers", {**PROMPT, "held_why": "approval"}, "a reason to wait, and it does not"),
    ("transfers", {**DONE, "ended_at": None}, "done, and nobody knows when"),
    ("transfers", {**FAILED, "reason": None}, "failed for no reason"),
    ("transfers", {**PROMPT, "phone_id": None}, "a prompt on no phone"),
    ("transfers", {**PROMPT, "contract_id": None}, "a prompt for no contract"),
    ("transfer_approvals", {**APPROVAL, "operator": ""}, "approved by nobody"),
    ("rail_callbacks", {**CALLBACK, "outcome": "paid"}, "dealt with, and still due"),
    ("rail_callbacks", {**CALLBACK, "due_at": None}, "neither due nor dealt with"),
    ("ledger_entries", {**ENTRY, "account": "till"}, "an account that is none"),
    ("ledger_entries", {**ENTRY, "amount_minor": 0}, "a movement of nothing"),
    ("ledger_entries", {**ENTRY, "account": "rail"}, "money of a rail without a transfer"),
    ("ledger_accounts", {**ACCOUNT, "debited": 2}, "an account that is overdrawn"),
    ("ledger_accounts", {**ACCOUNT, "account": "rail", "credited": -1}, "less than nothing credited"),
    ("ledger_accounts", {**ACCOUNT, "debited": -1}, "less than nothing debited"),
]
