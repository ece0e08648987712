"""What tests of messages on their way out begin with."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.gateway.double import World, open_world
from tests.gateway.queueing import Queue, queue_on


@pytest_asyncio.fixture
async def queue(database_url: str) -> AsyncIterator[Queue]:
    async with queue_on(database_url) as queue:
        yield queue


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with open_world() as world:
        yield world
