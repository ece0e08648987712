"""ETag, If-None-Match and If-Match: nobody overwrites what they have not read."""

import asyncio

import pytest

from tests.gateway.contracts_by_rest import make_confirmed_contract, open_dispute
from tests.gateway.operator_client import SELLER, Operator, RestReply, contract_body

PROPOSAL = b'{"kind": "terms", "terms": {"quantity": 40}}'
JSON = {"Content-Type": "application/json"}


async def propose(operator: Operator, contract: str, tag: str, key: str | None = None) -> RestReply:
    once = {"Idempotency-Key": key} if key else {}
    headers = {**JSON, "If-Match": tag, **once}
    return await operator.ask("POST", f"/v1/contracts/{contract}/proposals", PROPOSAL, headers)


async def test_who_has_read_it_gets_304_until_it_changes(operator: Operator) -> None:
    made = await operator.post(contract_body())
    path = f"/v1/contracts/{made.json['id']}"
    tag = made.headers["ETag"]
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        same = await operator.ask("GET", path, headers={"If-None-Match": known})
        assert (same.status, same.body, same.headers["ETag"]) == (304, b"", tag)
    await operator.sends_sms(SELLER, "Yes")
    changed = await operator.ask("GET", path, headers={"If-None-Match": tag})
    assert (changed.status, changed.json["version"]) == (200, 2)
    assert changed.headers["ETag"] != tag


async def test_a_write_to_what_was_read_is_done_and_one_to_what_has_changed_is_not(operator: Operator) -> None:
    contract = await make_confirmed_contract(operator)
    tag = (await operator.get(f"/v1/contracts/{contract['id']}")).headers["ETag"]
    assert (await propose(operator, contract["id"], tag)).status == 201
    late = await propose(operator, contract["id"], tag)
    assert (late.status, late.json["reason"]) == (412, "changed")
    assert await operator.count("contract_proposals") == 1


async def test_of_three_writes_with_one_tag_at_once_one_is_done(operator: Operator) -> None:
    contract = await make_confirmed_contract(operator)
    tag = (await operator.get(f"/v1/contracts/{contract['id']}")).headers["ETag"]
    answers = await asyncio.gather(*(propose(operator, contract["id"], tag) for _ in range(3)))
    assert sorted(answer.status for answer in answers) == [201, 412, 412]


async def test_a_repeat_is_answered_although_its_own_first_time_changed_the_contract(operator: Operator) -> None:
    contract = await make_confirmed_contract(operator)
    tag = (await operator.get(f"/v1/contracts/{contract['id']}")).headers["ETag"]
    first, again = [await propose(operator, contract["id"], tag, "once") for _ in range(2)]
    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"


async def test_any_is_any_and_a_tag_without_quotes_is_none(operator: Operator) -> None:
    contract = await make_confirmed_contract(operator)
    assert (await propose(operator, contract["id"], "*")).status == 201
    wrong = await propose(operator, contract["id"], "abc")
    assert (wrong.status, wrong.json["field"]) == (400, "If-Match")


@pytest.mark.parametrize("tag", ['"old"', "W/{}"])
async def test_a_dispute_is_written_to_by_the_tag_of_its_contract(operator: Operator, tag: str) -> None:
    dispute = await open_dispute(operator)
    read = await operator.get(f"/v1/contracts/{dispute['contract']['id']}")
    decide = b'{"decision": "complete", "reasons": "All was there"}'
    path = f"/v1/disputes/{dispute['id']}/decision"
    old = await operator.ask("POST", path, decide, {**JSON, "If-Match": tag.format(read.headers["ETag"])})
    assert (old.status, old.json["reason"]) == (412, "changed")
    assert (await operator.ask("POST", path, decide, {**JSON, "If-Match": read.headers["ETag"]})).status == 200
