"""One service makes the packs for all tests of the verifier."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from storage.embedded.servers import ServerUrls
from tests.browser import Page, open_page
from tests.gateway.operator_client import open_operator
from tests.service import fresh_database
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
