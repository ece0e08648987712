"""pawaPay as a rail: deposits, payouts and refunds, each known by the UUID that we chose."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

import aiohttp
import structlog

from contracts.actions import Clock
from contracts.escrow.outcomes import Failed, FailReason, NotSent, OrderAccepted, Outcome, SendOutcome, Unknown
from contracts.escrow.paid_unasked import NotTaken
from contracts.fields.money import Currency
from gateway.events import BadWire, HttpReply
from gateway.outgoing import AnswerLostError, NotReachedError
from gateway.payments.pawapay.amounts import read_money
from gateway.payments.pawapay.api import PawaPayAccount, PawaPayApi
from gateway.payments.pawapay.networks import COUNTRIES, Networks
from gateway.payments.pawapay.public_keys import PublicKeys
from gateway.payments.pawapay.signatures import BadSignature, SignedRequest, read_signatures, verify
from gateway.payments.pawapay.transfers import (
    BY_PATH,
    OPERATIONS,
    Duplicate,
    FoundTransfer,
    PawaPayOperation,
    is_of,
    order_body,
    read_found,
    read_initiation,
    read_json,
    read_transfer,
    refund_body,
)
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

NAME: Final = "pawapay"
MISSING_FOR: Final = timedelta(minutes=15)  # so long pawaPay may say NOT_FOUND of an order that it has taken

log = structlog.get_logger()


class PawaPay:
    """The rail (`gateway.payments.port.Rail`). Its callback addresses are set in pawaPay's dashboard, not with each
    order: `{base}/hooks/{token}/pawapay/payments/deposits`, `.../payouts` and `.../refunds`."""

    name: Final = NAME
    currencies: Final = frozenset(COUNTRIES)
    reverses: Final = True
    always_has_receipt: Final = False
    asks: Final = frozenset[str]()

    def __init__(
        self, account: PawaPayAccount, http: aiohttp.ClientSession, clock: Clock
    ) -> None:  # fmt: skip
        self._api = PawaPayApi(account, http)
        self._clock = clock
        self._networks = Networks(self._api, clock)
        self._keys = PublicKeys(self._api, clock)
        self.signs_callbacks: Final = account.signs_callbacks

    def smallest_unit(self, currency: Currency) -> int:
        return self._networks.limits(currency).smallest_unit

    def largest_prompt(self, currency: Currency) -> int:
        return self._networks.limits(currency).largest_prompt

    def payout_limits(self, currency: Currency) -> tuple[int, int]:
        limits = self._networks.limits(currency)
        return limits.smallest_payout, limits.largest_payout

    async def read_limits(self) -> None:
        """Before it the limits are those of the documents. An order reads those of its own currency."""
        for currency in sorted(self.currencies):
            await self._networks.read_limits(currency)

    def new_id(self) -> str:
        return str(uuid4())

    async def collect(self, order: Order) -> SendOutcome:
        return await self._send_to_phone(OPERATIONS["collect"], order)

    async def pay_out(self, order: Order) -> SendOutcome:
        return await self._send_to_phone(OPERATIONS["pay_out"], order)

    async def reverse(self, order: Order, receipt: str | None, collect_id: str | None) -> SendOutcome:
        """Refund a deposit. pawaPay knows it by our id of it; the receipt is not asked for."""
        if collect_id is None:
            return Failed(FailReason.REFUSED, "NOT_FOUND", "only what was collected by an order can be refunded")
        return await self._send(OPERATIONS["reverse"], order, refund_body(order, collect_id))

    async def enquire(self, sent: Sent) -> Outcome:
        found = await self._find(OPERATIONS[sent.kind], sent.own_id)
        if found is not None:
            return found.outcome if isinstance(found, FoundTransfer) else found
        is_over = self._clock() - sent.sent_at >= MISSING_FOR
        why = "was never received" if is_over else "not seen yet, which pawaPay also says of what it has just taken"
        return Unknown(f"NOT_FOUND: {why}", is_missing=True)

    async def confirm(self, came: MoneyCame, own_id: str) -> Outcome:
        return Unknown("pawaPay brings no money that we did not ask for")

    async def verify(self, callback: Callback) -> bool:
        request = SignedRequest(callback.method, callback.url, callback.headers, callback.body)
        try:
            await self._check(request)
        except BadSignature as bad:
            log.warning("callback not signed as it must be", provider=NAME, kind=callback.kind, why=str(bad))
            return False
        return True

    def read_callback(self, callback: Callback) -> Sequence[News]:
        operation = BY_PATH.get(callback.kind)
        if operation is None:
            raise BadWire("kind", f"must be one of {', '.join(BY_PATH)}")
        found = read_transfer(operation, read_json(callback.body))
        return [TransferNews(found.transfer_id, None, found.outcome)]

    def read_question(self, callback: Callback) -> PaymentQuestion:
        """pawaPay takes only what we have asked for."""
        raise BadWire("kind", "asks nothing")

    def answer_callback(self, callback: Callback, refusal: NotTaken | None = None) -> HttpReply:
        return HttpReply("application/json", b"{}")

    async def statement(self, since: datetime, until: datetime) -> AsyncIterator[StatementLine]:
        """As far as we know, pawaPay has none in its API."""
        raise StatementUnavailable("pawaPay has no statement in its API: export one from its dashboard")
        yield  # makes it an iterator: the error comes when it is read, as with other rails

    async def balances(self) -> Sequence[Balance]:
        try:
            answer = await self._api.get("wallet-balances")
        except (NotReachedError, AnswerLostError):
            return []
        wallets = read_json(answer.body).get("balances") if answer.status == 200 else None
        return [balance for each in wallets if (balance := _balance(each))] if isinstance(wallets, list) else []

    async def _send_to_phone(self, operation: PawaPayOperation, order: Order) -> SendOutcome:
        await self._networks.read_limits(order.money.currency)
        provider = await self._networks.predict(order.msisdn, order.money.currency)
        if isinstance(provider, Failed | NotSent):
            return provider
        return await self._send(operation, order, order_body(operation, order, provider))

    async def _send(self, operation: PawaPayOperation, order: Order, body: dict[str, object]) -> SendOutcome:
        try:
            answer = await self._api.post(operation.path, body)
        except NotReachedError as fault:
            return NotSent(str(fault))
        except AnswerLostError as fault:
            return Unknown(str(fault))
        outcome = read_initiation(operation, order, answer)
        return await self._look_up(operation, order) if isinstance(outcome, Duplicate) else outcome

    async def _look_up(self, operation: PawaPayOperation, order: Order) -> SendOutcome:
        """Ask what became of the order that came first under this id. pawaPay does not compare the two: if that one is
        for other money or another phone, somebody must look at it."""
        found = await self._find(operation, order.own_id)
        if found is None:
            return Unknown("DUPLICATE_IGNORED, then NOT_FOUND", is_missing=True)
        if isinstance(found, Unknown):
            return found
        if not is_of(order, found):
            return Unknown("DUPLICATE_IGNORED: pawaPay has another order under this id")
        is_pending = isinstance(found.outcome, Unknown) and found.outcome.is_pending
        return OrderAccepted() if is_pending else found.outcome

    async def _find(self, operation: PawaPayOperation, own_id: str) -> FoundTransfer | Unknown | None:
        try:
            found = read_found(operation, await self._api.get(f"{operation.path}/{own_id}"))
        except (NotReachedError, AnswerLostError) as fault:
            return Unknown(f"not asked: {fault}")
        if isinstance(found, FoundTransfer) and found.transfer_id != own_id:
            return Unknown("an answer about another transfer")
        return found

    async def _check(self, request: SignedRequest) -> None:
        """Raise BadSignature unless one of the signatures is right."""
        fault = BadSignature("keyid: pawaPay names no such key")
        for signature in read_signatures(request, self._clock()):
            key = await self._keys.find(signature.keyid)
            try:
                if key is not None:
                    return verify(signature, key, request)
            except BadSignature as bad:
                fault = bad
        raise fault


def _balance(wallet: object) -> Balance | None:
    """Return the balance of one wallet; None if it is in a currency that we do not know, or cannot be read."""
    if not isinstance(wallet, dict):
        return None
    try:
        money = read_money(wallet.get("balance"), wallet.get("currency"))
    except BadWire:
        return None
    names = (wallet.get("country"), wallet.get("provider"))
    return Balance(" ".join(name for name in names if isinstance(name, str) and name), money)
