"""What an operator cannot do to a contract, and how it is refused."""

from typing import Any

import pytest

from tests.gateway.contracts_by_rest import make_confirmed_contract, open_dispute, post_json, read_contract
from tests.gateway.operator_client import BUYER, SELLER, Operator, contract_body
from tests.gateway.phones_of_parties import choose_with_new_pin, handset_of


@pytest.mark.parametrize(
    ("what", "body", "field"),
    [
        pytest.param("deliveries", {}, "party", id="a report on nobody"),
        pytest.param("deliveries", {"party": 5}, "party", id="a report on a number"),
        pytest.param("deliveries", {"party": "the one with the hat"}, "party", id="a report on words"),
        pytest.param("deliveries", {"party": "seller", "on": "x"}, "on", id="a name not known"),
        pytest.param("deliveries", [], "body", id="a list"),
        pytest.param("proposals", {}, "kind", id="a proposal of nothing"),
        pytest.param("proposals", {"kind": "sell"}, "kind", id="a kind nobody knows"),
        pytest.param("proposals", {"kind": "terms"}, "terms", id="new terms that are none"),
        pytest.param("proposals", {"kind": "terms", "terms": {}}, "terms", id="new terms that change nothing"),
        pytest.param("proposals", {"kind": "terms", "terms": []}, "terms", id="terms that are a list"),
        pytest.param("proposals", {"kind": "cancel", "terms": {"quantity": 1}}, "terms", id="an end with terms"),
        pytest.param("proposals", {"kind": "terms", "terms": {"currency": "UGX"}}, "terms.currency", id="a currency"),
        pytest.param("proposals", {"kind": "terms", "terms": {"quantity": "many"}}, "terms.quantity", id="how many"),
        pytest.param("proposals", {"kind": "terms", "terms": {"unit": "5"}}, "terms.unit", id="no unit"),
        pytest.param("proposals", {"kind": "terms", "terms": {"total_minor": 1, "total_amount": 1}},
                     "terms.total_amount", id="a total said twice"),
        pytest.param("proposals", {"kind": "terms", "terms": {"total_amount": "0.001"}}, "terms.total_amount",
                     id="mills"),
        pytest.param("proposals", {"kind": "terms", "terms": {"delivery_date": "1/6/2020"}}, "terms.delivery_date",
                     id="a day that is past"),
        pytest.param("proposals", {"kind": "terms", "terms": {"silence_days": 9}}, "terms.silence_days", id="unread"),
        pytest.param("requests", {"party": "buyer"}, "ask", id="a request for nothing"),
        pytest.param("requests", {"party": "buyer", "ask": "money"}, "ask", id="a request for money"),
        pytest.param("requests", {"ask": "confirm"}, "party", id="a request of nobody"),
        pytest.param("requests", {"party": "0711", "ask": "confirm"}, "party", id="a request of half a number"),
    ],
)  # fmt: skip
async def test_a_wrong_body(operator: Operator, what: str, body: Any, field: str) -> None:
    contract = await make_confirmed_contract(operator)
    before = await operator.count("audit_logs")
    refused = await post_json(operator, f"/v1/contracts/{contract['id']}/{what}", body)
    assert (refused.status, refused.json["field"]) == (422, field)
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert await operator.count("audit_logs") == before


@pytest.mark.parametrize(
    ("what", "body", "reason"),
    [
        pytest.param("deliveries", {"party": "buyer"}, "not_your_part", id="the buyer delivered"),
        pytest.param("deliveries", {"party": "mediator"}, "not_yours", id="the mediator delivered"),
        pytest.param("deliveries", {"party": "witness"}, "not_yours", id="a witness that there is not"),
        pytest.param("deliveries", {"party": "0711000009"}, "not_yours", id="a stranger delivered"),
        pytest.param("deliveries", {"party": "00000000-0000-0000-0000-000000000009"}, "not_yours", id="nobody's id"),
        pytest.param("proposals", {"kind": "terms", "terms": {"quantity": 50}}, "nothing_changes", id="as it is"),
        pytest.param("requests", {"party": "buyer", "ask": "confirm"}, "already_confirmed", id="who said yes"),
        pytest.param("requests", {"party": "seller", "ask": "receipt"}, "not_your_part", id="the seller received"),
        pytest.param("requests", {"party": "mediator", "ask": "confirm"}, "not_yours", id="the mediator confirms"),
    ],
)
async def test_a_person_who_cannot_do_it(operator: Operator, what: str, body: Any, reason: str) -> None:
    contract = await make_confirmed_contract(operator, mediated=True)
    refused = await post_json(operator, f"/v1/contracts/{contract['id']}/{what}", body, "once")
    assert (refused.status, refused.json["reason"]) == (409, reason)
    assert "0711" not in refused.body.decode()
    assert await operator.count("deliveries") + await operator.count("contract_requests") == 0


STEPS = [
    ("deliveries", {"party": "seller"}), ("proposals", {"kind": "cancel"}),
    ("requests", {"party": "buyer", "ask": "receipt"}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "body"), STEPS)
async def test_a_status_in_which_it_cannot_be_done(operator: Operator, what: str, body: Any) -> None:
    pending = (await operator.post(contract_body())).json
    early = await post_json(operator, f"/v1/contracts/{pending['id']}/{what}", body)
    assert (early.status, early.json["reason"]) == (409, "not_under_way")
    in_dispute = (await open_dispute(operator, terms__quantity=2))["contract"]["id"]
    meanwhile = await post_json(operator, f"/v1/contracts/{in_dispute}/{what}", body)
    # A proposal is one of the ways out of a dispute.
    assert (meanwhile.status, meanwhile.json.get("reason")) == (
        (201, None) if what == "proposals" else (409, "in_dispute")
    )
    done = await make_confirmed_contract(operator, terms__quantity=3)
    await operator.sends_sms(BUYER, f"RECEIVED {done['reference']}")
    late = await post_json(operator, f"/v1/contracts/{done['id']}/{what}", body)
    assert (late.status, late.json["reason"]) == (409, "not_under_way")


async def test_one_proposal_at_a_time_and_not_below_what_came(operator: Operator) -> None:
    contract = await make_confirmed_contract(operator)
    path = f"/v1/contracts/{contract['id']}/proposals"
    await choose_with_new_pin(handset_of(operator, BUYER), "3*1*2*30", "Confirm")
    assert (await read_contract(operator, contract["id"]))["received"] == "30"
    below = await post_json(operator, path, {"kind": "terms", "terms": {"quantity": 20}})
    assert (below.status, below.json["reason"]) == (409, "less_than_came")
    assert (await post_json(operator, path, {"kind": "terms", "terms": {"quantity": 40}})).status == 201
    second = await post_json(operator, path, {"kind": "cancel"})
    assert (second.status, second.json["reason"]) == (409, "already_proposed")


async def test_a_role_that_two_parties_have_names_nobody(operator: Operator) -> None:
    body = contract_body()
    body["parties"].append({"msisdn": "+254711000003", "role": "seller"})
    made = (await operator.post(body)).json
    asked = {"party": "seller", "ask": "confirm"}
    refused = await post_json(operator, f"/v1/contracts/{made['id']}/requests", asked)
    assert (refused.status, refused.json["field"]) == (422, "party")
    assert (await post_json(operator, f"/v1/contracts/{made['id']}/requests", {**asked, "party": SELLER})).status == 201


async def test_it_needs_the_key_and_an_existing_row(operator: Operator) -> None:
    contract = await make_confirmed_contract(operator)
    for method, what in (
        ("POST", "deliveries"), ("GET", "deliveries"), ("POST", "proposals"), ("GET", "proposals"),
        ("DELETE", "proposals/2"), ("POST", "requests"),
    ):  # fmt: skip
        path = f"/v1/contracts/{contract['id']}/{what}"
        assert (await operator.ask(method, path, b"", {"Authorization": "Bearer other"})).status == 401
        nowhere = path.replace(contract["id"], "40718353")
        assert (await operator.ask(method, nowhere, b"{}", {"Content-Type": "application/json"})).status == 404
    for query in ("limit=0", "after=x", "status=pending"):
        refused = await operator.get(f"/v1/contracts/{contract['id']}/proposals?{query}")
        assert (refused.status, refused.json["field"]) == (400, query.partition("=")[0])


async def test_a_key_that_makes_too_many_contracts_waits(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    few = operator.services.settings.model_copy(update={"api_contracts_per_hour": 1})
    monkeypatch.setattr(operator.services, "settings", few)
    answers = [await operator.post(contract_body()) for _ in range(2)]
    assert [answer.status for answer in answers] == [201, 429]
    assert answers[1].json["reason"] == "too_many_contracts" and 3590 < int(answers[1].headers["Retry-After"]) <= 3600
