"""The whole story over HTTP: two phones agree, the buyer pays on a phone, goods come in parts, the seller is paid.

The service speaks to the simulated Daraja as it does to the real one; what people own is counted there."""

import re
from collections.abc import AsyncIterator

import pytest_asyncio

from tests.gateway.payments.mobile_money import PIN, open_with_mobile_money
from tests.gateway.payments.trade import Trade, trade_of
from tests.gateway.two_contracts import AMINA, OTIENO
from tests.handset import holds_pin

OPENS_WITH = 400_000.0


@pytest_asyncio.fixture
async def trade(database_url: str, redis_url: str) -> AsyncIterator[Trade]:
    async with open_with_mobile_money(database_url, redis_url) as (service, money):
        yield trade_of(service, money)
        assert not holds_pin(service.logged(), PIN)


async def test_money_waits_until_the_goods_come_part_by_part(trade: Trade) -> None:
    await trade.agree()
    await trade.amina.sends_sms(f"DELIVERED {trade.reference}")
    await trade.hears(trade.amina, "the money is not there yet")
    receipt = await trade.money.pays(OTIENO)
    assert receipt in await trade.hears(trade.otieno, "has come")
    await trade.hears(trade.amina, "You can deliver now")
    assert (await trade.payment())["status"] == "LOCKED"

    await trade.amina.sends_sms(f"DELIVERED {trade.reference}")
    await trade.hears(trade.otieno, "delivered")
    await trade.otieno.sends_sms(f"PART 17 {trade.reference}")
    part = await trade.paid_minor(117_900)  # 17 of 50 bags are 1,190, less 11 of the fee
    assert (part["held_minor"], part["fees_minor"], part["status"]) == (231_000, 1_100, "LOCKED")
    assert re.search(r"paid you KES 1,179 \(\w+\)", await trade.hears(trade.amina, "we have paid you"))

    await trade.otieno.sends_sms(f"RECEIVED {trade.reference}")
    done = await trade.paid_minor(346_500)
    assert (done["status"], done["held_minor"], done["fees_minor"]) == ("RELEASED", 0, 3_500)
    assert {one["status"] for one in done["transfers"]} == {"done"}
    assert await trade.money.balance(AMINA) == OPENS_WITH + 3_465
    assert await trade.money.balance(OTIENO) == OPENS_WITH - 3_500


async def test_who_refuses_is_told_how_to_pay_and_pays_later(trade: Trade) -> None:
    await trade.agree()
    await trade.money.refuses(OTIENO)
    assert f"PAY {trade.reference}" in await trade.hears(trade.otieno, "was not answered with a payment")
    await trade.otieno.sends_sms(f"PAY {trade.reference}")
    await trade.money.pays(OTIENO)
    await trade.hears(trade.amina, "You can deliver now")


async def test_money_by_paybill_is_asked_about_and_counted(trade: Trade) -> None:
    await trade.agree()
    await trade.money.refuses(OTIENO)
    await trade.hears(trade.otieno, "was not answered")
    paid = await trade.money.pays_by_paybill(OTIENO, 3500, trade.reference)
    assert paid["code"] == "0"
    assert paid["receipt"] in await trade.hears(trade.otieno, "has come")
    await trade.hears(trade.amina, "You can deliver now")


async def test_all_agree_to_cancel_and_the_buyer_gets_everything_back(trade: Trade) -> None:
    await trade.agree()
    await trade.money.pays(OTIENO)
    await trade.hears(trade.amina, "You can deliver now")
    await trade.amina.sends_sms(f"CANCEL {trade.reference}")
    await trade.hears(trade.otieno, "cancel contract")
    await trade.otieno.sends_sms(f"YES {trade.reference}")
    await trade.hears(trade.otieno, "Is your YES for this?")  # it may have been on its way before the request
    await trade.otieno.sends_sms(f"YES {trade.reference}")
    await trade.hears(trade.otieno, "back to you")
    payment = await trade.payment()
    assert (payment["status"], payment["returned_minor"], payment["fees_minor"]) == ("REFUNDED", 350_000, 0)
    assert await trade.money.balance(OTIENO) == OPENS_WITH


async def test_a_payout_that_failed_is_asked_for_again_by_its_owner(trade: Trade) -> None:
    await trade.agree()
    await trade.money.pays(OTIENO)
    await trade.hears(trade.amina, "You can deliver now")
    await trade.money.set_handset(AMINA, is_registered=False)
    await trade.otieno.sends_sms(f"RECEIVED {trade.reference}")
    await trade.hears(trade.amina, "could not pay you")
    assert (await trade.payment())["paid_minor"] == 0
    await trade.money.set_handset(AMINA, is_registered=True)
    await trade.amina.dial()
    await trade.amina.chooses("Payments")
    await trade.amina.types("1")
    await trade.amina.chooses("Pay me again")
    await trade.amina.types("4826", "4826")
    await trade.paid_minor(346_500)
