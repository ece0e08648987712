"""The control API of the simulator: act as the handset, read its inbox, set faults. JSON in, JSON out."""

import json
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Annotated, Final, TypeVar
from uuid import uuid4

import aiohttp
import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.simulator.faults import Fault, Faults, Mode, Reports
from gateway.simulator.gateway_client import GatewayClient
from gateway.simulator.handsets import Handsets
from values.frozen import asdict

LONGEST_WAIT_SECONDS: Final = 30.0
KEY_HEADER: Final = "X-Simulator-Key"
_PREFIX: Final = "/control/"
_OF_BROWSERS: Final = ("Origin", "Sec-Fetch-Site")  # every browser sends one of these with what a page asks for


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class FaultBody(_Body):
    mode: Mode
    times: Annotated[int, Field(ge=1)] | None = None
    seconds: Annotated[float, Field(ge=0, le=600)] = 5.0
    rules: dict[str, int | str] = Field(default_factory=dict)
    codes: list[int] = Field(default_factory=list)
    retry_after: Annotated[int, Field(ge=0)] | None = None
    reports: Reports = Reports.USUAL
    final: str = "Success"
    senders: list[str] = Field(default_factory=list)

    def fault(self) -> Fault:
        return Fault(
            self.mode, self.times, self.seconds, self.rules, self.codes, self.retry_after, self.reports, self.final,
            self.senders,
        )  # fmt: skip


class WeightedFaultBody(FaultBody):
    """A fault and how often it is drawn, relative to the others of its list."""

    times: None = None
    weight: Annotated[float, Field(gt=0)] = 1.0


class RandomFaultsBody(_Body):
    """Each send draws one of these faults; an empty list ends the drawing."""

    faults: list[WeightedFaultBody]


class MoBody(_Body):
    """An SMS that the handset sends. The same `id` twice is a repeat by the provider."""

    sender: str = Field(alias="from")
    to: str
    text: str = Field(repr=False)
    id: str | None = None
    link_id: str = ""


class DialBody(_Body):
    """One hop. `text` is the whole history, as the provider sends it. Without `session_id` a new session begins."""

    msisdn: str
    service_code: str
    text: str = Field(default="", repr=False)
    session_id: str | None = None
    network_code: str | None = None


class HangupBody(_Body):
    """The end of a session. Fields that are not given are those of the session's last hop."""

    msisdn: str
    service_code: str
    session_id: str
    status: str | None = None
    network_code: str | None = None


class GatewayBody(_Body):
    url: str
    token: str = Field(repr=False)


_B = TypeVar("_B", bound=BaseModel)


def only_with_key(key: str) -> Middleware:
    """Return the middleware that answers 401 to whoever asks the control API without its key: what it shows are
    people's texts, and what it does is done in their name. A browser that asks for a page of any site gets 403, with
    the key too: pages go through the service (`gateway/two_phones`)."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(_PREFIX):
            return await handler(request)
        if any(name in request.headers for name in _OF_BROWSERS):
            return web.json_response({"error": "web pages are not answered"}, status=403)
        if not compare_digest(request.headers.get(KEY_HEADER, "").encode(), key.encode()):
            return web.json_response({"error": f"{KEY_HEADER}: is missing or wrong"}, status=401)
        return await handler(request)

    return check


class ControlApi:
    """The routes under /control, for who has the key. They take JSON only, so that no web page can post to them."""

    def __init__(self, network_code: str, gateway: GatewayClient, handsets: Handsets, faults: Faults) -> None:
        self._network_code = network_code
        self._gateway = gateway
        self._handsets = handsets
        self._faults = faults

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/control/faults", self.show_fault)
        app.router.add_post("/control/faults", self.set_fault)
        app.router.add_post("/control/random-faults", self.set_random_faults)
        app.router.add_get("/control/inbox/{msisdn}", self.inbox)
        app.router.add_get("/control/accepted", self.accepted)
        app.router.add_post("/control/mo", self.send_mo)
        app.router.add_post("/control/dial", self.dial)
        app.router.add_post("/control/hangup", self.hang_up)
        app.router.add_post("/control/gateway", self.set_gateway)

    async def show_fault(self, _: web.Request) -> web.Response:
        """Return the fault that is set."""
        return web.json_response(msgspec.to_builtins(self._faults.current))

    async def set_fault(self, request: web.Request) -> web.Response:
        """Set a fault; `ok` ends it."""
        body = await read_body(request, FaultBody)
        self._faults.current = body.fault()
        return await self.show_fault(request)

    async def set_random_faults(self, request: web.Request) -> web.Response:
        """Let each send draw one of these faults."""
        body = await read_body(request, RandomFaultsBody)
        self._faults.random_faults = [(each.weight, each.fault()) for each in body.faults]
        return web.json_response({"faults": len(body.faults)})

    async def inbox(self, request: web.Request) -> web.Response:
        """Return what the handset received. `?after=N` leaves out the first N; `&wait=S` waits up to S seconds (at most
        30) for the next one."""
        msisdn = "+" + request.match_info["msisdn"].strip(" +")
        after, wait = int(read_amount(request, "after")), min(read_amount(request, "wait"), LONGEST_WAIT_SECONDS)
        found = await self._handsets.wait_for(msisdn, after, wait) if wait else self._handsets.inbox(msisdn, after)
        return web.json_response([sms.to_json() for sms in found])

    async def accepted(self, request: web.Request) -> web.Response:
        """Return every accepted SMS, one for each recipient, oldest first; `?after=N` leaves out the first N."""
        after = int(read_amount(request, "after"))
        return web.json_response([sms.to_json() for sms in self._handsets.accepted if sms.n > after])

    async def send_mo(self, request: web.Request) -> web.Response:
        """Send an SMS from the handset; answer when the gateway took it, or after the last try."""
        body = await read_body(request, MoBody)
        message_id = body.id or str(uuid4())
        form = {"linkId": body.link_id, "text": body.text, "to": body.to, "id": message_id}
        form |= {"date": _now("%Y-%m-%dT%H:%M:%SZ"), "from": body.sender, "networkCode": self._network_code}
        delivery = await self._gateway.deliver("sms", form)
        return web.json_response({"id": message_id, **asdict(delivery)})

    async def dial(self, request: web.Request) -> web.Response:
        """Send one hop; return the gateway's answer: session_id, status, content_type, body. 502 if none came."""
        body = await read_body(request, DialBody)
        session_id = body.session_id or f"ATUid_{uuid4().hex}"
        session = self._handsets.session(session_id)
        session.hops, session.typed, session.failed = session.hops + 1, body.text, True
        form = {"phoneNumber": body.msisdn, "serviceCode": body.service_code, "text": body.text}
        form |= {"sessionId": session_id, "networkCode": body.network_code or self._network_code}
        try:
            answer = await self._gateway.post("ussd", form)
        except (aiohttp.ClientError, TimeoutError) as error:
            return web.json_response({"session_id": session_id, "error": type(error).__name__}, status=502)
        session.last_reply, session.failed = answer.body.decode(errors="replace"), answer.status != 200
        shown = {"status": answer.status, "content_type": answer.content_type, "body": session.last_reply}
        return web.json_response({"session_id": session_id, **shown})

    async def hang_up(self, request: web.Request) -> web.Response:
        """Tell the gateway that the session is over. The simulator never does so by itself, even after an END."""
        body = await read_body(request, HangupBody)
        session = self._handsets.end(body.session_id)
        took_ms = int((datetime.now(UTC) - session.started_at).total_seconds() * 1000)
        form = {"durationInMillis": str(took_ms), "phoneNumber": body.msisdn, "errorMessage": ""}
        form |= {"serviceCode": body.service_code, "lastAppResponse": session.last_reply, "hopsMetadata": ""}
        form |= {"hopsCount": str(session.hops), "status": body.status or session.status()}
        form |= {"sessionId": body.session_id, "cost": "0.00", "date": _now("%Y-%m-%d %H:%M:%S")}
        form |= {"networkCode": body.network_code or self._network_code, "input": session.typed}
        try:
            answer = await self._gateway.post("ussd/events", form)
        except (aiohttp.ClientError, TimeoutError) as error:
            return web.json_response({"error": type(error).__name__}, status=502)
        return web.json_response({"status": answer.status, "reported": form["status"]})

    async def set_gateway(self, request: web.Request) -> web.Response:
        """Post to another gateway from now on: its port may not be known yet when the simulator starts."""
        body = await read_body(request, GatewayBody)
        self._gateway.gateway_url, self._gateway.token = body.url, body.token
        return web.json_response({"url": body.url})


async def read_body(request: web.Request, kind: type[_B]) -> _B:
    """Return the body as `kind`. Raise 400 or 415 with `{"error": …}`, which names the field and never its value."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text='{"error": "send application/json"}', content_type="application/json")
    try:
        return kind.model_validate_json(await request.read())
    except ValidationError as bad:
        errors = [f"{'.'.join(map(str, error['loc'])) or 'body'}: {error['msg']}" for error in bad.errors()]
        raise _refused("; ".join(errors)) from None


def read_amount(request: web.Request, name: str) -> float:
    """Return a query value of at least 0; 0 if it is missing. Raise 400."""
    try:
        amount = float(request.query.get(name, "0"))
    except ValueError:
        amount = -1.0
    if not 0 <= amount < 1e9:
        raise _refused(f"{name}: must be a number of at least 0")
    return amount


def _refused(why: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=json.dumps({"error": why}), content_type="application/json")


def _now(form: str) -> str:
    return datetime.now(UTC).strftime(form)
