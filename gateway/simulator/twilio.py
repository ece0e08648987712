"""Twilio's own HTTP, in the same double: REST sends, signed status callbacks, signed messages from the handset.

Handsets, faults and the gateway's address are those of the whole double; only an account makes it play this part.
"""

import asyncio
import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Final
from uuid import uuid4

from aiohttp import encode_basic_auth, web

from gateway.simulator.control import MoBody, read_body
from gateway.simulator.faults import Fault, Faults, Mode, dropped
from gateway.simulator.gateway_client import GatewayClient
from gateway.simulator.handsets import AcceptedSms, Handsets
from gateway.simulator.segments import count_parts
from values.frozen import Frozen, Hidden, asdict

HEADERS: Final = {
    "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
    "User-Agent": "TwilioProxy/1.1",
    "Accept": "*/*",
}
PLAIN_FAULTS: Final = {
    Mode.THROTTLE: (429, 20429, "Too Many Requests"),
    Mode.UNAUTHORIZED: (401, 20003, "Authenticate"),
    Mode.NO_MONEY: (403, 20005, "Account not active"),
    Mode.ERROR: (500, 20500, "Internal Server Error"),
    Mode.INVALID_SENDER: (
        400,
        21212,
        "The 'From' number is not a valid phone number, shortcode, or alphanumeric sender",
    ),
}
MESSAGES: Final = {
    21211: "Invalid 'To' Phone Number",
    21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
    21610: "Attempt to send to unsubscribed recipient",
    21614: "'To' number is not a valid mobile number",
}
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")


class TwilioSettings(Frozen):
    """The account, and the address a proxy would answer at: what Twilio was told, and signs, when that is not where
    the gateway listens."""

    account_sid: str
    auth_token: Hidden[str]
    public_url: str | None = None


class TwilioSimulator:
    """The provider's side of the wire."""

    def __init__(
        self, settings: TwilioSettings, report_seconds: float, line: GatewayClient, handsets: Handsets, faults: Faults
    ) -> None:
        self._settings = settings
        self._report_seconds = report_seconds
        self._line = line
        self._handsets = handsets
        self._faults = faults

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/2010-04-01/Accounts/{account}/Messages.json", self.messages)
        app.router.add_post("/control/twilio/mo", self.send_mo)

    async def messages(self, request: web.Request) -> web.Response:
        """A send: what the API is documented to answer, or the fault in force."""
        account = encode_basic_auth(self._settings.account_sid, self._settings.auth_token)
        if request.headers.get("Authorization") != account:
            return _refused(*PLAIN_FAULTS[Mode.UNAUTHORIZED])
        form = {name: str(value) for name, value in (await request.post()).items()}
        fault = self._faults.take()
        if fault.mode in PLAIN_FAULTS:
            return _refused(*PLAIN_FAULTS[fault.mode])
        if fault.mode is Mode.DROP:
            return dropped(request)
        if why := _wrong(form, fault):
            return _refused(400, why, MESSAGES.get(why, "The request is not valid"))
        reply = self._accept(form, fault)
        if fault.mode is Mode.DROP_AFTER_ACCEPT:
            return dropped(request)
        if fault.mode is Mode.SLOW:
            await asyncio.sleep(fault.seconds)
        return reply

    async def send_mo(self, request: web.Request) -> web.Response:
        """The handset sends an SMS; answers when the gateway took it, or the tries ran out."""
        body = await read_body(request, MoBody)
        sid = body.id or f"SM{uuid4().hex}"
        form = {"ToCountry": "KE", "ToState": "", "SmsMessageSid": sid, "NumMedia": "0", "ToCity": "", "FromZip": ""}
        form |= {"SmsSid": sid, "FromState": "", "SmsStatus": "received", "FromCity": "", "Body": body.text}
        form |= {"FromCountry": "KE", "To": body.to, "ToZip": "", "NumSegments": str(count_parts(body.text))}
        form |= {"MessageSid": sid, "AccountSid": self._settings.account_sid, "From": body.sender}
        form |= {"ApiVersion": "2010-04-01"}
        base = (self._settings.public_url or self._line.gateway_url).rstrip("/")
        signed = self._signed(f"{base}/hooks/{self._line.token}/twilio/sms", form)
        delivery = await self._line.deliver("sms", form, "twilio", signed)
        return web.json_response({"id": sid, **asdict(delivery)})

    def _accept(self, form: Mapping[str, str], fault: Fault) -> web.Response:
        """Taken: 201, the price not known yet. Reports only where the request asks for them."""
        sid, service = f"SM{uuid4().hex}", form.get("MessagingServiceSid")
        taken = self._handsets.take(sid, form.get("From") or service or "", form["To"], form["Body"])
        state = fault.final_state(taken.to)
        if state in (None, "Success"):
            self._handsets.receive(taken)
        if state is not None and (callback := form.get("StatusCallback")):
            self._line.later(self._report(taken, "delivered" if state == "Success" else state, callback))
        reply: dict[str, str | None] = {"account_sid": self._settings.account_sid, "api_version": "2010-04-01"}
        reply |= {"body": form["Body"], "direction": "outbound-api", "error_code": None, "error_message": None}
        reply |= {"from": form.get("From"), "messaging_service_sid": service, "num_media": "0"}
        reply |= {"num_segments": str(count_parts(form["Body"])), "price": None, "price_unit": "USD"}
        reply |= {"sid": sid, "status": "accepted" if service else "queued", "to": taken.to}
        return web.json_response(reply, status=201)

    async def _report(self, taken: AcceptedSms, final: str, callback: str) -> None:
        """Two status callbacks: that it left, and what became of it. They go where the gateway listens, signed over
        the address the request named, as if there was a proxy between."""
        about = {"AccountSid": self._settings.account_sid, "ApiVersion": "2010-04-01", "From": taken.sender}
        about |= {"To": taken.to, "SmsSid": taken.message_id, "MessageSid": taken.message_id}
        for status in ("sent", final):
            await asyncio.sleep(self._report_seconds)
            why = {} if status in ("sent", "delivered") else {"ErrorCode": "30003"}
            form = about | {"SmsStatus": status, "MessageStatus": status} | why
            await self._line.deliver("sms/reports", form, "twilio", self._signed(callback, form))

    def _signed(self, url: str, form: Mapping[str, str]) -> dict[str, str]:
        """Headers with the signature, worked out on the provider's side, so that it can disagree with ours."""
        told = url + "".join(f"{name}{form[name]}" for name in sorted(form))
        digest = hmac.new(self._settings.auth_token.encode(), told.encode(), hashlib.sha1).digest()
        return {**HEADERS, "X-Twilio-Signature": b64encode(digest).decode()}


def _wrong(form: Mapping[str, str], fault: Fault) -> int | None:
    """The code this send is refused with, if it is."""
    if not form.get("To"):
        return 21604
    if not (form.get("From") or form.get("MessagingServiceSid")):
        return 21603
    if not form.get("Body"):
        return 21602
    if len(form["Body"]) > 1600:
        return 21617
    return fault.refusal(form["To"], 0) if _NUMBER.fullmatch(form["To"]) else 21211


def _refused(status: int, code: int, message: str) -> web.Response:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return web.json_response({"code": code, "message": message, "more_info": more, "status": status}, status=status)
