"""The daily reconciliation, with the books of the simulated Daraja over HTTP: what differs is logged, what is missing
is written down, and that happens once a day."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest_asyncio

from gateway.background.reconcile_job import ReconcileJob
from gateway.background.repeat import JobState
from gateway.services import SERVICES
from tests.clock import ServiceClock
from tests.gateway.payments.mobile_money import open_with_mobile_money
from tests.gateway.payments.trade import Trade, trade_of
from tests.gateway.two_contracts import OTIENO

IN_A_MOMENT = timedelta(minutes=11)  # what was paid by now is counted then
SUSPENDED = "SELECT amount_minor FROM transfers WHERE receipt = $1 AND status = 'done' AND contract_id IS NULL"


@pytest_asyncio.fixture
async def trade(database_url: str, redis_url: str) -> AsyncIterator[Trade]:
    """A contract whose money has come, on the day that it is for the double."""
    now = ServiceClock(datetime.now(UTC))
    async with open_with_mobile_money(database_url, redis_url, now=now, log_format="json") as (service, money):
        trade = trade_of(service, money)
        await trade.agree()
        await money.pays(OTIENO)
        await trade.hears(trade.amina, "You can deliver now")
        yield trade


def job_of(trade: Trade) -> ReconcileJob:
    service = trade.service
    return ReconcileJob(service.apps[0][SERVICES].money, service.settings.zone, service.now)


async def reconcile(trade: Trade) -> list[dict[str, Any]]:
    """Let the job do its work in a moment; return the lines that it logs, without their times."""
    rail, before = trade.service.apps[0][SERVICES].money.rails["daraja"], len(lines(trade))
    trade.service.now.passes(IN_A_MOMENT)
    await job_of(trade).reconcile(rail, trade.service.now())
    return lines(trade)[before:]


def lines(trade: Trade) -> list[dict[str, Any]]:
    events = ("the rail's books differ", "reconciled", "no statement")
    logged = [orjson.loads(line) for line in trade.service.logged().splitlines()]
    found = [line for line in logged if line["event"] in events]
    return [{name: line[name] for name in line if name not in ("timestamp", "level")} for line in found]


async def test_nothing_is_different(trade: Trade) -> None:
    assert await reconcile(trade) == [{"event": "reconciled", "provider": "daraja", "payments": 1, "differences": 0}]


async def test_money_that_nobody_told_us_of_is_logged_written_down_once_and_counted(trade: Trade) -> None:
    await trade.money.set_fault(api="paybill", callbacks="never")
    receipt = (await trade.money.pays_by_paybill(OTIENO, 70, "school fees"))["receipt"]
    difference = {
        "event": "the rail's books differ", "provider": "daraja", "what": "not counted here", "receipt": receipt,
        "currency": "KES", "theirs_minor": 7_000,
    }  # fmt: skip
    assert (await reconcile(trade))[0] == difference
    async with asyncio.timeout(60):
        while await trade.service.db.fetchval(SUSPENDED, receipt) != 7_000:  # noqa: ASYNC110 - a row tells nobody
            await asyncio.sleep(0.05)
    for _ in range(2):
        (line,) = await reconcile(trade)
        assert line == {"event": "reconciled", "provider": "daraja", "payments": 2, "differences": 0}
    assert await trade.service.db.fetchval("SELECT count(*) FROM transfers WHERE receipt = $1", receipt) == 1


async def test_another_amount_and_a_receipt_that_they_do_not_have_are_logged_and_change_nothing(trade: Trade) -> None:
    (paid,) = await trade.money.payments()
    ledger = "SELECT sum(amount_minor) FILTER (WHERE account = 'held') FROM ledger_entries"
    for said, what, theirs in (("3400", "another amount", 340_000), (None, "not in the rail's books", None)):
        await trade.money.misstate(paid["receipt"], said)
        line, summary = await reconcile(trade)
        assert (line["what"], line.get("theirs_minor"), line["ours_minor"]) == (what, theirs, 350_000)
        assert summary["differences"] == 1
        assert await trade.service.db.fetchval(ledger) == 350_000


async def test_what_was_paid_this_moment_is_left_for_tomorrow(trade: Trade) -> None:
    rail = trade.service.apps[0][SERVICES].money.rails["daraja"]
    await job_of(trade).reconcile(rail, trade.service.now())
    assert lines(trade)[-1] == {"event": "reconciled", "provider": "daraja", "payments": 0, "differences": 0}


async def test_a_rail_that_gives_no_statement_is_logged(trade: Trade) -> None:
    await trade.money.set_fault(api="statement", mode="error")
    (line,) = await reconcile(trade)
    assert (line["event"], line["why"]) == ("no statement", "HTTP 500 500.003.1001")


async def test_it_works_once_a_day_after_three_in_the_morning(trade: Trade) -> None:
    zone = trade.service.settings.zone
    clock = datetime.now(zone).replace(hour=2, minute=59) + timedelta(days=1)  # still within the double's 48 hours
    money, before = trade.service.apps[0][SERVICES].money, len(lines(trade))
    job = ReconcileJob(money, zone, lambda: clock)
    counts = []
    for hours in (0, 1, 5):
        clock += timedelta(hours=hours)
        working = asyncio.create_task(job.run(JobState("reconcile")))
        await asyncio.sleep(0.5)
        working.cancel()
        counts.append(len(lines(trade)) - before)
    assert counts == [0, 1, 1]
