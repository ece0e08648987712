"""Valkey or PostgreSQL silent, or gone: a polite end in time, nothing hangs, and what was done is not denied."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import asyncpg
import pytest
import pytest_asyncio

from menus.refusal_texts import BUSY, LATER
from menus.translate import translate
from tests.handset import Handset, HandsetScreen, read_screen
from tests.resilience.lateness import LOCK_CONTRACTS, LOCK_LISTS, hold_lock
from tests.resilience.people import AMINA, EVE, OFFER, OTIENO, PIN, contracts, offers, to_the_pin, with_pin
from tests.resilience.wire import Wire, wired
from tests.service import Service, open_service

BUDGET_MS = 1200


@dataclass
class Wired:
    """The service, and its wires to the two servers; the test's own connections go past them."""

    service: Service
    valkey: Wire
    postgres: Wire
    database_url: str

    def wire(self, server: str) -> Wire:
        return self.valkey if server == "valkey" else self.postgres


@pytest_asyncio.fixture
async def on(database_url: str, redis_url: str) -> AsyncIterator[Wired]:
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        postgres, postgres_url = await enter(wired(database_url))
        valkey, valkey_url = await enter(wired(redis_url))
        past = await asyncpg.connect(database_url)
        stack.push_async_callback(past.close)
        service = await enter(
            open_service(
                postgres_url, valkey_url, hop_budget_ms=BUDGET_MS, database_timeout_seconds=1.5,
                redis_socket_timeout=0.5,
            )
        )  # fmt: skip
        await service.db.close()
        service.db = past
        yield Wired(service, valkey, postgres, database_url)
        valkey.heals()
        postgres.heals()


async def hop(phone: Handset) -> HandsetScreen:
    """The screen; it comes while the server is still broken, so the hop did not wait for it to heal."""
    return read_screen(await phone.edge.hook("ussd", phone.hop_form()))


def breaks(wire: Wire, how: str) -> None:
    wire.goes_silent() if how == "silent" else wire.is_taken_down()


BROKEN = [
    pytest.param(server, how, id=f"{server} {how}") for server in ("valkey", "postgres") for how in ("silent", "gone")
]


@pytest.mark.parametrize(("server", "how"), BROKEN)
async def test_many_callers_at_once_get_a_polite_end(on: Wired, server: str, how: str) -> None:
    people = [on.service.phone(f"+2547200000{n:02}") for n in range(20)]
    await asyncio.gather(*(person.dial() for person in people))
    breaks(on.wire(server), how)
    for person in people:
        person.typed.append("1")  # My contracts: a reading
    for screen in await asyncio.gather(*(hop(person) for person in people)):
        assert (screen.text, screen.ends) == (translate(BUSY, "en"), True)
    on.wire(server).heals()
    await is_well_again(on.service.phone(EVE))


async def is_well_again(phone: Handset) -> None:
    """Without a restart; connections that are found broken may cost a few dials."""
    async with asyncio.timeout(15):
        while (await phone.dial()).ends:  # noqa: ASYNC110 - a row tells nobody
            await asyncio.sleep(0.1)
    assert (await phone.types("1")).text.startswith("You have no contracts")


@pytest.mark.parametrize("how", ["silent", "gone"])
async def test_a_message_is_not_taken_without_the_database(on: Wired, how: str) -> None:
    await offers(on.service, AMINA, OTIENO, "maize", PIN)
    otieno = on.service.phone(OTIENO)
    breaks(on.postgres, how)
    form = otieno.mo_form("YES", "mo-1")
    answers = await asyncio.gather(*(on.service.edge.hook("sms", form) for _ in range(5)))
    assert {answer.status for answer in answers} == {503}
    on.postgres.heals()
    async with asyncio.timeout(15):
        while (await on.service.edge.hook("sms", form)).status != 200:  # noqa: ASYNC110 - a row tells nobody
            await asyncio.sleep(0.1)
    assert await contracts(on.service) == [("CONFIRMED", 2)]


@pytest.mark.parametrize("how", ["silent", "gone"])
async def test_the_store_goes_while_a_list_is_read(on: Wired, how: str) -> None:
    """The lock of the session cannot be let go then; nobody waits for that."""
    amina = on.service.phone(AMINA)
    await amina.dial()
    amina.typed.append("1")
    async with hold_lock(on.database_url, LOCK_LISTS):
        pending = asyncio.create_task(hop(amina))
        await asyncio.sleep(0.3)
        breaks(on.valkey, how)
        assert (await pending).text == translate(BUSY, "en")


@pytest.mark.parametrize("how", ["silent", "gone"])
async def test_the_store_goes_while_a_contract_is_confirmed(on: Wired, how: str) -> None:
    """The word was given, and is in the database: so says the screen, or on a busy machine that an SMS will say it."""
    await offers(on.service, AMINA, OTIENO, "maize", PIN)
    otieno = await with_pin(on.service, OTIENO, "7391")
    await to_the_pin(otieno)
    otieno.typed.append("7391")
    async with hold_lock(on.database_url, LOCK_CONTRACTS):
        hop = asyncio.create_task(otieno.hop())
        await asyncio.sleep(0.3)
        breaks(on.valkey, how)
    said = (await hop).text
    assert "is confirmed by all" in said or said == translate(LATER, "en")
    on.valkey.heals()
    assert await contracts(on.service) == [("CONFIRMED", 2)]
    again = (await otieno.hop()).text
    assert "is confirmed by all" in again or again == said, "a repeat is answered as the hop was"


async def test_a_call_that_ended_busy_can_be_gone_on_with(on: Wired) -> None:
    amina = on.service.phone(AMINA)
    await amina.dial()
    left = await amina.types(*OFFER[:4])
    on.postgres.goes_silent()
    assert (await amina.dial()).text == translate(BUSY, "en")
    on.postgres.heals()
    async with asyncio.timeout(15):
        while (await amina.dial()).ends:  # noqa: ASYNC110 - a row tells nobody
            await asyncio.sleep(0.1)
    assert (await amina.chooses("Go on")).wire == left.wire
