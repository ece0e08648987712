"""Daraja's token and the calls with it, against a server that answers as a test says."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bench.processes import free_port
from contracts.escrow.outcomes import Failed, NotSent, OrderAccepted, Unknown
from gateway.outgoing import open_client
from gateway.payments.daraja.account import DarajaAccount
from gateway.payments.daraja.rail import Daraja, RegistrationError
from gateway.payments.port import MoneyCame, Sent, StatementLine, StatementUnavailable
from tests.gateway.payments.daraja.daraja_account import ACCOUNT, JANE, NOW, ORDER, OWN_ID, kes
from values.frozen import replace

Answer = Callable[[str, dict[str, object]], web.Response]  # from path and body
TAKEN = {"ConversationID": "AG_1", "OriginatorConversationID": OWN_ID, "ResponseCode": "0"}


@dataclass
class ScriptedDaraja:
    """`expires_in` and `token_status` are of the tokens it gives; only the newest is good. `answer` answers calls."""

    account: DarajaAccount
    http: aiohttp.ClientSession
    expires_in: object = "3599"
    token_status: int = 200
    tokens: list[str] = field(default_factory=list)
    calls: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    refuses_tokens: int = 0  # of the next calls
    answer: Answer = lambda path, body: web.json_response(TAKEN)

    @property
    def rail(self) -> Daraja:
        return Daraja(self.account, self.http, lambda: NOW)

    async def token(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == aiohttp.encode_basic_auth("key-of-a-test", "secret-of-a-test")
        assert request.query["grant_type"] == "client_credentials"
        await asyncio.sleep(0)
        if self.token_status != 200:
            error = {"requestId": "1", "errorCode": "400.008.01", "errorMessage": "Invalid Authentication passed"}
            return web.json_response(error, status=self.token_status)
        self.tokens.append(f"token-{len(self.tokens) + 1}")
        return web.json_response({"access_token": self.tokens[-1], "expires_in": self.expires_in})

    async def call(self, request: web.Request) -> web.Response:
        given = request.headers["Authorization"].removeprefix("Bearer ")
        if self.refuses_tokens or given != self.tokens[-1]:
            self.refuses_tokens = max(self.refuses_tokens - 1, 0)
            error = {"requestId": "1", "errorCode": "404.001.03", "errorMessage": "Invalid Access Token"}
            return web.json_response(error, status=404)
        self.calls.append((request.path, await request.json()))
        return self.answer(*self.calls[-1])


@pytest.fixture
async def daraja() -> AsyncIterator[ScriptedDaraja]:
    async with open_client(5.0) as http:
        scripted = ScriptedDaraja(ACCOUNT, http)
        app = web.Application()
        app.router.add_get("/oauth/v1/generate", scripted.token)
        app.router.add_post("/{path:.+}", scripted.call)
        async with TestServer(app) as server:
            scripted.account = replace(ACCOUNT, base_url=str(server.make_url("/")))
            yield scripted


@pytest.mark.parametrize("expires_in", [3599, "3599", None, "soon", True])
async def test_a_hundred_calls_share_one_token(daraja: ScriptedDaraja, expires_in: object) -> None:
    daraja.expires_in = expires_in
    rail = daraja.rail
    outcomes = await asyncio.gather(*(rail.pay_out(ORDER) for _ in range(100)))
    assert outcomes == [OrderAccepted("AG_1")] * 100
    assert len(daraja.tokens) == 1


async def test_a_token_that_has_ended_is_renewed(daraja: ScriptedDaraja) -> None:
    daraja.expires_in = 0
    rail = daraja.rail
    assert [await rail.pay_out(ORDER) for _ in range(3)] == [OrderAccepted("AG_1")] * 3
    assert len(daraja.tokens) == 3


async def test_another_process_that_took_a_token_ends_ours_and_the_call_is_made_once_more(
    daraja: ScriptedDaraja,
) -> None:
    rail = daraja.rail
    await rail.pay_out(ORDER)
    daraja.tokens.append("of another process")
    outcomes = await asyncio.gather(*(rail.pay_out(ORDER) for _ in range(20)))
    assert outcomes == [OrderAccepted("AG_1")] * 20
    assert daraja.tokens[2:] == ["token-3"], "one of them renewed it for all"


async def test_a_token_that_is_refused_twice_leaves_the_order_unsent(daraja: ScriptedDaraja) -> None:
    daraja.refuses_tokens = 2
    assert await daraja.rail.pay_out(ORDER) == NotSent("404.001.03 wrong access token", "account")
    assert not daraja.calls and len(daraja.tokens) == 2


@pytest.mark.parametrize(("status", "cause"), [(400, "account"), (401, "account"), (500, "account")])
async def test_without_a_token_nothing_is_sent(daraja: ScriptedDaraja, status: int, cause: str) -> None:
    daraja.token_status = status
    outcome = await daraja.rail.collect(ORDER)
    assert outcome == NotSent("no access token: 400.008.01 wrong kind of authorization", cause)
    assert await daraja.rail.confirm(MoneyCame("TKN1", kes(1), "", None, None), OWN_ID) == Unknown(
        "not asked: no access token: 400.008.01 wrong kind of authorization"
    )
    assert not daraja.calls


async def test_nobody_listens(daraja: ScriptedDaraja) -> None:
    away = Daraja(replace(daraja.account, base_url=f"http://127.0.0.1:{free_port()}"), daraja.http, lambda: NOW)
    outcome = await away.pay_out(ORDER)
    assert isinstance(outcome, NotSent) and outcome.cause == "down"


async def test_a_payment_without_its_receipt_cannot_be_given_back(daraja: ScriptedDaraja) -> None:
    assert isinstance(await daraja.rail.reverse(ORDER, None, OWN_ID), Failed) and not daraja.calls


@pytest.mark.parametrize(
    ("kind", "rail_id", "path", "sought"),
    [
        ("collect", "ws_CO_1", "/mpesa/stkpushquery/v1/query", ("CheckoutRequestID", "ws_CO_1")),
        ("pay_out", None, "/mpesa/transactionstatus/v1/query", ("OriginalConversationID", OWN_ID)),
        ("reverse", "7-7-7", "/mpesa/transactionstatus/v1/query", ("OriginalConversationID", "7-7-7")),
        ("confirm", None, "/mpesa/transactionstatus/v1/query", ("TransactionID", "TKN1")),
    ],
)
async def test_each_kind_of_transfer_is_asked_about_by_the_id_that_finds_it(
    daraja: ScriptedDaraja, kind: str, rail_id: str | None, path: str, sought: tuple[str, str]
) -> None:
    receipt = "TKN1" if kind == "confirm" else None
    await daraja.rail.enquire(Sent(kind, OWN_ID, rail_id, kes(150), JANE, NOW, receipt))
    ((asked, body),) = daraja.calls
    assert asked == path and sought in body.items()


@pytest.mark.parametrize("kind", ["collect", "reverse"])
async def test_what_has_no_id_there_is_not_asked_about(daraja: ScriptedDaraja, kind: str) -> None:
    outcome = await daraja.rail.enquire(Sent(kind, OWN_ID, None, kes(150), JANE, NOW))
    assert isinstance(outcome, Unknown) and not outcome.is_pending and not daraja.calls


async def test_an_answer_to_a_question_comes_as_a_callback(daraja: ScriptedDaraja) -> None:
    asked = Unknown("asked; the answer comes as a callback", is_pending=True)
    assert await daraja.rail.enquire(Sent("pay_out", OWN_ID, None, kes(150), JANE, NOW)) == asked
    assert await daraja.rail.confirm(MoneyCame("TKN1", kes(1), "", None, None), OWN_ID) == asked
    assert daraja.calls[-1][1]["TransactionID"] == "TKN1"


def rows(first: int, count: int) -> list[dict[str, object]]:
    """Rows of a statement, newest first."""
    numbers = range(first + count - 1, first - 1, -1)
    return [
        {"transactionId": f"TKN{n:07}", "trxDate": f"2026-11-23T0{n // 60}:{n % 60:02}:00Z", "amount": "10.00"}
        for n in numbers
    ]


async def statement(rail: Daraja) -> list[StatementLine]:
    return [line async for line in rail.statement(NOW - timedelta(hours=47), NOW)]


async def test_a_statement_is_all_its_pages_oldest_first(daraja: ScriptedDaraja) -> None:
    """Its size is told by nothing but an empty page; a payment on two pages is one."""
    everything = rows(0, 250)
    pages = {"0": everything[:100], "100": everything[99:199], "200": everything[199:]}

    def page(path: str, body: dict[str, object]) -> web.Response:
        found = pages.get(str(body["OffSetValue"]), [])
        return web.json_response({"ResponseCode": "1000", "Response": [found]})

    daraja.answer = page
    found = await statement(daraja.rail)
    assert [line.receipt for line in found] == [f"TKN{n:07}" for n in range(250)]
    assert [body["OffSetValue"] for _, body in daraja.calls] == ["0", "100", "200", "251"]


async def test_a_page_may_be_large(daraja: ScriptedDaraja) -> None:
    everything = [{**row, "sender": "x" * 900} for row in rows(0, 200)]
    daraja.answer = lambda path, body: web.json_response(
        {"ResponseCode": "1000", "Response": [everything if body["OffSetValue"] == "0" else []]}
    )
    assert len(await statement(daraja.rail)) == 200


async def test_a_statement_that_cannot_be_whole_is_none(daraja: ScriptedDaraja) -> None:
    daraja.answer = lambda path, body: web.json_response({"ResponseCode": "1000", "Response": [rows(0, 3)]})
    with pytest.raises(StatementUnavailable, match="repeats a page"):
        await statement(daraja.rail)
    with pytest.raises(StatementUnavailable, match="48 hours"):
        _ = [line async for line in daraja.rail.statement(NOW - timedelta(hours=49), NOW)]
    daraja.token_status = 500
    with pytest.raises(StatementUnavailable, match="no access token"):
        await statement(daraja.rail)


async def test_balances_are_asked_for_and_come_as_callbacks(daraja: ScriptedDaraja) -> None:
    assert await daraja.rail.balances() == ()
    daraja.account = replace(daraja.account, payout_shortcode="600001")
    assert await daraja.rail.balances() == ()
    assert [body["PartyA"] for _, body in daraja.calls] == ["600000", "600000", "600001"]


async def test_our_addresses_are_registered(daraja: ScriptedDaraja) -> None:
    daraja.answer = lambda path, body: web.json_response(
        {"OriginatorCoversationID": "1", "ResponseCode": "0", "ResponseStatus": "1001"}
    )
    await daraja.rail.register_paybill()
    await daraja.rail.register_statement(JANE)
    assert [path for path, _ in daraja.calls] == ["/mpesa/c2b/v2/registerurl", "/pulltransactions/v1/register"]
    error = {"requestId": "1", "errorCode": "500.003.1001", "errorMessage": "Urls are already registered"}
    daraja.answer = lambda path, body: web.json_response(error, status=500)
    with pytest.raises(RegistrationError, match=r"HTTP 500 500\.003\.1001"):
        await daraja.rail.register_paybill()
