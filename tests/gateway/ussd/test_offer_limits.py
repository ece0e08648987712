"""Nobody can be bombed with offers: limits of who makes them and of who gets them, also when all are made at once.

No wall clock is read: a call that is late on a busy machine ends with a promise, which is waited for.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest_asyncio

from tests.clock import STARTS_AT, ServiceClock
from tests.gateway.offers_by_ussd import PIN, chooses_pin, goes_to_the_pin, offers_to
from tests.handset import Handset, HandsetScreen
from tests.resilience.lateness import wait_for_promises
from tests.service import Service, open_service

AMINA, OTIENO, VICTIM = "+254712345678", "+254722000002", "+254733000003"
IN_TIME = {"hop_budget_ms": 10_000, "database_timeout_seconds": 60}  # on a busy machine too
MADE, LATE = "is made", "we will tell you by SMS"
TOO_MANY = "this person got many offers from new people. Try again on 23"
UNLOCK = "UPDATE phones SET pin_locked_until = NULL, pin_tries = 0"


@pytest_asyncio.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    clock = ServiceClock(STARTS_AT)
    async with open_service(database_url, redis_url, workers=2, now=clock, **IN_TIME) as running:
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


async def all_at_once(service: Service, calls: Sequence[Handset]) -> tuple[list[str], int]:
    """Type every PIN at the same moment. Return what the screens say, and how many offers were made: as many as the
    screens say, but for those that promise to tell it by SMS because the machine was too busy."""
    screens: list[HandsetScreen] = await asyncio.gather(*(call.types(PIN) for call in calls))
    await wait_for_promises(service)
    told, made = [plain(screen.text) for screen in screens], await count_made(service)
    said, late = (sum(words in text for text in told) for words in (MADE, LATE))
    assert said <= made <= said + late, told
    return told, made


async def free_at(service: Service, newest: int, period: timedelta) -> str:
    """The hour and minute at which the offer that is the `newest`-th from the last does not count any more."""
    at = await service.db.fetchval("SELECT at FROM offers ORDER BY at DESC OFFSET $1 LIMIT 1", newest - 1)
    return f"{(at + period).astimezone(ZoneInfo('Africa/Nairobi')):%H:%M}"


async def test_thirty_calls_of_one_maker_at_once_make_no_more_than_six_offers(service: Service) -> None:
    await chooses_pin(service.phone(AMINA))
    calls = phones(service, 30, AMINA)
    for n, call in enumerate(calls):
        await goes_to_the_pin(call, f"+2547330001{n:02}")
    _, made = await all_at_once(service, calls)
    assert 0 < made <= 6
    await service.db.execute(UNLOCK)  # so many tries of a PIN at once lock it, which is a limit of its own
    for n in range(6):
        last = await offers_to(service.phone(AMINA), f"+2547330002{n:02}")
    free = await free_at(service, 6, timedelta(hours=1))
    assert last == f"Not sent: 6 offers an hour is the most. You can make one more after {free}."
    assert await count_made(service) == 6


async def test_strangers_at_once_make_one_person_three_offers(service: Service) -> None:
    strangers = phones(service, 12)
    for stranger in strangers:
        await chooses_pin(stranger)
        await goes_to_the_pin(stranger, VICTIM)
    told, made = await all_at_once(service, strangers)
    assert made == 3
    assert all(any(words in text for words in (MADE, TOO_MANY, LATE)) for text in told), told
    victim = service.phone(VICTIM)
    reference = await service.db.fetchval("SELECT reference FROM contracts ORDER BY created_at LIMIT 1")
    await victim.sends_sms(f"YES {reference}")
    assert await service.db.fetchval("SELECT status FROM contracts WHERE reference = $1", reference) == "CONFIRMED"
    told = [await offers_to(stranger, VICTIM) for stranger in strangers]
    assert sum(MADE in text for text in told) == 1, "who has a contract that both confirmed is no stranger"


async def test_each_limit_ends_by_time_or_by_an_answer(database_url: str, redis_url: str) -> None:
    clock, limits = ServiceClock(STARTS_AT), {"offers_per_hour": 2, "offers_per_day": 3, "offers_open": 4}
    async with open_service(database_url, redis_url, now=clock, **IN_TIME, **limits) as service:
        amina = service.phone(AMINA)
        await chooses_pin(amina)
        told = []
        for n in range(4):
            told.append(await offers_to(amina, f"+2547330002{n:02}"))
            clock.passes(timedelta(minutes=40))
        assert [MADE in text for text in told] == [True, True, True, False]
        free = await free_at(service, 3, timedelta(days=1))
        assert f"3 offers a day is the most. You can make one more on 24 Nov 2026 after {free}." in plain(told[-1])
        clock.passes(timedelta(days=1))
        assert MADE in await offers_to(amina, OTIENO)
        assert "4 offers of yours wait for an answer" in await offers_to(amina, OTIENO)
        await service.phone("+254733000200").sends_sms("NO")
        assert MADE in await offers_to(amina, OTIENO)


async def test_at_night_a_stranger_s_offer_waits_for_the_morning(database_url: str, redis_url: str) -> None:
    clock = ServiceClock(STARTS_AT)
    async with open_service(database_url, redis_url, now=clock, **IN_TIME, sms_quiet_hours="21:00-07:00") as service:
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
