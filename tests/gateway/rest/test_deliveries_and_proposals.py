"""Deliveries and proposals over REST: an operator reports, proposes and has people asked; only phones answer."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from storage.migrations.runner import down, up
from tests.gateway.audit_record import log_audit, verify_record
from tests.gateway.contracts_by_rest import (
    audit_actions,
    make_confirmed_contract,
    post_json,
    read_contract,
    sms_recipients,
)
from tests.gateway.operator_client import BUYER, KEY, NOON, SELLER, Operator, contract_body
from tests.gateway.phones_of_parties import (
    PIN,
    choose_with_new_pin,
    handset_of,
    mark_sms_sent,
    newest_sms_text,
    party_id,
    restore_sms_dates,
)

BOTH = [BUYER, SELLER]
ME = hashlib.sha256(KEY.encode()).hexdigest()[:16]


@pytest.fixture
async def operator(operator: Operator) -> Operator:
    await operator.services.records.pool.execute(
        "UPDATE schema_migrations SET applied_at = $1", NOON - timedelta(days=1)
    )  # fmt: skip
    return operator


async def details(operator: Operator, contract: str) -> dict[str, dict[str, Any]]:
    """Return the audit details of each action that came by API."""
    entries = (await operator.get(f"/v1/contracts/{contract}/audit")).json["items"]
    return {entry["action"]: entry["details"] for entry in entries if entry["channel"] == "api"}


async def test_a_whole_contract_driven_by_an_operator_and_answered_by_two_phones(operator: Operator) -> None:
    operator.services.now = lambda: NOON
    made = (await operator.post(contract_body())).json
    path, reference = f"/v1/contracts/{made['reference']}", made["reference"]
    amina, otieno = handset_of(operator, BUYER), handset_of(operator, SELLER)
    with capture_logs() as logged:
        assert (await post_json(operator, f"{path}/requests", {"party": "buyer", "ask": "confirm"})).status == 201
        offered = await newest_sms_text(operator, BUYER, "offered")
        assert offered.startswith(f"VoicePact {reference}: 0711 000 002 sells you 50 bags")
        await amina.sends_sms(f"YES {reference}")
        await otieno.sends_sms("yes")
        assert (await read_contract(operator, reference))["status"] == "CONFIRMED"

        changes = {"kind": "terms", "terms": {"quantity": 40, "total_amount": "140000"}}
        proposal = (await post_json(operator, f"{path}/proposals", changes)).json
        assert (proposal["n"], proposal["by"], proposal["agreed"]) == (2, None, []), "nobody agreed by the proposing"
        written = await mark_sms_sent(operator)
        await otieno.sends_sms(f"YES {reference}")
        assert (await read_contract(operator, reference))["terms"]["quantity"] == "50"
        await amina.dial("1*1")
        assert "the VoicePact office asks for: 40 bags" in amina.screen.text
        await choose_with_new_pin(amina, "1*1", "Agree")
        assert (await read_contract(operator, reference))["terms"]["total_amount"] == "140000.00"

        report = (await post_json(operator, f"{path}/deliveries", {"party": "seller"})).json
        assert (report["kind"], report["party"], report["channel"]) == ("reported", party_id(made, SELLER), "api")
        assert report["operator"] == ME
        assert (await read_contract(operator, reference))["delivered_at"] is None, "no word of a seller's yet"
        await choose_with_new_pin(otieno, "3*1", "It is delivered")
        assert (await read_contract(operator, reference))["next"]["what"] == "remind_receipt"

        assert (await post_json(operator, f"{path}/requests", {"party": BUYER, "ask": "receipt"})).status == 429
        operator.services.now = lambda: NOON + timedelta(hours=1)
        assert (await post_json(operator, f"{path}/requests", {"party": BUYER, "ask": "receipt"})).status == 201
        await amina.sends_sms(f"RECEIVED {reference}")
    assert (await read_contract(operator, reference))["status"] == "COMPLETED"
    assert await audit_actions(operator, reference) == [
        ("api", "contract.made"), ("api", "party.asked"), ("sms", "contract.confirm"), ("sms", "contract.confirm"),
        ("service", "contract.confirmed"), ("api", "proposal.made"), ("sms", "proposal.confirm"),
        ("ussd", "proposal.confirm"), ("service", "contract.amended"), ("api", "delivery.reported"),
        ("ussd", "delivery.said"), ("service", "contract.active"), ("api", "party.asked"), ("sms", "delivery.received"),
        ("service", "contract.completed"),
    ]  # fmt: skip
    assert {said["operator"] for said in (await details(operator, reference)).values()} == {ME}
    assert await operator.count("confirmations") == 6, (
        "of two people two yeses each, delivered, received; none of the operator's"
    )
    await log_audit(operator)
    await restore_sms_dates(operator, written)
    assert (await verify_record(operator, reference)).signatures == 6
    ours = [line for line in logged if line["event"] == "rest" and "acted" in line]
    assert [line["acted"] for line in ours] == ["party.asked", "proposal.made", "delivery.reported", "party.asked"]
    assert "+2547" not in str(ours), "no number, so none to be masked"


# Deliveries


async def test_a_reported_delivery_is_told_to_all_and_changes_no_status(operator: Operator) -> None:
    contract = await make_confirmed_contract(operator, mediated=True)
    report = await post_json(
        operator, f"/v1/contracts/{contract['id']}/deliveries", {"party": party_id(contract, SELLER)}
    )
    assert report.status == 201
    found = await read_contract(operator, contract["id"])
    assert {**found, "version": contract["version"]} == contract, "its deadline too is what it was"
    assert len(await sms_recipients(operator, contract["id"], "delivery_reported")) == 3
    to_seller, to_buyer = [await newest_sms_text(operator, msisdn, "delivery_reported") for msisdn in (SELLER, BUYER)]
    assert to_seller.endswith(f"if it is true, answer DELIVERED {contract['reference']}")
    assert f"Answer RECEIVED {contract['reference']}" in to_buyer
    [listed] = (await operator.get(f"/v1/contracts/{contract['id']}/deliveries")).json["items"]
    assert listed == report.json
    said = (await details(operator, contract["id"]))["delivery.reported"]
    assert said == {"for": party_id(contract, SELLER), "role": "seller", "operator": ME}


async def test_deliveries_are_listed_newest_first(operator: Operator) -> None:
    contract = await make_confirmed_contract(operator)
    path = f"/v1/contracts/{contract['id']}/deliveries"
    for hour in range(3):
        operator.services.now = lambda hour=hour: NOON + timedelta(hours=hour)
        assert (await post_json(operator, path, {"party": "seller"})).status == 201
    await operator.sends_sms(BUYER, f"RECEIVED {contract['reference']}")
    first = (await operator.get(f"{path}?limit=2")).json
    rest = (await operator.get(f"{path}?limit=2&after={first['next']}")).json
    kinds = [(item["kind"], item["channel"], item["operator"]) for item in first["items"] + rest["items"]]
    assert kinds == [("full", "sms", None), *[("reported", "api", ME)] * 3]
    assert rest["next"] is None


async def test_a_delivery_that_the_seller_confirmed_cannot_be_reported(operator: Operator) -> None:
    contract = await make_confirmed_contract(operator)
    otieno = handset_of(operator, SELLER)
    await choose_with_new_pin(otieno, "3*1", "It is delivered")
    refused = await post_json(operator, f"/v1/contracts/{contract['id']}/deliveries", {"party": SELLER})
    assert (refused.status, refused.json["reason"]) == (409, "already_said")


# Proposals


async def test_a_proposal_shows_who_has_answered(operator: Operator) -> None:
    contract = await make_confirmed_contract(operator)
    path = f"/v1/contracts/{contract['id']}/proposals"
    made = await post_json(operator, path, {"kind": "cancel"})
    assert (made.status, made.json) == (201, {
        "n": 2, "kind": "cancel", "status": "pending", "terms": None, "split_minor": None, "by": None,
        "agreed": [],
        "waiting": made.json["waiting"], "declined": None, "made_at": "2026-07-01T12:00:00.000000Z", "settled_at": None,
    })  # fmt: skip
    assert set(made.json["waiting"]) == {party_id(contract, BUYER), party_id(contract, SELLER)}
    assert await sms_recipients(operator, contract["id"], "cancel_proposed") == BOTH
    assert (await newest_sms_text(operator, BUYER, "cancel_proposed")).startswith(
        "The VoicePact office asks to cancel contract"
    )

    await mark_sms_sent(operator)
    await operator.sends_sms(BUYER, f"Yes {contract['reference']}")
    proposal = (await read_contract(operator, contract["id"]))["proposal"]
    assert (proposal["agreed"], proposal["waiting"]) == ([party_id(contract, BUYER)], [party_id(contract, SELLER)])
    await operator.sends_sms(SELLER, f"NO {contract['reference']}")
    [settled] = (await operator.get(path)).json["items"]
    assert (settled["status"], settled["declined"]) == ("declined", party_id(contract, SELLER))
    assert (await read_contract(operator, contract["id"]))["status"] == "CONFIRMED"

    again = (await post_json(operator, path, {"kind": "cancel"})).json
    assert again["n"] == 3, "no number is used twice"
    for text in ("yes", "YES"):  # the second request within the hour is asked back first
        for msisdn in BOTH:
            await mark_sms_sent(operator)
            await operator.sends_sms(msisdn, text)
    assert (await read_contract(operator, contract["id"]))["status"] == "CANCELLED"
    first = (await operator.get(f"{path}?limit=1")).json
    rest = (await operator.get(f"{path}?limit=1&after={first['next']}")).json
    assert [(item["n"], item["status"]) for item in first["items"] + rest["items"]] == [
        (3, "accepted"), (2, "declined"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "becomes"),
    [
        pytest.param({"quantity": 60}, {"quantity": "60", "unit": "bags"}, id="a bare number keeps the unit"),
        pytest.param({"quantity": "2 tonnes"}, {"quantity": "2", "unit": "tonnes"}, id="both in one"),
        pytest.param({"unit": "sacks"}, {"quantity": "50", "unit": "sacks"}, id="a unit"),
        pytest.param({"total_minor": 5}, {"total_minor": 5}, id="a total"),
        pytest.param({"delivery_date": "tomorrow"}, {"delivery_date": "2026-07-02"}, id="a day"),
        pytest.param({"delivery_location": "Eldoret"}, {"delivery_place": "Eldoret"}, id="a place"),
        pytest.param({"quantity": 40, "product": "beans"}, {"quantity": "40", "product": "beans"}, id="two at once"),
    ],
)
async def test_terms_that_are_not_named_stay(operator: Operator, changes: Any, becomes: dict[str, Any]) -> None:
    contract = await make_confirmed_contract(operator)
    made = await post_json(operator, f"/v1/contracts/{contract['id']}/proposals", {"kind": "amend", "terms": changes})
    proposed = {name: value for name, value in made.json["terms"].items() if value != contract["terms"][name]}
    assert {name: proposed[name] for name in proposed if name != "total_amount"} == {
        name: value for name, value in becomes.items() if value != contract["terms"][name]
    }


async def test_a_past_delivery_date_does_not_stop_other_changes(operator: Operator) -> None:
    contract = await make_confirmed_contract(operator)
    operator.services.now = lambda: NOON + timedelta(days=40)
    body = {"kind": "terms", "terms": {"quantity": 10}}
    assert (await post_json(operator, f"/v1/contracts/{contract['id']}/proposals", body)).status == 201


async def test_a_proposal_is_taken_back_until_somebody_agrees(operator: Operator) -> None:
    contract = await make_confirmed_contract(operator)
    path = f"/v1/contracts/{contract['id']}/proposals"
    await post_json(operator, path, {"kind": "cancel"})
    once = {"Idempotency-Key": "back"}
    taken = await operator.ask("DELETE", f"{path}/2", None, once)
    assert (taken.status, taken.json["status"]) == (200, "lapsed")
    again = await operator.ask("DELETE", f"{path}/2", None, once)
    assert (again.body, again.headers["Idempotency-Replayed"]) == (taken.body, "true")
    assert await sms_recipients(operator, contract["id"], "proposal_withdrawn") == BOTH
    assert (await read_contract(operator, contract["id"]))["proposal"] is None
    assert (await operator.ask("DELETE", f"{path}/2")).json["reason"] == "no_longer_open"
    assert (await operator.ask("DELETE", f"{path}/9")).status == 404

    await post_json(operator, path, {"kind": "cancel"})
    for text in ("yes", "YES"):  # the second request within the hour is asked back first
        await mark_sms_sent(operator)
        await operator.sends_sms(BUYER, text)
    refused = await operator.ask("DELETE", f"{path}/3")
    assert (refused.status, refused.json["reason"]) == (409, "already_confirmed")


async def test_an_operator_cannot_withdraw_a_partys_proposal(operator: Operator) -> None:
    contract = await make_confirmed_contract(operator)
    amina = handset_of(operator, BUYER)
    await amina.dial("1*1")
    await amina.chooses("Change or cancel")
    await amina.chooses("Cancel the contract")
    await amina.chooses("Ask them")
    await amina.types(PIN, PIN)
    assert (await read_contract(operator, contract["id"]))["proposal"]["by"] == party_id(contract, BUYER)
    refused = await operator.ask("DELETE", f"/v1/contracts/{contract['id']}/proposals/2")
    assert (refused.status, refused.json["reason"]) == (409, "not_yours")


async def test_migration_0010_can_be_taken_back(operator: Operator, database_url: str) -> None:
    contract = await make_confirmed_contract(operator)
    await post_json(operator, f"/v1/contracts/{contract['id']}/deliveries", {"party": "seller"})
    await post_json(operator, f"/v1/contracts/{contract['id']}/proposals", {"kind": "cancel"})
    await down(database_url, to=9)
    assert (await operator.count("deliveries"), await operator.count("contract_proposals")) == (0, 0)
    await up(database_url)
    assert (await read_contract(operator, contract["id"]))["proposal"] is None
