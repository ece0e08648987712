"""A simulator of Twilio's HTTP API in the same process: sends, signed status callbacks, signed messages from a handset.

It shares handsets, faults and the gateway's address with the rest of the simulator, and runs only for a Twilio account.
"""

import asyncio
import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote
from uuid import uuid4

from aiohttp import encode_basic_auth, web

from gateway.simulator.control import MoBody, read_body
from gateway.simulator.faults import Fault, Faults, Mode, dropped
from gateway.simulator.gateway_client import GatewayClient
from gateway.simulator.handsets import AcceptedSms, Handsets
from gateway.simulator.segments import count_segments
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
_SID = re.compile(r"(?:SM|MM)[0-9a-f]{32}")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")


class TwilioSettings(Frozen):
    """The account. `public_url`: the address that Twilio knows and signs, if the gateway listens elsewhere."""

    account_sid: str
    auth_token: Hidden[str]
    public_url: str | None = None


class TwilioSimulator:
    """The routes of Twilio."""

    def __init__(
        self, settings: TwilioSettings, report_seconds: float, gateway: GatewayClient, handsets: Handsets,
        faults: Faults,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._report_seconds = report_seconds
        self._gateway = gateway
        self._handsets = handsets
        self._faults = faults

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/2010-04-01/Accounts/{account}/Messages.json", self.messages)
        app.router.add_post("/control/twilio/mo", self.send_mo)

    async def messages(self, request: web.Request) -> web.Response:
        """Answer a send as the real API is documented to, or with the fault that is set."""
        account = encode_basic_auth(self._settings.account_sid, self._settings.auth_token)
        if request.headers.get("Authorization") != account:
            return _refused(*PLAIN_FAULTS[Mode.UNAUTHORIZED])
        form = {name: str(value) for name, value in (await request.post()).items()}
        fault = self._faults.take(form.get("From") or form.get("MessagingServiceSid") or "")
        if fault.mode in PLAIN_FAULTS:
            return _refused(*PLAIN_FAULTS[fault.mode])
        if fault.mode is Mode.DROP:
            return dropped(request)
        if why := _refusal_code(form, fault):
            return _refused(400, why, MESSAGES.get(why, "The request is not valid"))
        reply = self._accept(form, fault)
        if fault.mode is Mode.DROP_AFTER_ACCEPT:
            return dropped(request)
        if fault.mode is Mode.SLOW:
            await asyncio.sleep(fault.seconds)
        return reply

    async def send_mo(self, request: web.Request) -> web.Response:
        """Send an SMS from the handset; answer when the gateway took it, or after the last try."""
        body = await read_body(request, MoBody)
        sid = _sid(body.id) if body.id else f"SM{uuid4().hex}"
        form = {"ToCountry": "KE", "ToState": "", "SmsMessageSid": sid, "NumMedia": "0", "ToCity": "", "FromZip": ""}
        form |= {"SmsSid": sid, "FromState": "", "SmsStatus": "received", "FromCity": "", "Body": body.text}
        form |= {"FromCountry": "KE", "To": body.to, "ToZip": "", "NumSegments": str(count_segments(body.text))}
        form |= {"MessageSid": sid, "AccountSid": self._settings.account_sid, "From": body.sender}
        form |= {"ApiVersion": "2010-04-01"}
        base = (self._settings.public_url or self._gateway.gateway_url).rstrip("/")
        signed = self._signed(f"{base}/hooks/{quote(self._gateway.token, safe='')}/twilio/sms", form)
        delivery = await self._gateway.deliver("sms", form, "twilio", signed)
        return web.json_response({"id": sid, **asdict(delivery)})

    def _accept(self, form: Mapping[str, str], fault: Fault) -> web.Response:
        """Answer 201 without a price, and post reports if the request asks for them."""
        sid, service = f"SM{uuid4().hex}", form.get("MessagingServiceSid")
        taken = self._handsets.accept(sid, form.get("From") or service or "", form["To"], form["Body"])
        state = fault.final_state(taken.to)
        if state in (None, "Success"):
            self._handsets.deliver(taken)
        if state is not None and (callback := form.get("StatusCallback")):
            self._gateway.run_in_background(self._report(taken, "delivered" if state == "Success" else state, callback))
        reply: dict[str, str | None] = {"account_sid": self._settings.account_sid, "api_version": "2010-04-01"}
        reply |= {"body": form["Body"], "direction": "outbound-api", "error_code": None, "error_message": None}
        reply |= {"from": form.get("From"), "messaging_service_sid": service, "num_media": "0"}
        reply |= {"num_segments": str(count_segments(form["Body"])), "price": None, "price_unit": "USD"}
        reply |= {"sid": sid, "status": "accepted" if service else "queued", "to": taken.to}
        return web.json_response(reply, status=201)

    async def _report(self, taken: AcceptedSms, final: str, callback: str) -> None:
        """Post two status callbacks, `sent` and the final one. They go to where the gateway listens, and are signed
        over the address in the request, as if a proxy stood between."""
        about = {"AccountSid": self._settings.account_sid, "ApiVersion": "2010-04-01", "From": taken.sender}
        about |= {"To": taken.to, "SmsSid": taken.message_id, "MessageSid": taken.message_id}
        for status in ("sent", final):
            await asyncio.sleep(self._report_seconds)
            why = {} if status in ("sent", "delivered") else {"ErrorCode": "30003"}
            form = about | {"SmsStatus": status, "MessageStatus": status} | why
            await self._gateway.deliver("sms/reports", form, "twilio", self._signed(callback, form))

    def _signed(self, url: str, form: Mapping[str, str]) -> dict[str, str]:
        """Return headers with the signature, computed independently of the adapter, so that the two can disagree."""
        signed = url + "".join(f"{name}{form[name]}" for name in sorted(form))
        digest = hmac.new(self._settings.auth_token.encode(), signed.encode(), hashlib.sha1).digest()
        return {**HEADERS, "X-Twilio-Signature": b64encode(digest).decode()}


def _sid(name: str) -> str:
    """Return `name` if it is a message's SID, else one made from it: a message sent again keeps its SID."""
    return name if _SID.fullmatch(name) else f"SM{hashlib.sha256(name.encode()).hexdigest()[:32]}"


def _refusal_code(form: Mapping[str, str], fault: Fault) -> int | None:
    """Return the code with which this send is refused, or None."""
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
