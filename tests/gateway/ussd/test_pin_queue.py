"""PINs on their way through the hashing: as typed with a space, while locked, and when too many come at once."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from argon2 import PasswordHasher

from menus.refusal_texts import BUSY
from menus.translate import translate
from tests.gateway.offers_by_ussd import PIN, chooses_pin, goes_to_the_pin
from tests.service import Service, open_service

AMINA, OTIENO, WANJIRU = "+254712345678", "+254711222333", "+254733000003"
TRIES = "SELECT pin_tries FROM phones WHERE msisdn = $1"


@pytest_asyncio.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with open_service(database_url, redis_url) as service:
        yield service


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The PIN hashes that were compared so far."""
    compared: list[str] = []
    verify = PasswordHasher.verify

    def counted(hasher: PasswordHasher, phc: str, pin: bytes) -> bool:
        compared.append(phc)
        return verify(hasher, phc, pin)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    yield compared


@pytest.mark.reported("B27")
async def test_spaces_around_a_pin_do_not_count_when_it_is_chosen(service: Service) -> None:
    phone = service.phone(AMINA)
    await phone.dial("5")
    await phone.types("2", "4826 ", " 4826")
    assert phone.screen.text.startswith("Your PIN is set")
    await goes_to_the_pin(phone, OTIENO)
    assert "is made" in (await phone.types("4826")).text


async def test_a_locked_pin_costs_as_many_hashes_as_a_wrong_one(service: Service, hashes: list[str]) -> None:
    phone = service.phone(AMINA)
    await chooses_pin(phone)
    await goes_to_the_pin(phone, OTIENO)
    await phone.types(PIN)
    costs, texts = [], []
    await goes_to_the_pin(phone, WANJIRU)
    for pin in ("9164", "9164", "9164", "9164", PIN):
        before = len(hashes)
        texts.append((await phone.types(pin)).text)
        costs.append(len(hashes) - before)
    assert "locked" in texts[2] and texts[3] == texts[4]
    assert costs == [1, 1, 1, 1, 1]
    assert await service.db.fetchval(TRIES, AMINA) == 3


async def test_a_pin_that_cannot_be_hashed_in_time_is_refused_and_no_try_is_spent(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contracts.pin_hash._BATCHES_PER_THREAD", 1)
    monkeypatch.setattr("contracts.pin_hash._TOGETHER_SECONDS", 0)
    verify, begun, may_go_on = PasswordHasher.verify, threading.Event(), threading.Event()

    def held(hasher: PasswordHasher, phc: str, pin: bytes) -> bool:
        begun.set()
        assert may_go_on.wait(timeout=30)
        return verify(hasher, phc, pin)

    async with open_service(database_url, redis_url, pin_memory_kib=1024, pin_threads=1) as service:
        first, second = service.phone(AMINA), service.phone(OTIENO)
        for phone in (first, second):
            await chooses_pin(phone)
            await goes_to_the_pin(phone, WANJIRU)
        monkeypatch.setattr(PasswordHasher, "verify", held)
        under_way = asyncio.create_task(first.types(PIN))
        assert await asyncio.to_thread(begun.wait, 30)
        refused = await second.types("9164")
        may_go_on.set()
        await under_way
        assert (refused.ends, refused.text) == (True, translate(BUSY, "en"))
        assert await service.db.fetchval(TRIES, OTIENO) == 0
        await goes_to_the_pin(second, WANJIRU)
        assert "is made" in (await second.types(PIN)).text
