"""A PIN that somebody sends us is in no row, no signed word, no log line and no answer."""

import json
import re

from tests.gateway.inbox.texting import BUYER, SELLER, answers_to, make_contract, make_offer, status_of
from tests.service import Service, open_service

PIN = "4826"
_TEXTS = ["PIN 4826", "my pin is 4826", "4826", "YES 4826", "ndiyo siri 4826", "4 8 2 6", "pin=4826 please"]


async def test_a_pin_in_an_sms_is_kept_nowhere(database_url: str, redis_url: str) -> None:
    async with open_service(database_url, redis_url) as service:
        delivered = await make_contract(service)
        await answers_to(service, SELLER, f"DELIVERED {delivered}")
        offered = await make_offer(service, SELLER)
        for text in _TEXTS:
            await answers_to(service, BUYER, text)
            await answers_to(service, SELLER, text)
        assert await status_of(service, offered) == "PENDING", "no yes is guessed"
        assert await _stored_texts(service, BUYER) == [
            "PIN ****", "my pin is ****", "****", "YES ****", "ndiyo siri ****", "* * * *", "pin=**** please",
        ]  # fmt: skip
        kept = json.dumps(await service.rows(), default=str) + repr(await service.sessions()) + service.logged()
        assert not re.search(rf"(?<![\w.:-]){PIN}(?![\w-])", kept), "alone, not among the digits of an id or a time"


async def test_a_yes_or_no_with_a_sum_or_a_pin_of_six_is_asked_back_and_shows_no_stars(
    database_url: str, redis_url: str
) -> None:
    async with open_service(database_url, redis_url) as service:
        offered = await make_offer(service, SELLER)
        for text in ("YES 482612", "no 150000", "YES 150,000"):
            assert await answers_to(service, SELLER, text) == ["unsure"]
        assert await status_of(service, offered) == "PENDING"


async def _stored_texts(service: Service, msisdn: str) -> list[str]:
    rows = await service.db.fetch(
        "SELECT text FROM sms_logs m JOIN phones f ON f.id = m.phone_id WHERE msisdn = $1 AND direction = 'in' "
        "ORDER BY m.created_at",
        msisdn,
    )
    return [row["text"] for row in rows][-len(_TEXTS) :]
