"""`voicepact serve` in production: on stores that are set up wrongly it does not start, and it prints no secret."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from redis.asyncio import Redis

from gateway.background import log_head
from gateway.settings import Settings
from storage import grants
from storage.eviction import evicting_policy
from tests.gateway.commands.command_line import left_in, run_command
from tests.gateway.production_settings import KEYS, PRODUCTION
from tests.serving import open_serving


@pytest.fixture(autouse=True)
def production(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str, redis_url: str) -> dict[str, str]:
    """The settings of a service in production, on servers of ours."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    settings = PRODUCTION | {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return settings


@asynccontextmanager
async def service_role(owner_url: str) -> AsyncIterator[str]:
    """Give the service's role its rights in this database; the value is the URL with which it connects."""
    owner = await asyncpg.connect(owner_url)
    try:
        if not await owner.fetchval("SELECT count(*) FROM pg_roles WHERE rolname = $1", grants.ROLE):
            await owner.execute(f"CREATE ROLE {grants.ROLE}")
        await owner.execute(f"ALTER ROLE {grants.ROLE} LOGIN PASSWORD 'a-password-of-a-test'")
        await grants.grant(owner_url)
        parts = urlsplit(owner_url)
        host = parts.netloc.rpartition("@")[2]
        yield urlunsplit(parts._replace(netloc=f"{grants.ROLE}:a-password-of-a-test@{host}"))
    finally:
        await owner.execute(f"DROP OWNED BY {grants.ROLE}")
        await owner.close()


@asynccontextmanager
async def with_policy(redis_url: str, policy: str) -> AsyncIterator[None]:
    async with Redis.from_url(redis_url) as redis:
        before = (await redis.config_get("maxmemory-policy"))["maxmemory-policy"] or "noeviction"
        await redis.config_set("maxmemory-policy", policy)
        try:
            yield
        finally:
            await redis.config_set("maxmemory-policy", before)


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_the_owner_of_the_tables_is_refused(command: str) -> None:
    ran = run_command(command)
    assert ran.code == 2
    assert ran.err.startswith("voicepact: DATABASE_URL: this role owns the tables")


async def test_a_store_that_may_evict_is_refused(production: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    async with service_role(production["DATABASE_URL"]) as url:
        monkeypatch.setenv("DATABASE_URL", url)
        for policy in ("allkeys-lru", "volatile-ttl"):
            async with with_policy(production["REDIS_URL"], policy):
                assert await evicting_policy(production["REDIS_URL"], 1.0) == policy
                ran = await asyncio.to_thread(run_command, "serve", "--port", "18999")
                assert (ran.code, f"its maxmemory-policy is {policy}" in ran.err) == (2, True), ran.said
    assert await evicting_policy(production["REDIS_URL"], 1.0) is None
    assert await evicting_policy("redis://127.0.0.1:1/0", 1.0) is None, "away: the service starts without it"


async def test_it_starts_as_its_role_and_prints_no_secret(production: dict[str, str], tmp_path: Path) -> None:
    async with service_role(production["DATABASE_URL"]) as url:
        folder = tmp_path / "data"
        async with open_serving(folder, **(production | {"DATABASE_URL": url})) as serving:
            printed = serving.printed.read_text()
        assert "listening" in printed and "`voicepact hooks`" in printed
        secrets = [production[name] for name in (*KEYS, "AT_API_KEY")] + ["a-password-of-a-test"]
        for text in (printed, serving.log.read_text()):
            assert not [secret for secret in secrets if secret in text]
        # The log's job may have had its first turn: what it signed last is all that a service of its own servers keeps.
        assert not folder.exists() or set(left_in(folder)) <= {log_head.NAME}
    ran = await asyncio.to_thread(run_command, "hooks")
    assert f"https://gateway.example.org/hooks/{production['WEBHOOK_TOKEN']}/africastalking/ussd" in ran.out
