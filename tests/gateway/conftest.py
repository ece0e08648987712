"""What tests of messages on their way out begin with."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.gateway.fake_provider import FakeProvider, open_fake_provider
from tests.gateway.message_queue import Queue, open_queue


@pytest_asyncio.fixture
async def queue(database_url: str) -> AsyncIterator[Queue]:
    async with open_queue(database_url) as queue:
        yield queue


@pytest_asyncio.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with open_fake_provider() as provider:
        yield provider
