"""The service as it runs, for a test: real HTTP, its own database and sessions, and the simulator it sends through."""

import asyncio
import atexit
import base64
import io
import logging
import tempfile
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp
import asyncpg
import orjson
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer
from redis.asyncio import Redis

from gateway.app import make_app
from gateway.logs import BufferedLines, set_up_logs
from gateway.settings import Settings
from gateway.simulator.africastalking import SimulatorSettings, make_simulator
from gateway.simulator.daraja import DarajaSettings
from gateway.simulator.twilio import TwilioSettings
from tests.clock import ServiceClock
from tests.door_server import DoorServer
from tests.gateway import twilio_account
from tests.given_settings import GivenSettings
from tests.handset import CONTROL, CONTROL_KEY, Edge, Handset
from tests.log_set_up import forget_log_set_up

TOKEN = "hooks-token-of-a-test"  # noqa: S105  (a test's own)
SIGNATURE_KEY = base64.b64encode(b"a key that signs only in a test!").decode()
LOG_KEY = base64.b64encode(b"a log key, used only in a test!!").decode()

DARAJA = DarajaSettings(prompt_seconds=600.0)  # the account that the simulator has; machines are slow and busy

# What the service writes without being asked: at its start, in the background, and that somebody looked.
_OF_ITSELF = (
    "schema_migrations", "signature_keys", "log_state", "log_tiles", "log_checkpoints", "log_keys", "log_lease",
    "form_codes", "looks", "look_subjects", "feed_positions", "feed_state",
)  # fmt: skip
_UNSETTLED = "SELECT EXISTS (SELECT FROM sms_logs WHERE status IN ('queued', 'sending', 'submitted'))"


@dataclass
class Service:
    """`edges`: one for each worker, all on the same database, sessions and simulator; `edge` is the first."""

    settings: Settings
    edges: list[Edge]
    db: "asyncpg.Connection[asyncpg.Record]"
    redis: "Redis"
    log: io.BytesIO
    lines: BufferedLines = field(repr=False)
    now: ServiceClock
    apps: list[web.Application]

    @property
    def edge(self) -> Edge:
        return self.edges[0]

    def phone(self, msisdn: str) -> Handset:
        return Handset(self.edge, msisdn)

    def logged(self) -> str:
        """Everything logged so far."""
        self.lines.flush()
        return self.log.getvalue().decode()

    async def sms_settled(self, within: float = 10.0) -> None:
        """Once every message is sent and reported on, and nothing is on its way."""
        async with asyncio.timeout(within):
            while await self.db.fetchval(_UNSETTLED):  # noqa: ASYNC110 - a row tells nobody
                await asyncio.sleep(0.01)

    async def decides(self, reference: str, decision: str) -> None:
        """An operator writes down what the mediator of this contract decided."""
        sql = "SELECT d.id FROM disputes d JOIN contracts c ON c.id = d.contract_id WHERE c.reference = $1"
        key, body = self.settings.api_key.get_secret_value(), {"decision": decision, "reasons": "We saw it"}
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        path = f"/v1/disputes/{await self.db.fetchval(sql, reference)}/decision"
        answer = await self.edge.request("POST", path, orjson.dumps(body), **headers)
        assert answer.status == 200, answer.body

    async def pack(self, reference: str) -> bytes:
        """Return the evidence pack of a contract."""
        headers = {"Authorization": f"Bearer {self.settings.api_key.get_secret_value()}"}
        answer = await self.edge.request("GET", f"/v1/contracts/{reference}/evidence", b"", **headers)
        assert answer.status == 200, answer.body
        return answer.body

    async def words_in_pack(self, reference: str) -> list[tuple[str, str]]:
        """Return who wrote what about a delivery, as the evidence pack of this contract has it, oldest first."""
        files = {
            name: orjson.loads(content)
            for name, content in unzip(await self.pack(reference)).items()
            if name.endswith(".json")
        }
        people = {
            name.removeprefix("people/").removesuffix(".json"): file
            for name, file in files.items()
            if name.startswith("people/")
        }
        wrote = [one for one in files["confirmations.json"] if one["answer"] == "wrote"]
        shown = [files[one["statement"].replace(".json", ".shown.json")] for one in wrote]
        return [(people[one["party"]]["msisdn"], file["words"]) for one, file in zip(wrote, shown, strict=True)]

    async def counts(self) -> dict[str, int]:
        """How many rows each table has."""
        return {name: len(rows) for name, rows in (await self.rows()).items()}

    async def rows(self) -> dict[str, list[Any]]:
        """Every row of every table, as text, in order: equal before and after, nothing was written."""
        return await rows_of(self.db)

    async def sessions(self) -> dict[Any, Any]:
        """Every key in the session store with its value."""
        return {key: await self.redis.get(key) async for key in self.redis.scan_iter("*")}


def unzip(pack: bytes) -> dict[str, bytes]:
    """Return the files of an evidence pack by their names in its folder."""
    with zipfile.ZipFile(io.BytesIO(pack)) as files:
        return {name.partition("/")[2]: files.read(name) for name in files.namelist()}


@asynccontextmanager
async def open_service(
    database_url: str, redis_url: str, *, workers: int = 1, now: ServiceClock | None = None, **settings: Any
) -> AsyncIterator[Service]:
    """The service with `workers` applications in this process, each with connections and an outbox of its own."""
    now = now or ServiceClock()
    async with AsyncExitStack() as stack:
        file = io.BytesIO()
        lines = stack.enter_context(_logs_into(file))
        http = await stack.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), headers=CONTROL)
        )
        simulator = await stack.enter_async_context(open_simulator(TOKEN))
        complete = GivenSettings(
            **{
                "environment": "testing", "database_url": database_url, "redis_url": redis_url,
                "at_base_url": simulator, "twilio_base_url": simulator, "camara_base_url": simulator,
                "mpesa_base_url": simulator,
                "webhook_token": TOKEN,
                "secret_key": "a secret key of a test's own", "signature_private_key": SIGNATURE_KEY,
                "log_private_key": LOG_KEY,
                "api_key": "an-api-key-of-a-test", "pin_memory_kib": 64, "pin_passes": 1,
                "sms_number_gap_seconds": 0.02, "database_pool_min": 1, **settings,
            }
        )  # fmt: skip
        edges, apps = [], []
        data_dir = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for _ in range(workers):
            apps.append(make_app(complete, lines, now=now, data_dir=data_dir))
            server = await stack.enter_async_context(DoorServer(apps[-1]))
            edges.append(Edge(http, str(server.make_url("/")).rstrip("/"), TOKEN, simulator))
        await point(simulator, edges[0].url, TOKEN, http)
        db = await asyncpg.connect(database_url)
        stack.push_async_callback(db.close)
        redis = await stack.enter_async_context(Redis.from_url(redis_url))
        service = Service(complete, edges, db, redis, file, lines, now, apps)
        try:
            yield service
        finally:
            with suppress(TimeoutError):  # a callback that arrives while its server closes would wait in vain
                await service.sms_settled(within=2.0)


@asynccontextmanager
async def fresh_database(server_url: str, template: str) -> AsyncIterator[str]:
    """A migrated, empty database for longer than one test (else: the fixture database_url)."""
    name = f"{template}_copy"
    server = await asyncpg.connect(server_url)
    try:
        await server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
        await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await server.close()


@asynccontextmanager
async def open_simulator(token: str) -> AsyncIterator[str]:
    """The address of a simulator of Africa's Talking; `point` it at the service once that listens."""
    settings = SimulatorSettings(
        "http://127.0.0.1:9", token, report_seconds=0.01, retry_seconds=0.02, control_key=CONTROL_KEY,
        twilio=TwilioSettings(twilio_account.SID, twilio_account.TOKEN, twilio_account.BASE), daraja=DARAJA,
    )  # fmt: skip
    async with TestServer(make_simulator(settings)) as simulator:
        yield str(simulator.make_url("/")).rstrip("/")


async def point(double_url: str, url: str, token: str, http: aiohttp.ClientSession) -> None:
    """Have the simulator post its callbacks to the service at `url`."""
    async with http.post(f"{double_url}/control/gateway", json={"url": url, "token": token}, headers=CONTROL) as answer:
        assert answer.status == 200, await answer.text()


async def rows_of(db: "asyncpg.Connection[asyncpg.Record]") -> dict[str, list[Any]]:
    tables = await db.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
    names = [row["tablename"] for row in tables if row["tablename"] not in _OF_ITSELF]
    assert len(names) > 8, "where are the tables?"
    return {name: await db.fetchval(f"SELECT array_agg(t::text ORDER BY t::text) FROM {name} t") or []  # noqa: S608 - our own words
            for name in names}  # fmt: skip


async def audit_of(db: "asyncpg.Connection[asyncpg.Record]", chain_id: object) -> list[tuple[str | None, str, str]]:
    """Who (msisdn) did what through which channel, first entry first; AssertionError if the chain does not hold."""
    entries = await db.fetch(
        """
        SELECT a.*, sha256(a.prev_hash || convert_to(audit_text(a), 'UTF8')) AS should_be
        FROM audit_logs a WHERE a.chain_id = $1 ORDER BY a.seq
        """,
        chain_id,
    )
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    for before, entry in zip([None, *entries], entries, strict=False):
        assert entry["hash"] == entry["should_be"], f"entry {entry['seq']} was altered"
        assert before is None or entry["prev_hash"] == before["hash"], f"entry {entry['seq']} is not chained"
    actions = await db.fetch(
        "SELECT f.msisdn, a.channel, a.action FROM audit_actions a LEFT JOIN phones f ON f.id = a.actor_id"
        " WHERE a.chain_id = $1 ORDER BY a.seq, a.place",
        chain_id,
    )
    return [(action["msisdn"], action["channel"], action["action"]) for action in actions]


@contextmanager
def _logs_into(file: io.BytesIO) -> Iterator[BufferedLines]:
    """The real log set-up, into `file`. A logger keeps the set-up it was first used with, so it is made to forget."""
    handlers = logging.root.handlers[:]
    forget_log_set_up()
    lines = set_up_logs("DEBUG", "json", file)
    logging.root.handlers[:] = [*handlers, *logging.root.handlers]
    try:
        yield lines
    finally:
        lines.flush()
        atexit.unregister(lines.flush)
        logging.root.handlers[:] = handlers
        structlog.reset_defaults()
        forget_log_set_up()
