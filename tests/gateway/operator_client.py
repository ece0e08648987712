"""An operator's program that calls the REST API of a service with a database of its own."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
from aiohttp import web
from aiohttp.test_utils import TestClient
from pydantic import SecretStr

from contracts.fields.msisdn import Msisdn
from gateway.app import make_app
from gateway.events import MoSms
from gateway.services import SERVICES
from tests.door_server import DoorServer
from tests.gateway.documented import check_documented
from tests.given_settings import GivenSettings
from tests.service import SIGNATURE_KEY

KEY = "the operator's own key"
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
BUYER, SELLER = "+254711000001", "+254711000002"


class RestReply:
    """A complete HTTP response."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


class Operator:
    """An operator's program, which takes no answer that the OpenAPI document does not have.

    For its service it is noon of 1 July 2026 (UTC), until a test sets `services.now`.
    """

    def __init__(self, client: "TestClient[web.Request, web.Application]") -> None:
        self.client, self.services = client, client.app[SERVICES]
        self.services.now = lambda: NOON
        self._received = 0

    async def get(self, path: str) -> RestReply:
        return await self.ask("GET", path)

    async def post(self, body: Any, key: str | None = None) -> RestReply:
        """Make a contract. A `body` of bytes is sent unchanged."""
        sent = body if isinstance(body, bytes) else orjson.dumps(body)
        once = {} if key is None else {"Idempotency-Key": key}
        return await self.ask("POST", "/v1/contracts", sent, {"Content-Type": "application/json", **once})

    async def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> RestReply:
        sent = {"Authorization": f"Bearer {KEY}", **(headers or {})}
        async with self.client.request(method, path, data=body, headers=sent) as answer:
            reply = RestReply(answer.status, answer.headers, await answer.read())
        check_documented(self.client.app, method, path, reply.status, reply.headers, reply.body)
        return reply

    async def sends_sms(self, msisdn: str, text: str) -> None:
        """Let an SMS from this phone arrive, at the time of the machine's clock."""
        self._received += 1
        mo = MoSms("africastalking", f"mo {self._received}", Msisdn(msisdn), msisdn, "22384", text, None)
        await self.services.inbox.receive(mo)

    async def count(self, table: str) -> int:
        found: int = await self.services.records.pool.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - our own words
        return found


def make_operator_app(database_url: str, redis_url: str) -> web.Application:
    """Return the service, which sends no SMS, with the API key KEY."""
    settings = GivenSettings(
        environment="testing", database_url=database_url, redis_url=redis_url,
        api_key=SecretStr(KEY), webhook_token=SecretStr("hooks"), secret_key=SecretStr("s" * 32),
        signature_private_key=SecretStr(SIGNATURE_KEY), pin_memory_kib=64, pin_passes=1,
    )  # fmt: skip
    return make_app(settings, sends=False)


@asynccontextmanager
async def open_operator(database_url: str, redis_url: str) -> AsyncIterator[Operator]:
    """For a test that needs a second service, or one for a whole module; else use the fixture `operator`."""
    async with TestClient(DoorServer(make_operator_app(database_url, redis_url))) as client:
        yield Operator(client)


def contract_body(**changed: Any) -> dict[str, Any]:
    """Return the body of a new contract. `terms__unit="kg"` changes the unit, `terms__unit=None` removes it."""
    body: dict[str, Any] = {
        "parties": [{"msisdn": "0711 000 001", "role": "buyer", "name": "Amina"}, {"msisdn": SELLER, "role": "seller"}],
        "terms": {
            "product": "white maize", "quantity": 50, "unit": "bags", "total_amount": "175000.50",
            "delivery_place": "Nakuru", "delivery_date": "2026-07-25",
        },
    }  # fmt: skip
    for name, value in changed.items():
        *where, last = name.split("__")
        inside = body[where[0]] if where else body
        inside[last] = value
        if value is None:
            del inside[last]
    return body
