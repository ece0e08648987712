"""Each request has an id in its answer and its log line; each key sees how many requests it has left."""

from uuid import UUID

import pytest
from structlog.testing import capture_logs

from gateway.limits.table import API_REQUESTS
from gateway.limits.use_counter import UseCounter
from storage.postgres import database
from tests.gateway.operator_client import BUYER, Operator
from values.frozen import replace


@pytest.mark.parametrize(
    "own",
    ["import-7", "2026-11-3", "a" * 64, "4bf92f3577b34da6a3ce929d0e0e4736", "0198c2a4-7d10-7123-9123-123456789012"],
)
async def test_a_sane_id_of_the_sender_is_in_the_answer_and_the_log(operator: Operator, own: str) -> None:
    with capture_logs() as lines:
        answer = await operator.ask("GET", "/v1/contracts", headers={"X-Request-Id": own})
    assert answer.headers["X-Request-Id"] == own
    assert [line["request_id"] for line in lines if line["event"] == "rest"] == [own]


@pytest.mark.parametrize(
    "own",
    ["", "two words", "a" * 65, BUYER, f"call-{BUYER[1:]}", "<script>", "-x", "254-711-000-001", "07.11.00.00.01"],
)
async def test_another_one_is_replaced_and_not_repeated(operator: Operator, own: str) -> None:
    with capture_logs() as lines:
        answer = await operator.ask("GET", "/v1/contracts", headers={"X-Request-Id": own})
    made = answer.headers["X-Request-Id"]
    assert str(UUID(made)) == made
    assert BUYER[1:] not in str(lines)


@pytest.mark.parametrize(
    ("path", "status"), [("/v1/contracts/12345674", 404), ("/v1/contracts?foo=1", 400), ("/v1/nothing", 404)]
)
async def test_a_problem_names_its_request(operator: Operator, path: str, status: int) -> None:
    answer = await operator.ask("GET", path, headers={"X-Request-Id": "mine"})
    assert (answer.status, answer.json["request_id"], answer.headers["X-Request-Id"]) == (status, "mine", "mine")


async def test_a_fault_of_ours_is_found_by_the_id_in_its_answer(operator: Operator) -> None:
    await database.close_pool(operator.services.records.pool, within_seconds=1.0)
    with capture_logs() as lines:
        answer = await operator.get("/v1/contracts")
    assert answer.status == 503
    assert [line["request_id"] for line in lines if line["event"] == "unavailable"] == [answer.json["request_id"]]


async def test_other_routes_have_none(operator: Operator) -> None:
    assert "X-Request-Id" not in (await operator.ask("GET", "/livez")).headers


async def test_a_key_sees_what_it_has_left(operator: Operator) -> None:
    operator.services.limits.api_requests = UseCounter(replace(API_REQUESTS, most=3))
    answers = [await operator.get("/v1/contracts") for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"key";q=3;w=60'}
    assert [answer.headers["RateLimit"].partition(";t=")[0] for answer in answers] == [
        '"key";r=2', '"key";r=1', '"key";r=0', '"key";r=0',
    ]  # fmt: skip
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60


async def test_where_no_limit_holds_none_is_told(operator: Operator) -> None:
    assert "RateLimit" not in (await operator.get("/v1/contracts")).headers
