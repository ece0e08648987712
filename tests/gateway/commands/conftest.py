"""The service that tests of commands work on."""

from collections.abc import AsyncIterator

import pytest_asyncio

from storage.postgres.database import set_json_codec
from tests.service import Service, open_service


@pytest_asyncio.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with open_service(database_url, redis_url) as opened:
        await set_json_codec(opened.db)
        yield opened
