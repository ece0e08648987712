"""Daraja as a rail: M-Pesa in Kenya."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Final

import aiohttp
import orjson

from contracts.actions import Clock
from contracts.escrow.outcomes import Failed, FailReason, NotSent, Outcome, SendOutcome, Unknown
from contracts.escrow.paid_unasked import NotTaken
from contracts.fields.money import Currency
from contracts.fields.msisdn import Msisdn
from gateway.events import BadWire, HttpAnswer, HttpReply
from gateway.payments.daraja import account as kinds
from gateway.payments.daraja import codes, replies, requests
from gateway.payments.daraja.account import DarajaAccount, new_own_id
from gateway.payments.daraja.callbacks import read_news, read_question
from gateway.payments.daraja.client import DarajaClient
from gateway.payments.daraja.json_fields import read_code, read_json
from gateway.payments.daraja.statement import read_page
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
)

NAME: Final = "daraja"
STATEMENT_REACHES: Final = timedelta(hours=48)
PAGE_BYTES: Final = 4 * 1024 * 1024

_REGISTERED = ("1000", "1001")  # now, and before
_ANSWERS: Final = {
    kinds.VALIDATION: {"ResultCode": "0", "ResultDesc": "Accepted"},
    kinds.CONFIRMATION: {"ResultCode": 0, "ResultDesc": "Success"},
}
_ANSWER: Final = {"ResultCode": 0, "ResultDesc": "Accepted"}


class RegistrationError(Exception):
    """Daraja did not register our addresses. The message says why, for an operator."""


class Daraja:
    """Daraja for one account."""

    name: Final = NAME
    currencies: Final = frozenset({Currency.KES})
    signs_callbacks: Final = False
    reverses: Final = True
    always_has_receipt: Final = True
    asks: Final = frozenset({kinds.VALIDATION})

    def __init__(self, account: DarajaAccount, http: aiohttp.ClientSession, now: Clock) -> None:
        self._account = account
        self._client = DarajaClient(account, http)
        self._now = now

    @property
    def client(self) -> DarajaClient:
        """What sends our calls: for what else we ask of this account, so that all share one access token."""
        return self._client

    def smallest_unit(self, currency: Currency) -> int:
        return requests.UNIT

    def largest_prompt(self, currency: Currency) -> int:
        return self._account.largest_prompt

    def payout_limits(self, currency: Currency) -> tuple[int, int]:
        return requests.LEAST_PAYOUT, requests.MOST_PAYOUT

    def new_id(self) -> str:
        return new_own_id()

    async def read_limits(self) -> None:
        """Daraja tells none."""

    async def collect(self, order: Order) -> SendOutcome:
        answer = await self._client.send(requests.push(self._account, order, self._now()))
        return replies.read_push(answer) if isinstance(answer, HttpAnswer) else answer

    async def pay_out(self, order: Order) -> SendOutcome:
        answer = await self._client.send(requests.pay_out(self._account, order))
        return replies.read_payout(answer) if isinstance(answer, HttpAnswer) else answer

    async def reverse(self, order: Order, receipt: str | None, collect_id: str | None) -> SendOutcome:
        """Daraja knows a payment by its receipt only."""
        if receipt is None:
            return Failed(FailReason.REFUSED, "NO_RECEIPT", "the receipt of the payment is not known yet")
        answer = await self._client.send(requests.reverse(self._account, order, receipt))
        return replies.read_reversal(answer) if isinstance(answer, HttpAnswer) else answer

    async def enquire(self, sent: Sent) -> Outcome:
        """A prompt is asked about by its CheckoutRequestID, a payout by our id, a reversal by its
        OriginatorConversationID, money that came by itself by its receipt. A prompt or a reversal whose first answer
        was lost has none: its callback, which comes to an address of its own, or the statement, must tell. The query of
        a prompt knows no amount: where a receipt was told, the payment is asked about as well, and the answer comes as
        a callback."""
        if sent.kind == "pay_out":
            return await self._ask_status(
                requests.status_of_order(self._account, self._account.pays_from, sent.own_id, sent.own_id)
            )
        if sent.kind == "confirm" and sent.receipt:
            return await self._ask_status(requests.status_of_receipt(self._account, sent.receipt, sent.own_id))
        if sent.kind == "collect" and sent.receipt:
            await self._ask_status(requests.status_of_receipt(self._account, sent.receipt, sent.own_id))
        if sent.rail_id is None:
            return Unknown("Daraja's id of it is not known, so it cannot be asked about")
        if sent.kind == "reverse":
            return await self._ask_status(
                requests.status_of_order(self._account, self._account.shortcode, sent.rail_id, sent.own_id)
            )
        return await self._ask_push(sent, sent.rail_id)

    async def confirm(self, came: MoneyCame, own_id: str) -> Outcome:
        return await self._ask_status(requests.status_of_receipt(self._account, came.receipt, own_id))

    async def verify(self, callback: Callback) -> bool:
        """Daraja signs nothing."""
        return False

    def read_callback(self, callback: Callback) -> Sequence[News]:
        return read_news(callback, self._account)

    def read_question(self, callback: Callback) -> PaymentQuestion:
        return read_question(callback, self._account)

    def answer_callback(self, callback: Callback, refusal: NotTaken | None = None) -> HttpReply:
        answer = _ANSWERS.get(callback.kind, _ANSWER)
        if refusal:
            answer = {"ResultCode": codes.REFUSES[refusal], "ResultDesc": "Rejected"}
        return HttpReply("application/json", orjson.dumps(answer))

    async def statement(self, since: datetime, until: datetime) -> AsyncIterator[StatementLine]:
        """Yield the payments of the last 48 hours or less, prompts that were paid among them; no payouts. All pages
        come first: an incomplete statement is none."""
        if since < self._now() - STATEMENT_REACHES:
            raise StatementUnavailable("Daraja has the last 48 hours only")
        lines: dict[str, StatementLine] = {}
        offset = 0
        while page := await self._page(since, until, offset):
            known = len(lines)
            lines.update((line.receipt, line) for line in page)
            if len(lines) == known:
                raise StatementUnavailable("Daraja repeats a page of it")
            offset += len(page)
        for line in sorted(lines.values(), key=lambda line: (line.at is None, line.at or until, line.receipt)):
            yield line

    async def balances(self) -> Sequence[Balance]:
        """Ask; the answers come as callbacks. Return nothing."""
        await self._client.send(requests.balance(self._account, self._account.shortcode, kinds.BALANCE))
        if self._account.pays_from != self._account.shortcode:
            await self._client.send(requests.balance(self._account, self._account.pays_from, kinds.PAYOUT_BALANCE))
        return ()

    async def register_paybill(self) -> None:
        """Tell Daraja where payments by paybill are told: once, in production. Raise RegistrationError."""
        await self._register(requests.register_paybill(self._account), "ResponseCode", (codes.PAID,))

    async def register_statement(self, nominated: Msisdn) -> None:
        """Ask Daraja for statements: once. Raise RegistrationError."""
        await self._register(requests.register_statement(self._account, nominated), "ResponseStatus", _REGISTERED)

    async def _ask_push(self, sent: Sent, checkout_id: str) -> Outcome:
        now = self._now()
        answer = await self._client.send(requests.push_query(self._account, checkout_id, now))
        if not isinstance(answer, HttpAnswer):
            return replies.without_answer(answer)
        return replies.read_push_state(answer, checkout_id, sent.sent_at, now)

    async def _ask_status(self, call: requests.DarajaCall) -> Unknown:
        answer = await self._client.send(call)
        return replies.read_question(answer) if isinstance(answer, HttpAnswer) else replies.without_answer(answer)

    async def _page(self, since: datetime, until: datetime, offset: int) -> list[StatementLine]:
        call = requests.statement_page(self._account, since, until, offset)
        answer = await self._client.send(call, PAGE_BYTES)
        if isinstance(answer, NotSent | Unknown):
            raise StatementUnavailable(answer.why)
        return read_page(answer)

    async def _register(self, call: requests.DarajaCall, field: str, good: Sequence[str]) -> None:
        answer = await self._client.send(call)
        if isinstance(answer, NotSent | Unknown):
            raise RegistrationError(answer.why)
        try:
            code = read_code(read_json(answer.body), field)
        except BadWire:
            code = ""
        if not 200 <= answer.status < 300 or code not in good:
            error = replies.read_error(answer)
            raise RegistrationError(f"HTTP {answer.status} {error.code or code} {error.field}".rstrip())
