"""Above the limit of SMS_BINDS_UP_TO an SMS holds things up, and binds nobody."""

from tests.gateway.inbox.texting import BUYER, SELLER, answers_to, make_contract, make_offer, status_of
from tests.service import Service, open_service

# The contract of these tests is over KES 175,000.50.
_BINDS_NOBODY = [
    (SELLER, "DELIVERED {ref}", "needs_pin"),
    (SELLER, "delivered?", "needs_pin"),
    (SELLER, "CANCEL {ref}", "needs_pin"),
    (SELLER, "CHANGE {ref} TOTAL 100", "needs_pin"),
    (SELLER, "STATUS {ref}", "status"),
    (BUYER, "RECEIVED {ref}", "needs_pin"),
    (BUYER, "nimepokea", "needs_pin"),
    (BUYER, "PART {ref} 30", "needs_pin"),
    (BUYER, "DISPUTE {ref} it is wet", "you_complained"),
]


async def test_above_the_limit_an_sms_binds_nobody(database_url: str, redis_url: str) -> None:
    async with open_service(database_url, redis_url) as service:
        offered, confirmed = await make_offer(service, SELLER), await make_contract(service)
    async with open_service(database_url, redis_url, sms_binds_up_to={"KES": "175000.49"}) as service:
        answered = {
            (who, text): await answers_to(service, who, text.format(ref=confirmed)) for who, text, _ in _BINDS_NOBODY
        }
        wrong = [case for case in _BINDS_NOBODY if not set(answered[case[:2]]) <= {case[2]}]
        assert (wrong, answered[BUYER, "RECEIVED {ref}"]) == ([], ["needs_pin"])
        assert await _said_after_confirming(service, confirmed) == ["complain"]
        assert await answers_to(service, SELLER, f"YES {offered}") == ["needs_pin"]
        assert await status_of(service, offered) == "PENDING"
        assert await answers_to(service, SELLER, f"NO {offered}") == ["declined"]


async def test_new_terms_above_the_limit_need_the_pin(database_url: str, redis_url: str) -> None:
    async with open_service(database_url, redis_url, sms_binds_up_to={"KES": "200000"}) as service:
        reference = await make_contract(service)
        assert await answers_to(service, BUYER, f"CHANGE {reference} TOTAL 200000.01") == ["needs_pin"]
        assert await answers_to(service, BUYER, f"CHANGE {reference} TOTAL 200000") == ["you_asked_to_change"]
    async with open_service(database_url, redis_url, sms_binds_up_to={"KES": "190000"}) as service:
        assert await answers_to(service, SELLER, f"YES {reference}") == ["needs_pin"]
        assert await answers_to(service, BUYER, f"NO {reference}") == ["proposal_withdrawn"]


async def _said_after_confirming(service: Service, reference: str) -> list[str]:
    return [
        row["answer"]
        for row in await service.db.fetch(
            "SELECT w.answer FROM confirmations w JOIN contracts c ON c.id = w.contract_id "
            "WHERE c.reference = $1 AND w.answer <> 'confirm' ORDER BY w.answered_at",
            reference,
        )
    ]
