"""MTN MoMo on paper. What is unlike other rails: our id is a header; the callback does not name it, so it must be in
the callback's path; the reason is a text or an object; an order that came twice is a 409."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from contracts.escrow.outcomes import Failed, FailReason, OrderAccepted, Outcome, Paid, SendOutcome, Unknown
from contracts.escrow.paid_unasked import NotTaken
from contracts.fields.money import MAX_MAJOR, Currency, Money
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

REASONS = {
    "PAYER_NOT_FOUND": FailReason.NOT_REGISTERED,
    "PAYEE_NOT_FOUND": FailReason.NOT_REGISTERED,
    "NOT_ENOUGH_FUNDS": FailReason.NO_FUNDS,
    "PAYER_LIMIT_REACHED": FailReason.LIMIT,
    "APPROVAL_REJECTED": FailReason.CANCELLED,
    "EXPIRED": FailReason.NO_ANSWER,
}
PATHS = {
    "collect": "/collection/v1_0/requesttopay",
    "pay_out": "/disbursement/v1_0/transfer",
    "reverse": "/disbursement/v1_0/refund",
}


class PaperMtn:
    name = "mtn"
    currencies = frozenset({Currency.UGX})
    signs_callbacks = False
    reverses = True
    always_has_receipt = False
    asks = frozenset[str]()

    def __init__(self, wire: PaperWire, callback_url: str) -> None:
        self._wire, self._callback_url = wire, callback_url

    def smallest_unit(self, currency: Currency) -> int:
        return 1

    def largest_prompt(self, currency: Currency) -> int:
        return MAX_MAJOR

    def payout_limits(self, currency: Currency) -> tuple[int, int]:
        return 1, MAX_MAJOR

    async def read_limits(self) -> None:
        return

    def new_id(self) -> str:
        return str(uuid4())

    async def collect(self, order: Order) -> SendOutcome:
        return await self._send("collect", order, {"payer": _party(order), "payerMessage": "Contract"})

    async def pay_out(self, order: Order) -> SendOutcome:
        return await self._send("pay_out", order, {"payee": _party(order)})

    async def reverse(self, order: Order, receipt: str | None, collect_id: str | None) -> SendOutcome:
        return await self._send("reverse", order, {"referenceIdToRefund": collect_id})

    async def enquire(self, sent: Sent) -> Outcome:
        answer = await self._wire.ask("GET", f"{PATHS[sent.kind]}/{sent.own_id}", {}, {})
        if answer.status == 404:
            return Unknown("RESOURCE_NOT_FOUND", is_missing=True)
        if answer.status != 200:
            return Unknown(f"HTTP {answer.status}")
        try:
            return _outcome(answer.body)
        except BadWire as bad:
            return Unknown(str(bad))

    async def confirm(self, came: MoneyCame, own_id: str) -> Outcome:
        return Unknown("MTN brings no money that we did not ask for")

    async def verify(self, callback: Callback) -> bool:
        return False

    def read_callback(self, callback: Callback) -> Sequence[News]:
        if callback.method not in ("PUT", "POST"):
            raise BadWire("method", "must be PUT or POST")
        return [TransferNews(callback.own_id, None, _outcome(read_object(callback.body)))]

    def read_question(self, callback: Callback) -> PaymentQuestion:
        raise BadWire("kind", "asks nothing")

    def answer_callback(self, callback: Callback, refusal: NotTaken | None = None) -> HttpReply:
        return HttpReply("text/plain", b"")

    async def statement(self, since: datetime, until: datetime) -> AsyncIterator[StatementLine]:
        raise StatementUnavailable("MTN has none")
        yield

    async def balances(self) -> Sequence[Balance]:
        answer = await self._wire.ask("GET", "/disbursement/v1_0/account/balance", {}, {})
        if answer.status != 200:
            return []
        return [Balance("disbursement", _money(answer.body["availableBalance"], answer.body["currency"]))]

    async def _send(self, kind: str, order: Order, more: dict[str, Any]) -> SendOutcome:
        headers = {"X-Reference-Id": order.own_id, "X-Callback-Url": f"{self._callback_url}/{order.own_id}"}
        money = {"amount": order.money.major, "currency": order.money.currency.value, "externalId": order.reference}
        answer = await self._wire.ask("POST", PATHS[kind], headers, money | more)
        return await self._accepted(kind, order, answer)

    async def _accepted(self, kind: str, order: Order, answer: PaperAnswer) -> SendOutcome:
        if answer.status == 202:
            return OrderAccepted()
        if answer.status == 409:  # the first call reached MTN
            now = datetime.now().astimezone()
            outcome = await self.enquire(Sent(kind, order.own_id, None, order.money, order.msisdn, now))
            return OrderAccepted() if isinstance(outcome, Unknown) and outcome.is_pending else outcome
        if answer.status == 400:
            code = str(answer.body.get("code"))
            return Failed(reason_of(code, REASONS), code)
        return unclear(answer)


def _party(order: Order) -> dict[str, str]:
    return {"partyIdType": "MSISDN", "partyId": order.msisdn.lstrip("+")}


def _outcome(body: dict[str, Any]) -> Outcome:
    match body.get("status"):
        case "SUCCESSFUL":
            money = _money(body.get("amount"), body.get("currency"))
            return Paid(body.get("financialTransactionId"), money)
        case "FAILED":
            reason = body.get("reason")
            code = str(reason.get("code") if isinstance(reason, dict) else reason)
            return Failed(reason_of(code, REASONS), code)
        case "PENDING" | "CREATED" as pending:
            return Unknown(pending, is_pending=True)
        case _:
            raise BadWire("status", "is new to us")


def _money(amount: object, currency: object) -> Money:
    try:
        known = Currency(str(currency))
        return Money(int(Decimal(str(amount)).scaleb(known.exponent)), known)
    except (ValueError, ArithmeticError):
        raise BadWire("amount", "must be money that we know") from None
