"""How many hops a journey takes in each language, as docs/menus.md says: a dial is one, and every answer is one.

Both people have a PIN, and no other contract. Who sees *More* because the page has no room for the choice presses it.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from contracts.fields.languages import LANGUAGES
from menus.gsm7 import plain_punctuation
from menus.translate import t, translate
from tests.handset import Handset
from tests.resilience.people import PIN, with_pin
from tests.service import Service, open_service

GOODS_AND_PLACE = {
    "en": ("50 bags of maize", "Bungoma market 25/12"),
    "sw": ("magunia 50 ya mahindi", "soko la Bungoma 25/12"),
    "fr": ("50 sacs de riz", "marché de Bouaké 25/12"),
    "ha": ("buhu 50 na masara", "kasuwar Dawanau 25/12"),
    "am": ("50 ኩንታል ጤፍ", "አዳማ ገበያ 25/12"),
}
JOURNEYS = (
    "make a contract",
    "confirm it",
    "report it delivered",
    "confirm that all came",
    "the same, when the seller did not report",
)
MOST = {"en": (9, 3, 4, 3, 4)}


@pytest_asyncio.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with open_service(database_url, redis_url) as running:
        yield running


class Person:
    """Somebody with a PIN who reads this language."""

    def __init__(self, phone: Handset, language: str) -> None:
        self.phone = phone
        self.language = language

    async def plays(self, *steps: str) -> int:
        """Dial, then choose each label, or type what is in angle brackets. Return the number of hops."""
        await self.phone.dial()
        for step in steps:
            if step.startswith("<"):
                await self.phone.types(step.strip("<>"))
            else:
                await self.phone.chooses(plain_punctuation(translate(t(step), self.language)))
        assert self.phone.screen.ends, self.phone.screen.text
        return len(self.phone.typed) + 1


async def hops_in(service: Service, language: str, number: int) -> tuple[int, ...]:
    seller, buyer = [
        Person(await with_pin(service, f"+2547{side}0000{number:02}"), language) for side in (11, 22)
    ]  # fmt: skip
    msisdns = [seller.phone.msisdn, buyer.phone.msisdn]
    await service.db.execute("UPDATE phones SET language = $1 WHERE msisdn = ANY ($2)", language, msisdns)
    goods, place = GOODS_AND_PLACE[language]
    making = ("New contract", "Seller", f"<{buyer.phone.msisdn}>", f"<{goods}>", "<3500>", f"<{place}>", "Confirm")
    hops = (
        await seller.plays(*making, f"<{PIN}>"),
        await buyer.plays("Confirm", f"<{PIN}>"),
        await seller.plays("Confirm delivery", "It is delivered", f"<{PIN}>"),
        await buyer.plays("I received all of it", f"<{PIN}>"),
    )
    await seller.plays(*making, f"<{PIN}>")
    await buyer.plays("Confirm", f"<{PIN}>")
    return (*hops, await buyer.plays("Confirm delivery", "I received all of it", f"<{PIN}>"))


async def test_hops_are_as_the_table_says(service: Service) -> None:
    found = {language: await hops_in(service, language, at) for at, language in enumerate(LANGUAGES)}
    rows = [
        f"| {journey} | {' | '.join(str(hops[at]) for hops in found.values())} |" for at, journey in enumerate(JOURNEYS)
    ]
    page = Path("docs/menus.md").read_text(encoding="utf-8")  # noqa: ASYNC240 - a page of text
    assert [line for line in page.splitlines() if line.startswith(tuple(f"| {one} |" for one in JOURNEYS))] == rows
    assert found["en"] == MOST["en"]
