"""Payments and transfers as JSON values of answers. Amounts are whole minor units; times are ISO 8601 in UTC with a
Z."""

from collections.abc import Mapping
from typing import Any

from contracts.escrow.escrow import Escrow
from contracts.fields.money import Currency
from gateway.rest.shapes.payment import PaymentView, PaymentWithTransfersView, TransferPart, WaitingTransferView
from gateway.rest.views import shown_time, utc_text
from storage.money_reads import WaitingTransfer


def payment_json(row: Mapping[str, Any]) -> PaymentView:
    """Return a payment, from a row of the query money_reads.shown."""
    told = {"due": row["due_minor"], "fee": row["fee_minor"], "prompted": False, "ordered": 0}
    money = Escrow.from_row({**row, **told, "id": str(row["id"])}, Currency(row["currency"]))
    return {
        "id": str(row["id"]), "contract_id": str(row["contract_id"]), "reference": row["reference"],
        "status": row["status"], "currency": row["currency"], "due_minor": money.due, "fee_minor": money.fee,
        "received_minor": money.received, "missing_minor": 0 if money.status.is_over else money.missing,
        "held_minor": money.held, "released_minor": money.released, "paid_minor": money.paid, "fees_minor": money.fees,
        "refunded_minor": money.refunded, "returned_minor": money.returned,
        "created_at": utc_text(row["created_at"]), "locked_at": shown_time(row["locked_at"]),
        "ended_at": shown_time(row["ended_at"]),
    }  # fmt: skip


def payment_with_transfers_json(row: Mapping[str, Any]) -> PaymentWithTransfersView:
    """Return a payment with its transfers, newest first."""
    return {**payment_json(row), "transfers": [_transfer(one) for one in row["transfers"]]}


def waiting_transfer_json(row: WaitingTransfer) -> WaitingTransferView:
    """Return a transfer that needs a person; `account`: what the payer typed, where it names no contract."""
    return {
        "id": str(row.id), "kind": row.kind, "reference": row.reference or None, "account": row.account,
        "msisdn": row.msisdn, "amount_minor": row.amount_minor, "currency": row.currency, "status": row.status,
        "rail": row.rail, "receipt": row.receipt, "reason": row.reason, "held_because": row.held_why,
        "approvals": row.approvals, "created_at": utc_text(row.created_at),
    }  # fmt: skip


def _transfer(row: Mapping[str, Any]) -> TransferPart:
    return {
        "id": str(row["id"]), "kind": row["kind"], "msisdn": row["msisdn"], "amount_minor": row["amount_minor"],
        "status": row["status"], "rail": row["rail"], "own_id": row["own_id"], "receipt": row["receipt"],
        "reason": row["reason"], "code": row["code"], "words": row["words"], "tries": row["tries"],
        "held_because": row["held_why"], "retries": str(row["retries"]) if row["retries"] else None,
        "created_at": utc_text(row["created_at"]), "sent_at": shown_time(row["sent_at"]),
        "ended_at": shown_time(row["ended_at"]),
    }  # fmt: skip
