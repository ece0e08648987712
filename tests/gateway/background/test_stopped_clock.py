"""A text of the buyer stops the clock that counts their silence: on a real PostgreSQL, with the job of deadlines."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import orjson
import pytest
from rich.progress import Progress

from contracts import actions
from contracts.contract import Contract
from contracts.effects import Confirm, Decline, Propose, SayDelivered
from contracts.rules import time_acts
from gateway.commands.audit import verify_all
from storage.acts.rows import MoOnce
from tests.gateway.contracts_by_rest import (
    audit_actions,
    make_confirmed_contract,
    post_json,
    read_contract,
    sms_recipients,
)
from tests.gateway.evidence_pack import faults_in, fetch_pack, unpack
from tests.gateway.operator_client import BUYER, NOON, SELLER, Operator
from tests.gateway.phones_of_parties import newest_sms_text
from tests.gateway.signed_contract import act_behind_pin

DAY = timedelta(days=1)


@pytest.fixture
async def operator(operator: Operator) -> Operator:
    operator.services.inbox._now = operator.services.now
    return operator


async def make_delivered(operator: Operator) -> str:
    contract_id = str((await make_confirmed_contract(operator))["id"])
    await act_behind_pin(operator, SELLER, SayDelivered(contract_id))
    return contract_id


async def stopped_ids(operator: Operator) -> set[str]:
    return {one["id"] for one in (await operator.get("/v1/contracts?clock=stopped")).json["items"]}


async def test_words_that_may_be_about_several_deliveries_stop_the_clock_of_each(
    operator: Operator, database_url: str, tmp_path: Path
) -> None:
    both = {await make_delivered(operator), await make_delivered(operator)}
    for read_only in ("STATUS", "list", "msaada", "LANG sw"):
        await operator.sends_sms(BUYER, read_only)
    assert await stopped_ids(operator) == set()
    await operator.sends_sms(BUYER, "sijapokea mzigo wowote")
    assert await stopped_ids(operator) == both
    assert await operator.services.deadlines.act_on_due(NOON + 60 * DAY) == 0
    for contract_id in both:
        found = await read_contract(operator, contract_id)
        buyer = next(party["id"] for party in found["parties"] if party["role"] == "buyer")
        assert (found["status"], found["next"]) == ("ACTIVE", None)
        assert found["clock"] == {"stopped_at": found["delivered_at"], "by": buyer, "waits_for": [buyer]}
        assert await sms_recipients(operator, contract_id, "questioned") == [SELLER]
        assert "sijapokea" not in await newest_sms_text(operator, SELLER, "questioned"), "it may be about the other one"
        folder = unpack(await fetch_pack(operator, found["reference"]), tmp_path / contract_id)
        assert faults_in(folder) == []
        shown = [orjson.loads(file.read_bytes()) for file in folder.glob("confirmations/*.shown.json")]
        assert [file["words"] for file in shown if "words" in file] == ["sijapokea mzigo wowote"]
    assert (await verify_all(database_url, None, Progress(disable=True))).signatures == 8


async def test_who_asks_to_change_or_cancel_is_not_silent(operator: Operator) -> None:
    """By SMS and by USSD; the seller's answer does not make a receipt of it, and neither does time."""
    contract_id = await make_delivered(operator)
    await operator.sends_sms(BUYER, "CHANGE QTY 40")
    found = await read_contract(operator, contract_id)
    buyer, seller = (next(one["id"] for one in found["parties"] if one["role"] == role) for role in ("buyer", "seller"))
    clock = {"stopped_at": found["delivered_at"], "by": buyer, "waits_for": [buyer]}
    assert (found["next"], found["clock"]) == (None, {**clock, "waits_for": [buyer, seller]})
    for msisdn, kind in ((BUYER, "you_asked_to_change"), (SELLER, "amend_proposed")):
        assert (await newest_sms_text(operator, msisdn, kind)).endswith(". Silence does not count now.")
    await act_behind_pin(operator, SELLER, Decline(contract_id, 2))
    assert "RECEIVED, PART or DISPUTE" in await newest_sms_text(operator, BUYER, "proposal_declined")
    await act_behind_pin(operator, BUYER, Propose(contract_id, "cancel"))
    await act_behind_pin(operator, BUYER, Decline(contract_id, 3))
    assert (await read_contract(operator, contract_id))["clock"] == clock
    assert await operator.services.deadlines.act_on_due(NOON + 900 * DAY) == 0
    entries = (await operator.get(f"/v1/contracts/{contract_id}/audit")).json["items"]
    assert [entry["action"] for entry in entries if entry["details"].get("clock") == "stands"] == ["proposal.made"]
    await operator.sends_sms(BUYER, f"RECEIVED {found['reference']}")
    assert (await read_contract(operator, contract_id))["status"] == "COMPLETED"


async def test_an_operator_who_looked_lets_silence_count_again_in_full(operator: Operator) -> None:
    contract_id = await make_delivered(operator)
    path, start = f"/v1/contracts/{contract_id}/clock", {"act": "start", "reason": "Both say that it came."}
    assert (await post_json(operator, path, start)).status == 409, "it runs"
    stop = {"act": "stop", "party": "buyer", "reason": "She called: nothing came."}
    assert (await post_json(operator, path, {**stop, "party": "seller"})).status == 409, "nobody waits for the seller"
    assert (await post_json(operator, path, {**stop, "party": None})).status == 422
    assert (await post_json(operator, path, stop)).json["clock"]["stopped_at"] == "2026-07-01T12:00:00.000000Z"
    later = NOON + 20 * DAY
    operator.services.now = lambda: later
    started = await post_json(operator, path, start)
    assert (started.status, started.json["clock"]) == (200, None)
    assert started.json["next"] == {"what": "remind_receipt", "at": "2026-07-27T12:00:00.000000Z"}
    assert await sms_recipients(operator, contract_id, "clock_started") == [BUYER, SELLER]
    assert await operator.services.deadlines.act_on_due(later + 6 * DAY) == 1
    assert await operator.services.deadlines.act_on_due(later + 7 * DAY) == 1
    assert (await read_contract(operator, contract_id))["status"] == "COMPLETED"
    assert [action for _, action in await audit_actions(operator, contract_id)][-4:] == [
        "clock.started", "time.remind_receipt", "time.complete", "contract.completed",
    ]  # fmt: skip


async def test_every_entry_says_in_which_role_and_new_terms_stand_beside_the_old(operator: Operator) -> None:
    contract_id = await make_delivered(operator)
    kept = await operator.services.records.contract(UUID(contract_id))
    assert kept
    await act_behind_pin(operator, BUYER, Propose(contract_id, "amend", {**kept["terms"], "quantity": "40"}))
    await act_behind_pin(operator, SELLER, Confirm(contract_id, 2))
    await post_json(operator, f"/v1/contracts/{contract_id}/requests", {"party": "buyer", "ask": "receipt"})
    await operator.sends_sms(BUYER, "not received")
    entries = (await operator.get(f"/v1/contracts/{contract_id}/audit")).json["items"]
    roles = {entry["action"]: entry["details"].get("role") for entry in entries}
    assert roles == {
        "contract.made": "operator", "contract.confirm": "seller", "contract.confirmed": "service",
        "delivery.said": "seller", "contract.active": "service", "proposal.made": "buyer", "proposal.confirm": "seller",
        "contract.amended": "service", "party.asked": "buyer", "delivery.questioned": "buyer",
    }  # fmt: skip
    (amended,) = [entry["details"] for entry in entries if entry["action"] == "contract.amended"]
    assert (amended["n"], amended["old"]["quantity"], amended["new"]["quantity"]) == (2, "50", "40")


async def test_a_text_that_is_stored_before_time_acts_wins(operator: Operator) -> None:
    """Whatever time has decided by then: its act is about a version of the contract that is no more."""
    contract_id = await make_delivered(operator)
    assert await operator.services.deadlines.act_on_due(NOON + 6 * DAY) == 1
    records, periods = operator.services.records, operator.services.settings.waiting_periods
    row = await records.contract(UUID(contract_id))
    assert row
    due = Contract.from_row(row)
    plan = time_acts.pass_time(due, NOON + 7 * DAY, periods)
    assert plan and plan.about and plan.about.status == "COMPLETED"
    await operator.sends_sms(BUYER, "ban karɓa ba")
    once = MoOnce("time", f"{due.id}:{due.version}")
    assert not await actions.carry_out(records, plan, channel="service", now=NOON + 7 * DAY, mo=once)
    assert (await read_contract(operator, contract_id))["status"] == "ACTIVE"
