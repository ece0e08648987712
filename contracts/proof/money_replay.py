"""Recomputes the rows of a contract's money from its audit entries: payment, transfers, ledger, receipts. Pure.

The sums follow: nothing leaves an account that was not in it. What a rail does on its way (tries, leases, ids) is in no
entry. Of a prompt the amount counts that it ended with: a rail may not ask for as much at once as was ordered. A
payment to our account (`paybill`) is known by the entry that counts it: its row is older.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

Columns = dict[str, Any]
Rows = dict[str, dict[str, Columns]]

MONEY_TABLES: Final = ("payments", "transfers", "ledger_entries", "rail_receipts")
OPEN: Final = "open"  # a transfer that has not ended, whatever is done about it
OVER: Final = ("done", "failed")

_ENDED: Final = ("RELEASED", "REFUNDED", "FAILED")
_CONTRACT_ENDED: Final = ("COMPLETED", "CANCELLED", "EXPIRED")
_MOVES: Final = {
    ("rail", "held"), ("suspense", "held"), ("held", "payable"), ("held", "fees"), ("held", "refundable"),
    ("payable", "rail"), ("refundable", "rail"),
}  # fmt: skip
_WAS_LOCKED: Final = ("LOCKED", "RELEASED", "REFUNDED")
_STEPS: Final = {
    ("PENDING", "PENDING"), ("PENDING", "LOCKED"), ("PENDING", "FAILED"), ("PENDING", "RELEASED"), ("LOCKED", "LOCKED"),
    ("LOCKED", "RELEASED"), ("LOCKED", "REFUNDED"), ("LOCKED", "FAILED"),
}  # fmt: skip


def is_only_money(entry: Mapping[str, Any]) -> bool:
    """Whether an entry is about money alone: then a contract that is over may go on by it, to its next version."""
    return all(action["action"].startswith("money.") for action in entry["actions"])


def read_money(rows: Rows, entry: Mapping[str, Any]) -> None:
    """Take what an entry says of money into `rows`, by table and key."""
    at, money = entry["at"], entry.get("money", {})
    if payment := money.get("payment"):
        _read_payment(rows, payment, at)
    for transfer in money.get("transfers", ()):
        _table(rows, "transfers")[transfer["id"]] = _ordered(transfer, _currency(rows), at)
    for ended in money.get("ended", ()):
        _read_ended(rows, ended, at)
    for posting in money.get("postings", ()):
        for key, columns in _two_rows(posting, entry, _currency(rows)):
            _table(rows, "ledger_entries")[key] = columns
    if rail := entry.get("rail"):
        _table(rows, "rail_receipts")[entry["act"]] = {"rail": rail["name"], "key": rail["key"], "at": at}


def impossible_money(rows: Rows, entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give table and key of what an entry says of money that cannot be, after `rows`."""
    money = entry.get("money", {})
    if payment := money.get("payment"):
        before = rows.get("payments", {})
        steps = [(row["status"], payment["status"]) for row in before.values()]
        if before and (payment["id"] not in before or steps[0] not in _STEPS):
            yield "payments", payment["id"]
    transfers = rows.get("transfers", {})
    for transfer in money.get("transfers", ()):
        if transfer["id"] in transfers:
            yield "transfers", transfer["id"]
    for ended in money.get("ended", ()):
        if not _may_end(transfers.get(ended["id"]), ended):
            yield "transfers", ended["id"]
    known = {key.partition(" ")[0] for key in rows.get("ledger_entries", {})}
    for posting in money.get("postings", ()):
        is_strange = (posting["debit"], posting["credit"]) not in _MOVES or posting["amount_minor"] <= 0
        if posting["id"] in known or is_strange or not _was_moved(posting, money):
            yield "ledger_entries", posting["id"]
    if money or rows.get("payments"):
        sums = _sums_after(rows, entry)
        yield from _overdrawn(sums, money)
        yield from _open_after_the_end(rows, sums, entry)


def ledger_key(posting: str, account: str, scope: str) -> str:
    return f"{posting} {account} {scope}"


def _read_payment(rows: Rows, payment: Mapping[str, Any], at: str) -> None:
    dates = {"created_at": at, "locked_at": None, "ended_at": None}
    row = _table(rows, "payments").setdefault(payment["id"], dates)
    row |= {name: payment[name] for name in ("status", "due_minor", "fee_minor", "currency")}
    if payment["status"] in _WAS_LOCKED:
        row["locked_at"] = row["locked_at"] or at
    if payment["status"] in _ENDED:
        row["ended_at"] = row["ended_at"] or at


def _ordered(transfer: Mapping[str, Any], currency: str | None, at: str) -> Columns:
    is_done = "receipt" in transfer
    row: Columns = {
        "kind": transfer["kind"], "phone_id": transfer.get("person"), "currency": currency, "created_at": at,
        "status": "done" if is_done else OPEN, "receipt": transfer.get("receipt"), "reason": None, "code": None,
        "ended_at": at if is_done else None, "retries": transfer.get("retries"),
    }  # fmt: skip
    return row if transfer["kind"] == "prompt" else row | {"amount_minor": transfer["amount_minor"]}


def _read_ended(rows: Rows, ended: Mapping[str, Any], at: str) -> None:
    row = _table(rows, "transfers").setdefault(ended["id"], {"phone_id": None, "currency": _currency(rows)})
    row |= {name: ended[name] for name in ("kind", "status", "amount_minor")}
    row |= {"receipt": ended.get("receipt", row.get("receipt")), "reason": ended.get("reason")}
    if ended["kind"] != "paybill":  # that may have ended before, in suspense or for a while as not confirmed
        row |= {"code": ended.get("code", row.get("code")), "ended_at": row.get("ended_at") or at}


def _two_rows(
    posting: Mapping[str, Any], entry: Mapping[str, Any], currency: str | None
) -> Iterator[tuple[str, Columns]]:  # fmt: skip
    sides = (
        (posting["debit"], posting.get("from", entry["chain"]), -posting["amount_minor"]),
        (posting["credit"], entry["chain"], posting["amount_minor"]),
    )
    for account, scope, amount in sides:
        yield ledger_key(posting["id"], account, scope), {
            "amount_minor": amount, "currency": currency, "transfer_id": posting.get("transfer"),
            "act_id": entry["act"], "at": entry["at"],
        }  # fmt: skip


def _may_end(row: Columns | None, ended: Mapping[str, Any]) -> bool:
    """Whether a transfer may end so: what failed may turn out to be paid, and nothing else changes once it is over."""
    if row is None:
        return bool(ended["kind"] == "paybill")
    is_same = row["kind"] == ended["kind"] and row.get("amount_minor", ended["amount_minor"]) == ended["amount_minor"]
    return is_same and (row["status"] == OPEN or (row["status"], ended["status"]) == ("failed", "done"))


def _was_moved(posting: Mapping[str, Any], money: Mapping[str, Any]) -> bool:
    """Whether a rail moved what a posting takes from it or gives to it, by a transfer that ended with the posting."""
    if "rail" not in (posting["debit"], posting["credit"]):
        return True
    done = {ended["id"]: ended["amount_minor"] for ended in money.get("ended", ()) if ended["status"] == "done"}
    return bool(done.get(posting.get("transfer")) == posting["amount_minor"])


def _sums_after(rows: Rows, entry: Mapping[str, Any]) -> Mapping[str, int]:
    """Return what is in each account of the contract after an entry."""
    sums: Counter[str] = Counter()
    for key, columns in rows.get("ledger_entries", {}).items():
        _, account, scope = key.split(" ")
        if scope == entry["chain"]:
            sums[account] += columns["amount_minor"]
    for posting in entry.get("money", {}).get("postings", ()):
        sums[posting["credit"]] += posting["amount_minor"]
        if "from" not in posting:
            sums[posting["debit"]] -= posting["amount_minor"]
    return sums


def _overdrawn(sums: Mapping[str, int], money: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give the postings by which an account of the contract has less than nothing."""
    for posting in money.get("postings", ()):
        if posting["debit"] != "rail" and "from" not in posting and sums[posting["debit"]] < 0:
            yield "ledger_entries", posting["id"]


def _open_after_the_end(
    rows: Rows, sums: Mapping[str, int], entry: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:  # fmt: skip
    """Give the payment that is not over when the contract is, or the other way round; or is over while some of what
    came is neither released, nor a fee, nor sent back."""
    now = {key: row["status"] for key, row in rows.get("payments", {}).items()}
    if payment := entry.get("money", {}).get("payment"):
        now[payment["id"]] = payment["status"]
    contract = entry.get("after") or rows.get("contracts", {}).get(entry["chain"], {})
    for key, status in now.items():
        is_over = status in _ENDED
        if is_over != (contract.get("status") in _CONTRACT_ENDED) or (is_over and sums["held"]):
            yield "payments", key


def _currency(rows: Rows) -> str | None:
    """Return the currency of the contract's payment, which all its money is in."""
    return next((row["currency"] for row in rows.get("payments", {}).values()), None)


def _table(rows: Rows, table: str) -> dict[str, Columns]:
    return rows.setdefault(table, {})
