"""A YES by SMS to a proposal counts only for the proposal that its sender has read."""

from tests.gateway.inbox.texting import BUYER, SELLER, actions_on, answers_to, make_contract, terms_of
from tests.service import Service


async def test_a_yes_to_another_question_is_asked_back(service: Service) -> None:
    reference = await make_contract(service)
    await answers_to(service, SELLER, f"CHANGE {reference} TOTAL 90000")
    await answers_to(service, SELLER, f"DELIVERED {reference}")
    assert await answers_to(service, BUYER, "YES") == ["yes_to_this"], "the last that was asked is whether all has come"
    assert (await terms_of(service, reference))["terms_version"] == 1
    assert await answers_to(service, BUYER, "YES") == ["amended"], "what was asked back says what it is about"


async def test_a_yes_that_a_phone_sends_again_does_not_agree_to_a_newer_proposal(service: Service) -> None:
    reference = await make_contract(service)  # by the seller's YES and the number
    await answers_to(service, BUYER, f"CHANGE {reference} TOTAL 1")
    assert await answers_to(service, SELLER, f"YES {reference}") == ["yes_to_this"]
    assert (await terms_of(service, reference))["terms_version"] == 1


async def test_a_yes_soon_after_another_proposal_was_withdrawn_is_asked_back(service: Service) -> None:
    reference = await make_contract(service)
    await answers_to(service, SELLER, f"CHANGE {reference} TOTAL 100000")
    await answers_to(service, SELLER, f"NO {reference}")
    await answers_to(service, SELLER, f"CHANGE {reference} TOTAL 90000")
    assert await answers_to(service, BUYER, "yes") == ["yes_to_this"]
    assert (await terms_of(service, reference))["terms_version"] == 1


async def test_delivered_sent_again_changes_nothing_after_a_part_was_received(service: Service) -> None:
    reference = await make_contract(service)
    await answers_to(service, SELLER, f"DELIVERED {reference}")
    await answers_to(service, BUYER, "RECEIVED 20")
    assert await answers_to(service, SELLER, f"DELIVERED {reference}") == ["already_said"]
    assert await actions_on(service, reference) == [
        "delivery.said",
        "contract.active",
        "delivery.received",
    ]


async def test_a_fourth_proposal_within_an_hour_is_refused(service: Service) -> None:
    reference = await make_contract(service)
    for total in (1000, 2000, 3000):
        await answers_to(service, SELLER, f"CHANGE {reference} TOTAL {total}")
        await answers_to(service, SELLER, f"NO {reference}")
    assert await answers_to(service, SELLER, f"CHANGE {reference} TOTAL 4000") == ["asked_too_often"]
    assert (await actions_on(service, reference)).count("proposal.made") == 3
