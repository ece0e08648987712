"""Twilio on the real HTTP edge: what it signed has its effect once, what it did not sign has none."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer

from contracts.fields.msisdn import Msisdn
from gateway.events import Accepted, HttpAnswer, MtSms, ProviderAccount
from gateway.providers.twilio import Twilio
from gateway.simulator.africastalking import SimulatorSettings, make_simulator
from gateway.simulator.twilio import TwilioSettings
from tests.gateway.twilio_account import BASE, MESSAGE, MO, SENDER, SID, TOKEN, sign
from tests.handset import CONTROL_KEY, ServiceReply
from tests.service import TOKEN as HOOKS
from tests.service import Service, open_service
from tests.wire import read

ACCOUNT: dict[str, Any] = {"twilio_account_sid": SID, "twilio_auth_token": TOKEN, "twilio_sender": SENDER}
PATH = f"/hooks/{HOOKS}/twilio/sms"
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
NOTHING = {"sms_logs": 0, "sms_reports": 0, "phones": 0, "mo_receipts": 0}


@pytest_asyncio.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with open_service(database_url, redis_url, webhook_base_url=BASE, **ACCOUNT) as service:
        yield service


async def post_sample(service: Service, name: str) -> ServiceReply:
    """As it stands in tests/wire/twilio, with its own signature."""
    sample = read("twilio", name)
    headers = {key: sample.headers[key] for key in ("content-type", "user-agent", "x-twilio-signature")}
    return await service.edge.request("POST", sample.first_line.split()[1], sample.body, **headers)


async def post(service: Service, form: dict[str, str], signature: str | None, path: str = PATH) -> ServiceReply:
    headers = FORM | ({} if signature is None else {"X-Twilio-Signature": signature})
    async with service.edge.http.post(service.edge.url + path, data=form, headers=headers) as answer:
        return ServiceReply(answer.status, answer.headers.get("Content-Type", ""), await answer.read())


async def written(service: Service) -> dict[str, int]:
    counts = await service.counts()
    return {name: counts[name] for name in NOTHING}


@pytest.mark.parametrize("name", ["mo_text", "mo_media", "mo_fallback", "mo_short_code"])
async def test_a_message_twice_has_one_effect(service: Service, name: str) -> None:
    first = await post_sample(service, name)
    assert (first.status, first.content_type) == (200, "text/xml; charset=utf-8")
    assert first.body.endswith(b"<Response/>")
    await service.sms_settled()
    before = await service.rows()
    assert (await written(service))["mo_receipts"] == 1
    assert await post_sample(service, name) == first
    assert await service.rows() == before


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        *((name, {"sms_reports": 1}) for name in ("dlr_sent", "dlr_delivered", "dlr_undelivered", "dlr_new_word")),
        ("dlr_unsubscribed", {"sms_reports": 1}),  # a report opts nobody out
        ("dlr_nothing", {}),
    ],
)
async def test_a_report_twice_has_one_effect(service: Service, name: str, kept: dict[str, int]) -> None:
    for _ in range(2):
        answer = await post_sample(service, name)
        assert (answer.status, answer.body) == (200, b"")
        assert await written(service) == NOTHING | kept


@pytest.mark.parametrize(
    ("form", "signature"),
    [
        pytest.param(MO, None, id="no signature"),
        pytest.param(MO, "", id="an empty one"),
        pytest.param(MO, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", id="somebody else's"),
        pytest.param(MO, "ä", id="one that is no ASCII"),
        pytest.param(MO, sign(BASE + PATH, MO, "another token"), id="another token's"),
        pytest.param(MO | {"Body": "NO"}, sign(BASE + PATH, MO), id="a body that was changed"),
        pytest.param(MO | {"From": "+254722000002"}, sign(BASE + PATH, MO), id="a sender that was changed"),
        pytest.param(MO, sign(f"{BASE}{PATH}/reports", MO), id="another address's"),
        pytest.param(MO, sign(BASE.replace("https", "http") + PATH, MO), id="plain HTTP's"),
        pytest.param({}, sign(BASE + PATH, MO), id="an empty body"),
    ],
)
async def test_what_is_not_signed_is_refused_and_leaves_nothing(
    service: Service, form: dict[str, str], signature: str | None
) -> None:
    for path in (PATH, f"{PATH}/reports"):
        if signature == sign(BASE + path, form):
            continue
        answer = await post(service, form, signature, path)
        assert (answer.status, answer.content_type.partition(";")[0]) == (403, "application/problem+json")
        assert json.loads(answer.body)["title"] == "X-Twilio-Signature: is missing or wrong"
        assert await written(service) == NOTHING
    assert TOKEN not in service.logged()


@pytest.mark.parametrize("url", [BASE, f"{BASE}:443"])
async def test_the_port_is_signed_or_left_out(service: Service, url: str) -> None:
    assert (await post(service, MO, sign(url + PATH, MO))).status == 200


async def test_a_query_is_signed_too(service: Service) -> None:
    path = f"{PATH}?from=fall%20back"
    assert (await post(service, MO, sign(BASE + PATH, MO), path)).status == 403
    assert (await post(service, MO, sign(BASE + path, MO), path)).status == 200


async def test_without_a_public_address_the_one_called_is_what_is_signed(database_url: str, redis_url: str) -> None:
    async with open_service(database_url, redis_url, **ACCOUNT) as service:
        assert (await post(service, MO, sign(BASE + PATH, MO))).status == 403
        assert (await post(service, MO, sign(service.edge.url + PATH, MO))).status == 200


async def test_a_host_that_is_none_is_refused_like_any_other(database_url: str, redis_url: str) -> None:
    async with open_service(database_url, redis_url, **ACCOUNT) as service:
        for host in ("h.example:99999999", "[::1", "a:b:c", "h.example:"):
            answer = await service.edge.request("POST", PATH, b"To=%2B1", Host=host, **FORM)
            assert answer.status in (400, 403), host


async def test_a_signed_request_is_one_message_however_it_is_cut(service: Service) -> None:
    """What is signed has nothing between its fields, so it can be cut at other places: it still acts once."""
    signed = MO | {"Body": "STOP Delivery"}
    signature = sign(BASE + PATH, signed)
    rest = {name: value for name, value in signed.items() if name not in ("Body", "MessageSid", "NumMedia")}
    cuts = [
        rest | {"Body": "STOP Delivery", "MessageSid": MESSAGE, "NumMedia": "0"},
        rest | {"Body": "STOP ", "Delivery": "", "MessageSid": MESSAGE, "NumMedia": "0"},
        rest | {"Body": "STOP Delivery", "MessageSid": f"{MESSAGE}NumMedia0"},
        rest | {"Body": "STOP Delivery", "MessageSid": MESSAGE[:10], MESSAGE[10:] + "NumMedia": "0"},
        rest | {"Body": "STOP Delivery", "Me": f"ssageSid{MESSAGE}", "NumMedia": "0"},
    ]
    statuses = [(await post(service, form, signature)).status for form in cuts]
    assert statuses[:3] == [200, 200, 400] and set(statuses[3:]) <= {400, 403}
    assert (await written(service))["mo_receipts"] == 1
    assert await service.db.fetchval("SELECT text FROM sms_logs WHERE direction = 'in'") == "STOP Delivery"
    assert not await service.db.fetchval("SELECT opted_out FROM phones")


@pytest.mark.parametrize("route", ["ussd", "ussd/events"])
async def test_it_has_no_ussd(service: Service, route: str) -> None:
    path = f"/hooks/{HOOKS}/twilio/{route}"
    assert (await post(service, MO, sign(BASE + path, MO), path)).status == 404


async def test_without_an_account_it_is_unknown(database_url: str, redis_url: str) -> None:
    async with open_service(database_url, redis_url) as service:
        for path in (PATH, f"{PATH}/reports"):
            assert (await post(service, MO, sign(service.edge.url + path, MO), path)).status == 404


async def test_a_message_in_the_other_providers_form_is_named_by_its_field(service: Service) -> None:
    form = {"from": "+254712345678", "to": "22483", "text": "YES", "id": "1", "AccountSid": SID}
    answer = await post(service, form, sign(BASE + PATH, form))
    assert (answer.status, json.loads(answer.body)["field"]) == (400, "From")


# What it is for


async def test_a_yes_by_twilio_confirms_a_contract(service: Service) -> None:
    amina, otieno = service.phone("+254712345678"), service.phone(MO["From"])
    await amina.dial()
    await amina.types("2", "1", "0711222333", "maize", "50 bags", "3500", "Bungoma market", "25/12", "1")
    await amina.types("4826", "4826")
    assert await otieno.next_sms()
    for _ in range(2):
        assert (await post(service, MO, sign(BASE + PATH, MO))).status == 200
    assert "is confirmed by all" in (await otieno.next_sms() or "")
    assert "is confirmed by all" in (await amina.next_sms() or "")
    await service.sms_settled()
    assert (await amina.unread_sms(), await otieno.unread_sms()) == ([], [])
    assert await service.db.fetchval("SELECT status FROM contracts") == "CONFIRMED"
    assert [row["provider"] for row in await service.db.fetch("SELECT provider FROM mo_receipts")] == ["twilio"]


async def submitted(service: Service, message_id: str) -> None:
    """A message that Twilio has taken. The outbox does not send by it yet."""
    phone_id = uuid4()
    await service.db.execute(
        "INSERT INTO phones (id, msisdn, created_at) VALUES ($1, $2, now())", phone_id, "+254712345678"
    )  # fmt: skip
    await service.db.execute(
        "INSERT INTO sms_logs (id, direction, phone_id, text, kind, act_id, status, segments, provider,"
        " provider_message_id, created_at, submitted_at)"
        " VALUES ($1, 'out', $2, 'Habari', 'help', $1, 'submitted', 1, 'twilio', $3, now(), now())",
        uuid4(), phone_id, message_id,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("names", "status", "why"),
    [
        (["dlr_sent"], "submitted", None),
        (["dlr_new_word"], "submitted", None),
        (["dlr_sent", "dlr_delivered"], "delivered", None),
        (["dlr_delivered", "dlr_sent"], "delivered", None),
        (["dlr_undelivered", "dlr_sent"], "failed", "30003 the phone is off or out of reach"),
        (["dlr_unsubscribed"], "rejected", "21610 unsubscribed: the person sent STOP"),
    ],
)
async def test_reports_settle_a_message(service: Service, names: list[str], status: str, why: str | None) -> None:
    await submitted(service, "SM9876543210fedcba9876543210fedcba")
    for name in names:
        assert (await post_sample(service, name)).status == 200
    row = await service.db.fetchrow("SELECT status, why FROM sms_logs")
    assert row and (row["status"], row["why"]) == (status, why)
    if status == "submitted":
        await service.db.execute("DELETE FROM sms_logs")  # it would be waited for when the service closes


async def test_a_whole_round_through_the_double_behind_a_proxy(service: Service) -> None:
    """The real adapter sends over HTTP; what the simulator signs, for the public address, the service believes."""
    played = SimulatorSettings(
        service.edge.url, HOOKS, 0.01, 0.02, control_key=CONTROL_KEY, twilio=TwilioSettings(SID, TOKEN, BASE)
    )  # fmt: skip
    async with TestServer(make_simulator(played)) as simulator:
        url = str(simulator.make_url("/")).rstrip("/")
        twilio = Twilio(ProviderAccount(SID, TOKEN, SENDER, url, report_url=f"{BASE}{PATH}/reports"))
        sms = MtSms((Msisdn("+254712345678"),), "Habari")
        call = twilio.render_mt(sms)
        async with service.edge.http.request(call.method, call.url, headers=call.headers, data=call.form) as said:
            (outcome,) = twilio.read_mt(HttpAnswer(said.status, said.content_type, await said.read()), sms).values()
        assert isinstance(outcome, Accepted)
        await submitted(service, outcome.message_id)
        await service.sms_settled()
        assert await service.db.fetchval("SELECT status FROM sms_logs") == "delivered"
        mo = {"from": "+254722000002", "to": SENDER, "text": "hello"}
        async with service.edge.http.post(f"{url}/control/twilio/mo", json=mo) as said:
            assert (await said.json())["status"] == 200
        assert (await written(service))["mo_receipts"] == 1
