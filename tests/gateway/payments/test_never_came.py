"""Money that a forged confirmation tells of, and M-Pesa does not find: it is asked about ever less, and ends."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
import pytest_asyncio

from gateway.payments.by_hand import ByHand, NotPossible
from gateway.services import SERVICES
from tests.gateway.payments.mobile_money import open_with_mobile_money
from tests.gateway.payments.trade import WITHIN_SECONDS, Trade, trade_of
from tests.gateway.two_contracts import OTIENO
from tests.service import TOKEN

RECEIPT = "FORGED0002"


@pytest_asyncio.fixture
async def trade(database_url: str, redis_url: str) -> AsyncIterator[Trade]:
    """A contract whose money somebody says to have paid by paybill."""
    async with open_with_mobile_money(database_url, redis_url) as (service, money):
        trade = trade_of(service, money)
        await trade.agree()
        await money.refuses(OTIENO)
        await trade.hears(trade.otieno, "was not answered")
        told = {
            "TransactionType": "Pay Bill", "TransID": RECEIPT, "TransTime": "20261123100000", "TransAmount": "3500.00",
            "BusinessShortCode": "600000", "BillRefNumber": trade.reference, "MSISDN": "2547****333",
        }  # fmt: skip
        path, headers = f"/hooks/{TOKEN}/daraja/payments/confirmation", {"Content-Type": "application/json"}
        assert (await service.edge.request("POST", path, orjson.dumps(told), **headers)).status == 200
        yield trade


async def told(trade: Trade) -> Any:
    row = await trade.service.db.fetchrow("SELECT * FROM transfers WHERE receipt = $1", RECEIPT)
    assert row
    return row


async def asked(trade: Trade, times: int) -> Any:
    """Wait until M-Pesa has been asked so often and has answered each time, or the transfer is over."""
    query = """SELECT EXISTS (SELECT FROM transfers WHERE receipt = $1 AND (status = 'failed' OR asked >= $2))
        AND (SELECT count(*) FROM rail_callbacks WHERE kind = 'status' AND outcome IS NOT NULL) >= $2"""
    async with asyncio.timeout(WITHIN_SECONDS):
        while not await trade.service.db.fetchval(query, RECEIPT, times):  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.05)
    return await told(trade)


async def test_it_fails_after_a_day_of_questions(trade: Trade) -> None:
    """An hour passes after each; nobody asks twice within it once the first hour is over."""
    for times in range(1, 26):
        row = await asked(trade, times)
        if row["status"] == "failed":
            break
        assert row["asked"] == times
        if times > 7:
            assert row["due_at"] - trade.service.now() > timedelta(minutes=50)
        trade.service.now.passes(timedelta(hours=1, minutes=1))
    row = await told(trade)
    assert (row["status"], row["reason"]) == ("failed", "not_found")
    assert row["ended_at"] - row["created_at"] >= timedelta(hours=24)
    assert row["asked"] >= 10
    assert (await trade.payment())["received_minor"] == 0


async def test_what_our_own_account_prevents_is_no_answer(trade: Trade) -> None:
    """Our initiator is locked for two days: nothing is known of the payment."""
    await asked(trade, 1)
    await trade.money.set_fault(api="status", code="8006")
    for times in range(2, 30):
        trade.service.now.passes(timedelta(hours=2))
        row = await asked(trade, times)
    assert row["status"] != "failed"


async def test_an_operator_dismisses_it_once_and_the_audit_has_why(trade: Trade) -> None:
    transfer: UUID = (await told(trade))["id"] if await asked(trade, 1) else UUID(int=0)
    services = trade.service.apps[0][SERVICES]
    hand = ByHand(services.records.pool, services.composer, "key-1", trade.service.now(), person="wanjiru")
    await hand.dismiss(transfer, "not in the portal")
    row = await told(trade)
    assert (row["status"], row["reason"], row["words"]) == ("failed", "dismissed", "not in the portal")
    details = await trade.service.db.fetchval("SELECT details FROM audit_actions WHERE action = 'money.approved'")
    assert orjson.loads(details) == {
        "transfer": str(transfer),
        "operator": "key-1",
        "what": "dismiss: not in the portal",
    }
    with pytest.raises(NotPossible, match="not counted yet"):
        await hand.dismiss(transfer, "again")
