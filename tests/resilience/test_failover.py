"""The database changes its mind about who may write. Nobody has to restart the service."""

import asyncio
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.resilience.people import AMINA, OTIENO, PIN, offers
from tests.service import open_service

ENDS_OURS = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND application_name = 'voicepact'"
)


@pytest.mark.reported("B03")
async def test_writes_return_with_the_first_request_once_the_database_takes_them(
    database_url: str, redis_url: str
) -> None:
    """New connections are read-only, as on a standby behind the same name; then the name has a primary again."""
    name = urlsplit(database_url).path.removeprefix("/")
    async with open_service(database_url, redis_url) as service:
        await offers(service, AMINA, OTIENO, "maize", PIN)
        otieno = service.phone(OTIENO)
        owner = await asyncpg.connect(database_url)
        try:
            await owner.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
            await owner.execute(ENDS_OURS)
            refused = await otieno.edge.hook("sms", otieno.mo_form("YES", "mo-1"))
            assert refused.status == 503
            await owner.execute("SET default_transaction_read_only = off")
            await owner.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
            taken = await asyncio.gather(
                *(otieno.edge.hook("sms", otieno.mo_form("YES", "mo-1")) for _ in range(5)),
            )
            assert [answer.status for answer in taken] == [200] * 5, "no connection is left that only reads"
            assert await owner.fetchval("SELECT status FROM contracts") == "CONFIRMED"
            assert await owner.fetchval("SELECT count(*) FROM sms_logs WHERE direction = 'in'") == 1
        finally:
            await owner.close()
