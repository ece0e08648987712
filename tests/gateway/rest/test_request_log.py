"""The log line of a REST request: a complaint can be followed with it, and it says nothing about people."""

import hashlib
from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from storage.postgres import database
from tests.gateway.operator_client import BUYER, KEY, Operator, contract_body

OPERATOR = hashlib.sha256(KEY.encode()).hexdigest()[:16]

Lines = list[MutableMapping[str, Any]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    with capture_logs() as logged:
        yield logged


def last_rest_line(lines: Lines) -> dict[str, Any]:
    """Return the newest `rest` line; its time taken and its id are checked and left out, as no test can know them."""
    line = dict([line for line in lines if line["event"] == "rest"][-1])
    assert line.pop("took_ms") > 0
    assert len(line.pop("request_id")) == 36
    assert line.pop("log_level") == "info"
    return line


async def test_a_write_names_its_operator_route_contract_and_act(operator: Operator, lines: Lines) -> None:
    made = (await operator.post(contract_body())).json
    assert last_rest_line(lines) == {
        "event": "rest", "method": "POST", "route": "/v1/contracts", "status": 201, "operator": OPERATOR,
        "contract_id": made["id"], "acted": "contract.made", "messages": 2,
    }  # fmt: skip


async def test_a_repeat_says_that_nothing_was_done(operator: Operator, lines: Lines) -> None:
    await operator.post(contract_body(), "key-1")
    await operator.post(contract_body(), "key-1")
    assert "acted" not in last_rest_line(lines)


async def test_a_read_names_the_contract_by_its_id(operator: Operator, lines: Lines) -> None:
    made = (await operator.post(contract_body())).json
    await operator.get(f"/v1/contracts/{made['reference']}")
    assert last_rest_line(lines) == {
        "event": "rest", "method": "GET", "route": "/v1/contracts/{contract}", "status": 200, "operator": OPERATOR,
        "contract_id": made["id"],
    }  # fmt: skip


async def test_a_message_is_named_by_its_id(operator: Operator, lines: Lines) -> None:
    await operator.post(contract_body())
    message_id = (await operator.get("/v1/messages")).json["items"][0]["id"]
    await operator.get(f"/v1/messages/{message_id}")
    assert last_rest_line(lines)["message_id"] == message_id


async def test_a_query_with_a_number_is_not_logged(operator: Operator, lines: Lines) -> None:
    await operator.post(contract_body())
    assert (await operator.get(f"/v1/contracts?msisdn={BUYER.replace('+', '%2B')}")).status == 200
    assert last_rest_line(lines) == {
        "event": "rest", "method": "GET", "route": "/v1/contracts", "status": 200, "operator": OPERATOR,
    }  # fmt: skip
    assert BUYER[1:] not in str(lines)


async def test_a_stranger_gets_no_line(operator: Operator, lines: Lines) -> None:
    for headers in ({"Authorization": "Bearer some other key"}, {"Content-Encoding": "gzip"}):
        answer = await operator.ask("GET", "/v1/contracts", headers={"Authorization": "", **headers})
        assert answer.status in (401, 415)
    assert lines == []


async def test_a_refused_request_has_its_status(operator: Operator, lines: Lines) -> None:
    await operator.post(contract_body(terms__product=7))
    assert last_rest_line(lines)["status"] == 422
    await operator.get("/v1/contracts/no-such-contract")
    assert last_rest_line(lines)["status"] == 404


async def test_a_request_without_a_database_has_its_status(operator: Operator, lines: Lines) -> None:
    await database.close_pool(operator.services.records.pool, within_seconds=1.0)
    await operator.get("/v1/contracts")
    line = last_rest_line(lines)
    assert (line["status"], line["operator"]) == (503, OPERATOR)


async def test_health_and_verify_have_no_such_line(operator: Operator, lines: Lines) -> None:
    for path in ("/health", "/livez", "/readyz", "/verify/12345678"):
        await operator.get(path)
    assert [line for line in lines if line["event"] == "rest"] == []
