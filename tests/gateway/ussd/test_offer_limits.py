"""Nobody can be bombed with offers: limits of who makes them and of who gets them, also when all are made at once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio

from tests.clock import ServiceClock
from tests.gateway.offers_by_ussd import PIN, chooses_pin, goes_to_the_pin, offers_to
from tests.handset import Handset
from tests.service import Service, open_service

AMINA, OTIENO, VICTIM = "+254712345678", "+254722000002", "+254733000003"
UNLOCK = "UPDATE phones SET pin_locked_until = NULL, pin_tries = 0"


@pytest_asyncio.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with open_service(database_url, redis_url, workers=2) as running:
        yield running


def phones(service: Service, number: int, msisdn: str | None = None) -> list[Handset]:
    """That many phones, over both workers: with numbers of their own, or so many calls from one number at a time."""
    found = [service.phone(msisdn or f"+25471000{n:04}") for n in range(number)]
    for n, phone in enumerate(found):
        phone.edge = service.edges[n % len(service.edges)]
    return found


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


async def count_made(service: Service) -> int:
    made: int = await service.db.fetchval("SELECT count(*) FROM contracts")
    assert made == await service.db.fetchval("SELECT count(*) FROM offers")
    return made


async def test_thirty_calls_of_one_maker_at_once_make_no_more_than_six_offers(service: Service) -> None:
    await chooses_pin(service.phone(AMINA))
    calls = phones(service, 30, AMINA)
    for n, call in enumerate(calls):
        await goes_to_the_pin(call, f"+2547330001{n:02}")
    screens = await asyncio.gather(*(call.types(PIN) for call in calls))
    assert 0 < await count_made(service) == sum("is made" in screen.text for screen in screens) <= 6
    await service.db.execute(UNLOCK)  # so many tries of a PIN at once lock it, which is a limit of its own
    for n in range(6):
        last = await offers_to(service.phone(AMINA), f"+2547330002{n:02}")
    assert last.startswith("Not sent: 6 offers an hour is the most. You can make one more after 11:0")
    assert await count_made(service) == 6


async def test_strangers_at_once_make_one_person_three_offers(service: Service) -> None:
    strangers = phones(service, 12)
    for stranger in strangers:
        await chooses_pin(stranger)
        await goes_to_the_pin(stranger, VICTIM)
    told = [screen.text for screen in await asyncio.gather(*(stranger.types(PIN) for stranger in strangers))]
    assert await count_made(service) == sum("is made" in text for text in told) == 3
    assert sum("this person got many offers from new people. Try again on 23" in text for text in told) == 9
    victim = service.phone(VICTIM)
    reference = await service.db.fetchval("SELECT reference FROM contracts ORDER BY created_at LIMIT 1")
    await victim.sends_sms(f"YES {reference}")
    assert await service.db.fetchval("SELECT status FROM contracts WHERE reference = $1", reference) == "CONFIRMED"
    told = [await offers_to(stranger, VICTIM) for stranger in strangers]
    assert sum("is made" in text for text in told) == 1, "who has a contract that both confirmed is no stranger"


async def test_each_limit_ends_by_time_or_by_an_answer(database_url: str, redis_url: str) -> None:
    clock, limits = ServiceClock(), {"offers_per_hour": 2, "offers_per_day": 3, "offers_open": 4}
    async with open_service(database_url, redis_url, now=clock, **limits) as service:
        amina = service.phone(AMINA)
        await chooses_pin(amina)
        told = []
        for n in range(4):
            told.append(await offers_to(amina, f"+2547330002{n:02}"))
            clock.passes(timedelta(minutes=40))
        assert ["is made" in text for text in told] == [True, True, True, False]
        assert "3 offers a day is the most. You can make one more on 24 Nov 2026 after 10:0" in plain(told[-1])
        clock.passes(timedelta(days=1))
        assert "is made" in await offers_to(amina, OTIENO)
        assert "4 offers of yours wait for an answer" in await offers_to(amina, OTIENO)
        await service.phone("+254733000200").sends_sms("NO")
        assert "is made" in await offers_to(amina, OTIENO)


async def test_at_night_a_stranger_s_offer_waits_for_the_morning(database_url: str, redis_url: str) -> None:
    clock = ServiceClock()
    async with open_service(database_url, redis_url, now=clock, sms_quiet_hours="21:00-07:00") as service:
        amina, otieno = service.phone(AMINA), service.phone(OTIENO)
        await chooses_pin(amina)
        clock.passes(timedelta(hours=12))  # 22:00 in Nairobi
        assert "It is night: we ask 0722 000 002 in the morning" in plain(await offers_to(amina, OTIENO))
        due_at = await service.db.fetchval("SELECT due_at FROM sms_logs WHERE kind = 'offered'")
        assert f"{due_at:%d %H:%M}" == "24 04:00"  # 07:00 in Nairobi
        await otieno.sends_sms("YES")
        assert "We ask 0722 000 002 by SMS" in plain(await offers_to(amina, OTIENO)), "they know each other now"


async def test_an_offer_shows_the_name_that_its_maker_chose_beside_the_number(service: Service) -> None:
    amina, otieno = service.phone(AMINA), service.phone(OTIENO)
    await chooses_pin(amina)
    await amina.dial()
    await amina.chooses("Settings")
    await amina.chooses("My name")
    assert "leave out the phone number" in (await amina.types("Call 0712345678")).text
    await amina.types("Amina Wanjiru")
    await amina.chooses("Save")
    await offers_to(amina, OTIENO)
    assert "Amina Wanjiru (0712 345 678) buys 50 bags maize" in (await otieno.next_sms() or "")
