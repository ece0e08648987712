"""What several tests of the gateway begin with."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.gateway.fake_provider import FakeProvider, open_fake_provider
from tests.gateway.message_queue import Queue, open_queue
from tests.gateway.operator_client import Operator, open_operator


@pytest_asyncio.fixture
async def queue(database_url: str) -> AsyncIterator[Queue]:
    async with open_queue(database_url) as queue:
        yield queue


@pytest_asyncio.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with open_fake_provider() as provider:
        yield provider


@pytest_asyncio.fixture
async def operator(database_url: str, redis_url: str) -> AsyncIterator[Operator]:
    """An operator's program, and the service that it calls."""
    async with open_operator(database_url, redis_url) as operator:
        yield operator
