"""Two people with two finished contracts, one after a dispute: all that the service can keep of a person."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from contracts.fields.msisdn import Msisdn
from tests.handset import Handset
from tests.service import Service

AMINA, OTIENO = Msisdn("+254712345678"), Msisdn("+254711222333")
NAME = "Amina Wanjiru"
OFFER = ("2", "1", "0711222333", "maize", "50 bags", "3500", "Bungoma market", "25/12", "1")


@dataclass
class TwoContracts:
    """References: `ours` was made by REST with names and ended in a dispute, in Swahili for Otieno; `first` was made on
    the phone and received."""

    amina: UUID
    ours: str
    first: str


async def call_rest(service: Service, path: str, body: Any = None) -> Any:
    sent = None if body is None else orjson.dumps(body)
    headers = {"Authorization": "Bearer an-api-key-of-a-test", "Content-Type": "application/json"}
    answer = await service.edge.request("GET" if body is None else "POST", path, sent, **headers)
    assert answer.status in (200, 201), answer.body
    return orjson.loads(answer.body) if answer.content_type.startswith("application/json") else answer.body


async def make_two_contracts(service: Service) -> TwoContracts:
    """Make both contracts, by phone and REST."""
    amina, otieno = service.phone(AMINA), service.phone(OTIENO)
    first = await make_contract_by_phone(service, amina, otieno)
    ours = await make_disputed_contract(service, amina, otieno)
    await service.sms_settled(within=60)
    await service.db.execute(
        "UPDATE deliveries SET evidence = jsonb_set(evidence, '{shown}', $1)", [f"{NAME} 0712 345 678"]
    )
    person = await service.db.fetchval("SELECT id FROM phones WHERE msisdn = $1", AMINA)
    await service.db.execute(
        "INSERT INTO recording_consents (id, phone_id, given, channel, shown, at) "
        "VALUES (gen_random_uuid(), $1, true, 'voice', $2, now())",
        person, f"May we record {NAME}, 0712 345 678?",
    )  # fmt: skip
    await service.db.execute(
        "INSERT INTO number_checks (id, phone_id, source, status, asked_at, answered_at, swapped_at) "
        "VALUES (gen_random_uuid(), $1, 'camara', 'swapped', now(), now(), now())",
        person,
    )
    await service.db.execute("UPDATE phones SET recovered_at = now() WHERE id = $1", person)
    return TwoContracts(person, ours, first)


async def make_contract_by_phone(service: Service, amina: Handset, otieno: Handset) -> str:
    await amina.dial()
    await amina.types(*OFFER, "4826", "4826")
    await amina.hangs_up("Success")
    reference: str = await service.db.fetchval("SELECT reference FROM contracts")
    await otieno.dial("1*1")
    await otieno.chooses("Confirm")
    await otieno.types("5937", "5937")
    await otieno.sends_sms("LUGHA Kiswahili")
    await amina.sends_sms(f"RECEIVED {reference}")
    await amina.sends_sms("my number is +254 712 345 678, call me")
    assert (await call_rest(service, f"/v1/contracts/{reference}"))["status"] == "COMPLETED"
    return reference


def beans_body(place: str) -> dict[str, Any]:
    """Return the body of a new contract."""
    terms = {"product": "beans", "quantity": 5, "unit": "bags", "total_amount": "9000", "delivery_place": place}
    return {
        "parties": [{"msisdn": AMINA, "role": "buyer", "name": NAME}, {"msisdn": OTIENO, "role": "seller"}],
        "terms": {**terms, "delivery_date": "2026-12-13"},
    }


async def make_disputed_contract(service: Service, amina: Handset, otieno: Handset) -> str:
    reference: str = (await call_rest(service, "/v1/contracts", beans_body("Nakuru")))["reference"]
    await otieno.sends_sms(f"NDIYO {reference}")
    await amina.sends_sms(f"YES {reference}")
    await call_rest(service, f"/v1/contracts/{reference}/deliveries", {"party": OTIENO})
    await otieno.sends_sms(f"DELIVERED {reference}")
    await call_rest(service, f"/v1/contracts/{reference}/requests", {"party": AMINA, "ask": "receipt"})
    words = f"All wet. {NAME}, 0712345678"
    dispute = await call_rest(service, "/v1/disputes", {"contract": reference, "words": words, "by": AMINA})
    path = f"/v1/disputes/{dispute['id']}"
    verdict = {"decision": "complete", "reasons": f"{NAME} did not look at once"}
    await call_rest(service, path + "/decision", verdict)
    await call_rest(
        service, path + "/appeal", {"by": OTIENO, "words": f"it was {NAME} of 0712-345-678 who wetted them"}
    )
    await call_rest(service, path + "/decision", verdict)
    assert (await call_rest(service, f"/v1/contracts/{reference}"))["status"] == "COMPLETED"
    return reference
