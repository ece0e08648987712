"""The simulator of Twilio over real HTTP, called by the production adapter, and a receiver as the gateway."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from contracts.fields.msisdn import Msisdn
from gateway.events import Accepted, DlrState, HttpAnswer, MtOutcome, MtSms, ProviderAccount, Rejected, TryLater, Wire
from gateway.providers.twilio import Twilio
from gateway.simulator.africastalking import SimulatorSettings, make_simulator
from gateway.simulator.twilio import TwilioSettings
from tests.gateway.twilio_account import MESSAGE, SENDER, SID, TOKEN
from tests.handset import CONTROL, CONTROL_KEY
from tests.wire import form

AMINA = Msisdn("+254711000001")
HELLO = MtSms((AMINA,), "Habari")


@dataclass
class FakeProvider:
    """The simulator at `url`, the gateway's place at `gateway`, the adapter between; `posts` came to the gateway."""

    url: str
    gateway: str
    http: aiohttp.ClientSession
    posts: list[tuple[str, str, Wire]] = field(default_factory=list)

    @property
    def twilio(self) -> Twilio:
        return Twilio(
            ProviderAccount(SID, TOKEN, SENDER, self.url, report_url=f"{self.gateway}/hooks/t/twilio/sms/reports")
        )

    async def send(self, sms: MtSms = HELLO, by: Twilio | None = None) -> MtOutcome:
        twilio = by or self.twilio
        call = twilio.render_mt(sms)
        async with self.http.request(call.method, call.url, headers=call.headers, data=call.form) as said:
            answer = HttpAnswer(said.status, said.content_type, await said.read())
        (outcome,) = twilio.read_mt(answer, sms).values()
        return outcome

    async def control(self, path: str, **body: object) -> dict[str, object]:
        async with self.http.post(f"{self.url}/control/{path}", json=body) as said:
            return {"http": said.status, **await said.json()}

    async def inbox(self, wait: float = 0) -> list[str]:
        async with self.http.get(f"{self.url}/control/inbox/{AMINA}?wait={wait}") as said:
            return [text["text"] for text in await said.json()]

    async def posted(self, count: int) -> list[Wire]:
        """The posts, once there are `count`; every one signed for the address it came to."""
        async with asyncio.timeout(5):
            while len(self.posts) < count:  # noqa: ASYNC110 - the receiver is a list
                await asyncio.sleep(0.005)
        assert all(self.twilio.verify(url, {"X-Twilio-Signature": signed}, wire) for url, signed, wire in self.posts)
        return [wire for _, _, wire in self.posts]


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    posts: list[tuple[str, str, Wire]] = []

    async def take(request: web.Request) -> web.Response:
        posts.append((str(request.url), request.headers["X-Twilio-Signature"], form(await request.text())))
        return web.Response()

    hooks = web.Application()
    hooks.router.add_post("/hooks/t/twilio/{hook:.+}", take)
    async with TestServer(hooks) as gateway:
        base = str(gateway.make_url("/")).rstrip("/")
        played = SimulatorSettings(base, "t", 0.01, 0.01, control_key=CONTROL_KEY, twilio=TwilioSettings(SID, TOKEN))
        async with TestServer(make_simulator(played)) as simulator, aiohttp.ClientSession(headers=CONTROL) as http:
            yield FakeProvider(str(simulator.make_url("/")).rstrip("/"), base, http, posts)


async def test_a_text_is_taken_received_and_reported(provider: FakeProvider) -> None:
    outcome = await provider.send()
    assert isinstance(outcome, Accepted) and outcome.message_id.startswith("SM")
    assert await provider.inbox() == ["Habari"]
    reports = [provider.twilio.parse_dlr(wire) for wire in await provider.posted(2)]
    assert [(dlr.message_id, dlr.state, dlr.msisdn) for dlr in reports if dlr] == [
        (outcome.message_id, DlrState.SUBMITTED, AMINA),
        (outcome.message_id, DlrState.DELIVERED, AMINA),
    ]


async def test_a_handset_writes(provider: FakeProvider) -> None:
    took = await provider.control("twilio/mo", **{"from": AMINA, "to": SENDER, "text": "Ndiyo & +", "id": MESSAGE})
    assert took == {"http": 200, "id": MESSAGE, "status": 200, "tries": 1}
    (wire,) = await provider.posted(1)
    mo = provider.twilio.parse_mo(wire)
    assert (mo.message_id, mo.sender, mo.to, mo.text) == (MESSAGE, AMINA, SENDER, "Ndiyo & +")


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ({"mode": "throttle"}, TryLater("20429 too many requests", "busy")),
        ({"mode": "unauthorized"}, TryLater("20003 wrong account or token", "account")),
        ({"mode": "error"}, TryLater("20500 Internal Server Error")),
        ({"mode": "invalid_sender"}, TryLater("21212 not a valid sender", "account", is_of_sender=True)),
        (
            {"mode": "mixed", "rules": {AMINA: 21610}},
            Rejected("21610 unsubscribed: the person sent STOP", opted_out=True),
        ),
    ],
)
async def test_a_fault_lasts_as_often_as_it_was_told_to(
    provider: FakeProvider, fault: dict[str, object], outcome: MtOutcome
) -> None:
    await provider.control("faults", times=1, **fault)
    assert await provider.send() == outcome
    assert isinstance(await provider.send(), Accepted)
    assert await provider.inbox() == ["Habari"]


@pytest.mark.parametrize(("mode", "taken"), [("drop", 0), ("drop_after_accept", 1)])
async def test_a_dropped_connection_may_or_may_not_hide_an_acceptance(
    provider: FakeProvider, mode: str, taken: int
) -> None:
    await provider.control("faults", mode=mode, times=1)
    with pytest.raises(aiohttp.ClientError):
        await provider.send()
    assert len(await provider.inbox()) == taken
    await provider.posted(2 * taken)


async def test_a_slow_send_was_taken_before_its_answer(provider: FakeProvider) -> None:
    await provider.control("faults", mode="slow", seconds=0.2)
    sending = asyncio.create_task(provider.send())
    assert await provider.inbox(wait=2) == ["Habari"]
    assert not sending.done()
    assert isinstance(await sending, Accepted)


async def test_a_text_may_fail_on_its_way(provider: FakeProvider) -> None:
    await provider.control("faults", mode="mixed", rules={AMINA: "undelivered"})
    assert isinstance(await provider.send(), Accepted)
    reports = [provider.twilio.parse_dlr(wire) for wire in await provider.posted(2)]
    assert [dlr.reason for dlr in reports if dlr] == [None, "30003 the phone is off or out of reach"]
    assert await provider.inbox() == []


@pytest.mark.parametrize(
    ("account", "sms", "outcome"),
    [
        (ProviderAccount(SID, "wrong", SENDER), HELLO, TryLater("20003 wrong account or token", "account")),
        (ProviderAccount(SID, TOKEN), HELLO, TryLater("21603 no sender", "account")),
        (ProviderAccount(SID, TOKEN, SENDER), MtSms((AMINA,), ""), Rejected("21602 the text is empty")),
        (
            ProviderAccount(SID, TOKEN, SENDER),
            MtSms((AMINA,), "x" * 1601),
            Rejected("21617 the text is longer than 1600 characters"),
        ),
    ],
)
async def test_a_send_that_is_not_right_is_refused(
    provider: FakeProvider, account: ProviderAccount, sms: MtSms, outcome: MtOutcome
) -> None:
    at_home = ProviderAccount(account.username, account.api_key, account.sender_id, provider.url)
    assert await provider.send(sms, Twilio(at_home)) == outcome
    assert await provider.inbox() == []


async def test_without_a_callback_nobody_reports(provider: FakeProvider) -> None:
    assert isinstance(await provider.send(by=Twilio(ProviderAccount(SID, TOKEN, SENDER, provider.url))), Accepted)
    await asyncio.sleep(0.05)
    assert provider.posts == []


async def test_without_an_account_the_double_knows_nothing_of_twilio(provider: FakeProvider) -> None:
    plain = SimulatorSettings(provider.gateway, "t", 0.01, 0.01, control_key=CONTROL_KEY)
    async with TestServer(make_simulator(plain)) as simulator:
        url = str(simulator.make_url("/")).rstrip("/")
        for path in (f"/2010-04-01/Accounts/{SID}/Messages.json", "/control/twilio/mo"):
            async with provider.http.post(url + path, json={}) as said:
                assert said.status == 404
