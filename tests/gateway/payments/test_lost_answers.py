"""Money that came by paybill, and an enquiry about it whose answer is lost: it is asked about again, and counted."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from tests.gateway.payments.mobile_money import open_with_mobile_money
from tests.gateway.payments.trade import WITHIN_SECONDS, Trade, trade_of
from tests.gateway.two_contracts import OTIENO


@pytest_asyncio.fixture
async def trade(database_url: str, redis_url: str) -> AsyncIterator[Trade]:
    """A contract that both have confirmed; Otieno has refused the request to pay."""
    async with open_with_mobile_money(database_url, redis_url) as (service, money):
        trade = trade_of(service, money)
        await trade.agree()
        await money.refuses(OTIENO)
        await trade.hears(trade.otieno, "was not answered")
        yield trade


async def asked_once(trade: Trade) -> None:
    """Wait until M-Pesa was asked about the payment, and time enough passes to ask again."""
    async with asyncio.timeout(WITHIN_SECONDS):
        while not await trade.service.db.fetchval(  # noqa: ASYNC110 - the database tells nobody
            "SELECT count(*) FROM transfers WHERE kind = 'paybill' AND asked > 0"
        ):
            await asyncio.sleep(0.05)
    trade.service.now.passes(timedelta(minutes=5))


@pytest.mark.parametrize(
    "fault", [{"callbacks": "never"}, {"code": "2032"}, {"mode": "error"}, {"mode": "drop_after_accept"}]
)
async def test_it_is_asked_about_again_and_counted(trade: Trade, fault: dict[str, str]) -> None:
    await trade.money.set_fault(api="status", times=1, **fault)
    await trade.money.pays_by_paybill(OTIENO, 3500, trade.reference)
    await asked_once(trade)
    await trade.hears(trade.amina, "You can deliver now")
    assert (await trade.payment())["held_minor"] == 350_000
