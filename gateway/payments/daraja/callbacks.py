"""Read Daraja's callbacks. Pure. Daraja signs nothing: what is read here is a hint, until it fits our row.

Each kind of callback has a path of its own (`account`). Items and parameters are looked up by name, because neither
their order nor their number is fixed, and some have no value.
"""

from collections.abc import Callable, Sequence
from typing import Final

from contracts.escrow.outcomes import Failed, FailReason, Outcome, Paid, Unknown
from contracts.fields.money import Currency, Money
from gateway.events import BadWire
from gateway.payments.daraja import account as kinds
from gateway.payments.daraja import codes
from gateway.payments.daraja.account import DarajaAccount, is_own_id
from gateway.payments.daraja.json_fields import (
    JsonObject,
    code_in,
    read_code,
    read_id,
    read_json,
    read_money,
    read_object,
    read_objects,
    read_text,
)
from gateway.payments.daraja.payers import read_party, read_payer
from gateway.payments.daraja.purses import read_purses
from gateway.payments.daraja.replies import fail_words
from gateway.payments.daraja.times import read_eat
from gateway.payments.port import Callback, MoneyCame, News, PaymentQuestion, TransferNews

KES: Final = Currency.KES
Named = Sequence[tuple[str, object]]


def read_news(callback: Callback, account: DarajaAccount) -> Sequence[News]:
    """Return what a callback says. Raise BadWire for one that cannot be what its path claims."""
    read = _READERS.get(callback.kind)
    if read is None:
        raise BadWire("path", "names no kind of callback")
    return read(read_json(callback.body), callback, account)


def read_question(callback: Callback, account: DarajaAccount) -> PaymentQuestion:
    """Return what Daraja asks before it takes a payment by paybill. Raise BadWire for what is no such question."""
    body = read_json(callback.body)
    _check_shortcode(body, account)
    try:
        money = read_money(body.get("TransAmount"), "TransAmount", KES)
    except BadWire:
        money = Money(0, KES)
    return PaymentQuestion(money, read_text(body, "BillRefNumber"))


def _stk(body: JsonObject, callback: Callback, _: DarajaAccount) -> Sequence[News]:
    told = read_object(read_object(body, "Body"), "stkCallback")
    checkout_id, code = read_id(told, "CheckoutRequestID"), read_code(told, "ResultCode")
    if code == codes.PAID:
        items = _named(read_object(told, "CallbackMetadata"), "Item", "Name")
        outcome: Outcome = Paid(
            _id(items, "MpesaReceiptNumber"),
            read_money(_only(items, "Amount"), "Amount", KES),
            read_eat(_first(items, "TransactionDate")),
            read_payer(_first(items, "PhoneNumber")),
            checkout_id,
        )
    elif reason := codes.PROMPT_FAILS.get(code):
        outcome = Failed(reason, code, fail_words(told), checkout_id)
    else:
        outcome = Unknown(f"ResultCode {code}", rail_id=checkout_id)
    return (TransferNews(callback.own_id, checkout_id, outcome),)


def _result(body: JsonObject, callback: Callback, _: DarajaAccount) -> Sequence[News]:
    """Of a payout. A TransactionID is there also where nothing was paid: only the code says that it was."""
    told = read_object(body, "Result")
    rail_id, code = read_id(told, "ConversationID"), read_code(told, "ResultCode")
    if code == codes.PAID:
        found = _parameters(told)
        outcome: Outcome = Paid(
            _id(found, "TransactionReceipt", told.get("TransactionID")),
            read_money(_only(found, "TransactionAmount"), "TransactionAmount", KES),
            read_eat(_first(found, "TransactionCompletedDateTime")),
            read_party(_first(found, "ReceiverPartyPublicName")),
            rail_id,
        )
    else:
        outcome = _unpaid(told, code, rail_id)
    originator = told.get("OriginatorConversationID")  # where it has the form of our ids, it is ours
    is_ours = isinstance(originator, str) and is_own_id(originator)
    return (TransferNews(callback.own_id or (str(originator) if is_ours else None), rail_id, outcome),)


def _reversal(body: JsonObject, callback: Callback, _: DarajaAccount) -> Sequence[News]:
    """The TransactionID of the envelope is the reversal's own receipt."""
    told = read_object(body, "Result")
    rail_id, code = read_id(told, "OriginatorConversationID"), read_code(told, "ResultCode")
    if code == codes.PAID:
        found = _parameters(told)
        outcome: Outcome = Paid(
            read_id(told, "TransactionID"),
            read_money(_only(found, "Amount"), "Amount", KES),
            read_eat(_first(found, "TransCompletedTime")),
            read_party(_first(found, "CreditPartyPublicName")),
            rail_id,
        )
    elif code == codes.ALREADY_REVERSED:  # by an earlier try: the payer has the money, and its receipt is looked up
        outcome = Paid(rail_id=rail_id)
    else:
        outcome = _unpaid(told, code, rail_id)
    return (TransferNews(callback.own_id, rail_id, outcome),)


def _unpaid(told: JsonObject, code: str, rail_id: str) -> Failed | Unknown:
    reason = codes.PAYOUT_FAILS.get(code)
    if reason is None:
        return Unknown(f"ResultCode {code}", rail_id=rail_id)
    return Failed(reason, code, fail_words(told), rail_id)


def _timeout(body: JsonObject, callback: Callback, _: DarajaAccount) -> Sequence[News]:
    """The order waited too long in Daraja's queue: it may have been carried out all the same."""
    field = "OriginatorConversationID" if callback.kind == kinds.REVERSAL_TIMEOUT else "ConversationID"
    rail_id = None if callback.own_id else read_id(read_object(body, "Result"), field)
    return (TransferNews(callback.own_id, rail_id, Unknown("it timed out in Daraja's queue: ask about it")),)


def _status(body: JsonObject, callback: Callback, account: DarajaAccount) -> Sequence[News]:
    """The envelope is that of the question; the transfer is in the parameters. A question that failed says nothing."""
    told = read_object(body, "Result")
    read_id(told, "ConversationID")
    code = read_code(told, "ResultCode")
    if code != codes.PAID:
        if callback.own_id is None:
            return ()
        why, finds_nothing = f"the question failed: ResultCode {code}", code not in codes.OF_OUR_ACCOUNT
        return (TransferNews(callback.own_id, None, Unknown(why), is_unanswered=True, finds_nothing=finds_nothing),)
    found = _parameters(told)
    own_id, rail_id = callback.own_id, None
    if own_id is None:
        originator = _only(found, "OriginatorConversationID")
        own_id = originator if isinstance(originator, str) and is_own_id(originator) else None
        rail_id = _id(found, "ConversationID")
    return (TransferNews(own_id, rail_id, _state(found, account), is_answer=True),)


def _state(found: Named, account: DarajaAccount) -> Outcome:
    status = _only(found, "TransactionStatus")
    if not isinstance(status, str):
        raise BadWire("TransactionStatus", "must be a text")
    said = status.strip().lower()
    if said in codes.STATUS_PAID:
        return Paid(
            _id(found, "ReceiptNo"),
            read_money(_only(found, "Amount"), "Amount", KES),
            read_eat(_first(found, "FinalisedTime")),
            _other_party(found, account),
        )
    if said in codes.STATUS_FAILED:
        return Failed(FailReason.REFUSED, said)
    word = code_in(said.replace(" ", "-")) or "new to us"
    return Unknown(f"its status is {word}", is_pending=said in codes.STATUS_PENDING)


def _other_party(found: Named, account: DarajaAccount) -> str | None:
    """Return who paid us or was paid by us. Daraja's own sample names the debit party twice, and no credit party."""
    parties = [read_party(value) for name, value in found if name in ("DebitPartyName", "CreditPartyName")]
    ours = {account.shortcode, account.pays_from}
    return next((party for party in parties if party and party not in ours), None)


def _status_timeout(_: JsonObject, callback: Callback, __: DarajaAccount) -> Sequence[News]:
    why = Unknown("the question timed out in Daraja's queue")
    return (TransferNews(callback.own_id, None, why, is_unanswered=True),) if callback.own_id else ()


def _validation(_: JsonObject, __: Callback, ___: DarajaAccount) -> Sequence[News]:
    """Nothing has come yet: it is a question."""
    return ()


def _confirmation(body: JsonObject, _: Callback, account: DarajaAccount) -> Sequence[News]:
    """A payment by paybill. A paid prompt is told of in this way as well, by the same receipt and with our reference as
    its account."""
    receipt, money = read_id(body, "TransID"), read_money(body.get("TransAmount"), "TransAmount", KES)
    _check_shortcode(body, account)
    payer = read_payer(body.get("MSISDN"))
    return (MoneyCame(receipt, money, read_text(body, "BillRefNumber"), payer, read_eat(body.get("TransTime"))),)


def _check_shortcode(body: JsonObject, account: DarajaAccount) -> None:
    if read_code(body, "BusinessShortCode") != account.shortcode:
        raise BadWire("BusinessShortCode", "must be our shortcode")


def _balance(body: JsonObject, callback: Callback, account: DarajaAccount) -> Sequence[News]:
    told = read_object(body, "Result")
    if read_code(told, "ResultCode") != codes.PAID:
        return ()
    shortcode = account.shortcode if callback.kind == kinds.BALANCE else account.pays_from
    return (read_purses(_only(_parameters(told), "AccountBalance"), shortcode),)


def _id(found: Named, name: str, otherwise: object = None) -> str:
    return read_id({name: _only(found, name) or otherwise}, name)


def _parameters(told: JsonObject) -> Named:
    return _named(read_object(told, "ResultParameters"), "ResultParameter", "Key")


def _named(found: JsonObject, field: str, name: str) -> Named:
    """Return the pairs of a list, or of one alone; an item without a value has None."""
    return [(str(item.get(name)), item.get("Value")) for item in read_objects(found, field)]


def _first(found: Named, name: str) -> object:
    return next((value for key, value in found if key == name), None)


def _only(found: Named, name: str) -> object:
    """Return the value of a name that decides something. Raise BadWire if it has two."""
    values = [value for key, value in found if key == name]
    if any(value != values[0] for value in values):
        raise BadWire(name, "is there twice")
    return values[0] if values else None


_READERS: Final[dict[str, Callable[[JsonObject, Callback, DarajaAccount], Sequence[News]]]] = {
    kinds.STK: _stk,
    kinds.RESULT: _result,
    kinds.TIMEOUT: _timeout,
    kinds.REVERSAL: _reversal,
    kinds.REVERSAL_TIMEOUT: _timeout,
    kinds.STATUS: _status,
    kinds.STATUS_TIMEOUT: _status_timeout,
    kinds.BALANCE: _balance,
    kinds.PAYOUT_BALANCE: _balance,
    kinds.VALIDATION: _validation,
    kinds.CONFIRMATION: _confirmation,
}
