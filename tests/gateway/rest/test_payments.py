"""What an operator's program does about money: ask the buyer again, and decide what needs a person."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import orjson
import pytest_asyncio

from contracts.effects import Receive
from contracts.escrow.outcomes import Failed, FailReason
from tests.gateway.operator_client import BUYER, RestReply, open_operator
from tests.gateway.payments.money_story import DUE, MoneyStory

CANCELLED = Failed(FailReason.CANCELLED, "1032")


@pytest_asyncio.fixture
async def story(database_url: str, redis_url: str) -> AsyncIterator[MoneyStory]:
    async with open_operator(database_url, redis_url) as operator:
        yield MoneyStory(operator)


async def post(story: MoneyStory, path: str, body: Any = None, key: str | None = None) -> RestReply:
    headers = {} if key is None else {"Idempotency-Key": key}
    if body is None:
        return await story.operator.ask("POST", path, None, headers)
    return await story.operator.ask("POST", path, orjson.dumps(body), {"Content-Type": "application/json", **headers})


async def paid(story: MoneyStory) -> str:
    """Make a contract whose money is all there, and return its id."""
    contract_id = await story.agree()
    await story.settle()
    await story.later()
    return contract_id


async def waiting(story: MoneyStory) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await story.operator.get("/v1/transfers/waiting")).json["items"]
    return items


async def test_the_buyer_is_asked_again_and_told_so(story: MoneyStory) -> None:
    contract_id = await story.agree()
    path = f"/v1/payments/{contract_id}/prompt"
    asked = await post(story, path)
    assert (asked.status, asked.json["reason"]) == (409, "prompted_already")
    await story.settle(CANCELLED)
    asked = await post(story, path, key="ask-again")
    assert asked.status == 200 and asked.json["missing_minor"] == DUE
    assert [one["kind"] for one in asked.json["transfers"] if one["status"] == "queued"] == ["prompt"]
    again = await post(story, path, key="ask-again")
    assert (again.status, again.headers.get("Idempotency-Replayed")) == (200, "true")
    db = story.services.records.pool
    text = await db.fetchval(
        "SELECT m.text FROM sms_logs m JOIN phones f ON f.id = m.phone_id WHERE f.msisdn = $1 AND m.kind = 'pay_now'"
        " ORDER BY m.created_at DESC LIMIT 1", BUYER,
    )  # fmt: skip
    assert "a request to pay KES 3,000 comes to your phone now" in text
    await story.settle()
    await story.later()
    asked = await post(story, path)
    assert (asked.status, asked.json["reason"]) == (409, "nothing_to_pay")
    assert (await post(story, "/v1/payments/40718353/prompt")).status == 404


async def test_a_payout_that_failed_is_ordered_again_once(story: MoneyStory) -> None:
    contract_id = await paid(story)
    await story.act(BUYER, Receive(contract_id))
    await story.settle(Failed(FailReason.NOT_REGISTERED, "2040"))
    (failed,) = await waiting(story)
    assert (failed["kind"], failed["status"], failed["reason"]) == ("release", "failed", "not_registered")
    path = f"/v1/transfers/{failed['id']}/retry"
    assert [(await post(story, path, key=key)).status for key in ("one", "one", "two")] == [200, 200, 409]
    await story.settle()
    assert await waiting(story) == []
    payment = (await story.operator.get(f"/v1/payments/{contract_id}")).json
    assert payment["paid_minor"] == payment["released_minor"] > 0


async def test_money_without_a_contract_gets_an_owner_by_two_people(story: MoneyStory) -> None:
    contract_id = await story.agree()
    await story.settle(CANCELLED)
    came = await story.pay_by_hand("maize", 100_000, "P1")
    (found,) = await waiting(story)
    assert (found["id"], found["account"], found["reference"]) == (str(came), "maize", None)
    payment = (await story.operator.get(f"/v1/payments/{contract_id}")).json
    path, body = f"/v1/transfers/{came}/assign", {"contract": payment["reference"]}
    for _ in range(2):  # the same operator is one person
        said = await post(story, path, body)
        assert (said.status, said.json["says"]) == (200, "kept: one more person has to say the same")
    assert (await post(story, path, {"contract": "1234"})).status == 422
    asked: dict[str, Any] = {"approve": None, "send-back": None, "retry": None, "paid": {"receipt": "CASH-7"}}
    for act, told in (asked | {"assign": {"contract": "40718353"}}).items():
        answer = await post(story, f"/v1/transfers/{contract_id}/{act}", told, key=f"unknown-{act}")
        assert answer.status == 404, act
    await story.by_hand("Chege").assign(came, payment["reference"])
    assert (await story.operator.get(f"/v1/payments/{contract_id}")).json["received_minor"] == 100_000
    assert await waiting(story) == []


async def test_who_approved_what_is_in_the_chain(story: MoneyStory) -> None:
    """In that of the contract; of money that belongs to none, in the service's own."""
    contract_id = await paid(story)
    db = story.services.records.pool
    await story.act(BUYER, Receive(contract_id))
    release = await db.fetchval("SELECT id FROM transfers WHERE kind = 'release'")
    await db.execute("UPDATE transfers SET status = 'held', held_why = 'approval' WHERE id = $1", release)
    assert (await post(story, f"/v1/transfers/{release}/approve")).status == 200
    await story.by_hand("Chege").approve(release)
    noted = [one for one in await story.services.records.audit_entries(UUID(contract_id))
             if one["action"] == "money.approved"]  # fmt: skip
    assert [(one["details"]["what"], one["details"]["transfer"]) for one in noted] == [("send", str(release))] * 2
    assert noted[1]["details"]["operator"] == "Chege" != noted[0]["details"]["operator"]
    came = await story.pay_by_hand("maize", 100_000, "P1")
    await post(story, f"/v1/transfers/{came}/send-back")
    told = await db.fetchval("SELECT text FROM audit_logs ORDER BY n DESC LIMIT 1")
    assert "money.approved" in told and str(came) in told


async def test_what_the_rail_does_not_move_is_paid_by_hand(story: MoneyStory) -> None:
    """It waits, both are told why, and two people write down that it was paid."""
    contract_id = await paid(story)
    story.rail.least_payout = 400_000
    await story.act(BUYER, Receive(contract_id))
    await story.settle()
    (held,) = await waiting(story)
    assert (held["kind"], held["held_because"]) == ("release", "rail_limit")
    path = f"/v1/transfers/{held['id']}/paid"
    assert (await post(story, path, {"receipt": "CASH 7"})).status == 422
    assert "one more person" in (await post(story, path, {"receipt": "CASH-7"})).json["says"]
    assert "written down as paid" in await story.by_hand("Chege").paid(UUID(held["id"]), "CASH-7")
    story.rail.least_payout = 1
    await story.later()  # and no rail pays it once more
    payment = (await story.operator.get(f"/v1/payments/{contract_id}")).json
    assert payment["paid_minor"] == payment["released_minor"] > 0
    assert [one["receipt"] for one in payment["transfers"] if one["kind"] == "release"] == ["CASH-7"]
    assert (await post(story, path, {"receipt": "CASH-7"})).status == 409
