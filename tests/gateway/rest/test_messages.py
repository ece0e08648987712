"""Messages over REST: filters, pages, the history of one message, and sending a dead one again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson
import pytest
import pytest_asyncio

from tests.gateway.operator_client import RestReply, contract_body
from tests.service import Service, open_service

AMINA, OTIENO = "+254712345678", "+254711222333"
OFFER = contract_body(
    parties=[{"msisdn": AMINA, "role": "seller"}, {"msisdn": OTIENO, "role": "buyer"}],
    terms__delivery_date="2026-12-25",
)


@pytest_asyncio.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with open_service(database_url, redis_url) as running:
        yield running


@dataclass
class ServiceOperator:
    """An operator's program that calls a whole service, which sends SMS through the simulator."""

    service: Service

    async def get(self, path: str) -> RestReply:
        return await self._ask("GET", path)

    async def post(self, path: str, body: object = None) -> RestReply:
        return await self._ask("POST", path, orjson.dumps(body) if body else None)

    async def _ask(self, method: str, path: str, body: bytes | None = None) -> RestReply:
        key = self.service.settings.api_key.get_secret_value()
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        answer = await self.service.edge.request(method, path, body, **headers)
        return RestReply(answer.status, {}, answer.body)


@pytest_asyncio.fixture
async def operator(service: Service) -> ServiceOperator:
    return ServiceOperator(service)


async def list_messages(operator: ServiceOperator, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await operator.get(f"/v1/messages?{query}")).json["items"]
    return found


async def set_simulator_fault(service: Service, mode: str, **more: object) -> None:
    asked = f"{service.edge.double_url}/control/faults"
    async with service.edge.http.post(asked, json={"mode": mode, **more}) as answer:
        assert answer.status == 200


async def test_a_delivered_message_has_its_tries_and_reports(service: Service, operator: ServiceOperator) -> None:
    await set_simulator_fault(service, "drop_after_accept", times=1)
    made = (await operator.post("/v1/contracts", OFFER)).json
    await service.sms_settled()
    (message,) = await list_messages(operator, f"msisdn={AMINA[1:]}")
    assert message["contract_id"] == made["id"]
    story = (await operator.get(f"/v1/messages/{message['id']}")).json
    assert {name: story[name] for name in message} == message
    assert (story["class"], story["encoding"], story["segments"]) == ("critical", "gsm7", 1)
    assert story["estimate"] == "KES 0.8000" and story["expires_at"] > story["created_at"]
    assert [a["outcome"] for a in story["attempts"]] in (["accepted"], ["unsure"])
    assert [report["status"] for report in story["reports"]] == ["Sent", "Success"]
    assert story["status"] == "delivered" and story["resend_of"] is story["resent_as"] is None


async def test_filters_of_messages(service: Service, operator: ServiceOperator) -> None:
    first = (await operator.post("/v1/contracts", OFFER)).json
    await operator.post("/v1/contracts", OFFER)
    await service.phone(AMINA).sends_sms("HELP")
    await service.sms_settled()
    every = await list_messages(operator, "")
    assert len(every) == 6, every
    holding: dict[str, Callable[[dict[str, Any]], bool]] = {
        "direction=in": lambda m: m["direction"] == "in",
        "direction=out&class=critical": lambda m: m["class"] == "critical",
        "class=service": lambda m: m["kind"] == "help" and m["direction"] == "out",
        f"contract_id={first['id']}": lambda m: m["contract_id"] == first["id"],
        f"msisdn={AMINA[1:]}&direction=out": lambda m: m["msisdn"] == AMINA and m["direction"] == "out",
        "status=received": lambda m: m["status"] == "received",
        f"status=delivered&msisdn={OTIENO[1:]}": lambda m: m["msisdn"] == OTIENO,
    }
    for query, holds in holding.items():
        found = await list_messages(operator, query)
        assert found == [message for message in every if holds(message)], query
        assert found, query
    assert await list_messages(operator, f"contract_id={uuid4()}") == []


@pytest.mark.parametrize("query", ["", "status=delivered&", f"msisdn={AMINA[1:]}&", "direction=out&"])
async def test_pages_follow_each_other(service: Service, operator: ServiceOperator, query: str) -> None:
    for _ in range(3):
        await operator.post("/v1/contracts", OFFER)
    await service.sms_settled()
    whole, paged, after = await list_messages(operator, query), [], ""
    while True:
        page = (await operator.get(f"/v1/messages?{query}limit=2{after}")).json
        paged += page["items"]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert paged == whole and len(whole) >= 3


async def test_a_dead_message_is_sent_again_once(service: Service, operator: ServiceOperator) -> None:
    await set_simulator_fault(service, "mixed", rules={AMINA: 403})  # no phone number
    await operator.post("/v1/contracts", OFFER)
    await service.sms_settled()
    await set_simulator_fault(service, "ok")
    (dead,) = await list_messages(operator, f"status=rejected&msisdn={AMINA[1:]}")
    path = f"/v1/messages/{dead['id']}/resend"
    both = await asyncio.gather(operator.post(path, None), operator.post(path, None))
    assert sorted(answer.status for answer in both) == [200, 201]
    (new,) = {answer.json["id"] for answer in both}
    await service.sms_settled()
    again = await operator.post(path, None)
    assert (again.status, again.json["id"], again.json["status"]) == (200, new, "delivered")
    assert again.json["resend_of"] == dead["id"]
    assert (await operator.get(f"/v1/messages/{dead['id']}")).json["resent_as"] == new
    assert [text["text"] for text in await service.edge.inbox_of(AMINA)] == [dead["text"]]


async def test_a_message_that_is_not_dead_is_not_sent_again(service: Service, operator: ServiceOperator) -> None:
    await operator.post("/v1/contracts", OFFER)
    await service.sms_settled()
    (sent,) = await list_messages(operator, f"msisdn={AMINA[1:]}")
    answer = await operator.post(f"/v1/messages/{sent['id']}/resend", None)
    assert answer.status == 409 and "delivered" in answer.json["title"]
    for name in (uuid4(), "40718353", "x"):
        assert (await operator.get(f"/v1/messages/{name}")).status == 404
        assert (await operator.post(f"/v1/messages/{name}/resend", None)).status == 404
