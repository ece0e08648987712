"""A real PostgreSQL and a real Valkey for the whole run, and for every test an empty, migrated database."""

import asyncio
import itertools
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings
from redis.asyncio import Redis

from storage.embedded.servers import ServerUrls, run_servers
from storage.migrations import runner as migrations
from tests.databases import Databases, execute, renamed
from tests.log_set_up import log_set_up_kept

EXAMPLES = int(os.environ.get("VOICEPACT_EXAMPLES", "30"))  # other ones in every run
# A slow machine is no fault: hypothesis measures neither an example nor how long it takes to make one.
settings.register_profile(
    "voicepact", max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("voicepact")

# Each of these takes long. They are begun first, or at the end one worker would be busy and the others would wait.
# Neighbours here run beside each other, so those that start and kill processes have quiet ones between them.
_FIRST = (
    "resilience/test_siege.py", "menus/checking/test_checker.py", "test_dialogues.py", "resilience/test_storm.py",
    "contracts/test_random_acts_stored.py", "gateway/test_secrets.py", "gateway/phone/test_handset.py",
    "gateway/commands/test_every_command.py", "gateway/test_hooks.py", "resilience/test_kill9.py",
    "gateway/payments/test_money_kill9.py",
    "gateway/inbox/test_decide_contract_command.py", "storage/embedded/test_servers.py",
)  # fmt: skip
_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {Path(__file__).parent / path: at for at, path in enumerate(_FIRST)}
    items.sort(key=lambda item: order.get(item.path, len(order)))


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    with log_set_up_kept():
        yield


@pytest.fixture(scope="session")
def servers() -> Iterator[ServerUrls]:
    """The servers of TEST_DATABASE_URL and TEST_REDIS_URL, or else embedded ones that last as long as the run."""
    database_url, redis_url = os.environ.get("TEST_DATABASE_URL"), os.environ.get("TEST_REDIS_URL")
    if database_url and redis_url:
        yield ServerUrls(database_url, redis_url)
        return
    with tempfile.TemporaryDirectory(prefix="voicepact-tests-") as folder:
        Path(folder).chmod(0o711)  # pytest's own folders are closed to the account PostgreSQL may need when root tests
        with run_servers(Path(folder) / "data") as embedded:
            asyncio.run(_hurry(embedded.database_url))
            yield embedded


@pytest_asyncio.fixture(scope="session")
async def template_database(servers: ServerUrls) -> AsyncIterator[str]:
    """The name of a database with all migrations in it and nobody connected: PostgreSQL copies no other."""
    name = f"voicepact_template_{os.getpid()}"
    await execute(servers.database_url, f"CREATE DATABASE {name} TEMPLATE template0")
    await migrations.up(renamed(servers.database_url, name))
    yield name
    await execute(servers.database_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest_asyncio.fixture(scope="session")
async def databases(servers: ServerUrls, template_database: str) -> AsyncIterator[Databases]:
    databases = Databases(servers.database_url, template_database)
    yield databases
    await databases.drop()


@pytest_asyncio.fixture
async def database_url(databases: Databases) -> AsyncIterator[str]:
    """A migrated, empty database of the test's own."""
    yield await databases.check_out()
    await databases.check_in()


@pytest_asyncio.fixture
async def empty_database_url(servers: ServerUrls) -> AsyncIterator[str]:
    """A database of the test's own with nothing in it at all."""
    name = f"voicepact_test_{os.getpid()}_{next(_numbers)}"
    await execute(servers.database_url, f"CREATE DATABASE {name} TEMPLATE template0")
    yield renamed(servers.database_url, name)
    await execute(servers.database_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest_asyncio.fixture
async def redis_url(servers: ServerUrls) -> str:
    """The session store, emptied."""
    async with Redis.from_url(servers.redis_url) as redis:
        await redis.flushdb()
    return servers.redis_url


@pytest.fixture
def migrations_folder(tmp_path: Path) -> Path:
    """An empty folder for a test's own migrations."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    return folder


async def _hurry(url: str) -> None:
    """No test pulls the plug of the machine: what a killed server has written is there without waiting for the disk."""
    for setting in ("fsync", "full_page_writes"):
        await execute(url, f"ALTER SYSTEM SET {setting} = off")
    await execute(url, "SELECT pg_reload_conf()")
