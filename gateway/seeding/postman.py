"""Sends the queued messages of the examples: nowhere, and writes down what a provider would have answered."""

import asyncio
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from random import Random
from typing import Final

from contracts.fields.msisdn import Msisdn
from contracts.notices import ANSWERS
from gateway.events import Dlr, DlrState
from gateway.seeding.providers import NETWORK, PROVIDER
from gateway.services import Services
from storage.outbox import ClaimedRow, ResultRow

_ANSWERS: Final = [kind.value for kind in ANSWERS]
_MOST: Final = 1000
# Of all messages: what becomes of those that do not reach their phone.
_FATES: Final = (("delivered", 92), ("off", 4), ("refused", 1), ("late", 1), ("unsure", 2))


class SeedPostman:
    """Takes what is due, as the outbox does. What it does not take stays queued, for the doubles of a service; and so
    does, until `until`, what is not to one of `msisdns`."""

    def __init__(self, services: Services, msisdns: Collection[str], until: datetime, random: Random) -> None:
        self._services = services
        self._msisdns = frozenset(msisdns)
        self._until = until
        self._random = random
        self._seldom = ["off", "refused", "late", "unsure"]  # each at least once

    async def send(self, *, reports: bool = True) -> None:
        """Send what is due now; `reports`: the reports on it have come, too."""
        while rows := await self._claim():
            await asyncio.gather(*(self._send(row, reports=reports) for row in rows))

    async def _claim(self) -> list[ClaimedRow]:
        now = self._services.now()
        claim = await self._services.queue.claim(
            now, _MOST, now + timedelta(minutes=1), gap=timedelta(0), hourly=_MOST, answers=_ANSWERS
        )  # fmt: skip
        return claim.rows

    async def _send(self, row: ClaimedRow, *, reports: bool) -> None:
        now, message_id = self._services.now(), f"ATXid_{secrets.token_hex(16)}"
        if row.msisdn not in self._msisdns:
            put_back = ResultRow(row.id, row.msisdn, row.tries, now, "queued", is_try=False, due_at=self._until)
            await self._services.queue.finish(put_back)
            return
        match self._fate(row):
            case "refused":
                await self._finish(row, now, "rejected", "rejected", why="403 InvalidPhoneNumber")
            case "late":
                await self._finish(row, now, "expired", "later", why="it could not be sent in time: 503")
            case "unsure":
                await self._finish(row, now, "unconfirmed", "unsure", why="no answer in time")
            case fate:
                await self._finish(row, now, "submitted", "accepted", message_id)
                if reports:
                    await self._report(row, message_id, is_off=fate == "off")

    def _fate(self, row: ClaimedRow) -> str:
        """Return what becomes of a message. An offer or a question reaches its phone: or nobody could answer it."""
        if row.kind not in ("received", "completed_by_time", "confirmed"):
            return "delivered"
        if self._seldom:
            return self._seldom.pop(0)
        return self._random.choices([fate for fate, _ in _FATES], [share for _, share in _FATES])[0]

    async def _finish(
        self, row: ClaimedRow, now: datetime, status: str, outcome: str, message_id: str | None = None,
        why: str | None = None,
    ) -> None:  # fmt: skip
        cost = "KES 0.8000" if message_id else None
        await self._services.queue.finish(
            ResultRow(row.id, row.msisdn, row.tries, now, status, outcome, True, PROVIDER, message_id, cost, why)
        )

    async def _report(self, row: ClaimedRow, message_id: str, *, is_off: bool) -> None:
        state = DlrState.FAILED if is_off else DlrState.DELIVERED
        status, reason = ("Failed", "AbsentSubscriber") if is_off else ("Success", None)
        await self._services.inbox.report(Dlr(PROVIDER, message_id, state, status, reason, Msisdn(row.msisdn), NETWORK))
