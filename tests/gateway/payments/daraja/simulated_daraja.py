"""The simulator of Daraja, the production rail that calls it, and a receiver in place of the gateway."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import aiohttp
import orjson
from aiohttp import web
from aiohttp.test_utils import TestServer

from contracts.escrow.outcomes import OrderAccepted, Outcome
from contracts.fields.msisdn import Msisdn
from gateway.outgoing import open_client
from gateway.payments.daraja.rail import Daraja
from gateway.payments.port import Callback, News, Order, Rail, Sent, TransferNews
from gateway.simulator.africastalking import SimulatorSettings, make_simulator
from gateway.simulator.daraja import DarajaSettings
from tests.gateway.payments.daraja.daraja_account import JANE, NOW, kes
from tests.handset import CONTROL, CONTROL_KEY

PIN = "4826"
SHORTCODE, PAYING = "600000", "600001"
SIMULATED = DarajaSettings(payout_shortcode=PAYING, seconds=0.0, prompt_seconds=60.0, now=lambda: NOW)


@dataclass
class SimulatedDaraja:
    """`came`: the callbacks that the gateway got. `refuses`: validations are answered with this code."""

    url: str
    gateway: str
    http: aiohttp.ClientSession
    control_http: aiohttp.ClientSession
    settings: DarajaSettings
    came: list[Callback] = field(default_factory=list)
    answer: web.Response | None = None
    arrival: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.daraja = Daraja(self.settings.account(self.url, self.callback_url), self.http, self.settings.now)
        self.rail: Rail = self.daraja

    def callback_url(self, kind: str, own_id: str | None) -> str:
        return f"{self.gateway}/hooks/t0ken/daraja/payments/{kind}" + (f"/{own_id}.0a1b2c" if own_id else "")

    def order(self, shillings: int = 150, msisdn: Msisdn = JANE) -> Order:
        return Order(self.rail.new_id(), msisdn, kes(shillings), "12345678")

    def sent(self, kind: str, order: Order, rail_id: str | None = None) -> Sent:
        return Sent(kind, order.own_id, rail_id, order.money, order.msisdn, NOW)

    async def control(self, path: str, **body: object) -> Any:
        """POST to the control API."""
        async with self.control_http.post(f"{self.url}/control/daraja/{path}", json=body) as said:
            told = await said.json()
            return told if said.status == 200 else {"http": said.status, **told}

    async def shown(self, path: str) -> Any:
        """GET from the control API."""
        async with self.control_http.get(f"{self.url}/control/daraja/{path}") as said:
            return await said.json()

    async def prompt(self, order: Order | None = None) -> tuple[Order, Any]:
        """Ask for money; return the order and the prompt on the handset."""
        order = order or self.order()
        taken = await self.rail.collect(order)
        (shown,) = await self.shown(f"prompts/{order.msisdn}")
        assert taken == OrderAccepted(shown["id"])
        return order, shown

    async def pay(self, order: Order | None = None) -> str:
        """Ask for money and have it paid; return the receipt."""
        _, shown = await self.prompt(order)
        paid = await self.control(f"prompts/{shown['id']}", pin=PIN)
        return str(paid["receipt"])

    async def news(self, count: int) -> list[News]:
        """What the callbacks said, once there are `count`; no more have come."""
        async with asyncio.timeout(10):
            while len(self.came) < count:
                self.arrival.clear()
                await self.arrival.wait()
        assert len(self.came) == count
        return [said for callback in self.came for said in self.rail.read_callback(callback)]

    async def outcome(self, order: Order, count: int = 1) -> Outcome:
        """The last that was said of a transfer, once `count` callbacks have come."""
        said = [each for each in await self.news(count) if isinstance(each, TransferNews)]
        assert {each.own_id for each in said} == {order.own_id}
        return said[-1].outcome

    async def purses(self) -> dict[str, Decimal]:
        """What the phones and shortcodes have; no money was made or lost."""
        shown = await self.shown("purses")
        assert shown["total"] == shown["opened"]
        return {owner: Decimal(held) for owner, held in (shown["phones"] | shown["shortcodes"]).items()}

    async def take(self, request: web.Request) -> web.Response:
        kind, _, marked = request.match_info["path"].partition("/")
        own_id = marked.partition(".")[0] or None
        headers = {name.lower(): value for name, value in request.headers.items()}
        callback = Callback(kind, own_id, request.method, str(request.url), headers, await request.read())
        self.came.append(callback)
        self.arrival.set()
        answer, self.answer = self.answer, None
        reply = self.rail.answer_callback(callback)
        return answer or web.Response(body=reply.body, content_type=reply.content_type)


@asynccontextmanager
async def open_daraja(settings: DarajaSettings = SIMULATED) -> AsyncIterator[SimulatedDaraja]:
    hooks = web.Application()
    opened: list[SimulatedDaraja] = []

    async def take(request: web.Request) -> web.Response:
        return await opened[0].take(request)

    hooks.router.add_post("/hooks/t0ken/daraja/payments/{path:.+}", take)
    async with TestServer(hooks) as receiver, open_client(5.0) as http:
        gateway = str(receiver.make_url("/")).rstrip("/")
        played = SimulatorSettings(gateway, "t0ken", control_key=CONTROL_KEY, daraja=settings)
        async with TestServer(make_simulator(played)) as simulator, aiohttp.ClientSession(headers=CONTROL) as control:
            url = str(simulator.make_url("/")).rstrip("/")
            opened.append(SimulatedDaraja(url, gateway, http, control, settings))
            yield opened[0]


def rejection(code: str) -> web.Response:
    """The answer to a validation that refuses."""
    body = orjson.dumps({"ResultCode": code, "ResultDesc": "Rejected"})
    return web.Response(body=body, content_type="application/json")
