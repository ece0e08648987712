"""The simulator of Africa's Talking over real HTTP, with a small receiver standing where the gateway will be."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from contracts.fields.msisdn import Msisdn
from gateway.events import Accepted, DlrState, MtOutcome, MtSms, Rejected, TryLater, UssdInput
from gateway.simulator.control import KEY_HEADER
from gateway.simulator.segments import count_segments
from tests.gateway.fake_provider import HOOKS_TOKEN, FakeProvider, open_fake_provider

AMINA, OTIENO = Msisdn("+254711000001"), Msisdn("+254711000002")
HELLO = MtSms((AMINA,), "Habari")


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with open_fake_provider() as opened:
        yield opened


# Sending


async def test_a_text_is_accepted_received_and_reported(provider: FakeProvider) -> None:
    (outcome,) = (await provider.send(HELLO)).values()
    assert isinstance(outcome, Accepted)
    assert outcome.cost == "KES 0.8000"
    (received,) = await provider.get(f"inbox/{AMINA}")
    assert (received["n"], received["id"], received["text"]) == (1, outcome.message_id, "Habari")
    reports = [provider.adapter.parse_dlr(post.wire) for post in await provider.receiver.posted("sms/reports", 2)]
    assert [(dlr.message_id, dlr.status, dlr.state, dlr.msisdn) for dlr in reports] == [
        (outcome.message_id, "Sent", DlrState.SUBMITTED, AMINA),
        (outcome.message_id, "Success", DlrState.DELIVERED, AMINA),
    ]


async def test_the_reply_is_in_the_providers_own_words(provider: FakeProvider) -> None:
    headers = {"apiKey": "k", "Accept": "application/json"}
    fields = {"username": "sandbox", "to": "+254711000001,0712", "message": "é" * 161, "enqueue": "1"}
    async with provider.http.post(f"{provider.url}/version1/messaging", headers=headers, data=fields) as response:
        assert (response.status, response.content_type) == (201, "application/json")
        reply = (await response.json())["SMSMessageData"]
    assert reply["Message"] == "Sent to 1/2 Total Cost: KES 1.6000 Message parts: 2"
    taken, refused = reply["Recipients"]
    assert taken.pop("messageId").startswith("ATXid_")
    assert taken == {"cost": "KES 1.6000", "number": AMINA, "status": "Success", "statusCode": 102}
    invalid = {"status": "InvalidPhoneNumber", "statusCode": 403}
    assert refused == {"cost": "0", "messageId": "None", "number": "0712", **invalid}


@pytest.mark.parametrize(
    ("changed", "status", "words"),
    [
        ({"headers": {"Accept": "application/json"}}, 401, "The supplied authentication is invalid"),
        ({"headers": {"Accept": "application/json", "apiKey": " "}}, 401, "The supplied authentication is invalid"),
        ({"headers": {"Accept": "application/xml", "apiKey": "k"}}, 406, "JSON"),
        ({"data": b"{}", "headers": {"Accept": "application/json", "apiKey": "k"}}, 415, "urlencoded"),
        ({"data": {"username": "sandbox", "to": AMINA}}, 400, "'message'"),
        ({"data": {"username": "sandbox", "message": "Hi"}}, 400, "'to'"),
        ({"data": {"to": AMINA, "message": "Hi"}}, 400, "'username'"),
    ],
)
async def test_a_send_that_is_not_theirs_is_refused(
    provider: FakeProvider, changed: dict[str, dict[str, str]], status: int, words: str
) -> None:
    headers = changed.get("headers", {"Accept": "application/json", "apiKey": "k"})
    fields = changed.get("data", {"username": "sandbox", "to": AMINA, "message": "Hi"})
    async with provider.http.post(f"{provider.url}/version1/messaging", headers=headers, data=fields) as response:
        assert response.status == status
        assert words in await response.text()
    assert await provider.get("accepted") == []


@pytest.mark.parametrize(
    ("mode", "outcome"),
    [
        ("invalid_sender", TryLater("InvalidSenderId", "account", is_of_sender=True)),
        ("throttle", TryLater("HTTP 429 Too Many Requests", "busy")),
        ("unauthorized", TryLater("HTTP 401 The supplied authentication is invalid", "account")),
        ("error", TryLater("HTTP 500 There was an internal server error.")),
    ],
)
async def test_a_fault_lasts_as_often_as_it_was_told_to(provider: FakeProvider, mode: str, outcome: MtOutcome) -> None:
    await provider.fault(mode, times=2)
    assert [await provider.send(HELLO) for _ in range(2)] == [{AMINA: outcome}] * 2
    assert isinstance((await provider.send(HELLO))[AMINA], Accepted)
    assert len(await provider.get("accepted")) == 1


@pytest.mark.parametrize(("mode", "taken"), [("drop", 0), ("drop_after_accept", 1)])
async def test_a_dropped_connection_may_or_may_not_hide_an_acceptance(
    provider: FakeProvider, mode: str, taken: int
) -> None:
    await provider.fault(mode, times=1)
    with pytest.raises(aiohttp.ClientError):
        await provider.send(HELLO)
    assert len(await provider.get("accepted")) == taken
    await provider.receiver.posted("sms/reports", 2 * taken)


async def test_a_slow_send_was_taken_before_its_answer(provider: FakeProvider) -> None:
    await provider.fault("slow", seconds=1.0)
    sending = asyncio.create_task(provider.send(HELLO))
    assert len(await provider.get(f"inbox/{AMINA}?wait=5")) == 1
    assert not sending.done()
    assert isinstance((await sending)[AMINA], Accepted)


async def test_each_number_has_its_own_rule(provider: FakeProvider) -> None:
    await provider.fault("mixed", rules={AMINA: 406, OTIENO: "AbsentSubscriber"})
    outcomes = await provider.send(MtSms((AMINA, OTIENO), "Habari"))
    assert outcomes[AMINA] == Rejected("406 UserInBlacklist", opted_out=True)
    assert isinstance(outcomes[OTIENO], Accepted)
    reports = [provider.adapter.parse_dlr(post.wire) for post in await provider.receiver.posted("sms/reports", 2)]
    assert [(dlr.status, dlr.reason) for dlr in reports] == [("Sent", None), ("AbsentSubscriber", "DeliveryFailure")]
    assert await provider.get(f"inbox/{OTIENO}") == []


async def test_mixed_without_rules_refuses_every_second_number(provider: FakeProvider) -> None:
    await provider.fault("mixed")
    outcomes = await provider.send(MtSms((AMINA, OTIENO), "Habari"))
    assert [type(outcome) for outcome in outcomes.values()] == [Accepted, Rejected]


async def test_reports_may_never_come(provider: FakeProvider) -> None:
    await provider.fault("silent_reports", times=1)
    await provider.send(HELLO)
    await provider.send(MtSms((OTIENO,), "Habari"))
    reports = await provider.receiver.posted("sms/reports", 2)
    assert {post.fields["phoneNumber"] for post in reports} == {OTIENO}
    assert len(await provider.get(f"inbox/{AMINA}")) == 1


async def test_a_report_is_repeated_until_it_is_taken(provider: FakeProvider) -> None:
    provider.receiver.statuses = [503, 404]
    await provider.send(HELLO)
    reports = await provider.receiver.posted("sms/reports", 4)
    assert [post.fields["status"] for post in reports] == ["Sent", "Sent", "Sent", "Success"]


async def test_a_balance_is_there_for_whoever_has_a_key(provider: FakeProvider) -> None:
    url = f"{provider.url}/version1/user?username=sandbox"
    async with provider.http.get(url, headers={"apiKey": "k"}) as response:
        assert await response.json() == {"UserData": {"balance": "KES 1785.50"}}
    async with provider.http.get(url) as response:
        assert response.status == 401


# Handsets


async def test_an_inbox_is_read_from_where_the_reader_was(provider: FakeProvider) -> None:
    for text in ("one", "two", "three"):
        await provider.send(MtSms((AMINA,), text))
    assert [text["text"] for text in await provider.get(f"inbox/{AMINA}?after=1")] == ["two", "three"]
    assert [text["n"] for text in await provider.get("accepted?after=2")] == [3]
    assert await provider.get(f"inbox/{OTIENO}") == []


async def test_an_inbox_may_be_waited_for(provider: FakeProvider) -> None:
    waiting = asyncio.create_task(provider.get(f"inbox/{AMINA}?after=0&wait=5"))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await provider.send(HELLO)
    assert [text["text"] for text in await waiting] == ["Habari"]
    assert await provider.get(f"inbox/{OTIENO}?wait=0.01") == []


async def test_a_text_from_a_handset_comes_as_theirs_and_is_repeated_until_taken(provider: FakeProvider) -> None:
    provider.receiver.statuses = [503]
    sent = await provider.post("mo", **{"from": AMINA, "to": "21512", "text": "YES 1*2 ng’ombe"})
    assert (sent["status"], sent["tries"]) == (200, 2)
    first, second = await provider.receiver.posted("sms", 2)
    assert first.body == second.body
    mo = provider.adapter.parse_mo(first.wire)
    assert (mo.message_id, mo.sender, mo.to, mo.text) == (sent["id"], AMINA, "21512", "YES 1*2 ng’ombe")
    assert mo.sent_at is not None


async def test_a_handset_gives_up_in_the_end(provider: FakeProvider) -> None:
    provider.receiver.statuses = [500] * 9
    sent = await provider.post("mo", **{"from": AMINA, "to": "21512", "text": "YES", "id": "m1"})
    assert sent == {"http": 200, "id": "m1", "status": 500, "tries": 5}


async def test_a_hop_is_posted_as_captured_and_its_answer_given_back_raw(provider: FakeProvider) -> None:
    answer = await provider.post("dial", msisdn=AMINA, service_code="*384*70421#", text="1*A*B", session_id="s1")
    (hop,) = provider.receiver.posts
    number, code = "phoneNumber=%2B254711000001", "serviceCode=%2A384%2A70421%23"
    assert hop.body == f"{number}&{code}&text=1%2AA%2AB&sessionId=s1&networkCode=99999"
    assert hop.headers["User-Agent"] == "at-ussd-api/1.0"
    assert hop.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert provider.adapter.parse_ussd(hop.wire) == UssdInput(
        "africastalking", "s1", AMINA, "*384*70421#", "99999", "1*A*B"
    )
    shown = {"status": 200, "content_type": "text/plain; charset=utf-8", "body": "CON Welcome"}
    assert answer == {"http": 200, "session_id": "s1", **shown}


@pytest.mark.parametrize(
    ("reply", "statuses", "status"),
    [("CON More", [], "Incomplete"), ("END Bye", [], "Success"), ("oops", [], "Failed"), ("END Bye", [500], "Failed")],
)
async def test_the_end_of_a_session_is_told_as_it_went(
    provider: FakeProvider, reply: str, statuses: list[int], status: str
) -> None:
    provider.receiver.reply, provider.receiver.statuses = reply, statuses
    dialled = await provider.post("dial", msisdn=AMINA, service_code="*384#")
    ended = await provider.post("hangup", msisdn=AMINA, service_code="*384#", session_id=dialled["session_id"])
    assert ended == {"http": 200, "status": 200, "reported": status}
    (post,) = await provider.receiver.posted("ussd/events", 1)
    end = provider.adapter.parse_ussd_end(post.wire)
    assert (end.session_id, end.msisdn, end.status, end.hops) == (dialled["session_id"], AMINA, status, 1)
    assert end.ended_at is not None
    assert post.fields["lastAppResponse"] == reply


async def test_a_gateway_that_is_away_is_a_502(provider: FakeProvider) -> None:
    await provider.post("gateway", url="http://127.0.0.1:9", token=HOOKS_TOKEN)
    answer = await provider.post("dial", msisdn=AMINA, service_code="*384#")
    assert (answer["http"], answer["error"]) == (502, "ClientConnectorError")


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("faults", {"mode": "gremlins"}, "mode"),
        ("faults", {"mode": "ok", "times": 0}, "times"),
        ("dial", {"msisdn": "4921"}, "service_code"),
        ("mo", {"from": AMINA, "to": "1", "text": ["4921"]}, "text"),
        ("hangup", {"msisdn": AMINA, "pin": "4921"}, "pin"),
    ],
)
async def test_a_control_mistake_is_named_without_its_value(
    provider: FakeProvider, path: str, body: dict[str, object], named: str
) -> None:
    refused = await provider.post(path, **body)
    assert refused["http"] == 400
    assert named in str(refused["error"])
    assert "4921" not in str(refused["error"])


@pytest.mark.parametrize("path", ["faults", "inbox/+254711000001", "accepted"])
async def test_the_control_api_asks_who_it_is(provider: FakeProvider, path: str) -> None:
    for headers in ({}, {KEY_HEADER: "another key"}, {KEY_HEADER: "ké"}):
        async with aiohttp.request("GET", f"{provider.url}/control/{path}", headers=headers) as answer:
            assert answer.status == 401


async def test_a_web_page_cannot_post_to_the_control_api(provider: FakeProvider) -> None:
    async with provider.http.post(f"{provider.url}/control/faults", data=b'{"mode": "drop"}') as response:
        assert response.status == 415


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("a" * 152 + "€" + "a" * 152, 3),  # 306 septets, but € would straddle the first two segments
        ("ĩ" * 70, 1),
        ("ĩ" * 71, 2),
        ("ĩ" * 134, 2),
        ("ĩ" * 66 + "😀" + "ĩ" * 66, 3),
        ("😀" * 35, 1),
    ],
)
def test_segments_are_counted_as_networks_do(text: str, segments: int) -> None:
    assert count_segments(text) == segments
