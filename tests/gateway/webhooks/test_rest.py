"""The routes of webhooks: what they take, what they refuse, and that a secret is shown once."""

from typing import Any

import orjson
import pytest

from tests.gateway.operator_client import Operator

URL = "https://shop.example/events"


async def send(operator: Operator, method: str, path: str, body: object = None) -> Any:
    return await operator.ask(method, path, orjson.dumps(body), {"Content-Type": "application/json"})


async def test_its_life(operator: Operator) -> None:
    added = await send(operator, "POST", "/v1/webhooks", {"url": URL, "types": ["contract.made", "contract.confirmed"]})
    assert added.status == 201
    path, secret = added.headers["Location"], added.json["secret"]
    assert path == f"/v1/webhooks/{added.json['id']}" and secret.startswith("whsec_")
    listed = (await operator.get("/v1/webhooks")).json["items"]
    assert listed == [(await operator.get(path)).json]
    assert "secret" not in listed[0] and listed[0]["types"] == ["contract.confirmed", "contract.made"]
    assert (await send(operator, "POST", "/v1/webhooks", {"url": URL})).status == 409
    assert (await send(operator, "PATCH", path, {"status": "disabled"})).json["why"] == "an operator disabled it"
    assert (await send(operator, "PATCH", path, {"status": "active"})).json["why"] is None
    rotated = await send(operator, "POST", f"{path}/rotate")
    assert rotated.status == 200 and rotated.json["secret"] != secret
    assert (await operator.get(f"{path}/attempts")).json["items"] == []
    assert (await operator.ask("DELETE", path)).status == 204
    assert (await operator.get(path)).status == 404
    rows = await operator.services.records.pool.fetch("SELECT action, details FROM audit_actions ORDER BY n")
    done = [row["action"] for row in rows]
    assert done == [f"webhook.{what}" for what in ("added", "disabled", "enabled", "rotated", "removed")]
    assert {row["details"]["operator"] for row in rows} == {"961576a43b2a3f65"}


@pytest.mark.parametrize(("body", "field", "why"), [
    ({}, "url", "is required"),
    ({"url": 5}, "url", ""),
    ({"url": "http://shop.example/"}, "url", "should begin with https:// and a host"),
    ({"url": "https://10.0.0.1/"}, "url", "should be a public address"),
    ({"url": URL, "types": []}, "types", "should be a list"),
    ({"url": URL, "types": ["no.such"]}, "types", "should hold types of events only"),
    ({"url": URL, "types": "contract.made"}, "types", "should be a list"),
    ({"url": URL, "after": -1}, "after", "should be a whole number"),
    ({"url": URL, "after": 99}, "after", "is behind the newest event, which is 0"),
    ({"url": URL, "secret": "mine"}, "secret", "is not known here"),
])  # fmt: skip
async def test_a_wrong_body_is_named(operator: Operator, body: object, field: str, why: str) -> None:
    answer = await send(operator, "POST", "/v1/webhooks", body)
    assert (answer.status, answer.json["field"]) == (422, field)
    assert why in answer.json["errors"][0]["why"]


@pytest.mark.parametrize("body", [{}, {"after": 1, "failed": True}, {"to": 3}])
async def test_a_replay_says_what(operator: Operator, body: object) -> None:
    path = (await send(operator, "POST", "/v1/webhooks", {"url": URL})).headers["Location"]
    answer = await send(operator, "POST", f"{path}/replay", body)
    assert (answer.status, answer.json["field"]) == (422, "after")


async def test_a_replay_has_an_end(operator: Operator) -> None:
    """An operator goes on with the next ten thousand: one request does not make a row for each event there ever was."""
    path = (await send(operator, "POST", "/v1/webhooks", {"url": URL})).headers["Location"]
    await operator.services.records.pool.execute("UPDATE webhook_endpoints SET cursor = 10001")
    answer = await send(operator, "POST", f"{path}/replay", {"after": 0})
    assert (answer.status, answer.json["field"]) == (422, "to")
    assert answer.json["errors"][0]["why"] == "should be at most 10000 behind after"
    assert (await send(operator, "POST", f"{path}/replay", {"after": 0, "to": 10_000})).status == 202


@pytest.mark.parametrize("path", ["/v1/webhooks/x", "/v1/webhooks/00000000-0000-0000-0000-000000000007"])
async def test_one_that_is_not_there_is_not_found(operator: Operator, path: str) -> None:
    for method, behind in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/rotate"), ("GET", "/attempts")):
        assert (await send(operator, method, path + behind, {"status": "active"})).status == 404, (method, behind)


async def test_attempts_of_one_event_only(operator: Operator) -> None:
    path = (await send(operator, "POST", "/v1/webhooks", {"url": URL})).headers["Location"]
    assert (await operator.get(f"{path}/attempts?event=x")).json["field"] == "event"
    assert (await operator.get(f"{path}/attempts?event=7")).json["items"] == []
