"""A YES by SMS to new terms counts only for the request that its sender has read."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.gateway.test_inbox_life import SELLER, acts_on, confirmed, says, terms_of
from tests.gateway.texting import BUYER
from tests.service import Service, open_service


@pytest_asyncio.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with open_service(database_url, redis_url, workers=2) as running:
        yield running


async def test_a_yes_to_another_question_is_asked_back(service: Service) -> None:
    reference = await confirmed(service)
    await says(service, SELLER, f"CHANGE {reference} TOTAL 900000")
    await says(service, SELLER, f"DELIVERED {reference}")
    assert await says(service, BUYER, "YES") == ["meant_yes"], "the last that was asked is whether all has come"
    assert (await terms_of(service, reference))["terms_version"] == 1
    assert await says(service, BUYER, "YES") == ["amended"], "what was asked back says what it is about"


async def test_a_yes_that_a_phone_sends_again_agrees_to_nothing_new(service: Service) -> None:
    reference = await confirmed(service)  # by the seller's YES and the number
    await says(service, BUYER, f"CHANGE {reference} TOTAL 1")
    assert await says(service, SELLER, f"YES {reference}") == ["meant_yes"]
    assert (await terms_of(service, reference))["terms_version"] == 1


async def test_a_yes_to_a_request_that_was_exchanged_is_asked_back(service: Service) -> None:
    reference = await confirmed(service)
    await says(service, SELLER, f"CHANGE {reference} TOTAL 100000")
    await says(service, SELLER, f"NO {reference}")
    await says(service, SELLER, f"CHANGE {reference} TOTAL 900000")
    assert await says(service, BUYER, "yes") == ["meant_yes"]
    assert (await terms_of(service, reference))["terms_version"] == 1


async def test_delivered_sent_again_does_not_undo_what_a_part_began(service: Service) -> None:
    reference = await confirmed(service)
    await says(service, SELLER, f"DELIVERED {reference}")
    await says(service, BUYER, "RECEIVED 20")
    assert await says(service, SELLER, f"DELIVERED {reference}") == ["already_said"]
    assert await acts_on(service, reference) == ["delivery.said", "contract.active", "delivery.received"]


async def test_nobody_is_asked_without_end(service: Service) -> None:
    reference = await confirmed(service)
    for total in (1000, 2000, 3000):
        await says(service, SELLER, f"CHANGE {reference} TOTAL {total}")
        await says(service, SELLER, f"NO {reference}")
    assert await says(service, SELLER, f"CHANGE {reference} TOTAL 4000") == ["asked_too_often"]
    assert (await acts_on(service, reference)).count("proposal.made") == 3
