"""One service with servers of its own, as `make run` starts it, and one browser."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.browser import open_page
from tests.gateway.two_phones.stage_page import SETTINGS, StagePage
from tests.serving import Serving, open_serving


@pytest_asyncio.fixture(scope="package")
async def serving(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Serving]:
    async with open_serving(tmp_path_factory.mktemp("phones") / "data", **SETTINGS) as opened:
        yield opened


@pytest_asyncio.fixture(scope="package")
async def browser_stage(serving: Serving) -> AsyncIterator[StagePage]:
    async with open_page() as page:
        yield StagePage(serving, page)


@pytest_asyncio.fixture
async def stage(browser_stage: StagePage) -> AsyncIterator[StagePage]:
    """The page, loaded anew at 1280 pixels, and no phone in a call. The console stays without an error."""
    await browser_stage.page.size(1280, 900)
    await browser_stage.opens()
    await browser_stage.hangs_up()
    yield browser_stage
    assert browser_stage.page.faults == []
