"""People who text us: the contracts they have, the SMS they send and what they are answered."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import orjson

from tests.gateway.operator_client import contract_body
from tests.handset import Handset
from tests.service import Service, audit_of

BUYER, SELLER, STRANGER = "+254711000001", "+254722000001", "+254733000001"
message_numbers = count(1)


def seller_msisdns() -> Iterator[str]:
    return (f"+2547220{number:05}" for number in count(1))


async def make_offer(service: Service, seller: str, **terms: Any) -> str:
    """Make a contract over 50 bags that waits for `seller` alone to confirm it; return its reference.

    `terms`: as of `contract_body`."""
    parties = [{"msisdn": BUYER, "role": "buyer"}, {"msisdn": seller, "role": "seller"}]
    day = str(service.now().date() + timedelta(days=30))
    body = contract_body(parties=parties, terms__delivery_date=day, **terms)
    key = service.settings.api_key.get_secret_value()
    made = await service.edge.request(
        "POST", "/v1/contracts", orjson.dumps(body),
        **{"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )  # fmt: skip
    reference: str = orjson.loads(made.body)["reference"]
    await send_sms(service, service.phone(BUYER), f"YES {reference}")
    return reference


async def make_contract(service: Service, **terms: Any) -> str:
    """Make a contract over 50 bags that BUYER and SELLER have confirmed; return its reference."""
    reference = await make_offer(service, SELLER, **terms)
    await send_sms(service, service.phone(SELLER), f"YES {reference}")
    assert await status_of(service, reference) == "CONFIRMED"
    return reference


async def send_sms(service: Service, phone: Handset, text: str, **form: str) -> None:
    """Bring one MO as a provider does at its worst: twice at the same moment, to two workers, and once more."""
    mo = {**phone.mo_form(text, f"mo-{next(message_numbers)}"), **form}
    answers = await asyncio.gather(*(edge.hook("sms", mo) for edge in service.edges))
    assert {answer.status for answer in (*answers, await service.edge.hook("sms", mo))} == {200}


async def answers_to(service: Service, msisdn: str, text: str) -> list[str]:
    """Send a text from a phone that has received all that we sent; return the kinds of the SMS it is answered with."""
    await service.sms_settled()
    before = len(await sms_log_of(service, msisdn))
    await send_sms(service, service.phone(msisdn), text)
    return [kind for direction, kind in (await sms_log_of(service, msisdn))[before:] if direction == "out"]


async def sms_log_of(service: Service, msisdn: str) -> list[tuple[str, str]]:
    """Direction and kind of every SMS from and to this phone, oldest first."""
    rows = await service.db.fetch(
        "SELECT direction, kind FROM sms_logs WHERE phone_id = (SELECT id FROM phones WHERE msisdn = $1) "
        "ORDER BY created_at, direction, id",
        msisdn,
    )
    return [(row["direction"], row["kind"]) for row in rows]


async def status_of(service: Service, reference: str) -> Any:
    return await service.db.fetchval("SELECT status FROM contracts WHERE reference = $1", reference)


async def terms_of(service: Service, reference: str) -> Any:
    return await service.db.fetchrow(
        "SELECT terms ->> 'quantity' AS quantity, terms ->> 'delivery_place' AS place, total_minor, terms_version"
        " FROM contracts WHERE reference = $1",
        reference,
    )


async def actions_on(service: Service, reference: str) -> list[str]:
    """The audited actions on a contract after it was confirmed, oldest first."""
    contract_id = await service.db.fetchval("SELECT id FROM contracts WHERE reference = $1", reference)
    actions = [action for _, _, action in await audit_of(service.db, contract_id)]
    return actions[actions.index("contract.confirmed") + 1 :]


async def time_passes(service: Service, interval: str) -> None:
    await service.db.execute(f"UPDATE sms_logs SET created_at = created_at - interval '{interval}'")  # noqa: S608 - our own words
