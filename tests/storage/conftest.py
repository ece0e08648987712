"""Fixtures for tests of what the tables refuse, and of what the service's own database role may do."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from storage.embedded.servers import ServerUrls
from storage.grants import ROLE, grant
from storage.postgres.database import Connection
from tests.databases import Databases, execute, renamed
from tests.gateway.operator_client import Operator, open_operator
from tests.storage.table_database import open_table_database


@pytest_asyncio.fixture(scope="session")
async def granted_databases(servers: ServerUrls, template_database: str) -> AsyncIterator[Databases]:
    """Databases in which the role has its rights. Granting them to each anew would make each a changed one."""
    name = f"{template_database}_granted"
    await execute(servers.database_url, f"CREATE DATABASE {name} TEMPLATE {template_database}")
    template = renamed(servers.database_url, name)
    await execute(template, f"DO $$ BEGIN CREATE ROLE {ROLE}; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    assert await grant(template)
    databases = Databases(servers.database_url, name)
    yield databases
    await databases.drop()
    await execute(servers.database_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest_asyncio.fixture
async def granted(granted_databases: Databases) -> AsyncIterator[str]:
    """A database in which the role has its rights, and the address to reach it by as that role."""
    database_url = await granted_databases.check_out()
    yield f"{database_url}{'&' if '?' in database_url else '?'}role={ROLE}"
    await granted_databases.check_in()


@pytest.fixture
def owner_url(granted: str) -> str:
    """The address to reach the same database by as its owner."""
    return granted.removesuffix(f"role={ROLE}").rstrip("?&")


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


@pytest_asyncio.fixture(scope="module")
async def table_database(servers: ServerUrls) -> AsyncIterator[Connection]:
    """One database for the module, for tests of single rows."""
    async with open_table_database(servers) as connection:
        yield connection


@pytest_asyncio.fixture
async def tables(table_database: Connection) -> AsyncIterator[Connection]:
    """The same; what a test writes is rolled back."""
    change = table_database.transaction()
    await change.start()
    yield table_database
    await change.rollback()
