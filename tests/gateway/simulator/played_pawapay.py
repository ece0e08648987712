"""The simulator of pawaPay, the adapter that asks it, and a receiver in the place of the gateway."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from contracts.escrow.outcomes import Outcome, SendOutcome
from contracts.fields.money import Currency, Money
from contracts.fields.msisdn import Msisdn
from gateway.payments.pawapay.api import PawaPayAccount
from gateway.payments.pawapay.rail import PawaPay
from gateway.payments.port import Callback, Order, Sent, TransferNews
from gateway.simulator.africastalking import SimulatorSettings, make_simulator
from gateway.simulator.pawapay import PawaPayDoubleSettings
from tests.handset import CONTROL, CONTROL_KEY

TOKEN = "pawapay-token-of-a-test"  # noqa: S105 - of a test
AMINA = Msisdn("+254711000001")
KES_100 = Money(10_000, Currency.KES)


@dataclass
class PlayedPawaPay:
    """The simulator at `url`, the gateway's place at `gateway`, the adapter between; `posts` came to the gateway, which
    answers the first `deaf` of them with 500."""

    url: str
    gateway: str
    http: aiohttp.ClientSession
    rail: PawaPay
    posts: list[Callback] = field(default_factory=list)
    deaf: int = 0
    arrival: asyncio.Event = field(default_factory=asyncio.Event)

    async def control(self, path: str, **body: object) -> Any:
        method = "POST" if body else "GET"
        async with self.http.request(method, f"{self.url}/control/pawapay/{path}", json=body or None) as said:
            assert said.status == 200, await said.text()
            return await said.json()

    async def collect(self, msisdn: Msisdn = AMINA, money: Money = KES_100, own_id: str | None = None) -> SendOutcome:
        return await self.rail.collect(Order(own_id or self.rail.new_id(), msisdn, money, "12345678"))

    async def pay_out(self, msisdn: Msisdn = AMINA, money: Money = KES_100, own_id: str | None = None) -> SendOutcome:
        return await self.rail.pay_out(Order(own_id or self.rail.new_id(), msisdn, money, "12345678"))

    async def enquire(self, own_id: str, kind: str = "collect") -> Outcome:
        return await self.rail.enquire(Sent(kind, own_id, None, KES_100, AMINA, datetime.now(UTC)))

    async def news(self, count: int = 1) -> list[TransferNews]:
        """What the callbacks said, once there are `count`; each is signed for the address it came to."""
        async with asyncio.timeout(20):
            while len(self.posts) < count:
                self.arrival.clear()
                await self.arrival.wait()
        news = []
        for post in self.posts:
            assert await self.rail.verify(post) or not self.rail.signs_callbacks
            news += [each for each in self.rail.read_callback(post) if isinstance(each, TransferNews)]
        return news

    async def outcome(self) -> Outcome:
        (news,) = await self.news()
        return news.outcome

    async def books_balance(self) -> None:
        money = await self.control("purses")
        assert {name: Decimal(sum_) for name, sum_ in money["total"].items()} == {
            name: Decimal(sum_) for name, sum_ in money["opened"].items()
        }


@asynccontextmanager
async def listening(**settings: Any) -> AsyncIterator[PlayedPawaPay]:
    """The simulator with these settings, and a gateway that takes its callbacks."""
    taken: list[PlayedPawaPay] = []

    async def take(request: web.Request) -> web.Response:
        (played,) = taken
        if played.deaf:
            played.deaf -= 1
            return web.Response(status=500)
        public = settings.get("public_url") or played.gateway
        kind, body = request.match_info["kind"], await request.read()
        played.posts.append(
            Callback(kind, None, request.method, public + request.raw_path, request.headers, body)
        )  # fmt: skip
        played.arrival.set()
        return web.Response()

    hooks = web.Application()
    hooks.router.add_post("/hooks/t/pawapay/payments/{kind}", take)
    async with TestServer(hooks) as gateway, aiohttp.ClientSession(headers=CONTROL) as http:
        base = str(gateway.make_url("/")).rstrip("/")
        account = PawaPayDoubleSettings(TOKEN, **{"ends_after_seconds": 0.02, "retry_seconds": 0.01} | settings)
        simulated = SimulatorSettings(base, "t", control_key=CONTROL_KEY, pawapay=account)
        async with TestServer(make_simulator(simulated)) as simulator:
            url = str(simulator.make_url("/")).rstrip("/")
            is_signed = settings.get("signs") != "no"
            rail = PawaPay(PawaPayAccount(TOKEN, url, is_signed), http, lambda: datetime.now(UTC))
            taken.append(PlayedPawaPay(url, base, http, rail))
            yield taken[0]
