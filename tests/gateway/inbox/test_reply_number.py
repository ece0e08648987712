"""Who wrote to one of our numbers is answered from that number and by its provider; everybody else by their route.

Two providers and the real edge: an MO comes by HTTP, and the simulator shows from which number each SMS was sent.
"""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import pytest_asyncio

from contracts.fields.msisdn import Msisdn
from gateway.events import MoSms
from gateway.inbox.limits import ANSWERS_IN_HOUR
from gateway.inbox.reply_number import reply_number
from tests.gateway.inbox.texting import BUYER, SELLER, make_contract, make_offer, send_sms
from tests.gateway.twilio_account import BASE, SENDER, SID, TOKEN
from tests.handset import CONTROL
from tests.service import Service, open_service

AMINA, OTIENO = "+254711222333", "+254722333444"
OURS = "VOICEPACT"  # the sender id of everything that answers nobody
SETTINGS: dict[str, Any] = {
    "at_sender_id": OURS, "twilio_account_sid": SID, "twilio_auth_token": TOKEN, "twilio_sender": SENDER,
    "webhook_base_url": BASE,
}  # fmt: skip
NUMBERS = [
    ("africastalking", "22483"),
    ("africastalking", "22484"),
    ("africastalking", "+254711082300"),
    ("twilio", SENDER),
    ("twilio", "+254700000023"),
    ("twilio", "24455"),
]


@pytest_asyncio.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with open_service(database_url, redis_url, **SETTINGS) as service:
        yield service


async def write(
    service: Service, msisdn: str, text: str, provider: str, to: str, message_id: str | None = None
) -> None:
    """Send an SMS to one of our numbers, as its provider brings it, and wait until it is answered: answers by several
    providers, or from several numbers, leave side by side."""
    mo = {"from": msisdn, "to": to, "text": text} | ({"id": message_id} if message_id else {})
    path = "mo" if provider == "africastalking" else f"{provider}/mo"
    async with service.edge.http.post(f"{service.edge.double_url}/control/{path}", json=mo) as answer:
        assert (await answer.json())["status"] == 200
    await service.sms_settled()


async def fault(service: Service, mode: str, **more: object) -> None:
    url = f"{service.edge.double_url}/control/faults"
    async with service.edge.http.post(url, json={"mode": mode, **more}, headers=CONTROL) as answer:
        assert answer.status == 200, await answer.text()


async def received(service: Service, msisdn: str) -> list[str]:
    """From which number each SMS to this phone came, oldest first, once all are sent."""
    await service.sms_settled()
    return [sms["from"] for sms in await service.edge.inbox_of(msisdn)]


async def sent_to(service: Service, msisdn: str) -> list[tuple[str, str, int]]:
    """Kind, provider of the last try, and tries of each SMS to this phone, oldest first."""
    rows = await service.db.fetch(
        "SELECT kind, provider, tries FROM sms_logs m JOIN phones f ON f.id = m.phone_id"
        " WHERE msisdn = $1 AND direction = 'out' ORDER BY m.created_at, m.id", msisdn,
    )  # fmt: skip
    return [tuple(row) for row in rows]


@pytest.mark.parametrize(("provider", "number"), [("africastalking", "22484"), ("twilio", SENDER)])
async def test_whatever_is_written_is_answered_from_the_number_it_was_written_to(
    service: Service, provider: str, number: str
) -> None:
    """Also what is not understood, what stops and starts, and the line that says when to write again."""
    texts = ["LIST", "hello", "STOP", "START", *(f"STATUS {n}{n}" for n in range(1, ANSWERS_IN_HOUR))]
    for text in texts:
        await write(service, AMINA, text, provider, number)
    assert set(await received(service, AMINA)) == {number}
    sent = await sent_to(service, AMINA)
    assert {"no_contracts", "help", "stopped", "started", "not_found", "answers_paused"} == {one[0] for one in sent}
    assert {one[1:] for one in sent} == {(provider, 1)}


async def last_to(service: Service, msisdn: str) -> tuple[str, str]:
    """The kind of the last SMS to this phone, and from which number it came."""
    senders = await received(service, msisdn)
    return (await sent_to(service, msisdn))[-1][0], senders[-1]


@pytest.mark.parametrize("route", [["africastalking"], ["twilio", "africastalking"]])
async def test_the_route_of_a_number_is_no_matter_to_an_answer(
    database_url: str, redis_url: str, route: list[str]
) -> None:
    routes = [{"prefix": "+254", "providers": route, "sender_id": "SHAMBA"}]
    async with open_service(database_url, redis_url, **SETTINGS, sms_routes=routes) as service:
        for provider, number in NUMBERS:
            await write(service, AMINA, f"LIST {provider}", provider, number)
        assert await received(service, AMINA) == [number for _, number in NUMBERS]
        assert [one[1] for one in await sent_to(service, AMINA)] == [provider for provider, _ in NUMBERS]


async def test_each_of_our_numbers_answers_the_same_person_and_a_copy_is_answered_once(service: Service) -> None:
    """The same words within a minute to another number are no copy; the same SMS again is one, and so is one that a
    phone without an acknowledgement sends again."""
    for provider, number in NUMBERS:
        await write(service, AMINA, "LIST", provider, number, f"mo-{number}")
        await write(service, AMINA, "LIST", provider, number, f"mo-{number}")
    for provider, number in NUMBERS:
        await write(service, AMINA, "LIST", provider, number, f"mo-{number}-again")
    assert await received(service, AMINA) == [number for _, number in NUMBERS]


async def test_only_its_sender_is_answered_from_the_number(service: Service) -> None:
    """The other party, and later the sender too, get what they did not ask for by their route."""
    reference = await make_offer(service, SELLER)
    assert await last_to(service, SELLER) == ("confirmed_by_other", OURS)
    await write(service, SELLER, f"YES {reference}", "twilio", SENDER)
    assert await last_to(service, SELLER) == ("confirmed", SENDER)
    assert await last_to(service, BUYER) == ("confirmed", OURS)
    await write(service, SELLER, f"DELIVERED {reference}", "twilio", SENDER)
    assert await last_to(service, SELLER) == ("you_delivered", SENDER)
    assert await last_to(service, BUYER) == ("delivered", OURS)
    await write(service, BUYER, f"RECEIVED {reference}", "africastalking", "22484")
    assert await last_to(service, SELLER) == ("received", OURS)
    assert await last_to(service, BUYER) == ("received", "22484")


async def test_a_text_that_stops_several_clocks_tells_the_others_by_their_route(service: Service) -> None:
    for _ in range(2):
        reference = await make_contract(service)
        await send_sms(service, service.phone(SELLER), f"DELIVERED {reference}")
    before = len(await received(service, SELLER))
    await write(service, BUYER, "I will look at it on Sunday", "twilio", SENDER)
    assert (await received(service, BUYER))[-1] == SENDER
    assert (await received(service, SELLER))[before:] == [OURS, OURS]
    assert {kind for kind, *_ in (await sent_to(service, SELLER))[-2:]} == {"questioned"}


@pytest.mark.parametrize(("provider", "number"), [("africastalking", "22484"), ("twilio", SENDER)])
async def test_a_number_that_only_receives_is_found_out_once_and_holds_nothing_up(
    service: Service, provider: str, number: str
) -> None:
    """The provider refuses it as sender: that waits for no operator, and the next answer does not try it."""
    await fault(service, "invalid_sender", senders=[number])
    for person in (AMINA, OTIENO):
        await write(service, person, "hello", provider, number)
        assert await received(service, person) == [OURS]
        assert await sent_to(service, person) == [("help", "africastalking", 1)]
    lines = [orjson.loads(line) for line in service.logged().splitlines()]
    assert [(line["provider"], line["event"]) for line in lines if "shortcode" in line] == [
        (provider, "a number cannot answer")
    ]
    rows = await service.db.fetch("SELECT shortcode, reply_provider FROM sms_logs WHERE direction = 'out'")
    assert {tuple(row) for row in rows} == {(None, None)}, "the row says how it went"


@pytest.mark.parametrize(
    ("provider", "number", "code"),
    [
        pytest.param("twilio", SENDER, 21610, id="they sent STOP to that number only"),
        pytest.param("twilio", "24455", 21612, id="no way from that number"),
        pytest.param("africastalking", "22484", 407, id="no route from that short code"),
    ],
)
async def test_what_is_refused_from_that_number_goes_by_the_route(
    service: Service, provider: str, number: str, code: int
) -> None:
    await fault(service, "mixed", rules={AMINA: code}, senders=[number])
    await write(service, AMINA, "hello", provider, number)
    assert await received(service, AMINA) == [OURS]
    assert await sent_to(service, AMINA) == [("help", "africastalking", 1)]
    await write(service, OTIENO, "hello", provider, number)
    assert await received(service, OTIENO) == [number], "the number is in order for everybody else"
    assert await service.db.fetchval("SELECT bool_and(refused_on = '{}') FROM phones")


async def test_a_provider_that_is_down_is_stood_in_for_by_the_route(service: Service) -> None:
    await fault(service, "error", senders=[SENDER])
    await write(service, AMINA, "hello", "twilio", SENDER)
    assert await received(service, AMINA) == [OURS]
    assert await sent_to(service, AMINA) == [("help", "africastalking", 2)]


async def test_a_number_that_is_known_to_only_receive_is_not_tried(database_url: str, redis_url: str) -> None:
    only_receive = ["22483", "254700000022"]
    async with open_service(database_url, redis_url, **SETTINGS, sms_receive_only=only_receive) as service:
        await fault(service, "invalid_sender", senders=["22483", SENDER])
        for provider, number in NUMBERS:
            await write(service, AMINA, f"LIST {number}", provider, number)
        found = await received(service, AMINA)
        assert found == [OURS, "22484", "+254711082300", OURS, "+254700000023", "24455"]
        assert "cannot answer" not in service.logged()


async def test_the_api_shows_from_which_number_a_message_answers(service: Service) -> None:
    await write(service, AMINA, "hello", "twilio", SENDER)
    key = service.settings.api_key.get_secret_value()
    answer = await service.edge.request("GET", "/v1/messages", Authorization=f"Bearer {key}")
    came, out = sorted(orjson.loads(answer.body)["items"], key=lambda message: str(message["direction"]))
    assert (out["shortcode"], out["reply_provider"], out["provider"]) == (SENDER, "twilio", "twilio")
    assert (came["shortcode"], came["reply_provider"], came["provider"]) == (SENDER, None, "twilio")


@pytest.mark.parametrize(
    ("to", "number"),
    [
        ("22483", "22483"),
        ("+254711082300", "+254711082300"),
        (" 254711082300", "+254711082300"),  # its plus was not encoded
        ("VOICEPACT", None),  # nobody can write to a name
        ("whatsapp:+254711082300", None),
        ("22", None),
        ("22483\u0664", None),
        ("33444", None),
        ("+33444555666", None),
    ],
)
def test_answers_go_from_numbers_that_can_send(to: str, number: str | None) -> None:
    mo = MoSms("africastalking", "1", Msisdn(AMINA), AMINA, to, "hello", None)
    assert reply_number(mo, {"33444", "33444555666"}) == number
