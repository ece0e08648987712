"""A simulator of Safaricom's Daraja API, for the same adapter that runs in production: tokens, prompts, their query.

Payouts, reversals and questions are in `daraja_orders`, paybill and statements in `daraja_paybill`. By `daraja_control`
a test or a person acts as the handset and sets faults.
"""

import asyncio
import secrets
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias
from uuid import uuid4

from aiohttp import encode_basic_auth, web
from aiohttp.typedefs import Handler

from gateway.payments.daraja.account import DarajaAccount
from gateway.simulator import daraja_fields as fields
from gateway.simulator.daraja_book import DarajaBook, Prompt
from gateway.simulator.daraja_callbacks import DarajaCallbacks, confirmation, stk_callback, words
from gateway.simulator.daraja_faults import DarajaApi, DarajaCallbackMode, DarajaFault, DarajaFaults, DarajaMode
from gateway.simulator.daraja_fields import DarajaRefused
from gateway.simulator.daraja_payers import spelled_payer
from gateway.simulator.faults import dropped
from gateway.simulator.gateway_client import GatewayClient
from values.frozen import Frozen, Hidden

MOST_BY_PROMPT: Final = 250_000
CANCELLED, NO_ANSWER, WRONG_PIN, TOO_MUCH = "1032", "1037", "2001", "3"
REFUSALS: Final = {
    DarajaMode.ERROR: DarajaRefused(500, "500.003.1001", "Internal Server Error"),
    DarajaMode.SPIKE: DarajaRefused(500, "500.003.02", "Spike arrest violation. System is busy. Please try again."),
    DarajaMode.WRONG_TOKEN: DarajaRefused(404, "404.001.03", "Invalid Access Token"),
    DarajaMode.WRONG_CREDENTIALS: DarajaRefused(500, "500.001.1001", "Wrong credentials"),
    DarajaMode.LOCKED: DarajaRefused(
        500, "500.001.1001", "Unable to lock subscriber, a transaction is already in process for the current subscriber"
    ),
}
QUERIES: Final = {
    "processing_older": DarajaRefused(500, "500.001.1001", "The transaction is being processed"),
    "missing": DarajaRefused(500, "500.001.1001", "The transaction does not exist"),
}
Take: TypeAlias = Callable[[Mapping[str, Any], DarajaFault], Awaitable[dict[str, Any]]]


class DarajaSettings(Frozen):
    """The account that is simulated. `seconds`: the wait before a callback; `prompt_seconds`: how long a prompt waits
    for its PIN. `phone_opens_with`, `shortcode_opens_with`: in shillings; a shortcode of its own for payouts opens with
    ten million. `validates`: paybill asks the gateway before it takes money. `page_size`: of statements."""

    consumer_key: Hidden[str] = "the simulator's key"
    consumer_secret: Hidden[str] = "the simulator's secret"  # noqa: S105 - of nothing real
    shortcode: str = "600000"
    passkey: Hidden[str] = "the simulator's passkey"
    initiator: str = "apiop"
    payout_shortcode: str = ""
    seconds: float = 0.2
    prompt_seconds: float = 60.0
    phone_opens_with: int = 400_000
    shortcode_opens_with: int = 0
    validates: bool = False
    page_size: int = 100
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def pays_from(self) -> str:
        return self.payout_shortcode or self.shortcode

    def account(self, url: str, callback_url: Callable[[str, str | None], str]) -> DarajaAccount:
        """Return the account for the rail, with the simulator at `url`. It looks at no credential."""
        return DarajaAccount(
            self.consumer_key, self.consumer_secret, self.shortcode, self.passkey, self.initiator, "c2VhbGVk",
            callback_url, self.payout_shortcode, url,
        )  # fmt: skip


class DarajaSimulator:
    """The routes of tokens and prompts, and what all routes share."""

    def __init__(self, settings: DarajaSettings, gateway: GatewayClient) -> None:
        self.settings = settings
        purses = {settings.pays_from: Decimal(10_000_000)}
        purses[settings.shortcode] = Decimal(settings.shortcode_opens_with)
        self.book = DarajaBook(Decimal(settings.phone_opens_with), purses)
        self.faults = DarajaFaults()
        self.callbacks = DarajaCallbacks(gateway, settings.shortcode, settings.seconds)
        self.paybill_urls: dict[str, str] = {}  # of validation and confirmation, and the ResponseType
        self._gateway = gateway
        self._token = ""

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/oauth/v1/generate", self.token)
        app.router.add_post("/mpesa/stkpush/v1/processrequest", self.route(DarajaApi.PUSH, self.push))
        app.router.add_post("/mpesa/stkpushquery/v1/query", self.route(DarajaApi.QUERY, self.query))

    async def token(self, request: web.Request) -> web.Response:
        """Give a new token, which ends the one before."""
        fault = self.faults.take(DarajaApi.TOKEN)
        if refusal := REFUSALS.get(fault.mode):
            return refusal.to_response()
        if fault.mode is DarajaMode.DROP:
            return dropped(request)
        account = encode_basic_auth(self.settings.consumer_key, self.settings.consumer_secret)
        if request.headers.get("Authorization") != account:
            return DarajaRefused(400, "400.008.01", "Invalid Authentication passed").to_response()
        if request.query.get("grant_type") != "client_credentials":
            return DarajaRefused(400, "400.008.02", "Invalid grant type passed").to_response()
        self._token = secrets.token_hex(14)
        return web.json_response({"access_token": self._token, "expires_in": "3599"})

    def route(self, api: DarajaApi, take: Take) -> Handler:
        """Return the handler of one API: `take` with a good token, and the fault that is set around it."""

        async def answer(request: web.Request) -> web.StreamResponse:
            fault = self.faults.take(api)
            if fault.mode is DarajaMode.THROTTLE:
                return web.Response(status=429, text="Too Many Requests")
            if fault.mode is DarajaMode.PAGE:
                return web.Response(text="<html>Request unsuccessful.</html>", content_type="text/html")
            if fault.mode is DarajaMode.DROP:
                return dropped(request)
            try:
                if refusal := REFUSALS.get(fault.mode):
                    raise refusal
                self._check_token(request)
                reply = await take(await fields.read_request(request), fault)
            except DarajaRefused as refused:
                return refused.to_response()
            return await _answered(request, fault, reply)

        return answer

    async def push(self, body: Mapping[str, Any], fault: DarajaFault) -> dict[str, Any]:
        """Put a prompt on a handset."""
        self._check_password(body)
        phone, amount = fields.text(body, "PhoneNumber", fields.PHONE), fields.amount(body)
        fields.text(body, "PartyA", fields.PHONE)
        fields.text(body, "TransactionType", "CustomerPayBillOnline")
        described = {
            "phone": phone, "amount": amount, "shortcode": fields.text(body, "PartyB", fields.SHORTCODE),
            "reference": fields.text(body, "AccountReference", r".{1,12}"),
            "description": fields.text(body, "TransactionDesc", r".{1,13}"),
            "callback_url": fields.callback_url(body, "CallBackURL"),
        }  # fmt: skip
        if next(self.book.open_prompts(phone), None):
            raise REFUSALS[DarajaMode.LOCKED]
        now = self.settings.now()
        prompt = self.book.add_prompt(
            checkout_id=f"ws_CO_{now:%d%m%Y%H%M%S}{uuid4().hex[:12]}", merchant_id=uuid4().hex[:20], made_at=now,
            callbacks=fault.callbacks, spells_codes=fault.spells_codes, **described,
        )  # fmt: skip
        await self._answer_by_itself(prompt, fault)
        said = "Success. Request accepted for processing"
        ids = {"MerchantRequestID": prompt.merchant_id, "CheckoutRequestID": prompt.checkout_id}
        return {**ids, "ResponseCode": "0", "ResponseDescription": said, "CustomerMessage": said}

    async def query(self, body: Mapping[str, Any], fault: DarajaFault) -> dict[str, Any]:
        """Say what became of a prompt: without receipt and amount."""
        self._check_password(body)
        prompt = self.book.prompts.get(fields.text(body, "CheckoutRequestID"))
        if refusal := QUERIES.get(fault.query or ("" if prompt else "missing")):
            raise refusal
        assert prompt is not None
        code = "4999" if fault.query == "processing" else fault.query or prompt.code or "4999"
        ids = {"MerchantRequestID": prompt.merchant_id, "CheckoutRequestID": prompt.checkout_id}
        said = "The service request has been accepted successsfully"
        return {"ResponseCode": "0", "ResponseDescription": said, **ids, "ResultCode": code, "ResultDesc": words(code)}

    async def end_prompt(self, prompt: Prompt, code: str) -> None:
        """End a prompt with this ResultCode, unless it is over; 0 pays it, if the payer has the money. Then post what
        there is to tell."""
        if prompt.code is not None:
            return
        now = self.settings.now()
        if code == "0" and prompt.amount > MOST_BY_PROMPT:
            code = TOO_MUCH
        if code == "0":
            code = self.book.refusal(prompt.phone, prompt.shortcode, prompt.amount) or "0"
        prompt.code = code
        if code != "0":
            await self.callbacks.deliver(prompt.callback_url, stk_callback(prompt, now), prompt.callbacks)
            return
        paid = self.book.pay("prompt", prompt.phone, prompt.shortcode, prompt.amount, prompt.reference, now)
        prompt.receipt = paid.receipt
        await self.callbacks.deliver(prompt.callback_url, stk_callback(prompt, now), prompt.callbacks)
        if url := self.paybill_urls.get("ConfirmationURL"):  # a paid prompt is told of in this way as well
            told = confirmation(paid, spelled_payer(prompt.phone, "hashed"), self.book.shortcodes[paid.payee])
            await self.callbacks.deliver(url, told, self.faults.take(DarajaApi.PAYBILL).callbacks)

    async def _answer_by_itself(self, prompt: Prompt, fault: DarajaFault) -> None:
        """End the prompt at once if the handset or the fault says so; else it waits for its PIN, but not for ever."""
        answers = self.book.purse(prompt.phone).answers
        code = fault.code or {"ask": None, "pay": "0"}.get(answers, answers)
        if fault.callbacks is DarajaCallbackMode.EARLY:
            await self.end_prompt(prompt, code or "0")
        elif code:
            self._gateway.run_in_background(self.end_prompt(prompt, code))
        else:
            self._gateway.run_in_background(self._expire(prompt))

    async def _expire(self, prompt: Prompt) -> None:
        await asyncio.sleep(self.settings.prompt_seconds)
        await self.end_prompt(prompt, NO_ANSWER)

    def _check_token(self, request: web.Request) -> None:
        if not self._token or request.headers.get("Authorization") != f"Bearer {self._token}":
            raise REFUSALS[DarajaMode.WRONG_TOKEN]

    def _check_password(self, body: Mapping[str, Any]) -> None:
        if fields.text(body, "BusinessShortCode") != self.settings.shortcode:
            raise DarajaRefused(500, "500.001.1001", "Merchant does not exist")
        stamp = fields.text(body, "Timestamp", "[0-9]{14}")
        signed = b64encode(f"{self.settings.shortcode}{self.settings.passkey}{stamp}".encode()).decode()
        if fields.text(body, "Password", r"\S{1,500}") != signed:
            raise REFUSALS[DarajaMode.WRONG_CREDENTIALS]


async def _answered(request: web.Request, fault: DarajaFault, reply: dict[str, Any]) -> web.Response:
    """Answer a request that was taken, as the fault says."""
    if fault.mode is DarajaMode.ERROR_AFTER_ACCEPT:
        return DarajaRefused(500, "500.002.1001", "System internal error.").to_response()
    if fault.mode is DarajaMode.DROP_AFTER_ACCEPT:
        return dropped(request)
    if fault.mode is DarajaMode.SLOW:
        await asyncio.sleep(fault.seconds)
    return web.json_response(reply)
