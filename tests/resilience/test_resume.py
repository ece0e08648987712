"""A call that is cut, and the next dial: going on where it was, with what was answered, but never past a PIN."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.handset import Handset, HandsetScreen
from tests.resilience.people import (
    AMINA,
    ASKS_PIN,
    EVE,
    OFFER,
    OTHER_PIN,
    OTIENO,
    PIN,
    WRONG_PIN,
    contracts,
    offers,
    to_the_pin,
    with_pin,
)
from tests.service import Service, open_service

GO_ON = "Go on"
JOURNEYS = ("My contracts", "New contract", "Settings", "Help")


@pytest_asyncio.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with open_service(database_url, redis_url) as running:
        yield running


async def goes_on(phone: Handset) -> HandsetScreen:
    """The next dial, and the choice to go on."""
    offered = await phone.dial()
    assert offered.text.startswith("Your last call was cut.")
    assert not offered.ends
    return await phone.chooses(GO_ON)


async def is_home(phone: Handset) -> bool:
    """Whether the next dial just begins, with nothing to go on with."""
    begun = await phone.dial()
    return begun.text.startswith("VoicePact: agree") and GO_ON not in begun.text


@pytest.mark.parametrize("answered", range(1, len(OFFER)))
async def test_going_on_shows_the_very_screen_that_was_there(service: Service, answered: int) -> None:
    amina = service.phone(AMINA)
    await amina.dial()
    left = await amina.types(*OFFER[:answered])
    offered = await amina.dial()
    assert all(amina.screen.key_of(journey) for journey in JOURNEYS)
    again = await goes_on(amina)
    assert (again.wire, offered.ends) == (left.wire, False)
    check = await amina.types(*OFFER[answered:-1])
    assert check.text.startswith(
        "You buy 50 bags maize from 0711 222 333 for KES 3,500. Delivery: Bungoma market, 25 D"
    )


@pytest.mark.parametrize("hangs_up", [True, False], ids=["the provider says so", "nobody says so"])
async def test_what_is_resumed_is_made_once(service: Service, hangs_up: bool) -> None:
    amina = service.phone(AMINA)
    await amina.dial()
    await amina.types(*OFFER[:5])
    if hangs_up:
        await amina.hangs_up()
    await goes_on(amina)
    made = await amina.types(*OFFER[5:], PIN, PIN)
    assert "is made" in made.text
    assert (await amina.hop()).wire == made.wire
    assert await contracts(service) == [("PENDING", 1)]
    assert await is_home(amina)


async def test_resumed_twice(service: Service) -> None:
    amina = service.phone(AMINA)
    await amina.dial()
    await amina.types(*OFFER[:4])
    await goes_on(amina)
    left = await amina.types(OFFER[4])
    assert (await goes_on(amina)).wire == left.wire
    assert "is made" in (await amina.types(*OFFER[5:], PIN, PIN)).text
    assert await contracts(service) == [("PENDING", 1)]


async def test_cut_again_before_anything_is_chosen(service: Service) -> None:
    amina = service.phone(AMINA)
    await amina.dial()
    left = await amina.types(*OFFER[:4])
    for _ in range(3):
        offered = await amina.dial()
        assert offered.text.count(GO_ON) == 1
    assert (await goes_on(amina)).wire == left.wire


async def test_back_on_what_is_offered_goes_on_too(service: Service) -> None:
    amina = service.phone(AMINA)
    await amina.dial()
    left = await amina.types(*OFFER[:4])
    await amina.dial()
    assert (await amina.types("0")).wire == left.wire


async def test_home_in_place_of_going_on_forgets_it(service: Service) -> None:
    amina = service.phone(AMINA)
    await amina.dial()
    await amina.types(*OFFER[:4])
    await amina.dial()
    assert (await amina.types("00")).text.startswith("VoicePact: agree")
    assert await is_home(amina)


async def test_the_pin_is_asked_again_of_who_was_cut_at_it(service: Service) -> None:
    amina = await with_pin(service, AMINA)
    await amina.dial()
    asked = await amina.types(*OFFER)
    assert asked.text.startswith(ASKS_PIN)
    assert (await goes_on(amina)).wire == asked.wire
    assert await contracts(service) == []
    assert (await amina.types("9999")).text.startswith(WRONG_PIN)
    assert "is made" in (await amina.types(PIN)).text


async def test_a_contract_that_was_read_is_the_one_that_is_confirmed(service: Service) -> None:
    """The list has changed meanwhile; the PIN still stands before the contract whose terms were read."""
    first = await offers(service, AMINA, OTIENO, "maize", PIN)
    otieno = service.phone(OTIENO)
    await to_the_pin(otieno)
    await offers(service, EVE, OTIENO, "beans", OTHER_PIN)
    await goes_on(otieno)
    await otieno.types("7391")
    done = await otieno.types("7391")
    assert done.text.startswith(f"Contract {first[:4]} {first[4:]} is confirmed")
    assert await contracts(service) == [("CONFIRMED", 2), ("PENDING", 1)]


async def test_a_pin_that_was_proved_does_not_count_for_the_next_call(service: Service) -> None:
    """Cut between the old PIN and the new one: whoever dials next has to know the old one."""
    amina = await with_pin(service, AMINA)
    await amina.dial("5")
    await amina.types("2")
    assert (await amina.types(PIN)).text.startswith("Choose a new PIN")
    assert await is_home(amina)


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param((), id="nothing but home"),
        pytest.param(("2", "1", "0", "0"), id="back at home"),
        pytest.param(("2", "1", "00"), id="home by its key"),
        pytest.param((*OFFER, PIN, PIN), id="an end"),
        pytest.param(("9",), id="nothing that means anything"),
    ],
)
async def test_there_is_nothing_to_go_on_with(service: Service, answers: tuple[str, ...]) -> None:
    amina = service.phone(AMINA)
    await amina.dial()
    await amina.types(*answers)
    assert await is_home(amina)


async def test_after_an_end_behind_what_was_resumed(service: Service) -> None:
    amina = service.phone(AMINA)
    await amina.dial()
    await amina.types(*OFFER[:5])
    await goes_on(amina)
    await amina.types(*OFFER[5:], PIN, PIN)
    assert amina.screen.ends
    assert await is_home(amina)


async def test_nobody_goes_on_with_what_another_left(service: Service) -> None:
    amina = service.phone(AMINA)
    await amina.dial()
    await amina.types(*OFFER[:5])
    assert await is_home(service.phone(EVE))
    assert (await goes_on(amina)).text.startswith("Total amount")


async def test_a_deep_dial_goes_where_it_says(service: Service) -> None:
    amina = service.phone(AMINA)
    await amina.dial()
    await amina.types(*OFFER[:5])
    assert (await amina.dial("5")).text.startswith("Settings")


@pytest.mark.parametrize("gone", ["ussd:*", "left:*"], ids=["the session", "the note of it"])
async def test_not_after_its_time(service: Service, gone: str) -> None:
    amina = service.phone(AMINA)
    await amina.dial()
    await amina.types(*OFFER[:5])
    keys = [key async for key in service.redis.scan_iter(gone)]
    assert keys
    for key in keys:
        left_ms = await service.redis.pttl(key)
        assert 0 < left_ms <= service.settings.session_ttl_seconds * 1000
        assert await service.redis.pexpire(key, 0)
    assert await is_home(amina)


async def test_in_the_language_of_the_caller(service: Service) -> None:
    amina = service.phone(AMINA)
    await amina.dial("5")
    await amina.types("1", "2")
    await amina.dial()
    left = await amina.types(*OFFER[:3])
    await amina.dial()
    assert amina.screen.key_of("Mkataba mpya") == "2"
    assert (await amina.types("0")).wire == left.wire
