"""Hops that fit nowhere: older ones again, ones after the end, another caller's, deep dials, and lost sessions."""

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.gateway.ussd.repeated_hops import (
    AMINA,
    EVE,
    OFFER,
    ONCE,
    PIN,
    TEN_AT_ONCE,
    Repetition,
    assert_repeats_change_nothing,
    at_once,
    repeating_phone,
    settled_rows,
)  # fmt: skip
from tests.service import Service, open_service


@pytest_asyncio.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    """Two workers that share, as processes do, only the database, the session store and the simulator."""
    async with open_service(database_url, redis_url, workers=2) as running:
        yield running


async def test_older_hops_again_get_their_own_replies(service: Service) -> None:
    amina = repeating_phone(service, AMINA)
    await amina.dials(*OFFER)
    await assert_repeats_change_nothing(service, amina)
    await amina.types(PIN, PIN)
    await assert_repeats_change_nothing(service, amina)
    assert (await service.counts())["contracts"] == 1


async def test_a_hop_that_acted_is_known_when_the_session_is_lost(service: Service) -> None:
    amina = repeating_phone(service, AMINA)
    made = await amina.dials(*OFFER, PIN, PIN)
    await service.redis.flushdb()
    before = await settled_rows(service)
    for answer in await at_once(service.edges * 5, "ussd", amina.phone.hop_form()):
        assert answer.body == made
    assert await service.rows() == before


async def test_a_session_that_is_lost_half_way_goes_on(service: Service) -> None:
    amina = repeating_phone(service, AMINA)
    asked = await amina.dials(*OFFER, PIN)
    for _ in range(2):  # behind the first effect, twice: on both workers
        await service.redis.flushdb()
        assert (await service.edges[1].hook("ussd", amina.phone.hop_form())).body == asked
    await service.redis.flushdb()
    assert await amina.types(PIN) == asked, "what only a PIN can do is not done on the way: it is asked for again"
    assert (await service.counts())["contracts"] == 0
    assert b"is made" in await amina.types(PIN)
    assert (await service.counts())["contracts"] == 1


@pytest.mark.parametrize(
    ("heard", "then"),
    [
        pytest.param("2*1", "2*2", id="another answer to the same screen"),
        pytest.param("2*1", "9", id="shorter, and never heard"),
        pytest.param("2*1", "2*10", id="a digit more, not an answer more"),
        pytest.param("2", "20*1", id="a digit more, then an answer"),
        pytest.param("2*1", "3*1*2", id="longer, of another conversation"),
        pytest.param("2*1*0711222333", "2*1*071122233", id="a digit less"),
        pytest.param("2*1*", "2*1*x", id="something where nothing was typed"),
    ],
)
async def test_a_text_that_does_not_go_on_from_the_last_runs_nothing(service: Service, heard: str, then: str) -> None:
    amina = repeating_phone(service, AMINA)
    last = await amina.dials(*heard.split("*"))
    kept, rows = await service.sessions(), await service.rows()
    for answer in await at_once(service.edges, "ussd", amina.phone.hop_form(then)):
        assert answer.body == last
    assert (await service.sessions(), await service.rows()) == (kept, rows)


async def test_one_is_no_start_of_ten(service: Service) -> None:
    """`1` then `10`: not a 0 behind the 1, which would be Back. `1*0` is."""
    amina = repeating_phone(service, AMINA)
    home = await amina.dials()
    contracts = await amina.types("1")
    assert (await service.edge.hook("ussd", amina.phone.hop_form("10"))).body == contracts != home
    assert await amina.types("0") == home


@pytest.mark.parametrize("longer", ["{heard}*1", "{heard}*", "{heard}*4826*4826", "1", ""])
async def test_a_hop_after_the_end(service: Service, longer: str) -> None:
    amina = repeating_phone(service, AMINA)
    made = await amina.dials(*OFFER, PIN, PIN)
    rows = await settled_rows(service)
    text = longer.format(heard=amina.phone.history)
    expected = amina.replies.get(text, made)
    assert (await service.edge.hook("ussd", amina.phone.hop_form(text))).body == expected
    assert await service.rows() == rows


@pytest.mark.parametrize("heard", [0, 3, len(OFFER), len(OFFER) + 1, len(OFFER) + 2])
async def test_a_session_id_of_another_caller_is_refused(service: Service, heard: int) -> None:
    amina = repeating_phone(service, AMINA)
    answers = (*OFFER, PIN, PIN, "1")
    await amina.dials(*answers[:heard])
    kept, rows = await service.sessions(), await settled_rows(service)
    eve = service.phone(EVE)
    eve.session_id = amina.phone.session_id
    for history in ("", amina.phone.history, "*".join(answers[: heard + 1])):
        for answer in await at_once(service.edges, "ussd", eve.hop_form(history)):
            assert (answer.status, answer.content_type) == (403, "application/problem+json")
            assert json.loads(answer.body) == {
                "type": "about:blank",
                "title": "sessionId: belongs to another caller",
                "status": 403,
                "field": "sessionId",
            }
    assert (await service.sessions(), await service.rows()) == (kept, rows)
    await amina.types(answers[heard])  # she goes on as if nothing had been


@pytest.mark.parametrize("heard", [len(OFFER) + 1, len(OFFER) + 2])
async def test_nor_does_another_caller_get_it_when_the_session_is_lost(service: Service, heard: int) -> None:
    """Nothing but the record of what was done knows this session now; it is not told to somebody else."""
    amina = repeating_phone(service, AMINA)
    mine = await amina.dials(*(*OFFER, PIN, PIN)[:heard])
    rows = await settled_rows(service)
    await service.redis.flushdb()
    eve = service.phone(EVE)
    eve.session_id = amina.phone.session_id
    answer = await service.edge.hook("ussd", eve.hop_form(amina.phone.history))
    assert answer.body != mine
    assert b"You buy 50 bags" in answer.body, "what was typed is taken as hers, up to what only a PIN can do"
    assert await service.rows() == rows


@pytest.mark.parametrize("repetition", [ONCE, TEN_AT_ONCE])
async def test_a_deep_dial(service: Service, repetition: Repetition) -> None:
    rows = await service.rows()
    for dialled, shows in DEEP_DIALS.items():
        amina = repeating_phone(service, AMINA, repetition)
        said = await amina.dials(deeper=dialled)
        assert said.decode().startswith(f"CON {shows}"), dialled
        assert await service.rows() == rows, dialled
        assert b"\n1. My contracts" in await amina.types("00"), "what comes next is taken as typed on this screen"


DEEP_DIALS = {
    "2": "Are you the buyer or the seller?",
    "2*1*0711222333": "What is sold, and how much?",
    "2*9*1": "Phone number of the seller",  # a wrong answer is passed over, as it would have been
    "2*1*hello*maize": "Not understood. Write the mobile number in digits.",
    "2*": "Choose from the list.\nAre you",  # an empty answer
    "9": "Choose from the list.\n1. My contracts",
    "*".join(OFFER[:-1]): "You buy 50 bags maize",
    "*".join(OFFER): "You buy 50 bags maize",  # never to a PIN: what it would be for is shown first
    "*".join((*OFFER, PIN, PIN)): "You buy 50 bags maize",
    "5*1*2": "Language",  # nor past any other effect
    "*": "Choose from the list.\n1. My contracts",
    "2*1*0711222333*maize*50 bags*a*b*c*3500": "Where and which day is it delivered?",
}
