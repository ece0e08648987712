"""An operator has a party asked again on their own phone; and each write of an operator happens once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.gateway.contracts_by_rest import make_confirmed_contract, post_json, read_contract, sms_recipients
from tests.gateway.operator_client import BUYER, NOON, SELLER, Operator, contract_body
from tests.gateway.phones_of_parties import newest_sms_text, party_id


async def test_a_party_is_asked_at_most_once_an_hour(operator: Operator) -> None:
    contract = (await operator.post(contract_body())).json
    path, body = f"/v1/contracts/{contract['id']}/requests", {"party": "seller", "ask": "confirm"}
    first = await post_json(operator, path, body)
    assert (first.status, first.json) == (201, {
        "party": party_id(contract, SELLER), "ask": "confirm", "asked_at": "2026-07-01T12:00:00.000000Z",
    })  # fmt: skip
    assert await sms_recipients(operator, contract["id"], "offered") == [BUYER, SELLER, SELLER]
    operator.services.now = lambda: NOON + timedelta(minutes=59, seconds=30)
    too_soon = await post_json(operator, path, body, "once")
    assert (too_soon.status, too_soon.json["reason"], too_soon.headers["Retry-After"]) == (429, "asked_lately", "30")
    assert (await post_json(operator, path, {**body, "party": "buyer"})).status == 201, "the other was not asked"
    operator.services.now = lambda: NOON + timedelta(hours=1)
    assert (await post_json(operator, path, body, "once")).status == 201, "a key that did nothing may be used again"
    assert await sms_recipients(operator, contract["id"], "offered") == [BUYER, BUYER, SELLER, SELLER, SELLER]


async def test_a_request_asks_the_question_that_is_open(operator: Operator) -> None:
    contract = await make_confirmed_contract(operator)
    path = f"/v1/contracts/{contract['id']}"
    await post_json(operator, f"{path}/proposals", {"kind": "cancel"})
    await post_json(operator, f"{path}/requests", {"party": BUYER, "ask": "confirm"})
    assert await sms_recipients(operator, contract["id"], "cancel_proposed") == [BUYER, BUYER, SELLER]
    operator.services.now = lambda: NOON + timedelta(hours=2)
    await post_json(operator, f"{path}/requests", {"party": BUYER, "ask": "receipt"})
    asked = await newest_sms_text(operator, BUYER, "receipt_asked")
    assert asked.startswith(f"VoicePact asks: contract {contract['reference']}, 50 bags white maize, is all there?")


async def test_ten_requests_at_once_send_one_sms(operator: Operator) -> None:
    contract = (await operator.post(contract_body())).json
    body = {"party": "seller", "ask": "confirm"}
    answers = await asyncio.gather(
        *(post_json(operator, f"/v1/contracts/{contract['id']}/requests", body) for _ in range(10))
    )  # fmt: skip
    assert sorted(answer.status for answer in answers) == [201, *[429] * 9]
    assert await sms_recipients(operator, contract["id"], "offered") == [BUYER, SELLER, SELLER]


async def test_a_request_that_comes_too_soon_delays_no_other(operator: Operator) -> None:
    """Requests of one moment share a database call; the one that is refused fails alone."""
    made = [(await operator.post(contract_body(terms__quantity=n + 1))).json["id"] for n in range(5)]
    body = {"party": "seller", "ask": "confirm"}
    assert (await post_json(operator, f"/v1/contracts/{made[2]}/requests", body)).status == 201
    answers = await asyncio.gather(*(post_json(operator, f"/v1/contracts/{one}/requests", body) for one in made))
    assert [answer.status for answer in answers] == [201, 201, 429, 201, 201]


# Once


@pytest.mark.parametrize(
    ("what", "body", "table"),
    [
        pytest.param("deliveries", {"party": "seller"}, "deliveries", id="a report"),
        pytest.param("proposals", {"kind": "cancel"}, "contract_proposals", id="a proposal"),
        pytest.param("requests", {"party": "buyer", "ask": "receipt"}, "contract_requests", id="a request"),
    ],
)
async def test_ten_writes_at_once_with_one_key_happen_once(
    operator: Operator, what: str, body: dict[str, Any], table: str
) -> None:
    contract = await make_confirmed_contract(operator)
    path = f"/v1/contracts/{contract['id']}/{what}"
    before = await operator.count("audit_logs")
    answers = await asyncio.gather(*(post_json(operator, path, body, "once") for _ in range(10)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 9
    assert (await operator.count(table), await operator.count("audit_logs")) == (1, before + 1)
    again = await post_json(operator, path, body, "once")
    assert (again.body, again.headers["Idempotency-Replayed"]) == (answers[0].body, "true")
    other = await post_json(operator, path, {**body, "party": "mediator"}, "once")
    assert (other.status, other.json["field"]) == (422, "Idempotency-Key")


async def test_a_report_and_a_receipt_at_the_same_instant(operator: Operator) -> None:
    for n in range(6):
        contract = await make_confirmed_contract(operator, terms__quantity=n + 1)
        reported, _ = await asyncio.gather(
            post_json(operator, f"/v1/contracts/{contract['id']}/deliveries", {"party": "seller"}),
            operator.sends_sms(BUYER, f"RECEIVED {contract['reference']}"),
        )
        assert (await read_contract(operator, contract["id"]))["status"] == "COMPLETED"
        assert reported.status == 201 or reported.json["reason"] == "not_under_way"


async def test_a_used_key_is_stored_with_its_contract(operator: Operator) -> None:
    """The hash of a body that names a person is kept with the contract's id, so that erasing the person deletes it."""
    contract = await make_confirmed_contract(operator)
    await post_json(operator, f"/v1/contracts/{contract['id']}/deliveries", {"party": SELLER}, "once")
    kept = await operator.services.records.pool.fetchval("SELECT contract_id FROM api_requests WHERE key = 'once'")
    assert str(kept) == contract["id"]
