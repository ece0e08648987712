"""One service makes the packs for all tests of the verifier."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
import pytest_asyncio

from storage.embedded.servers import ServerUrls
from tests.browser import Page, open_page
from tests.gateway.evidence_pack import fetch_pack
from tests.gateway.operator_client import open_operator
from tests.gateway.payments.money_story import MoneyStory, live_with_money, live_with_suspense
from tests.service import fresh_database, unzip
from tests.upgrades.old_record import old_record
from tests.verifier.real_packs import RealPacks, make_old_packs, make_packs
from tests.verifier.two_verifiers import HTML


@pytest_asyncio.fixture(scope="package")
async def packs(
    servers: ServerUrls, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> RealPacks:  # fmt: skip
    async with (
        fresh_database(servers.database_url, template_database) as url,
        open_operator(url, servers.redis_url) as operator,
    ):
        return await make_packs(operator, tmp_path_factory.mktemp("packs"))


@pytest_asyncio.fixture(scope="package")
async def money_packs(servers: ServerUrls, template_database: str) -> list[dict[str, bytes]]:
    """Packs of two contracts whose money waited with the service: one is paid, of the other the refund is on its
    way."""
    async with (
        fresh_database(servers.database_url, template_database) as url,
        open_operator(url, servers.redis_url) as operator,
    ):
        story = MoneyStory(operator)
        contracts = [await live_with_money(story), await live_with_suspense(story)]
        rows = [await operator.services.records.contract(UUID(contract_id)) for contract_id in contracts]
        return [unzip(await fetch_pack(operator, row["reference"])) for row in rows if row]


@pytest_asyncio.fixture(scope="package")
async def old_packs(servers: ServerUrls) -> AsyncIterator[list[dict[str, bytes]]]:
    async with old_record(servers) as url:
        yield await make_old_packs(url, servers.redis_url)


@pytest_asyncio.fixture(scope="package")
async def page() -> AsyncIterator[Page]:
    """verify.html in a browser, opened from its file without a network."""
    async with open_page() as page:
        await page.cut_network()
        await page.go(HTML.as_uri())
        yield page
