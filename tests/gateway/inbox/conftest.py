"""The service with two workers, as an MO meets it."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.service import Service, open_service


@pytest_asyncio.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with open_service(database_url, redis_url, workers=2) as running:
        yield running
