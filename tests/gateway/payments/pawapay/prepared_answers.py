"""A server that gives prepared answers, the rail that asks it, and what both are about."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from contracts.fields.money import Currency, Money
from contracts.fields.msisdn import Msisdn
from gateway.payments.pawapay.api import PawaPayAccount
from gateway.payments.pawapay.rail import PawaPay
from gateway.payments.port import Callback, Order, Sent
from tests.wire import read

TOKEN = "pawapay-token-of-a-test"  # noqa: S105 - of a test
DEPOSIT = "00000000-0000-4000-8000-0000000000a1"
PAYOUT = "00000000-0000-4000-8000-0000000000b1"
REFUND = "00000000-0000-4000-8000-0000000000c1"
AMINA = Msisdn("+254700000041")
KES_100 = Money(10_000, Currency.KES)
SIGNED_AT = datetime(2026, 1, 1, 8, 0, 20, tzinfo=UTC)  # the callbacks of tests/wire/pawapay


@dataclass
class Clock:
    now: datetime = SIGNED_AT

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **passed: float) -> None:
        self.now += timedelta(**passed)


@dataclass
class Answers:
    """`prepared`: by "METHOD /path", the names of samples, the last one for ever; "break" breaks the connection.
    `asked`: each call with its body and its Authorization."""

    prepared: dict[str, list[str]]
    clock: Clock = field(default_factory=Clock)
    asked: list[tuple[str, bytes, str | None]] = field(default_factory=list)
    rail: PawaPay = field(init=False)

    def count(self, call: str) -> int:
        return sum(each == call for each, _, _ in self.asked)

    async def answer(self, request: web.Request) -> web.Response:
        call = f"{request.method} {request.path_qs}"
        self.asked.append((call, await request.read(), request.headers.get("Authorization")))
        names = self.prepared.get(call.partition("?")[0], ["not_found"])
        name = names.pop(0) if len(names) > 1 else names[0]
        if name == "break":
            assert request.transport
            request.transport.abort()
            return web.Response()
        sample = read("pawapay", name).answer()
        return web.Response(status=sample.status, body=sample.body, content_type=sample.content_type)


@asynccontextmanager
async def answering(prepared: dict[str, str], *, signs_callbacks: bool = True) -> AsyncIterator[Answers]:
    """Serve samples: `{"POST deposits": "accepted duplicate"}`: at POST /v2/deposits first the one, then the other."""
    calls = {name.replace(" ", " /v2/"): samples.split() for name, samples in prepared.items()}
    calls.setdefault("POST /v2/predict-provider", ["predicted"])
    answers, app = Answers(calls), web.Application()
    app.router.add_route("*", "/{path:.*}", answers.answer)
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        account = PawaPayAccount(TOKEN, str(server.make_url("/")), signs_callbacks)
        answers.rail = PawaPay(account, http, answers.clock)
        yield answers


def order(own_id: str = DEPOSIT, money: Money = KES_100, msisdn: Msisdn = AMINA) -> Order:
    return Order(own_id, msisdn, money, "12345678")


def sent(kind: str = "collect", own_id: str = DEPOSIT) -> Sent:
    return Sent(kind, own_id, None, KES_100, AMINA, SIGNED_AT)


def callback(name: str, **changed: object) -> Callback:
    """The callback of a sample, with some fields changed."""
    sample = read("pawapay", name)
    method, path, _ = sample.first_line.split()
    headers = {name.title(): value for name, value in sample.headers.items()}
    fields = {"method": method, "url": f"https://voicepact.example{path}", "headers": headers, "body": sample.body}
    return Callback(**{"kind": path.rpartition("/")[2], "own_id": None} | fields | changed)  # type: ignore[arg-type]  # as a test gives them
