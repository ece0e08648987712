"""What people read about money that waits: in a dispute, when a payout failed, and in the help."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.gateway.payments.mobile_money import open_with_mobile_money
from tests.gateway.payments.trade import Trade
from tests.gateway.two_contracts import AMINA, OTIENO
from tests.handset import Handset

STILL_OWED = "We could not pay you KES 3,465: see Payments."


@pytest_asyncio.fixture
async def trade(database_url: str, redis_url: str) -> AsyncIterator[Trade]:
    async with open_with_mobile_money(database_url, redis_url) as (service, money):
        yield Trade(service, money, service.phone(AMINA), service.phone(OTIENO))


async def pay(trade: Trade) -> None:
    await trade.agree()
    await trade.money.pays(OTIENO)
    await trade.hears(trade.amina, "You can deliver now")


async def newest_in(phone: Handset, label: str) -> str:
    """Return the page of the first line under this key of the home menu, with all its parts."""
    await phone.dial()
    await phone.chooses(label)
    shown = [(await phone.types("1")).text]
    while "98. " in shown[-1]:
        shown.append((await phone.types("98")).text)
    return " ".join(" ".join(part.partition("98. ")[0].split()) for part in shown)


async def test_help_says_how_to_pay_while_money_is_missing(trade: Trade) -> None:
    await trade.agree()
    await trade.otieno.sends_sms("HELP")
    assert "answer PAY, CHANGE, CANCEL" in await trade.hears(trade.otieno, "For all else dial")
    await trade.money.pays(OTIENO)
    await trade.hears(trade.amina, "You can deliver now")
    await trade.otieno.sends_sms("HELP")
    assert "answer RECEIVED, PART, CHANGE" in await trade.hears(trade.otieno, "For all else dial")


async def test_a_dispute_says_where_the_money_is(trade: Trade) -> None:
    await pay(trade)
    await trade.amina.sends_sms(f"DELIVERED {trade.reference}")
    await trade.hears(trade.otieno, "delivered")
    await trade.otieno.sends_sms(f"DISPUTE {trade.reference} half of it is wet")
    assert "KES 3,500 waits with us." in await trade.hears(trade.otieno, "your report is kept")
    assert "KES 3,500 waits with us." in await trade.hears(trade.amina, "half of it is wet")
    await trade.amina.sends_sms(f"STATUS {trade.reference}")
    assert "KES 3,500 waits with us." in await trade.hears(trade.amina, "A problem is open")
    for phone in (trade.amina, trade.otieno):
        assert "KES 3,500 waits with us." in await newest_in(phone, "My contracts")


async def test_a_payout_that_failed_is_said_wherever_the_contract_is_shown(trade: Trade) -> None:
    await pay(trade)
    await trade.money.set_handset(AMINA, is_registered=False)
    await trade.otieno.sends_sms(f"RECEIVED {trade.reference}")
    await trade.hears(trade.amina, "could not pay you")
    await trade.amina.sends_sms(f"STATUS {trade.reference}")
    assert STILL_OWED in await trade.hears(trade.amina, "see Payments")
    await trade.otieno.sends_sms(f"STATUS {trade.reference}")
    await trade.hears(trade.otieno, "KES 3,465 could not be paid to the seller yet.")
    assert STILL_OWED in await newest_in(trade.amina, "My contracts")
    assert "KES 3,465 could not be paid to the seller yet." in await newest_in(trade.otieno, "My contracts")
    page = await newest_in(trade.amina, "Payments")
    assert "not paid to the seller: the number has no mobile money" in page and STILL_OWED not in page
