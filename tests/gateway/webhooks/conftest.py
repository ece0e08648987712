"""The service, which may send events to this machine; and what retries without making a test wait for minutes."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from gateway.webhooks import job
from gateway.webhooks.schedule import RetryTimes
from tests.service import Service, open_service


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    times = RetryTimes(timedelta(milliseconds=50), timedelta(milliseconds=400))
    monkeypatch.setattr(job, "RetryTimes", lambda: times)


@pytest_asyncio.fixture
async def service(database_url: str, redis_url: str, quick_retries: None) -> AsyncIterator[Service]:
    async with open_service(
        database_url, redis_url, workers=2, api_contracts_per_hour=1_000_000, events_to_private_addresses=True
    ) as running:
        yield running
