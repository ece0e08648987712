"""The control API of the simulated Daraja: prompts on the handsets, paybill, purses, payments, faults. JSON in, JSON
out."""

import asyncio
from decimal import Decimal
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.simulator.control import LONGEST_WAIT_SECONDS, read_amount, read_body
from gateway.simulator.daraja import WRONG_PIN, DarajaSimulator
from gateway.simulator.daraja_book import BookedPayment, Prompt
from gateway.simulator.daraja_callbacks import NAME_OF_US, words
from gateway.simulator.daraja_faults import DarajaApi, DarajaCallbackMode, DarajaFault, DarajaMode
from gateway.simulator.daraja_paybill import DarajaPaybill

_Msisdn = Annotated[str, Field(pattern=r"^\+254[17][0-9]{8}$")]
_Pin = Annotated[str, Field(pattern=r"^[0-9]{4,8}$")]
_Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,10}$")]
_Shillings = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class AnswerBody(_Body):
    """What a person does with the prompt on their phone: type their PIN, or end it with a ResultCode (1032: cancel)."""

    pin: _Pin | None = Field(None, repr=False)
    code: _Code | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "AnswerBody":
        if (self.pin is None) == (self.code is None) or self.code == "0":
            raise ValueError("must have a pin, or a code that is not 0")
        return self


class HandsetBody(_Body):
    """A person's mobile money; what is left out stays as it is."""

    msisdn: _Msisdn = Field(repr=False)
    pin: _Pin | None = Field(None, repr=False)
    balance: _Shillings | None = None
    answers: Literal["ask", "pay"] | _Code | None = None
    is_registered: bool | None = None


class ShortcodeBody(_Body):
    """A shortcode of the account; what is left out stays as it is. `validates`: the gateway is asked before a payment
    by paybill is taken."""

    shortcode: str
    balance: _Shillings | None = None
    validates: bool | None = None


class StatedBody(_Body):
    """What statements say of a payment, whatever really happened. `amount` null: they do not have it."""

    amount: _Shillings | None


class PayBody(_Body):
    """A payment by paybill. `payer`: how its callbacks name who paid."""

    msisdn: _Msisdn = Field(repr=False)
    pin: _Pin = Field(repr=False)
    amount: Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2)]
    account: Annotated[str, Field(max_length=20)]
    payer: Literal["hashed", "masked", "full"] = "hashed"


class DarajaFaultBody(_Body):
    """A fault of one API; `GET /control/daraja/faults` shows the same fields for each that has one."""

    api: DarajaApi
    mode: DarajaMode = DarajaMode.OK
    callbacks: DarajaCallbackMode = DarajaCallbackMode.USUAL
    code: _Code | None = None
    status: Annotated[str, Field(max_length=40)] | None = None
    query: _Code | Literal["processing_older"] | None = None
    spells_codes: Literal["number", "string"] = "number"
    times: Annotated[int, Field(ge=1)] | None = None
    seconds: Annotated[float, Field(ge=0, le=600)] = 2.0

    def fault(self) -> DarajaFault:
        return DarajaFault(**self.model_dump(exclude={"api"}))


class DarajaControl:
    """The routes under /control/daraja."""

    def __init__(self, daraja: DarajaSimulator, paybill: DarajaPaybill) -> None:
        self._daraja, self._book, self._paybill = daraja, daraja.book, paybill

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/control/daraja/prompts/{msisdn}", self.prompts)
        app.router.add_post("/control/daraja/prompts/{id}", self.answer)
        app.router.add_post("/control/daraja/pay", self.pay)
        app.router.add_post("/control/daraja/handsets", self.set_handset)
        app.router.add_post("/control/daraja/shortcodes", self.set_shortcode)
        app.router.add_get("/control/daraja/purses", self.purses)
        app.router.add_get("/control/daraja/payments", self.payments)
        app.router.add_post("/control/daraja/payments/{receipt}", self.misstate)
        app.router.add_get("/control/daraja/faults", self.show_faults)
        app.router.add_post("/control/daraja/faults", self.set_fault)

    async def prompts(self, request: web.Request) -> web.Response:
        """Return the open prompts on a handset; `?wait=S` waits up to S seconds (at most 30) for one."""
        phone = request.match_info["msisdn"].strip(" +")
        wait = min(read_amount(request, "wait"), LONGEST_WAIT_SECONDS)
        try:
            async with asyncio.timeout(wait):
                while not (found := list(self._book.open_prompts(phone))) and wait and not self._book.is_closed:
                    await self._book.arrival.wait()
        except TimeoutError:
            found = []
        return web.json_response([_prompt(each) for each in found])

    async def answer(self, request: web.Request) -> web.Response:
        """Answer a prompt; return its ResultCode and receipt, once its callback was posted. A wrong PIN ends it with
        2001. 404: there is none; 409: it is over."""
        body = await read_body(request, AnswerBody)
        prompt = self._book.prompts.get(request.match_info["id"])
        if prompt is None or prompt.code is not None:
            status = 404 if prompt is None else 409
            return web.json_response({"error": "no open prompt has this id"}, status=status)
        is_right = body.pin is not None and self._book.is_pin(prompt.phone, body.pin)
        await self._daraja.end_prompt(prompt, body.code or ("0" if is_right else WRONG_PIN))
        return web.json_response(_prompt(prompt))

    async def pay(self, request: web.Request) -> web.Response:
        """Pay by paybill; return `code` (0, a ResultCode, or the gateway's refusal C2B000…), the `words` that the payer
        reads, and `receipt`, once its callback was posted."""
        body = await read_body(request, PayBody)
        phone = body.msisdn.lstrip("+")
        code, receipt = await self._paybill.pay(phone, body.pin, body.amount, body.account, body.payer)
        return web.json_response({"code": code, "words": words(code), "receipt": receipt})

    async def set_handset(self, request: web.Request) -> web.Response:
        """Set a person's PIN and purse, and how their handset answers prompts by itself."""
        body = await read_body(request, HandsetBody)
        phone = body.msisdn.lstrip("+")
        purse = self._book.purse(phone)
        purse.pin = body.pin or purse.pin
        purse.answers = body.answers or purse.answers
        purse.is_registered = purse.is_registered if body.is_registered is None else body.is_registered
        if body.balance is not None:
            self._book.set_balance(phone, body.balance)
        return web.json_response({"msisdn": body.msisdn, "balance": f"{purse.balance:.2f}", "answers": purse.answers})

    async def set_shortcode(self, request: web.Request) -> web.Response:
        """Set the purse of a shortcode, and whether its payments are asked about first."""
        body = await read_body(request, ShortcodeBody)
        if body.shortcode not in self._book.shortcodes:
            return web.json_response({"error": "shortcode: is none of the account's"}, status=400)
        if body.balance is not None:
            self._book.set_balance(body.shortcode, body.balance)
        if body.validates is not None:
            self._paybill.validates = body.validates
        return await self.purses(request)

    async def purses(self, _: web.Request) -> web.Response:
        """Return all money: the purses of phones and shortcodes, their sum, and what was put into them from outside."""
        book = self._book
        phones = {f"+{phone}": f"{purse.balance:.2f}" for phone, purse in book.purses.items()}
        shortcodes = {shortcode: f"{held:.2f}" for shortcode, held in book.shortcodes.items()}
        sums = {"total": f"{book.total():.2f}", "opened": f"{book.opened:.2f}"}
        return web.json_response({"phones": phones, "shortcodes": shortcodes, **sums})

    async def payments(self, request: web.Request) -> web.Response:
        """Return all payments, oldest first; `?after=N` leaves out the first N."""
        after = int(read_amount(request, "after"))
        return web.json_response([_payment(each) for each in self._book.payments.values() if each.n > after])

    async def misstate(self, request: web.Request) -> web.Response:
        """Let statements say something else of a payment than what happened."""
        body = await read_body(request, StatedBody)
        if request.match_info["receipt"] not in self._book.payments:
            return web.json_response({"error": "no payment has this receipt"}, status=404)
        self._book.misstated[request.match_info["receipt"]] = body.amount
        return web.json_response({"receipt": request.match_info["receipt"], "stated": str(body.amount)})

    async def show_faults(self, _: web.Request) -> web.Response:
        """Return the faults that are set, by API."""
        shown = {}
        for api, fault in self._daraja.faults.current.items():
            fields = {name: getattr(fault, name) for name in DarajaFaultBody.model_fields if name != "api"}
            shown[api.value] = DarajaFaultBody(api=api, **fields).model_dump(mode="json", exclude={"api"})
        return web.json_response(shown)

    async def set_fault(self, request: web.Request) -> web.Response:
        """Set the fault of an API in place of the one before; without anything but `api` it is over."""
        body = await read_body(request, DarajaFaultBody)
        self._daraja.faults.current[body.api] = body.fault()
        return await self.show_faults(request)


def _prompt(prompt: Prompt) -> dict[str, Any]:
    return {
        "n": prompt.n,
        "id": prompt.checkout_id,
        "msisdn": f"+{prompt.phone}",
        "amount": f"{prompt.amount:.2f}",
        "currency": "KES",
        "business": NAME_OF_US,
        "shortcode": prompt.shortcode,
        "reference": prompt.reference,
        "description": prompt.description,
        "code": prompt.code,
        "receipt": prompt.receipt,
        "made_at": prompt.made_at.isoformat(),
    }


def _payment(payment: BookedPayment) -> dict[str, Any]:
    return {
        "n": payment.n,
        "receipt": payment.receipt,
        "kind": payment.kind,
        "payer": payment.payer,
        "payee": payment.payee,
        "amount": f"{payment.amount:.2f}",
        "account": payment.account,
        "status": payment.status,
        "is_reversed": payment.is_reversed,
        "own_id": payment.originator_id,
        "at": payment.at.isoformat(),
    }
