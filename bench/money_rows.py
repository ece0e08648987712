"""The money of contracts with escrow that their buyers have paid by prompt: payments that are LOCKED, their ledger.

As the service writes it: the database refuses a payment that begins LOCKED, or is so before all has come.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

from bench.contract_rows import BenchContract
from values.ids import new_id

LOCK = """
UPDATE payments p SET status = 'LOCKED', locked_at = p.created_at FROM transfers t
WHERE p.status = 'PENDING' AND t.contract_id = p.contract_id AND t.kind = 'prompt' AND t.status = 'done'"""
"""What is to be done once the rows are written."""

_RAIL = "daraja"


def money_that_waits(contracts: Sequence[BenchContract]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows by table, in the order in which they can be written."""
    tables: dict[str, list[dict[str, Any]]] = {
        "payments": [], "transfers": [], "ledger_entries": [], "rail_receipts": []
    }  # fmt: skip
    for contract in contracts:
        for table, row in _rows(contract):
            tables[table].append(row)
    return tables


def _rows(contract: BenchContract) -> Iterator[tuple[str, dict[str, Any]]]:
    terms, at, transfer_id, act_id = contract.terms, contract.made_at, new_id(), new_id()
    money = {"currency": terms["currency"]}
    yield "payments", {
        "id": new_id(), "contract_id": contract.id, "status": "PENDING", "due_minor": terms["total_minor"],
        "fee_minor": terms["fee_minor"], "created_at": at, **money,
    }  # fmt: skip
    receipt = f"T{uuid4().hex[:9].upper()}"
    yield "transfers", {
        "id": transfer_id, "contract_id": contract.id, "kind": "prompt", "phone_id": contract.buyer[1],
        "amount_minor": terms["total_minor"], "status": "done", "rail": _RAIL, "own_id": uuid4().hex,
        "receipt": receipt, "created_at": at, "sent_at": at, "ended_at": at, **money,
    }  # fmt: skip
    posting = {
        "posting": new_id(), "scope": contract.id, "transfer_id": transfer_id, "act_id": act_id, "at": at, **money
    }  # fmt: skip
    yield "ledger_entries", {**posting, "account": "rail", "amount_minor": -terms["total_minor"]}
    yield "ledger_entries", {**posting, "account": "held", "amount_minor": terms["total_minor"]}
    yield "rail_receipts", {"rail": _RAIL, "key": receipt, "act_id": act_id, "at": at}
