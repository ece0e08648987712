"""Many contracts in one request: each line by itself, and a repeat makes nothing twice."""

import asyncio
from typing import Any

import orjson

from gateway.rest.bulk import MAX_BYTES, MOST_LINES
from tests.gateway.contracts_by_rest import post_json
from tests.gateway.operator_client import SELLER, Operator, RestReply, contract_body


def line(n: int, **changed: Any) -> dict[str, Any]:
    """Return a line about a buyer of its own."""
    parties = [{"msisdn": f"+2547120{n:05}", "role": "buyer"}, {"msisdn": SELLER, "role": "seller"}]
    return {"key": f"order-{n}", **contract_body(**{"parties": parties, **changed})}


async def send(operator: Operator, lines: list[Any]) -> RestReply:
    return await post_json(operator, "/v1/contracts/bulk", {"contracts": lines})


async def test_four_hundred_offers_of_one_cooperative(operator: Operator) -> None:
    answer = await send(operator, [line(n) for n in range(MOST_LINES)])
    assert answer.status == 200
    results = answer.json["results"]
    assert [(one["line"], one["key"], one["status"], one["replayed"]) for one in results] == [
        (n, f"order-{n}", 201, False) for n in range(MOST_LINES)
    ]
    assert len({one["contract"]["reference"] for one in results}) == MOST_LINES
    assert results[7]["contract"]["parties"][0]["msisdn"] == "+254712000007"
    assert await operator.count("contracts") == MOST_LINES
    assert await operator.count("sms_logs") == 2 * MOST_LINES


async def test_a_line_that_is_refused_undoes_no_other(operator: Operator) -> None:
    lines = [line(0), line(1, terms__product=""), {}, "no object", {**line(4), "key": "two words"}, line(5)]
    results = (await send(operator, lines)).json["results"]
    assert [one["status"] for one in results] == [201, 422, 422, 422, 422, 201]
    fields = [one["problem"] and one["problem"]["errors"][0]["field"] for one in results]
    assert fields == [None, "terms.product", "parties", "body", "key", None]
    assert results[1]["key"] == "order-1"
    assert results[4]["key"] is None
    assert await operator.count("contracts") == 2


async def test_a_repeat_makes_what_was_refused_and_nothing_twice(operator: Operator) -> None:
    first = (await send(operator, [line(0), line(1, terms__product=""), line(2)])).json["results"]
    again = (await send(operator, [line(0), line(1), line(2)])).json["results"]
    assert [(one["status"], one["replayed"]) for one in again] == [(201, True), (201, False), (201, True)]
    assert [again[n]["contract"] for n in (0, 2)] == [first[n]["contract"] for n in (0, 2)]
    assert await operator.count("contracts") == 3


async def test_a_key_is_that_of_a_contract_made_alone(operator: Operator) -> None:
    alone = {name: value for name, value in line(3).items() if name != "key"}
    made = await operator.post(alone, "order-3")
    (result,) = (await send(operator, [line(3)])).json["results"]
    assert (result["replayed"], result["contract"]) == (True, made.json)
    (other,) = (await send(operator, [line(3, terms__quantity=51)])).json["results"]
    assert (other["status"], other["problem"]["field"]) == (422, "Idempotency-Key")


async def test_the_same_key_twice_in_one_request_makes_one(operator: Operator) -> None:
    results = (await send(operator, [line(1), line(1)])).json["results"]
    assert [one["status"] for one in results] == [201, 201]
    assert sorted(one["replayed"] for one in results) == [False, True]
    assert await operator.count("contracts") == 1


async def test_two_requests_at_once_make_each_line_once(operator: Operator) -> None:
    lines = [line(n) for n in range(30)]
    answers = await asyncio.gather(*(send(operator, lines) for _ in range(3)))
    assert {one["status"] for answer in answers for one in answer.json["results"]} == {201}
    assert await operator.count("contracts") == 30


async def test_the_limit_of_a_key_holds_for_lines(operator: Operator) -> None:
    few = operator.services.settings.model_copy(update={"api_contracts_per_hour": 3})
    operator.services.settings = few
    results = (await send(operator, [line(n) for n in range(5)])).json["results"]
    assert sorted(one["status"] for one in results) == [201, 201, 201, 429, 429]
    refused = next(one for one in results if one["status"] == 429)
    assert refused["problem"]["reason"] == "too_many_contracts"
    again = (await send(operator, [one for n in range(5) if results[n]["status"] == 201 for one in [line(n)]])).json
    assert {one["replayed"] for one in again["results"]} == {True}, "a repeat costs nothing of the limit"


async def test_too_many_lines_and_too_big_a_body_are_refused(operator: Operator) -> None:
    many = await send(operator, [line(0)] * (MOST_LINES + 1))
    assert (many.status, many.json["errors"]) == (
        422, [{"field": "contracts", "why": f"should have at most {MOST_LINES} entries"}],
    )  # fmt: skip
    assert (await send(operator, [])).json["errors"][0]["why"] == "should have at least 1 entries"
    big = orjson.dumps({"contracts": ["x" * MAX_BYTES]})
    json = {"Content-Type": "application/json"}
    assert (await operator.ask("POST", "/v1/contracts/bulk", big, json)).status == 413
