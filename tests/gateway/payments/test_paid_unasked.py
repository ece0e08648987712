"""A rail that asks before it takes money: what cannot be for a contract is refused, and never leaves the payer."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import orjson
import pytest
import pytest_asyncio

from gateway.limits.table import Limit
from gateway.limits.use_counter import UseCounter
from gateway.services import SERVICES
from tests.gateway.payments.mobile_money import open_with_mobile_money
from tests.gateway.payments.test_story import OPENS_WITH
from tests.gateway.payments.trade import WITHIN_SECONDS, Trade
from tests.gateway.two_contracts import AMINA, OTIENO
from tests.service import TOKEN

ACCEPTED = {"ResultCode": "0", "ResultDesc": "Accepted"}
WRONG_ACCOUNT = {"ResultCode": "C2B00012", "ResultDesc": "Rejected"}
WRONG_AMOUNT = {"ResultCode": "C2B00013", "ResultDesc": "Rejected"}


@pytest_asyncio.fixture
async def trade(database_url: str, redis_url: str) -> AsyncIterator[Trade]:
    """A contract that both have confirmed; Otieno has refused the request to pay. M-Pesa asks us before it takes
    money."""
    async with open_with_mobile_money(database_url, redis_url) as (service, money):
        await money.validates()
        yield Trade(service, money, service.phone(AMINA), service.phone(OTIENO))


async def agree(trade: Trade) -> None:
    await trade.agree()
    await trade.money.refuses(OTIENO)
    await trade.hears(trade.otieno, "was not answered")


async def ask(trade: Trade, **changed: Any) -> Any:
    """Ask as Daraja does, and return what it is answered."""
    body = {
        "TransactionType": "Pay Bill", "TransID": "ASKED00001", "TransTime": "20261123100000", "TransAmount": "3500.00",
        "BusinessShortCode": "600000", "BillRefNumber": trade.reference, "InvoiceNumber": "", "OrgAccountBalance": "",
        "ThirdPartyTransID": "", "MSISDN": "2547****333", "FirstName": "Otieno",
    } | changed  # fmt: skip
    path = f"/hooks/{TOKEN}/daraja/payments/validation"
    reply = await trade.service.edge.request(
        "POST", path, orjson.dumps(body), **{"Content-Type": "application/json;charset=UTF-8"}
    )
    assert reply.status == 200
    return orjson.loads(reply.body)


async def test_what_fits_no_contract_is_refused_and_the_payer_keeps_it(trade: Trade) -> None:
    await agree(trade)
    pays = trade.money.pays_by_paybill
    wrong = {"code": "C2B00012", "words": "Rejected: the account number is wrong.", "receipt": None}
    assert await pays(OTIENO, 3500, "40718353") == wrong
    assert await pays(OTIENO, 3500, "maize") == wrong
    assert (await pays(OTIENO, 3501, trade.reference))["code"] == "C2B00013", "more than is missing"
    assert await trade.money.balance(OTIENO) == OPENS_WITH
    assert not await trade.service.db.fetchval("SELECT count(*) FROM transfers WHERE kind = 'paybill'")

    assert (await pays(OTIENO, 1500, trade.reference))["code"] == "0"
    await trade.hears(trade.otieno, "1,500 has come")
    assert (await pays(OTIENO, 3500, trade.reference))["code"] == "C2B00013", "less is missing by now"
    assert (await pays(OTIENO, 2000, trade.reference))["code"] == "0"
    await trade.hears(trade.amina, "You can deliver now")
    assert (await pays(OTIENO, 1, trade.reference))["code"] == "C2B00013", "nothing is missing"
    assert await trade.money.balance(OTIENO) == OPENS_WITH - 3500


async def test_the_amount_is_more_than_nothing_and_in_whole_shillings(trade: Trade) -> None:
    await agree(trade)
    for amount in ("0.00", "-5.00", "12.50", "a lot", None, "9" * 20):
        assert await ask(trade, TransAmount=amount) == WRONG_AMOUNT, amount
    for account in ("", None, "12345678", f"{trade.reference} 40718353"):
        assert await ask(trade, BillRefNumber=account) == WRONG_ACCOUNT, account
    spaced = f"{trade.reference[:4]} {trade.reference[4:]}"
    assert await ask(trade, BillRefNumber=spaced) == await ask(trade) == ACCEPTED


async def test_a_contract_that_is_not_confirmed_or_is_over_takes_no_money(trade: Trade) -> None:
    await trade.offer()
    assert await ask(trade) == WRONG_ACCOUNT
    for phone in (trade.otieno, trade.amina):
        await phone.sends_sms(f"YES {trade.reference}")
    await trade.money.refuses(OTIENO)
    await trade.hears(trade.otieno, "was not answered")
    assert await ask(trade) == ACCEPTED
    await trade.amina.sends_sms(f"CANCEL {trade.reference}")
    await trade.hears(trade.otieno, "cancel contract")
    await trade.otieno.sends_sms(f"YES {trade.reference}")
    await trade.hears(trade.otieno, "Is your YES for this?")
    await trade.otieno.sends_sms(f"YES {trade.reference}")
    async with asyncio.timeout(WITHIN_SECONDS):
        while (await trade.payment())["status"] != "FAILED":  # noqa: ASYNC110 - HTTP tells nobody
            await asyncio.sleep(0.05)
    assert await ask(trade) == WRONG_ACCOUNT


async def test_what_was_asked_about_may_come_otherwise(trade: Trade) -> None:
    """Nobody is held to what they asked: the confirmation is counted as it comes."""
    await agree(trade)
    assert await ask(trade, TransAmount="2000.00") == ACCEPTED
    await trade.money.validates(on=False)
    paid = await trade.money.pays_by_paybill(OTIENO, 4000, trade.reference)
    assert paid["receipt"] in await trade.hears(trade.otieno, "has come")
    await trade.hears(trade.otieno, "500 back to you")
    assert (await trade.payment())["held_minor"] == 350_000


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ALTER VIEW contract_records RENAME TO elsewhere", "ALTER VIEW elsewhere RENAME TO contract_records"),
        ("BEGIN; LOCK TABLE contracts IN ACCESS EXCLUSIVE MODE", "ROLLBACK"),
    ],
    ids=["broken", "slow"],
)
async def test_while_we_have_trouble_money_is_taken(trade: Trade, before: str, after: str, database_url: str) -> None:
    """What is taken unseen is counted, goes back, or waits in suspense: it is not lost, and the payer does not wait."""
    await agree(trade)
    assert await ask(trade, BillRefNumber="40718353") == WRONG_ACCOUNT
    other = await asyncpg.connect(database_url)
    await other.execute(before)
    try:
        assert await ask(trade, BillRefNumber="40718353") == ACCEPTED
    finally:
        await other.execute(after)
        await other.close()
    assert "a payment was taken unseen" in trade.service.logged()


async def test_a_rail_that_asks_too_often_is_answered_with_a_yes(trade: Trade) -> None:
    await agree(trade)
    limits = trade.service.apps[0][SERVICES].limits
    limits.callbacks = UseCounter(Limit("callbacks", "one provider", 1, 3600, "so few that a test reaches it"))
    assert await ask(trade, BillRefNumber="40718353") == WRONG_ACCOUNT
    assert await ask(trade, BillRefNumber="40718353") == ACCEPTED
