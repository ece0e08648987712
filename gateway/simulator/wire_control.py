"""The part of the control API that looks at the wire and troubles it: what was posted, repeats, delays, a forgery."""

from typing import Annotated

import aiohttp
import orjson
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from gateway.simulator.control import LONGEST_WAIT_SECONDS, read_amount, read_body
from gateway.simulator.gateway_client import GatewayClient

_FORGED_RECEIPT = "FORGED0001"
_JSON = {"Content-Type": "application/json"}


class TroubleBody(BaseModel):
    """What happens to every callback from now on. `repeats`: it is posted twice. `delay_seconds`: it is posted so much
    later, but for hops and ends of calls: a person waits for these."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    repeats: bool = False
    delay_seconds: Annotated[float, Field(ge=0, le=60)] = 0.0


class ForgeryBody(BaseModel):
    """A request to pay that a stranger says is paid. `id`: its CheckoutRequestID."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    id: Annotated[str, Field(max_length=60)]
    msisdn: Annotated[str, Field(pattern=r"^\+254[17][0-9]{8}$")]
    amount: Annotated[float, Field(gt=0, le=1_000_000)]


class WireControl:
    """The routes /control/wire, /control/trouble and /control/forge."""

    def __init__(self, gateway: GatewayClient) -> None:
        self._gateway = gateway

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/control/wire", self.wire)
        app.router.add_post("/control/trouble", self.trouble)
        app.router.add_post("/control/forge", self.forge)

    async def wire(self, request: web.Request) -> web.Response:
        """Return what was posted after the first `?after=N`; `&wait=S` waits up to S seconds (at most 30) for it."""
        after, wait = int(read_amount(request, "after")), min(read_amount(request, "wait"), LONGEST_WAIT_SECONDS)
        return web.json_response([each.to_json() for each in await self._gateway.wire.wait_for(after, wait)])

    async def trouble(self, request: web.Request) -> web.Response:
        """Repeat or delay every callback from now on, or do so no longer."""
        body = await read_body(request, TroubleBody)
        self._gateway.repeats, self._gateway.delay_seconds = body.repeats, body.delay_seconds
        return web.json_response(body.model_dump())

    async def forge(self, request: web.Request) -> web.Response:
        """Post, as a stranger who has found out the hooks' token, that a request to pay was paid. Return the gateway's
        status; 0 if nobody answered."""
        body = await read_body(request, ForgeryBody)
        items = {"Amount": body.amount, "MpesaReceiptNumber": _FORGED_RECEIPT, "PhoneNumber": int(body.msisdn[1:])}
        told = {"MerchantRequestID": "forged", "CheckoutRequestID": body.id, "ResultCode": 0, "ResultDesc": "paid"}
        told["CallbackMetadata"] = {"Item": [{"Name": name, "Value": value} for name, value in items.items()]}
        forged = orjson.dumps({"Body": {"stkCallback": told}})
        try:
            status = (await self._gateway.post("payments/stk", forged, "daraja", _JSON, is_forged=True)).status
        except (aiohttp.ClientError, TimeoutError):
            status = 0
        return web.json_response({"status": status})
