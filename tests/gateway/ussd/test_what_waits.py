"""What a dial opens with, for who has to decide a dispute. The questions of buyers and sellers are in the dialogues."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.resilience.people import AMINA, EVE, OTIENO, PIN, offers, with_pin
from tests.service import Service, open_service


@pytest_asyncio.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with open_service(database_url, redis_url) as running:
        yield running


async def test_an_undecided_dispute_opens_the_dial_of_who_decides_it(service: Service) -> None:
    otieno, eve = await with_pin(service, OTIENO), await with_pin(service, EVE)
    await offers(service, AMINA, OTIENO, "maize", PIN)
    await otieno.dial()
    await otieno.types("1", PIN)
    await otieno.dial("4*1*the sacks are wet")
    await otieno.types("1", PIN)
    await service.db.execute(
        "INSERT INTO contract_parties (contract_id, phone_id, role, since) "
        "SELECT c.id, f.id, 'mediator', now() FROM contracts c, phones f WHERE f.msisdn = $1", EVE,
    )  # fmt: skip
    assert "the sacks are wet" in (await eve.dial()).text
    assert (await otieno.dial()).text.startswith("VoicePact: agree"), "who reported it has said their word"
