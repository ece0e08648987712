"""A local simulator of Africa's Talking's HTTP API, for the same adapter that runs in production.

It reports on each SMS that it accepts, and keeps it for the handset. By `control.py` a test or `make phone` acts as
the handset and sets faults.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Coroutine
from decimal import Decimal
from typing import Final, TypeAlias
from uuid import uuid4

from aiohttp import web

from gateway.simulator.control import ControlApi, only_with_key
from gateway.simulator.daraja import DarajaSettings
from gateway.simulator.daraja_routes import add_daraja
from gateway.simulator.faults import Fault, Faults, Mode, Reports, dropped
from gateway.simulator.gateway_client import GatewayClient
from gateway.simulator.handsets import AcceptedSms, Handsets
from gateway.simulator.pawapay import PawaPayDoubleSettings, PawaPaySimulator
from gateway.simulator.pawapay_control import PawaPayControl
from gateway.simulator.segments import count_segments
from gateway.simulator.sim_swaps import add_sim_cards
from gateway.simulator.twilio import TwilioSettings, TwilioSimulator
from gateway.simulator.wire_control import WireControl
from values.frozen import Frozen, Hidden

PRICE_PER_SEGMENT: Final = Decimal("0.8000")  # KES
SHARED_SENDER: Final = "AFRICASTKNG"
STATUSES: Final = {
    401: "RiskHold",
    402: "InvalidSenderId",
    403: "InvalidPhoneNumber",
    404: "UnsupportedNumberType",
    405: "InsufficientBalance",
    406: "UserInBlacklist",
    407: "CouldNotRoute",
    409: "DoNotDisturbRejection",
    500: "InternalServerError",
    501: "GatewayError",
    502: "RejectedByGateway",
}
PLAIN_FAULTS: Final = {
    Mode.THROTTLE: (429, "Too Many Requests"),
    Mode.UNAUTHORIZED: (401, "The supplied authentication is invalid"),
    Mode.NO_MONEY: (402, "Payment Required"),
    Mode.ERROR: (500, "There was an internal server error."),
}
_WAITS: Final = {Reports.EARLY: 0.0, Reports.LATE: 10.0}  # in usual waits before a report
ReportSending: TypeAlias = Coroutine[object, object, None]
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")


class SimulatorSettings(Frozen):
    """`report_seconds`: the wait before each of the two delivery reports of an SMS. A post that the gateway does not
    answer with 200 is repeated up to `tries` times, first after `retry_seconds`, then each time after twice as long.
    `control_key`: of the control API; without it there is none. `twilio`, `pawapay`, `daraja`: simulate
    these too, for this account."""

    gateway_url: str
    token: Hidden[str]
    report_seconds: float = 0.2
    retry_seconds: float = 0.2
    tries: int = 5
    network_code: str = "99999"
    control_key: Hidden[str] | None = None
    twilio: TwilioSettings | None = None
    pawapay: PawaPayDoubleSettings | None = None
    daraja: DarajaSettings | None = None


def make_simulator(settings: SimulatorSettings) -> web.Application:
    """Return the simulator: Africa's Talking's API under /version1, Twilio's under /2010-04-01, pawaPay's under /v2,
    Daraja's under /oauth, /mpesa, /imsi and /pulltransactions, those that know of SIM swaps (`sim_swaps.py`), the
    control API under /control."""
    gateway = GatewayClient(settings.gateway_url, settings.token, settings.retry_seconds, settings.tries)
    handsets, faults = Handsets(), Faults()
    provider = AfricasTalkingSimulator(settings, gateway, handsets, faults)
    app = web.Application(middlewares=[only_with_key(settings.control_key)] if settings.control_key else ())
    app.router.add_post("/version1/messaging", provider.messaging)
    app.router.add_get("/version1/user", provider.user)
    if settings.control_key:
        ControlApi(settings.network_code, gateway, handsets, faults).add_routes(app)
        WireControl(gateway).add_routes(app)
    cards = add_sim_cards(app, gateway, settings.report_seconds, has_control=settings.control_key is not None)
    if settings.twilio:
        TwilioSimulator(settings.twilio, settings.report_seconds, gateway, handsets, faults).add_routes(app)
    if settings.pawapay:
        pawapay = PawaPaySimulator(settings.pawapay, gateway)
        pawapay.add_routes(app)
        if settings.control_key:
            PawaPayControl(pawapay).add_routes(app)

    if settings.daraja:
        add_daraja(app, settings.daraja, gateway, cards, has_control=settings.control_key is not None)

    async def open_client(_: web.Application) -> AsyncIterator[None]:
        await gateway.open()
        yield
        await gateway.close()

    async def end_long_polls(_: web.Application) -> None:
        handsets.close()
        gateway.wire.close()

    app.cleanup_ctx.append(open_client)
    app.on_shutdown.append(end_long_polls)
    return app


class AfricasTalkingSimulator:
    """The routes of Africa's Talking."""

    def __init__(self, settings: SimulatorSettings, gateway: GatewayClient, handsets: Handsets, faults: Faults) -> None:
        self._settings = settings
        self._gateway = gateway
        self._handsets = handsets
        self._faults = faults

    async def user(self, request: web.Request) -> web.Response:
        """Return the account's balance."""
        _check_key(request)
        return web.json_response({"UserData": {"balance": "KES 1785.50"}})

    async def messaging(self, request: web.Request) -> web.Response:
        """Answer a send as the real API does, or with the fault that is set."""
        _check_key(request)
        form = await _messaging_form(request)
        fault = self._faults.take(form.get("from") or SHARED_SENDER)
        if fault.mode in PLAIN_FAULTS:
            status, text = PLAIN_FAULTS[fault.mode]
            wait = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            return web.Response(status=status, text=text, headers=wait)
        if fault.mode is Mode.INVALID_SENDER:
            return _created("InvalidSenderId", [])
        if fault.mode is Mode.HANG:
            await asyncio.sleep(fault.seconds)
        if fault.mode in (Mode.DROP, Mode.HANG):
            return dropped(request)
        reply, reports = self._accept(form, fault)
        if fault.reports is Reports.EARLY:
            await asyncio.gather(*reports)
        else:
            for report in reports:
                self._gateway.run_in_background(report)
        if fault.mode is Mode.DROP_AFTER_ACCEPT:
            return dropped(request)
        if fault.mode is Mode.SLOW:
            await asyncio.sleep(fault.seconds)
        return reply

    def _accept(self, form: dict[str, str], fault: Fault) -> tuple[web.Response, list[ReportSending]]:
        """Return the answer, and the delivery reports to post."""
        segments = count_segments(form["message"])
        reports: list[ReportSending] = []
        recipients = [
            self._recipient(number, form, fault, position, segments, reports)
            for position, number in enumerate(form["to"].split(","))
        ]
        taken = sum(recipient["status"] == "Success" for recipient in recipients)
        cost = f"Total Cost: KES {PRICE_PER_SEGMENT * segments * taken} Message parts: {segments}"
        return _created(f"Sent to {taken}/{len(recipients)} {cost}", recipients), reports

    def _recipient(
        self,
        number: str,
        form: dict[str, str],
        fault: Fault,
        position: int,
        segments: int,
        reports: list[ReportSending],
    ) -> dict[str, object]:
        """Return the entry of one recipient. A refused one has the strings "None" and "0", as in the real API."""
        refusal, final_state = fault.refusal(number, position), fault.final_state(number)
        code = refusal if _NUMBER.fullmatch(number) else 403
        if code is not None:
            status = STATUSES.get(code, "Unknown")
            return {"cost": "0", "messageId": "None", "number": number, "status": status, "statusCode": code}
        message_id = f"ATXid_{uuid4().hex}"
        taken = self._handsets.accept(message_id, form.get("from") or SHARED_SENDER, number, form["message"])
        if final_state in (None, "Success"):
            self._handsets.deliver(taken)
        if final_state is not None:
            reports.append(self._report(taken, final_state, fault))
        return {
            "cost": f"KES {PRICE_PER_SEGMENT * segments}",
            "messageId": message_id,
            "number": number,
            "status": "Success",
            "statusCode": 102 if form.get("enqueue") == "1" else 101,
        }

    async def _report(self, taken: AcceptedSms, final_state: str, fault: Fault) -> None:
        """Post the delivery reports, `Sent` and the final one, as often and in the order that the fault says."""
        report = {"id": taken.message_id, "phoneNumber": taken.to, "networkCode": self._settings.network_code}
        for status in fault.reports_of(final_state):
            await asyncio.sleep(self._settings.report_seconds * _WAITS.get(fault.reports, 1.0))
            why = {} if status in ("Sent", "Success") else {"failureReason": "DeliveryFailure"}
            await self._gateway.deliver("sms/reports", {**report, "status": status, **why})


def _check_key(request: web.Request) -> None:
    if not request.headers.get("apiKey", "").strip():
        raise web.HTTPUnauthorized(text="The supplied authentication is invalid")


async def _messaging_form(request: web.Request) -> dict[str, str]:
    """Return the fields of a send, or raise the 4xx that says what is wrong. XML, the real default, is not built."""
    if "application/json" not in request.headers.get("Accept", ""):
        raise web.HTTPNotAcceptable(text="This simulator answers JSON only: send Accept: application/json")
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPUnsupportedMediaType(text="The request's Content-Type must be application/x-www-form-urlencoded")
    try:
        form = {name: str(value) for name, value in (await request.post()).items()}
    except (ValueError, LookupError):  # the body is not in the charset of its header, or that is unknown
        raise web.HTTPBadRequest(text="The form is malformed") from None
    for name in ("username", "to", "message"):
        if not form.get(name):
            raise web.HTTPBadRequest(text=f"Request is missing required form field '{name}'")
    return form


def _created(message: str, recipients: list[dict[str, object]]) -> web.Response:
    reply = {"SMSMessageData": {"Message": message, "Recipients": recipients}}
    return web.json_response(reply, status=201)
