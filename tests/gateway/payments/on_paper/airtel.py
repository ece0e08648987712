"""Airtel Money on paper. What is unlike other rails: the first answer says SUCCESS and means that the prompt was sent;
a question may be asked after three minutes only; "ambiguous" is a state; the number goes without its country code."""

import hmac
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from contracts.escrow.outcomes import Failed, FailReason, OrderAccepted, Outcome, Paid, SendOutcome, Unknown
from contracts.escrow.paid_unasked import NotTaken
from contracts.fields.money import MAX_MAJOR, Currency
from contracts.fields.msisdn import country_code
from gateway.events import BadWire, HttpReply
from gateway.payments.port import (
    Balance,
    Callback,
    MoneyCame,
    News,
    Order,
    PaymentQuestion,
    Sent,
    StatementLine,
    StatementUnavailable,
    TransferNews,
)
from tests.gateway.payments.on_paper.paper_wire import PaperAnswer, PaperWire, read_object, reason_of, unclear

ASKED_AFTER = timedelta(minutes=3)
REASONS = {
    "DP00800001002": FailReason.WRONG_PIN,
    "DP00800001003": FailReason.LIMIT,
    "DP00800001007": FailReason.NO_FUNDS,
    "DP00800001008": FailReason.CANCELLED,
    "DP00800001024": FailReason.NO_ANSWER,
    "DP00900001003": FailReason.LIMIT,
    "DP00900001007": FailReason.OUR_FUNDS,
    "DP00900001009": FailReason.NOT_REGISTERED,
}
TAKEN = {"DP00800001006", "DP00900001001", "DP00900001006"}
UNCLEAR = {"DP00800001000", "DP00900001000"}
DUPLICATE = {"DP00900001017", "ESB000041"}
_TRANSACTION = re.compile(rb'"transaction"\s*:\s*(\{[^{}]*\})')


class PaperAirtel:
    name = "airtel"
    currencies = frozenset({Currency.ZMW})
    signs_callbacks = True
    reverses = True
    always_has_receipt = True
    asks = frozenset[str]()

    def __init__(self, wire: PaperWire, callback_key: bytes, clock: Callable[[], datetime]) -> None:
        self._wire, self._key, self._clock = wire, callback_key, clock

    def smallest_unit(self, currency: Currency) -> int:
        return 1

    def largest_prompt(self, currency: Currency) -> int:
        return MAX_MAJOR * 100

    def payout_limits(self, currency: Currency) -> tuple[int, int]:
        return 1, MAX_MAJOR

    async def read_limits(self) -> None:
        return

    def new_id(self) -> str:
        return uuid4().hex

    async def collect(self, order: Order) -> SendOutcome:
        subscriber = {"country": "ZM", "currency": order.money.currency.value, "msisdn": _national(order)}
        body = {"reference": order.reference, "subscriber": subscriber, "transaction": _transaction(order)}
        return self._taken(await self._wire.ask("POST", "/merchant/v1/payments/", {}, body))

    async def pay_out(self, order: Order) -> SendOutcome:
        payee = {"currency": order.money.currency.value, "msisdn": _national(order)}
        body = {"payee": payee, "reference": order.reference, "transaction": _transaction(order) | {"type": "B2C"}}
        answer = await self._wire.ask("POST", "/standard/v2/disbursements/", {}, body)
        if _code(answer) in DUPLICATE:
            outcome = await self._ask(order.own_id)
            return OrderAccepted() if isinstance(outcome, Unknown) and outcome.is_pending else outcome
        return self._taken(answer)

    async def reverse(self, order: Order, receipt: str | None, collect_id: str | None) -> SendOutcome:
        body = {"transaction": {"airtel_money_id": receipt}}
        return self._taken(await self._wire.ask("POST", "/standard/v1/payments/refund", {}, body))

    async def enquire(self, sent: Sent) -> Outcome:
        if self._clock() - sent.sent_at < ASKED_AFTER:
            return Unknown("too early to ask", is_pending=True)
        return await self._ask(sent.own_id)

    async def confirm(self, came: MoneyCame, own_id: str) -> Outcome:
        return Unknown("Airtel brings no money that we did not ask for")

    async def verify(self, callback: Callback) -> bool:
        """The hash is over the transaction as it came: how Airtel writes JSON is said nowhere."""
        raw, given = _TRANSACTION.search(callback.body), read_object(callback.body).get("hash")
        if raw is None or not isinstance(given, str):
            return False
        return hmac.compare_digest(b64encode(hmac.digest(self._key, raw[1], "sha256")), given.encode())

    def read_callback(self, callback: Callback) -> Sequence[News]:
        transaction = read_object(callback.body).get("transaction")
        if not isinstance(transaction, dict) or not isinstance(transaction.get("id"), str):
            raise BadWire("transaction", "must be an object with an id")
        return [TransferNews(transaction["id"], None, _state(transaction, transaction.get("status_code")))]

    def read_question(self, callback: Callback) -> PaymentQuestion:
        raise BadWire("kind", "asks nothing")

    def answer_callback(self, callback: Callback, refusal: NotTaken | None = None) -> HttpReply:
        return HttpReply("application/json", b"{}")

    async def statement(self, since: datetime, until: datetime) -> AsyncIterator[StatementLine]:
        raise StatementUnavailable("Airtel has none")
        yield

    async def balances(self) -> Sequence[Balance]:
        return []

    async def _ask(self, own_id: str) -> Outcome:
        answer = await self._wire.ask("GET", f"/standard/v1/payments/{own_id}", {}, {})
        if _code(answer) == "ESB000045":
            return Unknown("ESB000045", is_missing=True)
        transaction = answer.body.get("data", {}).get("transaction", {})
        return _state(transaction, transaction.get("status")) if answer.status == 200 else Unknown("not answered")

    def _taken(self, answer: PaperAnswer) -> SendOutcome:
        code = _code(answer)
        if answer.status != 200 or code in UNCLEAR or code is None:
            return unclear(answer)
        if code in TAKEN:
            transaction = answer.body.get("data", {}).get("transaction", {})
            return OrderAccepted(transaction.get("id"))
        return Failed(reason_of(code, REASONS), code) if code in REASONS else Unknown(code)


def _state(transaction: dict[str, Any], state: object) -> Outcome:
    match state:
        case "TS":
            return Paid(transaction.get("airtel_money_id"))  # no amount is named
        case "TF" | "TE":
            expired = {"TE": FailReason.NO_ANSWER}
            return Failed(expired.get(str(state), FailReason.REFUSED), str(state))
        case "TIP":
            return Unknown("TIP", is_pending=True)
        case _:
            return Unknown(f"{state}")  # TA is "ambiguous", TR is documented nowhere


def _code(answer: PaperAnswer) -> str | None:
    status = answer.body.get("status", {})
    code = status.get("response_code") or status.get("result_code")
    return str(code) if code else None


def _transaction(order: Order) -> dict[str, str]:
    return {"amount": order.money.major, "id": order.own_id}


def _national(order: Order) -> str:
    return order.msisdn[1 + len(country_code(order.msisdn)) :]
