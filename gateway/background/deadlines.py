"""A background job that acts on contracts whose deadline has come: it reminds, lets expire, completes, each once.

Any number of these jobs may run and none leases anything. Two that find the same contract due decide the same; the act
has a unique cause, the contract and its version, so only one of the two is written. The same holds when a party answers
at that moment.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from contracts import actions
from contracts.actions import Clock
from contracts.contract import Contract, TimeAct
from contracts.rules import time_acts
from contracts.rules.waiting import WaitingPeriods
from gateway.background.repeat import JobState, repeat
from gateway.outbox.compose import MessageComposer
from storage.acts.rows import MoOnce
from storage.deadlines import DeadlineRows
from storage.postgres import database
from storage.records import Records

log = structlog.get_logger()

_AT_ONCE = 64  # contracts
_SHORTEST_NAP_SECONDS = 0.5
_SKIPPED_FOR = timedelta(minutes=10)


class DeadlineJob:
    """Acts on due contracts. It looks at least every `every_seconds`; a look is one step into an index."""

    def __init__(
        self, records: Records, rows: DeadlineRows, composer: MessageComposer, periods: WaitingPeriods,
        every_seconds: float,
    ) -> None:  # fmt: skip
        self._records = records
        self._rows = rows
        self._composer = composer
        self._periods = periods
        self._every_seconds = every_seconds
        self._skipped_until: dict[UUID, datetime] = {}  # contracts that failed, by id

    async def run(self, now: Clock, job: JobState) -> None:
        """Act on what is due, until cancelled."""

        async def work() -> float:
            while await self.act_on_due(now()):
                pass  # there may be more
            return self._seconds_until(await self._rows.next_at(but=self._skipped_until), now())

        await repeat(job, work, self._every_seconds)

    async def act_on_due(self, now: datetime) -> int:
        """Act on up to 64 contracts that are due, and return how many of them changed."""
        self._skipped_until = {each: until for each, until in self._skipped_until.items() if until > now}
        found = await self._rows.due(now, most=_AT_ONCE, but=self._skipped_until)
        return sum(await asyncio.gather(*(self._act_on(row, now) for row in found)))

    async def _act_on(self, row: dict[str, Any], now: datetime) -> bool:
        """Return False if another job acted first, or something else happened to the contract first."""
        try:
            before = Contract.from_row(row)
            plan = time_acts.pass_time(before, now, self._periods)
            assert plan and before.deadline, "it was found due"
            happened = await actions.carry_out(
                self._records, plan, channel="service", now=now,
                mo=MoOnce("time", f"{before.id}:{before.version}"), messages=self._composer.compose(plan.notices, now),
            )  # fmt: skip
        except database.UNAVAILABLE:
            raise
        except Exception:
            # One contract that fails must not stop all others, and must not be tried without a pause.
            log.exception("a deadline failed", contract_id=row["id"], exc_info=True)
            self._skipped_until[UUID(row["id"])] = now + _SKIPPED_FOR
            return False
        if happened:
            if plan.about and before.deadline.act is TimeAct.ESCALATE_DISPUTE and before.dispute:
                log.warning("a dispute waits", contract_id=row["id"], dispute_id=str(before.dispute.id))
            log.info("deadline", contract_id=row["id"], act=before.deadline.act.value, messages=len(plan.notices))
        return happened

    def _seconds_until(self, next_at: datetime | None, now: datetime) -> float:
        """Until the next deadline, but not so long that one set meanwhile is missed."""
        left = (next_at - now).total_seconds() if next_at else self._every_seconds
        return min(max(left, _SHORTEST_NAP_SECONDS), self._every_seconds)
