"""A text that was to decide acts, or is answered: also beyond the limit of answers, and after a report about money."""

from collections import Counter

import pytest

from gateway.inbox.limits import ANSWERS_IN_HOUR, DECIDING_IN_HOUR, MOST_IN_DAY
from tests.gateway.inbox.texting import (
    BUYER,
    SELLER,
    answers_to,
    make_contract,
    send_sms,
    sms_log_of,
    status_of,
    time_passes,
)
from tests.gateway.money_by_hand import happen_by_hand
from tests.service import Service, open_service


async def use_up_answers(service: Service, msisdn: str) -> None:
    for number in range(ANSWERS_IN_HOUR + 1):
        await send_sms(service, service.phone(msisdn), f"STATUS {number + 1}{number + 1}")
    assert await answers_to(service, msisdn, "LIST") == [], "the pause was told"


async def ask_to_cancel(service: Service) -> str:
    """Return a contract that the seller asks to cancel, of whose buyer no more texts are answered, and whose last SMS
    to the buyer is about something else."""
    reference = await make_contract(service)
    await use_up_answers(service, BUYER)
    await answers_to(service, SELLER, f"CANCEL {reference}")
    await answers_to(service, SELLER, f"DELIVERED {reference}")
    return reference


async def test_a_yes_that_is_asked_back_is_answered_beyond_the_limit(service: Service) -> None:
    reference = await ask_to_cancel(service)
    assert await answers_to(service, BUYER, f"NDIYO {reference}") == ["yes_to_this"]
    assert await status_of(service, reference) != "CANCELLED", "a consent is never guessed"
    assert await answers_to(service, BUYER, "LIST") == [], "all else waits as before"
    assert await answers_to(service, BUYER, f"NDIYO {reference}") == ["cancelled_together"]
    assert await status_of(service, reference) == "CANCELLED"


async def test_a_question_goes_again_once_another_sms_stands_after_it(service: Service) -> None:
    reference = await ask_to_cancel(service)
    assert await answers_to(service, BUYER, f"YES {reference}") == ["yes_to_this"]
    await answers_to(service, SELLER, f"CANCEL {reference}")  # it waits already
    await answers_to(service, SELLER, f"NO {reference}")  # withdrawn
    await answers_to(service, SELLER, f"CANCEL {reference}")
    await answers_to(service, SELLER, f"DELIVERED {reference}")
    assert await answers_to(service, BUYER, f"ndiyo {reference}") == ["yes_to_this"]


async def test_a_no_and_a_report_that_do_nothing_are_answered_beyond_the_limit(service: Service) -> None:
    reference = await make_contract(service)
    await use_up_answers(service, BUYER)
    texts = {
        f"NO {reference}": ["no_longer_open"],
        f"CHANGE {reference} TOTAL maize": ["new_total"],
        f"YES {reference}": ["already_confirmed"],
        f"YESS {reference}": [],
        f"WITHDRAW {reference}": ["no_open_dispute"],
        f"sijapokea {reference}": ["meant_received"],
        f"STATUS {reference}": [],
        "sijapokea": [],
    }
    assert {text: await answers_to(service, BUYER, text) for text in texts} == texts


async def test_the_same_answer_does_not_go_twice_in_a_row_beyond_the_limit(service: Service) -> None:
    await use_up_answers(service, BUYER)
    assert [await answers_to(service, BUYER, text) for text in ("YES", "Yes", "yes!")] == [["nothing_waits"], [], []]


async def test_a_machine_that_sends_words_that_decide_is_stopped_by_a_limit_of_their_own(service: Service) -> None:
    """Whatever numbers it sends with them; and the line that says so goes once."""

    async def answers() -> Counter[str]:
        before = Counter(await sms_log_of(service, BUYER))
        for number in range(ANSWERS_IN_HOUR + DECIDING_IN_HOUR + 3):
            await send_sms(service, service.phone(BUYER), f"NO 123456{number:02}")
        said = Counter(await sms_log_of(service, BUYER)) - before
        return Counter({kind: many for (direction, kind), many in said.items() if direction == "out"})

    for _ in range(MOST_IN_DAY // (ANSWERS_IN_HOUR + DECIDING_IN_HOUR)):
        assert await answers() == {"not_found": ANSWERS_IN_HOUR + DECIDING_IN_HOUR, "answers_paused": 1}
        await time_passes(service, "1 hour")
    assert await answers() == {}, "told with the last answer of the day"


_AGAIN = """
    INSERT INTO sms_logs SELECT (jsonb_populate_record(m, jsonb_build_object(
        'id', gen_random_uuid(), 'provider_message_id', gen_random_uuid()))).*
    FROM sms_logs m JOIN phones f ON f.id = m.phone_id, generate_series(1, $2)
    WHERE m.kind = 'refunded' AND f.msisdn = $1
"""


@pytest.mark.parametrize(("reports", "answers", "status"), [
    pytest.param(2, ["cancelled_together"], "CANCELLED", id="two"),
    pytest.param(3, ["yes_to_this"], "CONFIRMED", id="three: the evidence of the yes would not show the request"),
])  # fmt: skip
async def test_a_report_about_money_does_not_make_an_open_request_unread(
    database_url: str, redis_url: str, reports: int, answers: list[str], status: str
) -> None:
    """It names no word to answer, and changes nothing of the request: the YES after it is for the request."""
    async with open_service(database_url, redis_url, workers=2, escrow="on") as service:
        reference = await make_contract(service, terms__payment="escrow", terms__total_amount="3500")
        await use_up_answers(service, BUYER)
        await happen_by_hand(service, f"brings {reference} 4000 R1")
        await answers_to(service, SELLER, f"CANCEL {reference}")
        await happen_by_hand(service, f"pays out {reference} R2")
        await service.sms_settled()
        assert (await sms_log_of(service, BUYER))[-2:] == [("out", "cancel_proposed"), ("out", "refunded")]
        await service.db.execute(_AGAIN, BUYER, reports - 1)
        assert await answers_to(service, BUYER, f"NDIYO {reference}") == answers
        assert await status_of(service, reference) == status
