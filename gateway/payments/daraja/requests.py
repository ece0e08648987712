"""What we ask of Daraja: one function for each request. Pure. Misspelt fields are misspelt on the wire."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from contracts.fields.money import Currency, Money
from contracts.fields.msisdn import Msisdn
from gateway.payments.daraja import account as kinds
from gateway.payments.daraja.account import DarajaAccount
from gateway.payments.daraja.times import eat_stamp, eat_text
from gateway.payments.port import Order
from values.frozen import Frozen, Hidden

UNIT: Final = 100  # cents: Daraja moves whole shillings
LEAST_PAYOUT: Final = 10 * UNIT
MOST_PAYOUT: Final = 250_000 * UNIT
SHORTCODE: Final = "4"  # a kind of identifier
REVERSING: Final = "11"  # the kind that a reversal wants


class DarajaCall(Frozen):
    """A POST of JSON to Daraja. The body names people and holds our credential."""

    path: str
    body: Hidden[Mapping[str, object]]


def push(account: DarajaAccount, order: Order, now: datetime) -> DarajaCall:
    """Ask the payer, on their phone, to pay."""
    phone = _digits(order.msisdn)
    body = {
        **_signed(account, now),
        "TransactionType": "CustomerPayBillOnline",
        "Amount": whole_shillings(order.money),
        "PartyA": phone,
        "PartyB": account.shortcode,
        "PhoneNumber": phone,
        "CallBackURL": account.callback_url(kinds.STK, order.own_id),
        "AccountReference": order.reference[:12],
        "TransactionDesc": f"Pact {order.reference}"[:13],
    }
    return DarajaCall("/mpesa/stkpush/v1/processrequest", body)


def push_query(account: DarajaAccount, checkout_id: str, now: datetime) -> DarajaCall:
    """Ask what became of a prompt."""
    return DarajaCall("/mpesa/stkpushquery/v1/query", {**_signed(account, now), "CheckoutRequestID": checkout_id})


def pay_out(account: DarajaAccount, order: Order) -> DarajaCall:
    """Pay to a phone. Daraja pays one OriginatorConversationID once."""
    body = {
        "OriginatorConversationID": order.own_id,
        "InitiatorName": account.initiator,
        "SecurityCredential": account.security_credential,
        "CommandID": "BusinessPayment",
        "Amount": whole_shillings(order.money),
        "PartyA": account.pays_from,
        "PartyB": _digits(order.msisdn),
        "Remarks": _remarks(order.reference),
        "QueueTimeOutURL": account.callback_url(kinds.TIMEOUT, order.own_id),
        "ResultURL": account.callback_url(kinds.RESULT, order.own_id),
        "Occassion": order.reference[:100],
    }
    return DarajaCall("/mpesa/b2c/v3/paymentrequest", body)


def reverse(account: DarajaAccount, order: Order, receipt: str) -> DarajaCall:
    """Give back the payment with this receipt. Daraja takes no id of ours here; a receipt can be reversed once."""
    body = {
        "Initiator": account.initiator,
        "SecurityCredential": account.security_credential,
        "CommandID": "TransactionReversal",
        "TransactionID": receipt,
        "Amount": whole_shillings(order.money),
        "ReceiverParty": account.shortcode,
        "RecieverIdentifierType": REVERSING,
        "ResultURL": account.callback_url(kinds.REVERSAL, order.own_id),
        "QueueTimeOutURL": account.callback_url(kinds.REVERSAL_TIMEOUT, order.own_id),
        "Remarks": _remarks(order.reference),
        "Occasion": order.reference[:100],
    }
    return DarajaCall("/mpesa/reversal/v1/request", body)


def status_of_receipt(account: DarajaAccount, receipt: str, own_id: str) -> DarajaCall:
    """Ask about a payment to our account. `own_id`: of the question; the answer comes to its URL."""
    return _status(account, account.shortcode, {"TransactionID": receipt}, own_id)


def status_of_order(account: DarajaAccount, shortcode: str, originator_id: str, own_id: str) -> DarajaCall:
    """Ask about a payout or a reversal by its OriginatorConversationID."""
    return _status(account, shortcode, {"OriginalConversationID": originator_id}, own_id)


def balance(account: DarajaAccount, shortcode: str, kind: str) -> DarajaCall:
    """Ask what a shortcode holds; the answer comes as a callback of this kind, a time-out too."""
    body = {
        "Initiator": account.initiator,
        "SecurityCredential": account.security_credential,
        "CommandID": "AccountBalance",
        "PartyA": shortcode,
        "IdentifierType": SHORTCODE,
        "Remarks": "balance",
        "QueueTimeOutURL": account.callback_url(kind, None),
        "ResultURL": account.callback_url(kind, None),
    }
    return DarajaCall("/mpesa/accountbalance/v1/query", body)


def register_paybill(account: DarajaAccount) -> DarajaCall:
    """Say where payments by paybill are told. `Completed`: they are taken also while we do not answer."""
    body = {
        "ShortCode": account.shortcode,
        "ResponseType": "Completed",
        "ConfirmationURL": account.callback_url(kinds.CONFIRMATION, None),
        "ValidationURL": account.callback_url(kinds.VALIDATION, None),
    }
    return DarajaCall(f"/mpesa/c2b/{account.c2b_version}/registerurl", body)


def register_statement(account: DarajaAccount, nominated: Msisdn) -> DarajaCall:
    """Ask for statements. `nominated`: the number in the organization's records at Safaricom."""
    body = {
        "ShortCode": account.shortcode,
        "RequestType": "Pull",
        "NominatedNumber": _digits(nominated),
        "CallBackURL": account.callback_url(kinds.CONFIRMATION, None),
    }
    return DarajaCall("/pulltransactions/v1/register", body)


def statement_page(account: DarajaAccount, since: datetime, until: datetime, offset: int) -> DarajaCall:
    """Ask for payments to our account. `offset` counts payments, not pages."""
    body = {
        "ShortCode": account.shortcode,
        "StartDate": eat_text(since),
        "EndDate": eat_text(until),
        "OffSetValue": str(offset),
    }
    return DarajaCall("/pulltransactions/v1/query", body)


def whole_shillings(money: Money) -> int:
    """Return the amount for the wire. Raise ValueError for what the port does not allow: cents, another currency."""
    if money.currency is not Currency.KES or money.minor % UNIT or money.minor <= 0:
        raise ValueError("Daraja moves whole Kenya shillings")
    return money.minor // UNIT


def _signed(account: DarajaAccount, now: datetime) -> dict[str, object]:
    """The shortcode with a password that is good for this second; the stamp must be the one in the password."""
    stamp = eat_stamp(now)
    password = b64encode(f"{account.shortcode}{account.passkey}{stamp}".encode()).decode()
    return {"BusinessShortCode": account.shortcode, "Password": password, "Timestamp": stamp}


def _status(account: DarajaAccount, shortcode: str, sought: Mapping[str, str], own_id: str) -> DarajaCall:
    body = {
        "Initiator": account.initiator,
        "SecurityCredential": account.security_credential,
        "CommandID": "TransactionStatusQuery",
        **sought,
        "PartyA": shortcode,
        "IdentifierType": SHORTCODE,
        "ResultURL": account.callback_url(kinds.STATUS, own_id),
        "QueueTimeOutURL": account.callback_url(kinds.STATUS_TIMEOUT, own_id),
        "Remarks": "status",
        "Occasion": "status",
    }
    return DarajaCall("/mpesa/transactionstatus/v1/query", body)


def _remarks(reference: str) -> str:
    return f"Pact {reference}"[:100]


def _digits(msisdn: Msisdn) -> str:
    return msisdn.removeprefix("+")
