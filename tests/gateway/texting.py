"""People who text, for tests: each message comes as a provider brings it at its worst."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import orjson

from tests.gateway.operators import offer
from tests.handset import Handset
from tests.service import Service

BUYER = "+254711000001"
ids = count(1)


def sellers() -> Iterator[str]:
    return (f"+2547220{number:05}" for number in count(1))


async def sent(service: Service, phone: Handset, text: str, **form: str) -> None:
    """As a provider does at its worst: twice at the same moment, to two workers, and once more."""
    mo = {**phone.mo_form(text, f"mo-{next(ids)}"), **form}
    answers = await asyncio.gather(*(edge.hook("sms", mo) for edge in service.edges))
    assert {answer.status for answer in (*answers, await service.edge.hook("sms", mo))} == {200}


async def offered(service: Service, seller: str) -> str:
    """The reference of a contract that waits for `seller` alone to confirm it."""
    parties = [{"msisdn": BUYER, "role": "buyer"}, {"msisdn": seller, "role": "seller"}]
    body = offer(parties=parties, terms__delivery_date=str(datetime.now(UTC).date() + timedelta(days=30)))
    key = service.settings.api_key.get_secret_value()
    made = await service.edge.request(
        "POST", "/v1/contracts", orjson.dumps(body),
        **{"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )  # fmt: skip
    reference: str = orjson.loads(made.body)["reference"]
    buyer = service.phone(BUYER)
    await sent(service, buyer, f"YES {reference}")
    return reference


async def logged(service: Service, msisdn: str) -> list[tuple[str, str]]:
    """Direction and kind of what went between us and this phone, oldest first."""
    rows = await service.db.fetch(
        "SELECT direction, kind FROM sms_logs WHERE phone_id = (SELECT id FROM phones WHERE msisdn = $1) "
        "ORDER BY created_at, direction, id",
        msisdn,
    )
    return [(row["direction"], row["kind"]) for row in rows]


async def status_of(service: Service, reference: str) -> Any:
    return await service.db.fetchval("SELECT status FROM contracts WHERE reference = $1", reference)
