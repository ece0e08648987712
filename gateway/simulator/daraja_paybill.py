"""The simulated Daraja's paybill: its addresses, payments that people make by themselves, and statements."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

import orjson
from aiohttp import web

from gateway.simulator import daraja_fields as fields
from gateway.simulator.daraja import WRONG_PIN, DarajaSimulator
from gateway.simulator.daraja_book import BookedPayment
from gateway.simulator.daraja_callbacks import EAT, NAME_OF_US, confirmation
from gateway.simulator.daraja_faults import DarajaApi, DarajaFault
from gateway.simulator.daraja_fields import DarajaRefused
from gateway.simulator.daraja_payers import Form, spelled_payer

VALIDATES_WITHIN_SECONDS: Final = 8.0
REACHES: Final = timedelta(hours=48)
_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}"


class DarajaPaybill:
    """The routes, and `pay` for the control API."""

    def __init__(self, daraja: DarajaSimulator) -> None:
        self._daraja, self._book, self._settings = daraja, daraja.book, daraja.settings
        self._gives_statements = False
        self.validates = self._settings.validates

    def add_routes(self, app: web.Application) -> None:
        route = self._daraja.route
        for version in ("v1", "v2"):
            app.router.add_post(f"/mpesa/c2b/{version}/registerurl", route(DarajaApi.REGISTER, self.register))
        app.router.add_post("/pulltransactions/v1/register", route(DarajaApi.REGISTER, self.register_statements))
        app.router.add_post("/pulltransactions/v1/query", route(DarajaApi.STATEMENT, self.statement))

    async def register(self, body: Mapping[str, Any], _: DarajaFault) -> dict[str, Any]:
        """Keep the addresses; as in the sandbox they may be set again. A field of the answer is misspelt."""
        fields.text(body, "ShortCode", self._settings.shortcode)
        fields.text(body, "ResponseType", "Completed|Cancelled")
        urls = {field: fields.callback_url(body, field) for field in ("ConfirmationURL", "ValidationURL")}
        self._daraja.paybill_urls = {**urls, "ResponseType": str(body["ResponseType"])}
        return {"OriginatorCoversationID": uuid4().hex, "ResponseCode": "0", "ResponseDescription": "Success"}

    async def register_statements(self, body: Mapping[str, Any], _: DarajaFault) -> dict[str, Any]:
        """Allow statements, once."""
        fields.text(body, "ShortCode", self._settings.shortcode)
        fields.text(body, "RequestType", "Pull")
        fields.text(body, "NominatedNumber", fields.PHONE)
        fields.callback_url(body, "CallBackURL")
        status, self._gives_statements = "1001" if self._gives_statements else "1000", True
        said = "ShortCode already Registered" if status == "1001" else "ShortCode Registered Successfully"
        about = {"ResponseRefID": uuid4().hex, "ResponseStatus": status, "ShortCode": self._settings.shortcode}
        return {**about, "ResponseDescription": said}

    async def statement(self, body: Mapping[str, Any], _: DarajaFault) -> dict[str, Any]:
        """A page of payments by prompt and paybill, newest first."""
        fields.text(body, "ShortCode", self._settings.shortcode)
        since, until = _time(body, "StartDate"), _time(body, "EndDate")
        offset = int(fields.text(body, "OffSetValue", "[0-9]{1,9}"))
        if not self._gives_statements:
            raise DarajaRefused(400, "400.001", "ShortCode is not registered")
        if since < self._settings.now() - REACHES - timedelta(minutes=1):
            raise DarajaRefused(400, "400.001", "Only the last 48 hours")
        found = self._book.payments_to(self._settings.shortcode, since, until + timedelta(seconds=1))
        page = found[::-1][offset : offset + self._settings.page_size]
        about = {"ResponseRefID": uuid4().hex, "ResponseCode": "1000" if page else "1001"}
        return {**about, "ResponseMessage": "Success", "Response": [[_row(payment) for payment in page]]}

    async def pay(self, phone: str, pin: str, amount: Decimal, account: str, form: Form) -> tuple[str, str | None]:
        """Pay by paybill, from a handset. Return the ResultCode, or the code with which the gateway refused it, and the
        receipt."""
        shortcode, now = self._settings.shortcode, self._settings.now()
        if not self._book.is_pin(phone, pin):
            return WRONG_PIN, None
        if code := self._book.refusal(phone, shortcode, amount):
            return code, None
        payer, third_party_id = spelled_payer(phone, form), ""
        if self.validates and self._daraja.paybill_urls:
            draft = BookedPayment(0, f"T{uuid4().hex[:9].upper()}", "paybill", phone, shortcode, amount, account, now)
            refusal, third_party_id = await self._validate(confirmation(draft, payer, ""))
            if refusal:
                return refusal, None
        paid = self._book.pay("paybill", phone, shortcode, amount, account, now)
        if url := self._daraja.paybill_urls.get("ConfirmationURL"):
            told = confirmation(paid, payer, self._book.shortcodes[shortcode], third_party_id)
            await self._daraja.callbacks.deliver(url, told, self._daraja.faults.take(DarajaApi.PAYBILL).callbacks)
        return "0", paid.receipt

    async def _validate(self, told: dict[str, Any]) -> tuple[str | None, str]:
        """Ask the gateway. Return its refusal, and the id that it gives the payment. Where it does not answer, or too
        late, the ResponseType decides."""
        urls = self._daraja.paybill_urls
        try:
            async with asyncio.timeout(VALIDATES_WITHIN_SECONDS):
                answer = await self._daraja.callbacks.post(urls["ValidationURL"], told)
        except TimeoutError:
            answer = None
        try:
            said = orjson.loads(answer.body) if answer and answer.status == 200 else None
        except ValueError:
            said = None
        if not isinstance(said, dict) or "ResultCode" not in said:
            return (None if urls["ResponseType"] == "Completed" else "C2B00016"), ""
        code = str(said["ResultCode"])
        return (None if code == "0" else code), str(said.get("ThirdPartyTransID", ""))


def _time(body: Mapping[str, Any], field: str) -> datetime:
    try:
        return datetime.strptime(fields.text(body, field, _TIME), "%Y-%m-%d %H:%M:%S").replace(tzinfo=EAT)
    except ValueError:
        raise fields.bad_field(field) from None


def _row(payment: BookedPayment) -> dict[str, Any]:
    """The time is East Africa Time, though it ends in Z; the number comes in three forms."""
    phone = payment.payer
    forms = (int(phone), int(phone[3:]), f"{phone[:4]} ***** {phone[-3:]}")
    return {
        "transactionId": payment.receipt,
        "trxDate": f"{payment.at.astimezone(EAT):%Y-%m-%dT%H:%M:%SZ}",
        "msisdn": forms[payment.n % 3],
        "sender": "MPESA",
        "transactiontype": "c2b-pay-bill-debit",
        "billreference": payment.account,
        "amount": f"{payment.amount:.2f}",
        "organizationname": NAME_OF_US,
    }
