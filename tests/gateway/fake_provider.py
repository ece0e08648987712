"""The simulator of Africa's Talking, the production adapter that calls it, and a receiver in place of the gateway."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from contracts.fields.msisdn import Msisdn
from gateway.events import HttpAnswer, MtOutcome, MtSms, ProviderAccount, Wire
from gateway.providers.africastalking import AfricasTalking
from gateway.providers.twilio import Twilio
from gateway.simulator.africastalking import SimulatorSettings, make_simulator
from gateway.simulator.twilio import TwilioSettings
from tests.gateway.twilio_account import SENDER, SID, TOKEN
from tests.handset import CONTROL, CONTROL_KEY
from tests.wire import form

HOOKS_TOKEN = "t0ken"  # noqa: S105  (a test's own)


@dataclass(frozen=True)
class Post:
    """A request the simulator made."""

    hook: str
    headers: dict[str, str]
    body: str

    @property
    def wire(self) -> Wire:
        return form(self.body)

    @property
    def fields(self) -> dict[str, str]:
        return self.wire.form()


@dataclass
class Receiver:
    """Stands in place of the gateway: keeps every post, answers 200 with `reply`, or the next of `statuses`."""

    posts: list[Post] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    reply: str = "CON Welcome"
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, request: web.Request) -> web.Response:
        assert request.match_info["token"] == HOOKS_TOKEN
        post = Post(request.match_info["hook"], dict(request.headers), await request.text())
        async with self.arrived:
            self.posts.append(post)
            self.arrived.notify_all()
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200, text=self.reply)

    def to(self, hook: str) -> list[Post]:
        return [post for post in self.posts if post.hook == hook]

    async def posted(self, hook: str, count: int) -> list[Post]:
        """Return the posts to `hook` as soon as there are `count` of them."""
        async with asyncio.timeout(5), self.arrived:
            await self.arrived.wait_for(lambda: len(self.to(hook)) >= count)
        return self.to(hook)


@dataclass
class FakeProvider:
    """The simulator at `url`, the receiver that it posts to, and the production adapter that calls it."""

    url: str
    receiver: Receiver
    http: aiohttp.ClientSession
    adapter: AfricasTalking

    @property
    def twilio(self) -> Twilio:
        """The Twilio adapter, calling the same simulator."""
        return Twilio(ProviderAccount(SID, TOKEN, SENDER, self.url))

    async def send(self, sms: MtSms) -> dict[Msisdn, MtOutcome]:
        """Send through the adapter, as in production."""
        call = self.adapter.render_mt(sms)
        async with self.http.request(call.method, call.url, headers=call.headers, data=call.form) as response:
            answer = HttpAnswer(response.status, response.content_type, await response.read())
        return self.adapter.read_mt(answer, sms)

    async def fault(self, mode: str, **more: object) -> None:
        async with self.http.post(f"{self.url}/control/faults", json={"mode": mode, **more}) as response:
            assert response.status == 200, await response.text()

    async def post(self, path: str, **body: object) -> dict[str, object]:
        async with self.http.post(f"{self.url}/control/{path}", json=body) as response:
            return {"http": response.status, **await response.json()}

    async def get(self, path: str) -> list[dict[str, object]]:
        async with self.http.get(f"{self.url}/control/{path}") as response:
            found: list[dict[str, object]] = await response.json()
            return found


@asynccontextmanager
async def open_fake_provider() -> AsyncIterator[FakeProvider]:
    """Start a simulator and a receiver on real sockets; delivery reports and repeats come after 10 ms."""
    receiver = Receiver()
    hooks = web.Application()
    hooks.router.add_post("/hooks/{token}/africastalking/{hook:.+}", receiver.take)
    async with TestServer(hooks) as gateway:
        settings = SimulatorSettings(
            str(gateway.make_url("/")), HOOKS_TOKEN, report_seconds=0.01, retry_seconds=0.01,
            control_key=CONTROL_KEY, twilio=TwilioSettings(SID, TOKEN),
        )  # fmt: skip
        async with TestServer(make_simulator(settings)) as simulator, aiohttp.ClientSession(headers=CONTROL) as http:
            url = str(simulator.make_url("/")).rstrip("/")
            yield FakeProvider(url, receiver, http, AfricasTalking(ProviderAccount("sandbox", "any-key", base_url=url)))
