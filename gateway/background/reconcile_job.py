"""A background job that reconciles once a day, in the first hours, with every rail that gives its books."""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from contracts.actions import Clock
from contracts.escrow.reconcile import as_json
from gateway.background.repeat import JobState, repeat
from gateway.payments.port import Rail, StatementUnavailable
from gateway.payments.reconciling import compare, counted_of, statement_of, write_down_missing
from gateway.payments.wiring import MoneyServices

log = structlog.get_logger()

_AT_HOUR: Final = 3
_LOOKS_EVERY_SECONDS: Final = 600.0
_BACK: Final = timedelta(hours=30)  # a day, and some hours for what comes late; the books reach back 48
_ON_ITS_WAY: Final = timedelta(minutes=10)  # what was paid since then may be counted in a moment


class ReconcileJob:
    """Any number may run: what it writes down is written once for each receipt."""

    def __init__(self, money: MoneyServices, zone: ZoneInfo, now: Clock) -> None:
        self._money = money
        self._zone = zone
        self._now = now
        self._done_on: date | None = None

    async def run(self, job: JobState) -> None:
        """Look every ten minutes whether the day's reconciliation is due, until cancelled."""

        async def work() -> float:
            today = self._now().astimezone(self._zone)
            if today.hour >= _AT_HOUR and self._done_on != today.date():
                for rail in self._money.rails.values():
                    await self.reconcile(rail, self._now())
                self._done_on = today.date()
            return _LOOKS_EVERY_SECONDS

        await repeat(job, work, _LOOKS_EVERY_SECONDS)

    async def reconcile(self, rail: Rail, now: datetime) -> None:
        """Compare the last day of a rail's books with ours, log every difference, and write down what is missing."""
        since, until = now - _BACK, now - _ON_ITS_WAY
        try:
            theirs = await statement_of(rail, since, until, lambda: None)
        except StatementUnavailable as why:
            log.warning("no statement", provider=rail.name, why=str(why))
            return
        counted = await counted_of(self._money.reads, rail.name, since, until)
        found = await compare(self._money.reads, rail.name, theirs, counted, only_in=True)
        for each in found:
            log.error("the rail's books differ", provider=rail.name, **as_json(each))
        await write_down_missing(self._money.rows, rail, found, now)
        log.info("reconciled", provider=rail.name, payments=len(theirs), differences=len(found))
