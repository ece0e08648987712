"""Disputes over REST: opened, decided, appealed, closed; each step once, with SMS to all and an audit entry."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.gateway.contracts_by_rest import (
    MEDIATOR,
    audit_actions,
    make_confirmed_contract,
    open_dispute,
    post_json,
    read_contract,
    sms_recipients,
)
from tests.gateway.operator_client import BUYER, NOON, SELLER, Operator, contract_body

BOTH = [BUYER, SELLER]
STRANGER = "+254711000009"
COMPLETE = {"decision": "complete", "reasons": "All of it came"}


async def test_a_dispute_is_opened_for_a_party(operator: Operator) -> None:
    contract = await make_confirmed_contract(operator, mediated=True)
    body = {"contract": contract["reference"], "words": "  Half of the   bags are wet ", "by": "0711000001"}
    opened = await post_json(operator, "/v1/disputes", body)
    assert opened.status == 201
    dispute = opened.json
    buyer = next(party["id"] for party in contract["parties"] if party["msisdn"] == BUYER)
    assert opened.headers["Location"] == f"/v1/disputes/{dispute['id']}"
    assert dispute == {
        "id": dispute["id"], "contract": {"id": contract["id"], "reference": contract["reference"]}, "status": "open",
        "words": "Half of the bags are wet", "opened_by": buyer, "opened_at": "2026-07-01T12:00:00.000000Z",
        "decide_by": "2026-07-08T12:00:00.000000Z", "escalated_at": None, "replies": [], "decision": None,
        "appeal": None, "closed_at": None, "ended": None, "settlement": None, "files": [],
    }  # fmt: skip
    found = await read_contract(operator, contract["id"])
    assert (found["status"], found["next"], found["dispute"]) == (
        "DISPUTED", {"what": "escalate_dispute", "at": "2026-07-08T12:00:00.000000Z"},
        {"id": dispute["id"], "status": "open"},
    )  # fmt: skip
    assert found["active_at"] == found["disputed_at"] == "2026-07-01T12:00:00.000000Z", "it passed through ACTIVE"
    assert await sms_recipients(operator, contract["id"], "you_complained") == [BUYER]
    assert await sms_recipients(operator, contract["id"], "disputed") == [SELLER, MEDIATOR]
    assert (await audit_actions(operator, contract["id"]))[-2:] == [
        ("api", "dispute.opened"),
        ("api", "contract.disputed"),
    ]
    assert (await operator.get(f"/v1/disputes/{dispute['id']}")).json == dispute


async def test_an_operator_opens_a_dispute_without_a_party(operator: Operator) -> None:
    contract = await make_confirmed_contract(operator)
    dispute = (
        await post_json(operator, "/v1/disputes", {"contract": contract["id"], "words": "A complaint reached us"})
    ).json
    assert dispute["opened_by"] is None
    assert await sms_recipients(operator, contract["id"], "disputed") == BOTH


async def test_a_party_reports_a_problem_by_sms(operator: Operator) -> None:
    contract = await make_confirmed_contract(operator)
    await operator.sends_sms(SELLER, f"DISPUTE {contract['reference']} he does not pay")
    [dispute] = (await operator.get("/v1/disputes?status=open")).json["items"]
    assert dispute["contract"]["id"] == contract["id"]
    assert dispute["words"] == "he does not pay"


async def test_a_decision_is_told_to_all_and_can_be_appealed_once(operator: Operator) -> None:
    dispute = await open_dispute(operator)
    path, contract_id = f"/v1/disputes/{dispute['id']}", dispute["contract"]["id"]
    split = {"decision": "split", "seller_amount": "100000.50", "reasons": "Half was good"}
    decided = (await post_json(operator, f"{path}/decision", split)).json
    assert decided["status"] == "decided"
    assert decided["decision"] == {
        "by": None,
        "decision": "split", "split_minor": 10_000_050, "seller_amount": "100000.50", "reasons": "Half was good",
        "decided_at": "2026-07-01T12:00:00.000000Z", "stands_at": "2026-07-04T12:00:00.000000Z",
    }  # fmt: skip
    assert await sms_recipients(operator, contract_id, "decided") == BOTH
    again = await post_json(operator, f"{path}/decision", COMPLETE)
    assert (again.status, again.json["reason"]) == (409, "no_open_dispute"), "it has been decided"

    appealed = (await post_json(operator, f"{path}/appeal", {"by": SELLER, "words": "More than half was good"})).json
    assert (appealed["status"], appealed["appeal"]["words"]) == ("appealed", "More than half was good")
    assert await sms_recipients(operator, contract_id, "appealed") == BOTH
    waits = (await read_contract(operator, contract_id))["next"]
    assert waits["what"] == "escalate_dispute", "it waits for the mediator"
    twice = await post_json(operator, f"{path}/appeal", {"by": BUYER, "words": "Me too"})
    assert (twice.status, twice.json["reason"]) == (409, "no_appeal")

    operator.services.now = lambda: NOON + timedelta(hours=5)
    closed = (await post_json(operator, f"{path}/decision", COMPLETE)).json
    assert (closed["status"], closed["closed_at"]) == ("closed", "2026-07-01T17:00:00.000000Z")
    assert (closed["decision"]["decision"], closed["decision"]["split_minor"]) == ("complete", None)
    found = await read_contract(operator, contract_id)
    assert (found["status"], found["dispute"]) == ("COMPLETED", None)
    assert await sms_recipients(operator, contract_id, "decided") == sorted(2 * BOTH)
    assert await sms_recipients(operator, contract_id, "decision_stands") == [], "that kind waits for the morning"
    late = await post_json(operator, f"{path}/appeal", {"by": BUYER, "words": "Again"})
    assert (late.status, late.json["reason"]) == (409, "no_appeal")
    assert [action for _, action in await audit_actions(operator, contract_id)][-6:] == [
        "dispute.opened", "contract.disputed", "dispute.decided", "dispute.appealed", "dispute.decided",
        "contract.completed",
    ]  # fmt: skip


@pytest.mark.parametrize(("decision", "status"), [("complete", "COMPLETED"), ("cancel", "CANCELLED")])
async def test_the_status_after_a_decision(operator: Operator, decision: str, status: str) -> None:
    dispute = await open_dispute(operator)
    await post_json(operator, f"/v1/disputes/{dispute['id']}/decision", {"decision": decision, "reasons": "So it is"})
    assert (await read_contract(operator, dispute["contract"]["id"]))["status"] == "DISPUTED", "until it stands"
    assert await operator.services.deadlines.act_on_due(NOON + timedelta(days=3)) == 1
    assert (await read_contract(operator, dispute["contract"]["id"]))["status"] == status


async def test_a_mediator_is_assigned_and_told(operator: Operator) -> None:
    dispute = await open_dispute(operator)
    path, contract_id = f"/v1/disputes/{dispute['id']}/mediator", dispute["contract"]["id"]
    assert (await post_json(operator, path, {"msisdn": MEDIATOR, "name": "Chege"})).status == 200
    parties = {party["msisdn"]: party for party in (await read_contract(operator, contract_id))["parties"]}
    assert (parties[MEDIATOR]["role"], parties[MEDIATOR]["name"], parties[MEDIATOR]["signature"]) == (
        "mediator", "Chege", None,
    )  # fmt: skip
    assert await sms_recipients(operator, contract_id, "disputed") == [SELLER]
    assert await sms_recipients(operator, contract_id, "mediate") == [MEDIATOR]
    for msisdn in (MEDIATOR, SELLER):
        refused = await post_json(operator, path, {"msisdn": msisdn})
        assert (refused.status, refused.json["reason"]) == (409, "already_said")
    await post_json(operator, f"/v1/disputes/{dispute['id']}/decision", COMPLETE)
    assert await sms_recipients(operator, contract_id, "decided") == [BUYER, SELLER, MEDIATOR]


# Once


async def test_the_same_request_again_changes_nothing(operator: Operator) -> None:
    contract = await make_confirmed_contract(operator)
    steps: list[tuple[str, dict[str, Any], int]] = [
        ("", {"contract": contract["reference"], "words": "Wet bags"}, 201),
        ("/{}/decision", COMPLETE, 200),
        ("/{}/appeal", {"by": BUYER, "words": "Not so"}, 200),
        ("/{}/mediator", {"msisdn": MEDIATOR}, 200),
    ]
    dispute = ""
    for path, body, status in steps:
        where, key = "/v1/disputes" + path.format(dispute), uuid4().hex
        first = await post_json(operator, where, body, key)
        dispute = first.json["id"]
        before = await operator.count("audit_logs"), await operator.count("sms_logs")
        again = await post_json(operator, where, body, key)
        assert (first.status, again.status, again.body) == (status, status, first.body)
        assert again.headers["Idempotency-Replayed"] == "true" and "Idempotency-Replayed" not in first.headers
        assert (await operator.count("audit_logs"), await operator.count("sms_logs")) == before
        other = await post_json(operator, where, {**body, "name": "another"}, key)
        assert (other.status, other.json["field"]) == (422, "Idempotency-Key")


async def test_ten_requests_at_once_with_one_key_open_one_dispute(operator: Operator) -> None:
    contract = await make_confirmed_contract(operator)
    body = {"contract": contract["reference"], "words": "Wet bags"}
    answers = await asyncio.gather(*(post_json(operator, "/v1/disputes", body, "once") for _ in range(10)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    assert await operator.count("disputes") == 1
    assert await sms_recipients(operator, contract["id"], "disputed") == BOTH


async def test_ten_requests_at_once_with_different_keys_open_one_dispute(operator: Operator) -> None:
    contract = await make_confirmed_contract(operator)
    body = {"contract": contract["reference"], "words": "Wet bags"}
    answers = await asyncio.gather(*(post_json(operator, "/v1/disputes", body) for _ in range(10)))
    assert sorted(answer.status for answer in answers) == [201, *[409] * 9]
    assert {answer.json["reason"] for answer in answers if answer.status == 409} == {"in_dispute"}


async def test_a_receipt_and_a_dispute_at_the_same_instant(operator: Operator) -> None:
    """One by SMS, one by API: one is first, and the other is told the state after it."""
    for n in range(8):
        contract = await make_confirmed_contract(operator, terms__quantity=n + 1)
        body = {"contract": contract["reference"], "words": "Wet bags"}
        opened, _ = await asyncio.gather(
            post_json(operator, "/v1/disputes", body), operator.sends_sms(BUYER, f"RECEIVED {contract['reference']}")
        )  # fmt: skip
        status = (await read_contract(operator, contract["id"]))["status"]
        if opened.status == 201:
            assert status == "DISPUTED"
            assert await sms_recipients(operator, contract["id"], "in_dispute") == [BUYER]
        else:
            assert (opened.status, opened.json["reason"], status) == (409, "not_under_way", "COMPLETED")


# What is refused


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        pytest.param({}, 422, "contract", id="nothing"),
        pytest.param({"contract": "40718353", "words": "Wet bags"}, 422, "contract", id="no such contract"),
        pytest.param({"contract": 5, "words": "Wet bags"}, 422, "contract", id="a number for a contract"),
        pytest.param({"contract": "40718353", "words": ""}, 422, "words", id="no words"),
        pytest.param({"contract": "40718353", "words": "x" * 501}, 422, "words", id="too many words"),
        pytest.param({"contract": "40718353", "words": "Wet bags", "by": "0711"}, 422, "by", id="no number"),
        pytest.param({"contract": "40718353", "words": "Wet bags", "to": "x"}, 422, "to", id="a name not known"),
        pytest.param([], 422, "body", id="a list"),
    ],
)
async def test_a_wrong_body(operator: Operator, body: Any, status: int, field: str) -> None:
    refused = await post_json(operator, "/v1/disputes", body)
    assert (refused.status, refused.json["field"]) == (status, field)
    assert refused.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({"decision": "complete"}, "reasons", id="no reasons"),
        pytest.param({"decision": "both", "reasons": "So"}, "decision", id="no decision we know"),
        pytest.param({"decision": "cancel", "reasons": "So", "split_minor": 5}, "split_minor", id="no split"),
        pytest.param({"decision": "split", "reasons": "So"}, "split_minor", id="a split of what"),
        pytest.param({"decision": "split", "reasons": "So", "split_minor": 5, "seller_amount": 5}, "split_minor",
                     id="a split said twice"),
        pytest.param({"decision": "split", "reasons": "So", "seller_amount": "0.001"}, "seller_amount", id="mills"),
        pytest.param({"decision": "split", "reasons": "So", "split_minor": 17_500_050}, "split_minor", id="all of it"),
        pytest.param({"decision": "split", "reasons": "So", "split_minor": 0}, "split_minor", id="nothing of it"),
    ],
)  # fmt: skip
async def test_a_wrong_decision(operator: Operator, body: dict[str, Any], field: str) -> None:
    dispute = await open_dispute(operator)
    refused = await post_json(operator, f"/v1/disputes/{dispute['id']}/decision", body)
    assert (refused.status, refused.json["field"]) == (422, field)
    assert (await operator.get(f"/v1/disputes/{dispute['id']}")).json == dispute


async def test_a_contract_that_cannot_be_disputed(operator: Operator) -> None:
    pending = (await operator.post(contract_body())).json
    refused = await post_json(operator, "/v1/disputes", {"contract": pending["id"], "words": "Too slow"})
    assert (refused.status, refused.json["reason"]) == (409, "not_under_way")
    contract = await make_confirmed_contract(operator, terms__quantity=3)
    refused = await post_json(operator, "/v1/disputes", {"contract": contract["id"], "words": "Me", "by": STRANGER})
    assert (refused.status, refused.json["reason"]) == (409, "not_yours")
    assert await operator.count("disputes") == 0


async def test_it_needs_the_key_and_an_existing_row(operator: Operator) -> None:
    dispute = await open_dispute(operator)
    for method, path in (
        ("POST", ""), ("GET", ""), *((method, f"/{dispute['id']}{rest}") for method, rest in (
            ("GET", ""), ("POST", "/decision"), ("POST", "/appeal"), ("POST", "/mediator"), ("POST", "/files"),
            ("GET", f"/files/{uuid4()}"),
        ))
    ):  # fmt: skip
        refused = await operator.ask(method, f"/v1/disputes{path}", b"", {"Authorization": "Bearer other"})
        assert refused.status == 401, path
    for name in (str(uuid4()), "40718353", "x"):
        assert (await operator.get(f"/v1/disputes/{name}")).status == 404
        assert (await post_json(operator, f"/v1/disputes/{name}/decision", COMPLETE)).status == 404


async def test_an_operator_cannot_consent_for_a_party(operator: Operator) -> None:
    """There is no such route: what needs a person's consent comes from their own phone."""
    contract = await make_confirmed_contract(operator)
    for what in ("confirm", "confirmations", "receipts", "proposals/2/answer"):
        refused = await post_json(operator, f"/v1/contracts/{contract['id']}/{what}", {"by": BUYER, "yes": True})
        assert refused.status == 404


async def test_pages_of_disputes(operator: Operator) -> None:
    made = []
    for n in range(5):
        operator.services.now = lambda n=n: NOON + timedelta(minutes=n)
        made.append(await open_dispute(operator, terms__quantity=n + 1))
    await post_json(operator, f"/v1/disputes/{made[2]['id']}/decision", COMPLETE)
    first = (await operator.get("/v1/disputes?limit=2")).json
    second = (await operator.get(f"/v1/disputes?limit=2&after={first['next']}")).json
    third = (await operator.get(f"/v1/disputes?limit=2&after={second['next']}")).json
    ids = [item["id"] for page in (first, second, third) for item in page["items"]]
    assert ids == [one["id"] for one in reversed(made)]
    assert third["next"] is None
    assert [d["id"] for d in (await operator.get("/v1/disputes?status=decided")).json["items"]] == [made[2]["id"]]
    of_one = (await operator.get(f"/v1/disputes?contract={made[1]['contract']['reference']}")).json["items"]
    assert [dispute["id"] for dispute in of_one] == [made[1]["id"]]
    for query in ("status=lost", "contract=40718353", "contract=x"):
        assert (await operator.get(f"/v1/disputes?{query}")).json["field"] == query.partition("=")[0]
