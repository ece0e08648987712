"""Fixtures for tests of what the service's own database role may do."""

from collections.abc import AsyncIterator

import asyncpg
import pytest_asyncio

from storage.grants import ROLE, grant
from storage.postgres.database import Connection
from tests.gateway.operator_client import Operator, open_operator


@pytest_asyncio.fixture
async def granted(database_url: str) -> AsyncIterator[str]:
    """A database in which the role has its rights, and the address to reach it by as that role."""
    owner = await asyncpg.connect(database_url)
    await owner.execute(f"DO $$ BEGIN CREATE ROLE {ROLE}; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    assert await grant(database_url)
    yield f"{database_url}{'&' if '?' in database_url else '?'}role={ROLE}"
    await owner.execute(f"DROP OWNED BY {ROLE}")
    await owner.close()


@pytest_asyncio.fixture
async def operator(granted: str, redis_url: str) -> AsyncIterator[Operator]:
    async with open_operator(granted, redis_url) as opened:
        yield opened


@pytest_asyncio.fixture
async def role(granted: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(granted)
    assert await connection.fetchval("SELECT current_user") == ROLE
    yield connection
    await connection.close()
