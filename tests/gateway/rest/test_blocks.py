"""An operator keeps the offers of a number away from a person who called."""

from tests.gateway.contracts_by_rest import post_json
from tests.gateway.operator_client import BUYER, SELLER, Operator, RestReply, contract_body

AMINA, TRADER = "%2B254711000001", "+254733000009"
PATH = f"/v1/people/{AMINA}/blocks"
OF_TRADER = f"{PATH}/%2B254733000009"


async def block(operator: Operator, number: str = TRADER, key: str | None = None) -> RestReply:
    return await post_json(operator, PATH, {"number": number}, key)


async def test_a_block_is_made_told_and_taken_back(operator: Operator) -> None:
    await operator.post(contract_body())
    made = await block(operator)
    assert (made.status, [item["number"] for item in made.json["items"]]) == (201, [TRADER])
    assert (await operator.get(PATH)).json == made.json
    messages = (await operator.get(f"/v1/messages?msisdn={AMINA}")).json["items"]
    (told,) = [message["text"] for message in messages if message["kind"] == "blocked"]
    assert "UNBLOCK" in told
    again = await block(operator)
    assert (again.status, again.json["reason"]) == (409, "nothing_changes")
    gone = await operator.ask("DELETE", OF_TRADER)
    assert (gone.status, gone.json["items"]) == (200, [])
    assert (await operator.ask("DELETE", OF_TRADER)).status == 409


async def test_it_is_the_block_of_an_sms(operator: Operator) -> None:
    await operator.post(contract_body())
    await operator.sends_sms(BUYER, "BLOCK 0733 000 009")
    assert [item["number"] for item in (await operator.get(PATH)).json["items"]] == [TRADER]
    await operator.ask("DELETE", OF_TRADER)
    assert (await operator.get(PATH)).json["items"] == []
    await block(operator)
    await operator.sends_sms(BUYER, "UNBLOCK 0733 000 009")
    assert (await operator.get(PATH)).json["items"] == []


async def test_the_audit_names_the_operator_and_no_number(operator: Operator) -> None:
    await operator.post(contract_body())
    await block(operator)
    pool = operator.services.records.pool
    (row,) = await pool.fetch("SELECT details::text FROM audit_actions WHERE action = 'person.blocked'")
    assert "operator" in row["details"]
    assert "2547" not in row["details"]


async def test_a_repeat_does_nothing_again(operator: Operator) -> None:
    await operator.post(contract_body())
    first, again = [await block(operator, key="once") for _ in range(2)]
    assert (again.status, again.body, again.headers["Idempotency-Replayed"]) == (201, first.body, "true")
    assert await operator.count("blocks") == 1


async def test_nobody_and_oneself_are_refused(operator: Operator) -> None:
    assert (await block(operator)).status == 404, "we know nobody with this number"
    assert (await operator.get("/v1/people/me/blocks")).status == 404
    await operator.post(contract_body())
    own = await block(operator, BUYER)
    assert (own.status, own.json["field"]) == (422, "number")
    assert (await block(operator, "no number")).json["field"] == "number"
    assert (await block(operator, SELLER)).status == 201, "contracts that they have go on"
