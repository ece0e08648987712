"""Wrong PINs, as a guesser meets them: a locked one is not looked at, and no way to guess faster than counted."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio

from tests.handset import Handset
from tests.resilience.people import AMINA, OFFER, PIN, PIN_LOCKED, WRONG_PIN, with_pin
from tests.service import Service, open_service


@pytest_asyncio.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with open_service(database_url, redis_url, workers=2) as running:
        yield running


async def test_a_locked_pin_answers_the_right_one_as_a_wrong_one(service: Service) -> None:
    amina = await with_pin(service, AMINA)
    await amina.dial()
    await amina.types(*OFFER)
    screens = [await amina.types(pin) for pin in ("9999", "9998", "9997", "9996", PIN, "", "what")]
    locked_until = await service.db.fetchval("SELECT pin_locked_until FROM phones WHERE msisdn = $1", AMINA)
    assert locked_until > service.now()
    assert screens[2].text.startswith(f"{PIN_LOCKED}{locked_until + timedelta(hours=3, minutes=1):%H:%M}. "), "Nairobi"
    assert [screen.text.split("\n")[0] for screen in screens[:2]] == [
        f"{WRONG_PIN}2 tries left.",
        f"{WRONG_PIN}1 try left.",
    ]
    assert screens[2].text.startswith(PIN_LOCKED) and screens[2].text.count("Settings > Forgot PIN") == 1
    assert {screen.wire for screen in screens[3:5]} == {screens[2].wire}
    assert screens[6].wire == screens[2].wire
    assert await wrong_pins(service) == [(1, False), (2, False), (3, True)]


async def test_guesses_made_at_once_are_counted_one_by_one(service: Service) -> None:
    """Thirty sessions of one phone through two processes, all at the PIN, and all at the same moment."""
    await with_pin(service, AMINA)
    phones = [Handset(edge, AMINA) for edge in service.edges * 15]
    for phone in phones:
        await phone.dial("*".join(OFFER[:-1]))
        await phone.types("1")
    guesses = [*(f"90{n:02}" for n in range(29)), PIN]  # the right one last, when it is locked
    first, rest = guesses[:3], guesses[3:]
    await asyncio.gather(*(phone.types(pin) for phone, pin in zip(phones, first, strict=False)))
    assert await tries(service) == 3
    said = await asyncio.gather(*(phone.types(pin) for phone, pin in zip(phones[3:], rest, strict=True)))
    assert len({screen.wire for screen in said}) == 1
    assert await tries(service) == 3, "a locked PIN is not tried"
    assert (await service.counts())["contracts"] == 0


async def test_thirty_at_once_are_three(service: Service) -> None:
    await with_pin(service, AMINA)
    phones = [Handset(edge, AMINA) for edge in service.edges * 15]
    for phone in phones:
        await phone.dial("*".join(OFFER[:-1]))
        await phone.types("1")
    said = await asyncio.gather(*(phone.types(f"90{n:02}") for n, phone in enumerate(phones)))
    told = Counter(screen.text.split("\n")[0] for screen in said)
    assert sorted(told.values()) == [1, 1, 28], "two wrong ones, and then it is locked"
    assert await tries(service) == 3
    assert len(await wrong_pins(service)) == 3


async def test_the_same_wrong_pin_twice_at_once_is_one_guess_in_the_audit(service: Service) -> None:
    amina = await with_pin(service, AMINA)
    await amina.dial("*".join(OFFER[:-1]))
    await amina.types("1")
    amina.typed.append("9999")
    said = await asyncio.gather(*(edge.hook("ussd", amina.hop_form()) for edge in service.edges * 5))
    assert len({answer.body for answer in said}) == 1
    assert await wrong_pins(service) == [(1, False)]


async def wrong_pins(service: Service) -> list[tuple[int, bool]]:
    """The guesses that the audit tells of: which try of a row it was, and whether the PIN is locked behind it."""
    found = await service.db.fetch("SELECT details FROM audit_actions WHERE action = 'pin.wrong' ORDER BY seq")
    details = [json.loads(row["details"]) for row in found]
    return [(one["tries"], "locked_until" in one) for one in details]


async def tries(service: Service) -> int:
    found = await service.db.fetchval("SELECT pin_tries FROM phones WHERE msisdn = $1", AMINA)
    assert isinstance(found, int)
    return found
