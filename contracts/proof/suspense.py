"""Compares money that belongs to no contract with what the service's own audit chain says of it. Pure.

It came with no reference or a wrong one (`money.suspended`), and went back to who paid it (`money.return_ordered`, then
`money.returned`), or was assigned to a contract, whose own chain has that.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from contracts.proof.money_replay import Columns, Rows, ledger_key
from contracts.proof.statements import utc_timestamp
from contracts.proof.verify import BrokenRecord

_ORDERED = "money.return_ordered"
_NAMES = {"ledger_entries": "posting", "transfers": "id", "rail_receipts": "act_id"}


def check_suspense(said: Sequence[Mapping[str, Any]], found: Mapping[str, Mapping[str, Columns] | None]) -> int:
    """Raise BrokenRecord for the first row that is not as the chain says. `said`: its actions, oldest first; `found`:
    all rows about such money, by table and key. Return how many movements there are."""
    rows: Rows = {table: {} for table in _NAMES}
    for action in said:
        details, at = action["details"], utc_timestamp(datetime.fromisoformat(action["at"]))
        for table, key, columns in _rows_of(action["action"], details, at):
            if key in rows[table]:
                raise BrokenRecord(table, f"{_NAMES[table]} {key}", "an entry of the audit writes anew what one had")
            rows[table][key] = columns
    for table, expected in rows.items():
        _check_table(table, expected, found.get(table) or {})
    return sum(action["action"] != _ORDERED for action in said)


def _rows_of(action: str, details: Mapping[str, Any], at: str) -> Iterable[tuple[str, str, Columns]]:
    if action == _ORDERED:
        yield "rail_receipts", details["transfer"], {"rail": details["rail"], "key": details["key"], "at": at}
        return
    transfer, amount, is_in = details["transfer"], details["amount_minor"], action == "money.suspended"
    scope = transfer if is_in else details["returns"]
    for account, change in (("rail", -amount), ("suspense", amount)):
        yield "ledger_entries", ledger_key(details["posting"], account, scope), {
            "amount_minor": change if is_in else -change, "currency": details["currency"], "transfer_id": transfer,
            "act_id": transfer, "at": at,
        }  # fmt: skip
    yield "transfers", transfer, {
        "kind": "paybill" if is_in else "return", "status": "done", "amount_minor": amount, "ended_at": at,
        "currency": details["currency"], "rail": details["rail"], "receipt": details.get("receipt"),
        "returns": details.get("returns"),
    }  # fmt: skip
    if is_in:
        yield "rail_receipts", transfer, {"rail": details["rail"], "key": details["receipt"], "at": at}


def _check_table(table: str, expected: Mapping[str, Columns], found: Mapping[str, Columns]) -> None:
    for key, columns in expected.items():
        name = f"{_NAMES[table]} {key}"
        if (row := found.get(key)) is None:
            raise BrokenRecord(table, name, "is gone; the audit of the service has it")
        for column, value in columns.items():
            kept = row[column]
            kept = utc_timestamp(datetime.fromisoformat(kept)) if kept and column in ("at", "ended_at") else kept
            if kept != value:
                raise BrokenRecord(table, name, f"{column} is not what the audit of the service says")
    for key in found.keys() - expected.keys():
        raise BrokenRecord(table, f"{_NAMES[table]} {key}", "is in no entry of the audit")
