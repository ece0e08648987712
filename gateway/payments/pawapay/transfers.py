"""Deposits, payouts and refunds on the wire: what we send, and what the answers and the callbacks mean."""

import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

from contracts.escrow.outcomes import NotSent, OrderAccepted, Outcome, Paid, SendOutcome, Unknown
from gateway.events import BadWire, HttpAnswer
from gateway.payments.pawapay.amounts import read_money, write_amount
from gateway.payments.pawapay.failures import failed, rejected
from gateway.payments.port import Order
from gateway.providers.forms import is_id, safe_quote, try_later
from values.frozen import Frozen

_PENDING: Final = frozenset({"ACCEPTED", "PROCESSING", "IN_RECONCILIATION", "ENQUEUED"})
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_PHONE = re.compile(r"[1-9][0-9]{6,14}")
_NOT_SHOWN = re.compile(r"[^A-Za-z0-9 ]")
_MESSAGE_MAX: Final = 22  # letters that pawaPay lets a phone show


class PawaPayOperation(Frozen):
    """`path`: behind /v2/ and behind our hook. `party`: the field with the phone; a refund names none in the order."""

    path: str
    id_field: str
    party: str


OPERATIONS: Final = {
    "collect": PawaPayOperation("deposits", "depositId", "payer"),
    "pay_out": PawaPayOperation("payouts", "payoutId", "recipient"),
    "reverse": PawaPayOperation("refunds", "refundId", "recipient"),
}
BY_PATH: Final = {operation.path: operation for operation in OPERATIONS.values()}


class Duplicate(Frozen):
    """pawaPay has an order with this id already, and ignored ours: which one it has must be asked."""


class FoundTransfer(Frozen):
    """What pawaPay knows of a transfer. `phone`: digits, None where it names none."""

    transfer_id: str
    outcome: Outcome
    fields: Mapping[str, Any]
    phone: str | None


def order_body(operation: PawaPayOperation, order: Order, provider: str) -> dict[str, object]:
    """Return the JSON of a deposit or a payout."""
    account = {"phoneNumber": order.msisdn.lstrip("+"), "provider": provider}
    message = _NOT_SHOWN.sub("", f"Contract {order.reference}")[:_MESSAGE_MAX]
    return _order(operation, order) | {
        "clientReferenceId": order.reference,
        "customerMessage": message,
        operation.party: {"type": "MMO", "accountDetails": account},
    }


def refund_body(order: Order, deposit_id: str) -> dict[str, object]:
    """Return the JSON of a refund. It names the amount: without one, pawaPay gives back what is left of the deposit.
    A field that pawaPay does not know would be refused (UNSUPPORTED_PARAMETER), so there is no text in it."""
    return _order(OPERATIONS["reverse"], order) | {"depositId": deposit_id}


def read_initiation(operation: PawaPayOperation, order: Order, answer: HttpAnswer) -> SendOutcome | Duplicate:
    """Return what the answer to an order says. Whatever is not clearly a no, or clearly a yes, is Unknown."""
    reply = read_json(answer.body)
    code, message = _failure(reply)
    why = safe_quote(f"HTTP {answer.status} {code or ''}", "")
    if answer.status in (401, 403, 429):
        later = try_later(why, answer)
        return NotSent(later.why, later.cause, later.after_seconds)
    if answer.status == 400 and code:
        return rejected(code, message)
    if answer.status != 200 or reply.get(operation.id_field) != order.own_id:
        return Unknown(why)
    match reply.get("status"):
        case "ACCEPTED":
            return OrderAccepted()
        case "REJECTED":
            return rejected(code, message)
        case "DUPLICATE_IGNORED":
            return Duplicate()
        case _:
            return Unknown(f"{why}: a status that is new to us")


def read_found(operation: PawaPayOperation, answer: HttpAnswer) -> FoundTransfer | Unknown | None:
    """Return what pawaPay knows of a transfer that was asked about; None if it knows of none; Unknown if the answer
    does not tell. Mind the two statuses: the outer one only says whether there is such a transfer."""
    reply = read_json(answer.body)
    if answer.status == 200 and reply.get("status") == "NOT_FOUND":
        return None
    if answer.status != 200 or reply.get("status") != "FOUND":
        return Unknown(safe_quote(f"HTTP {answer.status} {_failure(reply)[0] or ''}", ""))
    try:
        return read_transfer(operation, reply.get("data"))
    except BadWire as bad:
        return Unknown(f"an answer that cannot be read: {bad}")


def read_transfer(operation: PawaPayOperation, fields: object) -> FoundTransfer:
    """Read a transfer, as an answer or a callback has it. Raise BadWire."""
    if not isinstance(fields, dict):
        raise BadWire("body", "must be a JSON object")
    transfer_id = fields.get(operation.id_field)
    if not isinstance(transfer_id, str) or not _UUID.fullmatch(transfer_id):
        raise BadWire(operation.id_field, "must be a UUID")
    phone = _phone(fields.get(operation.party))
    return FoundTransfer(transfer_id.lower(), _outcome(fields, phone), fields, phone)


def is_of(order: Order, found: FoundTransfer) -> bool:
    """Return whether this transfer is that order: the same money, and the same phone where one is named."""
    try:
        money = read_money(found.fields.get("amount"), found.fields.get("currency"))
    except BadWire:
        return False
    phone = order.msisdn.lstrip("+")
    return (found.transfer_id, money) == (order.own_id, order.money) and found.phone in (None, phone)


def read_json(body: bytes) -> dict[str, Any]:
    """Return the JSON object; an empty one if the body is none."""
    try:
        reply = orjson.loads(body)
    except ValueError:
        return {}
    return reply if isinstance(reply, dict) else {}


def _outcome(fields: Mapping[str, object], phone: str | None) -> Outcome:
    status = fields.get("status")
    if not isinstance(status, str) or not is_id(status):
        raise BadWire("status", "must be a word")
    if status == "COMPLETED":
        money = read_money(fields.get("amount"), fields.get("currency"))
        return Paid(_receipt(fields), money, payer=phone and f"+{phone}")
    if status == "FAILED":
        return failed(*_failure(fields))
    if status in _PENDING:
        return Unknown(status, is_pending=True)
    return Unknown(f"{safe_quote(status, '')}: a status that is new to us")


def _receipt(fields: Mapping[str, object]) -> str | None:
    """Return the network's number of the payment, which may be missing even where the money moved."""
    receipt = fields.get("providerTransactionId")
    if receipt in (None, ""):
        return None
    if not isinstance(receipt, str) or not is_id(receipt):
        raise BadWire("providerTransactionId", "must be printable ASCII without a space")
    return receipt


def _phone(party: object) -> str | None:
    """Return the digits of `{"accountDetails": {"phoneNumber": …}}`. A sample of pawaPay's spells it `phoneNUmber`."""
    account = party.get("accountDetails") if isinstance(party, dict) else None
    if not isinstance(account, dict):
        return None
    phone = next((value for name, value in account.items() if name.lower() == "phonenumber"), None)
    return phone if isinstance(phone, str) and _PHONE.fullmatch(phone) else None


def _failure(fields: Mapping[str, object]) -> tuple[object, object]:
    reason = fields.get("failureReason")
    return (reason.get("failureCode"), reason.get("failureMessage")) if isinstance(reason, dict) else (None, None)


def _order(operation: PawaPayOperation, order: Order) -> dict[str, object]:
    amount = write_amount(order.money)
    return {operation.id_field: order.own_id, "amount": amount, "currency": order.money.currency.value}
