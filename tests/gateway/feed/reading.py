"""Reads the feed over the API, as a program of an operator does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import asyncpg
import orjson

from tests.gateway.operator_client import contract_body
from tests.handset import Handset, ServiceReply
from tests.service import Service

Event = dict[str, Any]
_STEPS = ["received", "queued", "unconfirmed", "submitted", "delivered", "expired"]
NOTE = (
    "INSERT INTO audit_logs (chain_id, at, channel, action, details, act_id)"
    " VALUES ($1, now(), 'service', $2, '{}', $3)"
)


def headers_of(service: Service) -> dict[str, str]:
    return {"Authorization": f"Bearer {service.settings.api_key.get_secret_value()}"}


async def get_json(service: Service, path: str, status: int = 200, worker: int = 0) -> Any:
    edge = service.edges[worker]
    answer = await once_taken(lambda: edge.request("GET", path, None, **headers_of(service)))
    assert answer.status == status, answer.body
    return orjson.loads(answer.body)


async def once_taken(ask: Callable[[], Awaitable[ServiceReply]]) -> ServiceReply:
    """Ask again while the service has too much to do, as it wants it and as a provider does."""
    while (answer := await ask()).status == 503:  # noqa: ASYNC110 - over HTTP
        await asyncio.sleep(0.2)
    return answer


async def send_json(service: Service, method: str, path: str, body: object, status: int) -> Any:
    headers = {**headers_of(service), "Content-Type": "application/json"}
    answer = await service.edge.request(method, path, orjson.dumps(body), **headers)
    assert answer.status == status, answer.body
    return orjson.loads(answer.body) if answer.body else None


async def all_events(service: Service, after: int = 0) -> list[Event]:
    """Return what the feed has behind `after` by now."""
    found: list[Event] = []
    while True:
        page = await get_json(service, f"/v1/events?after={found[-1]['id'] if found else after}&limit=1000")
        found += page["items"]
        if not page["more"]:
            return found


async def once(service: Service, is_enough: Callable[[list[Event]], bool], within: float = 60.0) -> list[Event]:
    """Return the feed once there is enough of it."""
    async with asyncio.timeout(within):
        while not is_enough(found := await all_events(service)):  # noqa: ASYNC110 - over HTTP
            await asyncio.sleep(0.02)
    return found


async def make_contract(service: Service, number: int, worker: int = 0) -> str:
    """Make a contract of two phones of its own, which both say yes to it by SMS; return its id."""
    buyer, seller = f"+2547110{number:05}", f"+2547120{number:05}"
    body = contract_body(
        parties=[{"msisdn": buyer, "role": "buyer"}, {"msisdn": seller, "role": "seller"}],
        terms__delivery_date="2027-01-25", terms__quantity=1 + number % 500,
    )  # fmt: skip
    edge = service.edges[worker]
    headers = {**headers_of(service), "Content-Type": "application/json"}
    headers["Idempotency-Key"] = f"contract-{number}"
    sent = orjson.dumps(body)
    answer = await once_taken(lambda: edge.request("POST", "/v1/contracts", sent, **headers))
    assert answer.status in (200, 201), answer.body
    made = orjson.loads(answer.body)
    for msisdn in (buyer, seller):
        form = Handset(edge, msisdn).mo_form(f"YES {made['reference']}", f"mo-{number}-{msisdn}")
        answer = await once_taken(partial(edge.hook, "sms", form))
        assert answer.status == 200, answer.body
    return str(made["id"])


@asynccontextmanager
async def live_by_websocket(
    service: Service, path: str = "/v1/events/live", worker: int = 0
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:  # fmt: skip
    async with (
        aiohttp.ClientSession(headers=headers_of(service)) as http,
        http.ws_connect(service.edges[worker].url + path) as socket,
    ):
        yield socket


@asynccontextmanager
async def live_by_server_sent_events(
    service: Service, path: str = "/v1/events/live", worker: int = 0, **headers: str
) -> AsyncIterator[aiohttp.ClientResponse]:  # fmt: skip
    timeout = aiohttp.ClientTimeout(total=None)
    async with (
        aiohttp.ClientSession(headers=headers_of(service), timeout=timeout) as http,
        http.get(service.edges[worker].url + path, headers=headers) as answer,
    ):
        answer.raise_for_status()
        yield answer


async def events_in(answer: aiohttp.ClientResponse) -> AsyncIterator[tuple[str, Event]]:
    """Yield each event of a stream with the id that its frame has."""
    event_id = ""
    async for raw in answer.content:
        name, _, value = raw.decode().rstrip("\n").partition(": ")
        if name == "id":
            event_id = value
        elif name == "data":
            yield event_id, orjson.loads(value)


async def note(db: "asyncpg.Connection[asyncpg.Record]", action: str, chain: UUID | None = None) -> None:
    await db.execute(NOTE, chain or uuid4(), action, uuid4())


async def sent(service: Service, within: float) -> None:
    """Once every message is sent. A report may be lost: a provider that was turned away too often gives up."""
    sql = "SELECT EXISTS (SELECT FROM sms_logs WHERE status IN ('queued', 'sending', 'unconfirmed'))"
    async with asyncio.timeout(within):
        while await service.db.fetchval(sql):  # noqa: ASYNC110 - a row tells nobody
            await asyncio.sleep(0.1)


async def check_complete(service: Service) -> list[Event]:
    """Return the feed once it has all that audit and fates have: AssertionError if something is missing, twice, or in
    another order than in its chain."""
    sql = """
        SELECT (SELECT count(*) FROM audit_actions) + (SELECT count(*) FROM message_fates) + (SELECT coalesce(sum(
            jsonb_array_length(coalesce(text::jsonb -> 'texts', '[]')) + (text::jsonb ? 'heard')::integer), 0)
            FROM audit_logs WHERE text IS NOT NULL)"""
    expected = int(await service.db.fetchval(sql))
    events = await once(service, lambda found: len(found) >= expected, within=600)
    assert [int(event["id"]) for event in events] == list(range(1, len(events) + 1)), "no hole, and nothing twice"
    actions: dict[str, list[str]] = {}
    for event in events:
        if event["contract"] and not event["type"].startswith("message."):
            actions.setdefault(event["contract"]["id"], []).append(event["type"])
    rows = await service.db.fetch("SELECT chain_id, action FROM audit_actions ORDER BY chain_id, seq, place")
    chains: dict[str, list[str]] = {}
    for row in rows:
        chains.setdefault(str(row["chain_id"]), []).append(row["action"])
    assert actions
    for chain, found in actions.items():
        assert found == chains[chain], "a contract's events are in the order of its chain"
    check_messages(events)
    return events


def check_messages(events: list[Event]) -> None:
    """A message is queued before it is submitted, and submitted before it is delivered."""
    steps: dict[str, list[str]] = {}
    for event in events:
        if message := event["data"].get("message"):
            steps.setdefault(message["id"], []).append(message["status"])
    assert steps
    for found in steps.values():
        assert found[0] in ("queued", "received")
        assert len(set(found)) == len(found), found
        assert found == sorted(found, key=_STEPS.index), found
