"""A deploy in the middle of a thousand sessions: each key still means what the page said on which it was seen.

The deploy is what it is in the code: other screens under the same names, while the stored sessions stay as they are.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
import pytest_asyncio

from contracts.readings import Person
from gateway.ussd import conversation
from gateway.ussd.conversation import Conversation
from gateway.ussd.effect import acted_place
from menus.screen import SCREENS, Ask, Caller, Choice, Menu, Screen, choice, end, go, menu
from menus.translate import t
from storage.encryption import Encryptor
from storage.record_rows import Hop
from tests.handset import Edge, Handset, HandsetScreen
from tests.resilience.people import AMINA, EVE, OTIENO, PIN, contracts, offers, to_the_pin, with_pin
from tests.service import Service, open_service
from values.frozen import replace

SESSIONS, AT_ONCE = 1000, 40
_numbers = count()
MAKING = ("2", "1", "0711222333", "maize", "50 bags", "3500", "Bungoma market", "25/12")


@pytest_asyncio.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with open_service(database_url, redis_url, log_level="WARNING") as running:
        yield running


@dataclass(frozen=True)
class Spot:
    """A page on which callers are when the deploy comes (`dialled` leads to it), and the answer they give then."""

    dialled: str
    answer: str


SPOTS = [
    *(Spot("", key) for key in "12345"),
    *(Spot("2", key) for key in ("1", "2", "0", "00")),
    *(Spot("5", key) for key in ("1", "2", "0")),
    *(Spot("5*1", key) for key in ("0", "00", "9")),
    *(Spot("*".join(MAKING[:n]), MAKING[n]) for n in range(2, len(MAKING))),
    *(Spot("*".join(MAKING), key) for key in ("1", "2", "0")),
    Spot("6", "00"),
]


def upside_down(drawn: Screen) -> Screen:
    """The same choices the other way round, all called otherwise, behind a new first one."""
    if not isinstance(drawn, Menu):
        return drawn
    others = (choice(t("{name}", name=f"Was {n}"), one.move) for n, one in enumerate(drawn.choices, start=1))
    return menu(t("New menus"), Choice(t("Help"), go("help")), *reversed(list(others)))


@pytest.fixture
def deploy(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Screen], Screen]], None]:
    """Put other screens in place of all those there are."""

    def deployed(change: Callable[[Screen], Screen]) -> None:
        for name, drawn in list(SCREENS.items()):
            monkeypatch.setitem(SCREENS, name, replace(drawn, draw=_changed(drawn.draw, change)))

    return deployed


def _changed(draw: Callable[..., Screen], change: Callable[[Screen], Screen]) -> Callable[..., Screen]:
    return lambda *given, **about: change(draw(*given, **about))


async def at(edge: Edge, spots: Sequence[Spot]) -> list[Handset]:
    """A phone of its own on each, that nobody has used before."""
    phones = [Handset(edge, f"+25472{next(_numbers):07}") for _ in spots]
    for n in range(0, len(spots), AT_ONCE):
        some = zip(phones[n : n + AT_ONCE], spots[n : n + AT_ONCE], strict=True)
        await asyncio.gather(*(phone.dial(spot.dialled) for phone, spot in some))
    return phones


async def answer(phones: Sequence[Handset], spots: Sequence[Spot]) -> list[HandsetScreen]:
    said: list[HandsetScreen] = []
    for n in range(0, len(spots), AT_ONCE):
        some = zip(phones[n : n + AT_ONCE], spots[n : n + AT_ONCE], strict=True)
        said += await asyncio.gather(*(phone.types(spot.answer) for phone, spot in some))
    return said


async def went_to(service: Service, phones: Sequence[Handset]) -> list[Any]:
    """Where each session is, what it holds of what was answered, and what it is asked: as the store has it."""
    places = []
    for phone in phones:
        talk = await stored(service, phone)
        places.append((talk.session.trail, talk.session.answers, talk.session.asked))
    return places


async def stored(service: Service, phone: Handset) -> Conversation:
    key = f"ussd:{{africastalking:{phone.session_id}}}"
    value = await service.redis.get(key)
    assert isinstance(value, bytes)
    plain = Encryptor(service.settings.secret_key.get_secret_value()).decrypt(value.partition(b":")[2], key)
    found = conversation.from_bytes(plain or b"")
    assert found
    return found


async def rewrite(service: Service, phone: Handset, old: bytes, new: bytes) -> None:
    """Put a session into the store, and with what has acted, as another version of the code would have: `old` and `new`
    are words as MessagePack has them, with their length before them."""
    encryptor = Encryptor(service.settings.secret_key.get_secret_value())
    for row in await service.db.fetch("SELECT * FROM acted_hops WHERE session_id = $1", phone.session_id):
        place = acted_place(Hop(row["provider"], row["session_id"], row["hop_key"]))
        kept = encryptor.decrypt(row["session"], place) if row["session"] else None
        if kept:
            rewritten = encryptor.encrypt(kept.replace(old, new), place)
            await service.db.execute("UPDATE acted_hops SET session = $2 WHERE hop_key = $1", row["hop_key"], rewritten)
    key = f"ussd:{{africastalking:{phone.session_id}}}"
    value = await service.redis.get(key)
    assert isinstance(value, bytes)
    version, _, sealed = value.partition(b":")
    plain = encryptor.decrypt(sealed, key)
    assert plain and old in plain
    await service.redis.set(key, version + b":" + encryptor.encrypt(plain.replace(old, new), key))


async def test_a_thousand_sessions_across_a_deploy_that_reorders(
    service: Service, deploy: Callable[[Callable[[Screen], Screen]], None]
) -> None:
    """Every one of them gets to the place, with the answers, that it would have got to before."""
    chosen = random.Random(3).choices(SPOTS, k=SESSIONS)  # noqa: S311 - nothing secret
    assert set(chosen) == set(SPOTS)
    before = await at(service.edge, SPOTS)
    shown = dict(zip(SPOTS, await answer(before, SPOTS), strict=True))
    meant = dict(zip(SPOTS, await went_to(service, before), strict=True))
    phones = await at(service.edge, chosen)
    deploy(upside_down)
    said = await answer(phones, chosen)
    wrong: Counter[Spot] = Counter()
    for spot, now, there in zip(chosen, said, await went_to(service, phones), strict=True):
        wrong[spot] += there != meant[spot]
        if meant[spot][2]:  # a question: it has no order to change
            assert now.wire == shown[spot].wire
    assert not +wrong
    assert (await Handset(service.edge, AMINA).dial()).text.startswith("New menus\n1. Help\n2. Was 7")


async def test_a_choice_that_has_an_effect_has_that_effect(
    service: Service, deploy: Callable[[Callable[[Screen], Screen]], None]
) -> None:
    """Fifty are about to choose Swahili when the languages change places."""
    spots = [Spot("5*1", "2")] * 50
    phones = await at(service.edge, spots)
    deploy(upside_down)
    await answer(phones, spots)
    languages = await service.db.fetch("SELECT language, count(*) FROM phones GROUP BY language")
    assert [tuple(row) for row in languages] == [("sw", 50)]


async def test_a_confirmation_is_not_turned_into_its_opposite(
    service: Service, deploy: Callable[[Callable[[Screen], Screen]], None]
) -> None:
    """The screen said 1. Confirm; now the first is something else, and the PIN is typed all the same."""
    await offers(service, AMINA, OTIENO, "maize", PIN)
    otieno = await with_pin(service, OTIENO, "7391")
    await otieno.dial("1*1")
    key = otieno.screen.key_of("Confirm")
    assert key
    deploy(upside_down)
    assert (await otieno.types(key)).text.startswith("Enter your PIN")
    assert "is confirmed by all" in (await otieno.types("7391")).text
    assert await contracts(service) == [("CONFIRMED", 2)]


async def test_a_question_is_read_as_it_was_asked(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next question has taken its place and its name; what was typed answers the one that was shown."""
    amina = service.phone(AMINA)
    await amina.dial("2*1*0711222333*maize")
    old = SCREENS["new.quantity"]

    def asks_the_amount(caller: Caller) -> Screen:
        drawn = SCREENS["new.amount"].draw(caller)
        assert isinstance(drawn, Ask)
        return drawn

    monkeypatch.setitem(SCREENS, "new.quantity", replace(old, draw=asks_the_amount))
    assert (await amina.types("50 bags")).text.startswith("Total amount in KES")
    assert (await stored(service, amina)).session.answers["quantity"] == ["50", "bags"]


@pytest.mark.parametrize("gone", ["settings", "new.role", "contracts", "help", "settings.language"])
async def test_a_screen_that_is_gone_leads_home(service: Service, monkeypatch: pytest.MonkeyPatch, gone: str) -> None:
    amina = service.phone(AMINA)
    home = await amina.dial()
    monkeypatch.delitem(SCREENS, gone)
    key = {"contracts": "1", "new.role": "2", "settings": "5", "help": "6", "settings.language": "7"}[gone]
    assert (await amina.types(key)).wire == home.wire


async def test_going_on_with_a_screen_that_is_gone_leads_home(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    amina = service.phone(AMINA)
    home = await amina.dial()
    await amina.types(*MAKING[:4])
    monkeypatch.delitem(SCREENS, "new.quantity")
    await amina.dial()
    assert (await amina.chooses("Go on")).text == home.text


async def test_an_effect_that_is_gone_starts_again_politely(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is done, and what was typed leads as far as the new menus know."""
    await offers(service, AMINA, OTIENO, "maize", PIN)
    otieno = await with_pin(service, OTIENO, "7391")
    await to_the_pin(otieno)
    await rewrite(service, otieno, b"\xa7Confirm", b"\xa5Bless")
    monkeypatch.setitem(SCREENS, "contract", replace(SCREENS["contract"], draw=_only_read))
    screen = await otieno.types("7391")
    assert not screen.ends
    assert await contracts(service) == [("PENDING", 1)]
    assert (await otieno.types("00")).text.startswith("VoicePact: agree")


async def test_what_another_version_did_is_not_done_again(service: Service) -> None:
    """Its answer was lost on the way, and the provider repeats the hop when that version is gone."""
    amina = await with_pin(service, AMINA, PIN)
    await amina.dial("*".join(MAKING))
    made = await amina.types("1", PIN)
    assert made.ends and "is made" in made.text
    await rewrite(service, amina, b"\xa4home", b"\xc0")
    for _ in range(2):
        assert (await amina.hop()).wire == made.wire
    assert await contracts(service) == [("PENDING", 1)]


def _only_read(caller: Caller, found: object, contract_id: str) -> Screen:
    return menu(t("Help"))


@pytest.mark.parametrize("bytes_of_it", [b"7:", b"7:what is this", b"what", b""], ids=["empty", "odd", "old", "none"])
async def test_a_session_that_cannot_be_read_starts_again(service: Service, bytes_of_it: bytes) -> None:
    amina = service.phone(AMINA)
    await amina.dial("2*1")
    (key,) = [key async for key in service.redis.scan_iter("ussd:*")]
    await service.redis.set(key, bytes_of_it)
    assert (await amina.types("0711222333")).text.startswith("What is sold, and how much?")
    assert (await amina.types("maize")).text.startswith("How much")


async def test_a_home_that_ends_is_no_trap(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deploy that closes the service for a while: who is in a journey gets to its end, who dials is told."""
    amina = service.phone(AMINA)
    await amina.dial("*".join(MAKING))

    def closed(caller: Caller, known: Person) -> Screen:
        return end(t("Help"))

    monkeypatch.setitem(SCREENS, "home", replace(SCREENS["home"], draw=closed))
    await amina.types("1")
    assert "is made" in (await amina.types(PIN, PIN)).text
    assert (await service.phone(EVE).dial()).ends
