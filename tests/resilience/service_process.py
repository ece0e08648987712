"""The service as a process of its own in a folder of its own, with the simulator it sends through: to be killed."""

import asyncio
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from redis.asyncio import Redis

from tests.handset import Edge, Handset
from tests.resilience.lateness import hold_lock
from tests.service import audit_of, open_simulator, point
from tests.serving import Serving, open_serving


@dataclass
class ServiceProcess:
    """`serving` is the process, `edge` where phones and provider reach it."""

    serving: Serving
    edge: Edge

    def phone(self, msisdn: str) -> Handset:
        return Handset(self.edge, msisdn)

    async def fetch(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """Read the database of the running service, past the service."""
        db = await self._database()
        try:
            return [dict(row) for row in await db.fetch(sql, *values)]
        finally:
            await db.close()

    async def audit(self, chain_id: object) -> list[str]:
        db = await self._database()
        try:
            return [action for _, _, action in await audit_of(db, chain_id)]
        finally:
            await db.close()

    def hold_lock(self, sql: str) -> AbstractAsyncContextManager[None]:
        """Hold what `sql` locks in the database of the running service."""
        return hold_lock(self._printed("database"), sql)

    async def wait_for_hops_under_way(self, count: int) -> None:
        """Return once so many sessions are locked by a hop."""
        async with asyncio.timeout(60), Redis.from_url(self._printed("sessions")) as redis:
            while len(await redis.keys("ussd:*:lock")) < count:  # noqa: ASYNC110 - in another process
                await asyncio.sleep(0.005)

    async def _database(self) -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(self._printed("database"))

    def _printed(self, label: str) -> str:
        """Return what the process printed after `label` at its last start."""
        printed = [line.split() for line in self.serving.printed.read_text().splitlines()]
        return next(words[1] for words in reversed(printed) if words[:1] == [label])


@asynccontextmanager
async def open_service_process(*options: str, **env: str) -> AsyncIterator[ServiceProcess]:
    folder = Path(tempfile.mkdtemp(prefix="voicepact-kill9-"))
    folder.chmod(0o711)  # noqa: ASYNC240 - PostgreSQL may need another account where root tests
    try:
        async with (
            open_simulator("set when it is known") as simulator,
            open_serving(folder / "data", *options, AT_BASE_URL=simulator, **env) as serving,
        ):
            token = json.loads((folder / "data" / "serve.json").read_text())["token"]
            await point(simulator, serving.url, token, serving.http)
            yield ServiceProcess(serving, Edge(serving.http, serving.url, token, simulator))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
