"""What a session takes in the store, as the length of its value: all sessions of a quarter of an hour are in memory."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.handset import Handset
from tests.resilience.people import AMINA, OTIENO, PIN, offers, with_pin
from tests.service import Service, open_service

AT_THE_DIAL, AT_THE_PIN = 700, 1024  # bytes
WAITING = ("maize", "beans", "rice", "millet", "wheat")  # as many as in the bench


@pytest_asyncio.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with open_service(database_url, redis_url, stranger_offers_per_hour=len(WAITING)) as running:
        yield running


async def stored_bytes(service: Service, phone: Handset) -> int:
    length = await service.redis.strlen(f"ussd:{{africastalking:{phone.session_id}}}")
    assert length
    return int(length)


async def test_a_session_is_small_at_the_dial(service: Service) -> None:
    amina = await with_pin(service, AMINA)
    await amina.dial()
    assert await stored_bytes(service, amina) <= AT_THE_DIAL


@pytest.mark.parametrize("language", ["en", "sw", "fr", "ha", "am"])
async def test_a_session_that_confirms_is_small_at_the_dial_and_at_the_pin(service: Service, language: str) -> None:
    """The dial lists what waits. In another language than English, what leads to the PIN has its English beside it."""
    otieno = await with_pin(service, OTIENO)
    for product in WAITING:
        await offers(service, AMINA, OTIENO, product, PIN)
    await service.db.execute("UPDATE phones SET language = $1, language_presumed = false", language)
    await otieno.dial()
    assert await stored_bytes(service, otieno) <= AT_THE_DIAL
    await otieno.types("1", "1")
    assert "0. " in otieno.screen.text and "1. " not in otieno.screen.text, "it asks for the PIN"
    size = await stored_bytes(service, otieno)
    assert size <= AT_THE_PIN, size
