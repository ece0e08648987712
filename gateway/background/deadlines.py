"""The keeper of deadlines: what time brings to a contract happens, once, though nobody calls.

Any number of keepers may run. Nothing is leased: two that find the same contract due decide the same, and the act's
unique cause, the contract and its version, lets one of them happen. So does it when a party answers at that moment.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from contracts import actions
from contracts.actions import Clock
from contracts.contract import Contract
from contracts.rules import party_acts, transitions
from contracts.rules.waiting import WaitingPeriods
from gateway.outbox.compose import MessageComposer
from storage.acts.rows import MoOnce
from storage.deadlines import DeadlineRows
from storage.postgres import database
from storage.records import Records

log = structlog.get_logger()

_AT_ONCE = 64
_SHORTEST_NAP_SECONDS = 0.5
_ASIDE = timedelta(minutes=10)


class DeadlineJob:
    """`every_seconds`: how often it looks even when nothing is known to be due; a look is one step into an index."""

    def __init__(
        self,
        records: Records,
        rows: DeadlineRows,
        composer: MessageComposer,
        periods: WaitingPeriods,
        every_seconds: float,
    ) -> None:
        self._records = records
        self._rows = rows
        self._composer = composer
        self._periods = periods
        self._every_seconds = every_seconds
        self._aside: dict[UUID, datetime] = {}

    async def run(self, now: Clock) -> None:
        """Keep what is due, until cancelled."""
        while True:
            nap = self._every_seconds
            try:
                if await self.act_on_due(now()):
                    continue  # there may be more
                nap = self._nap(await self._rows.next_at(but=self._aside), now())
            except database.UNAVAILABLE as fault:
                log.warning("deadlines wait for the database", fault=type(fault).__name__)
            except Exception:  # whatever it is: a keeper that is gone is missed by nobody until people complain
                log.exception("deadlines", exc_info=True)
            await asyncio.sleep(nap)

    async def act_on_due(self, now: datetime) -> int:
        """Do what is due, as much as one look finds; gives to how many contracts something happened."""
        self._aside = {contract_id: until for contract_id, until in self._aside.items() if until > now}
        found = await self._rows.due(now, most=_AT_ONCE, but=self._aside)
        return sum(await asyncio.gather(*(self._pass(row, now) for row in found)))

    async def _pass(self, row: dict[str, Any], now: datetime) -> bool:
        """False: somebody else did it, or something else happened to the contract first."""
        try:
            before = Contract.from_row(row)
            after = transitions.pass_time(before, now, self._periods)
            assert after and before.deadline, "it was found due"
            plan = party_acts.by_time(before, after)
            happened = await actions.carry_out(
                self._records, plan, channel="service", now=now,
                mo=MoOnce("time", f"{before.id}:{before.version}"), messages=self._composer.compose(plan.notices, now),
            )  # fmt: skip
        except database.UNAVAILABLE:
            raise
        except Exception:
            # One contract that cannot go on must not stop all others, nor be tried in a circle.
            log.exception("a deadline cannot be kept", contract_id=row["id"], exc_info=True)
            self._aside[UUID(row["id"])] = now + _ASIDE
            return False
        if happened:
            log.info("deadline", contract_id=row["id"], brought=before.deadline.act.value, told=len(plan.notices))
        return happened

    def _nap(self, next_at: datetime | None, now: datetime) -> float:
        """Until the next one is due, but not so long that one made meanwhile is missed."""
        left = (next_at - now).total_seconds() if next_at else self._every_seconds
        return min(max(left, _SHORTEST_NAP_SECONDS), self._every_seconds)
