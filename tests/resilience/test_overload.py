"""More callers than can be answered in time: new ones get a polite end at once, and those who are in a call go on.

The database is made slow by a lock. No clock is read: who is answered while others wait, who came before and have the
same time, was not kept waiting.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from menus.refusal_texts import BUSY
from menus.translate import translate
from tests.handset import HandsetScreen
from tests.resilience.lateness import hold_lock
from tests.resilience.people import AMINA, EVE, OTIENO
from tests.service import Service, open_service

LOCK_PEOPLE = "LOCK TABLE phones IN ACCESS EXCLUSIVE MODE"
CONNECTIONS, CALLERS, MORE = 4, 60, 10
SETTINGS: dict[str, Any] = {"hop_budget_ms": 10_000, "database_timeout_seconds": 50.0, "database_pool_max": CONNECTIONS}


def is_busy(screen: HandsetScreen) -> bool:
    return (screen.text, screen.ends) == (translate(BUSY, "en"), True)


@dataclass
class Crowd:
    """Callers who dial while the database is slow; most of them wait."""

    service: Service
    dials: list["asyncio.Task[HandsetScreen]"]

    def dial(self) -> "asyncio.Task[HandsetScreen]":
        """One more dials."""
        self.dials.append(asyncio.create_task(self.service.phone(f"+25470{len(self.dials):07}").dial()))
        return self.dials[-1]

    async def until_one_is_turned_away(self) -> None:
        """More dial until one is answered."""
        async with asyncio.timeout(60):
            while not any(one.done() for one in self.dials):
                await asyncio.wait([self.dial()], timeout=0.02)

    @property
    def waits(self) -> bool:
        """Whether those who came first still have no answer."""
        return sum(not one.done() for one in self.dials) >= CONNECTIONS


@asynccontextmanager
async def too_many_callers(service: Service) -> AsyncIterator[Crowd]:
    """The database answers nobody as long as the context lasts, and the first caller was turned away."""
    crowd = Crowd(service, [])
    async with hold_lock(service.settings.database_url or "", LOCK_PEOPLE):
        for _ in range(CALLERS):
            crowd.dial()
        await crowd.until_one_is_turned_away()
        assert crowd.waits
        yield crowd


async def test_new_callers_are_turned_away_at_once_and_nothing_of_them_is_left(
    database_url: str, redis_url: str
) -> None:
    async with open_service(database_url, redis_url, **SETTINGS) as service:
        async with too_many_callers(service) as crowd:
            for _ in range(MORE):
                assert is_busy(await crowd.dial())
                assert crowd.waits
        screens = await asyncio.gather(*crowd.dials)
        turned_away = sum(map(is_busy, screens))
        assert MORE < turned_away <= len(screens) - CONNECTIONS
        assert not any(screen.ends for screen in screens if not is_busy(screen)), "who was taken is served"
        sessions = [key for key in await service.sessions() if key.count(b":") == 2]
        assert len(sessions) == len(screens) - turned_away
        assert not (await service.phone(AMINA).dial()).ends, "it is over"
    lines = [orjson.loads(line) for line in service.logged().splitlines()]
    told = [line for line in lines if line["event"] == "too much to do"]
    assert sum(line["dials"] for line in told) == turned_away
    first = told[0]
    assert (first["level"], first["dials"]) == ("warning", 1) and first["under_way"] >= CONNECTIONS, (
        "it is told at once"
    )
    assert len(told) < turned_away, "and then once a minute"


async def test_who_is_in_a_call_goes_on(database_url: str, redis_url: str) -> None:
    async with open_service(database_url, redis_url, **SETTINGS) as service:
        eve = service.phone(EVE)
        await eve.dial()
        asked = await eve.types("2", "1")
        async with too_many_callers(service) as crowd:
            screen = await eve.types(OTIENO)
            assert crowd.waits
        assert not screen.ends and screen.text != asked.text
        await asyncio.gather(*crowd.dials)


async def test_texts_and_reports_are_left_to_be_repeated(database_url: str, redis_url: str) -> None:
    async with open_service(database_url, redis_url, **SETTINGS) as service:
        amina = service.phone(AMINA)
        text = amina.mo_form("hello", "ATXid_that_is_repeated")
        report = {"id": "ATXid_1", "status": "Success", "phoneNumber": AMINA, "networkCode": "63902"}
        before = await service.rows()
        async with too_many_callers(service) as crowd:
            answers = [await service.edge.hook("sms", text), await service.edge.hook("sms/reports", report)]
            assert crowd.waits
        assert [answer.status for answer in answers] == [503, 503]
        assert all(b"Please send it again" in answer.body for answer in answers)
        await asyncio.gather(*crowd.dials)
        assert await service.rows() == before
        for _ in range(2):
            assert (await service.edge.hook("sms", text)).status == 200
        assert await service.db.fetchval("SELECT count(*) FROM sms_logs WHERE direction = 'in'") == 1
        health = await service.edge.request("GET", "/health")
        assert health.status == 200, "it stays with the load balancer"
        told = orjson.loads(health.body)
        assert (told["status"], told["checks"]["load"]) == ("degraded", "too much")
