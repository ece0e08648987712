"""The service that tests of commands work on."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import pytest_asyncio

from storage.embedded.servers import ServerUrls
from storage.migrations.runner import up
from storage.postgres import database
from storage.postgres.database import Connection, set_json_codec
from tests.databases import execute, renamed
from tests.gateway.audit_record import log_audit
from tests.gateway.commands.every_kind import write_every_kind
from tests.gateway.operator_client import NOON, Operator, open_operator
from tests.gateway.payments.money_story import MoneyStory, live_with_money, live_with_suspense
from tests.service import Service, open_service


@pytest_asyncio.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with open_service(database_url, redis_url) as opened:
        await set_json_codec(opened.db)
        yield opened


@pytest_asyncio.fixture(scope="package")
async def record(servers: ServerUrls) -> AsyncIterator[Connection]:
    """A record with every kind of act, once for all; what a test alters is rolled back."""
    async with _record(servers, write_every_kind) as connection:
        yield connection


@pytest_asyncio.fixture(scope="package")
async def money_record(servers: ServerUrls) -> AsyncIterator[Connection]:
    """A record with money of two contracts and of none, once for all; what a test alters is rolled back."""

    async def write(operator: Operator) -> None:
        story = MoneyStory(operator)
        await live_with_money(story)
        await live_with_suspense(story)
        await log_audit(operator)

    async with _record(servers, write) as connection:
        yield connection


@asynccontextmanager
async def _record(servers: ServerUrls, write: Callable[[Operator], Awaitable[None]]) -> AsyncIterator[Connection]:
    name = f"altered_{uuid4().hex[:8]}"
    await execute(servers.database_url, f"CREATE DATABASE {name} TEMPLATE template0")
    url = renamed(servers.database_url, name)
    await up(url)
    await execute(url, f"UPDATE schema_migrations SET applied_at = '{NOON - timedelta(days=1)}'")  # noqa: S608
    async with open_operator(url, servers.redis_url) as operator:
        await write(operator)
    connection = await database.connect(url)
    await database.set_json_codec(connection)
    yield connection
    await connection.close()
    await execute(servers.database_url, f"DROP DATABASE {name} WITH (FORCE)")
