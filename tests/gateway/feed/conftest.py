"""What tests of the feed begin with: the service as two processes would run it, on one database."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.service import Service, open_service


@pytest_asyncio.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with open_service(database_url, redis_url, workers=2, api_contracts_per_hour=1_000_000) as running:
        yield running
