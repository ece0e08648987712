"""The queue of messages as rows: claimed, finished, reported on. The queue is the table sms_logs itself.

A claim is a lease. Whoever dies with one leaves a message of which nobody knows whether it went; `expire_leases` says
so, and lets it go again as often as its class may. Reports are kept as they come and merged by rank, so that neither
their order nor a repeat makes a difference.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from storage.call_batcher import CallBatcher
from storage.postgres.database import ROW_FAULTS, Pool
from storage.postgres.queries import QUERIES
from values.frozen import Frozen, Hidden, replace
from values.ids import new_id

Row = dict[str, Any]
_SAME_ID = "taken, but under an id that another message has"


class ClaimedRow(Frozen):
    """A message to send now; `tries` counts this one."""

    id: UUID
    msisdn: Hidden[str]
    text: Hidden[str]
    sender_id: str | None
    tries: int
    kind: str
    message_class: str
    created_at: datetime


class ResultRow(Frozen):
    """What became of a claim: `status` is the message's from now on, `outcome` the try's; `is_try` False: it was put
    back unsent. `due_at`: when it goes again."""

    id: UUID
    msisdn: Hidden[str]
    tries: int
    at: datetime
    status: str
    outcome: str | None = None
    is_try: bool = True
    provider: str | None = None
    message_id: str | None = None
    cost: str | None = None
    why: str | None = None
    due_at: datetime | None = None


class ReportRow(Frozen):
    """`status` is the provider's word, `state` ours; `msisdn` whom it was about, where the provider says so."""

    provider: str
    message_id: str
    status: str
    state: str
    reason: str | None
    network_code: str | None
    msisdn: Hidden[str | None]
    received_at: datetime


class Claim(Frozen):
    """`unsent`: ids of messages that ended (unwanted, late) or were put off (second, full) by the claim, by why."""

    rows: list[ClaimedRow]
    unsent: dict[str, list[UUID]]


class OutboxRows:
    """The queue in the database; any number of processes may work on it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._finish = CallBatcher[ResultRow, None](
            self._finish_all, largest_batch=100, batches_at_once=1, retry_singly_on=ROW_FAULTS
        )
        self._reports = CallBatcher[ReportRow, None](self._keep_all, retry_singly_on=ROW_FAULTS)

    async def claim(
        self, now: datetime, most: int, until: datetime, *, gap: timedelta, hourly: int, answers: Sequence[str] = ()
    ) -> Claim:
        """Up to `most` messages, ours until `until`; a number's next one waits `gap`, and after `hourly` more.
        `answers`: the kinds that go out even after a STOP, because they answer what was asked."""
        claimed, unsent = [], dict[str, list[UUID]]()
        for row in await self._pool.fetch(QUERIES["outbox.claim"], now, most, until, gap, hourly, answers):
            if row["fate"] == "send":
                claimed.append(
                    ClaimedRow(
                        row["id"], row["msisdn"], row["text"], row["shortcode"], row["tries"], row["kind"],
                        row["class"], row["created_at"],
                    )
                )  # fmt: skip
            else:
                unsent.setdefault(row["fate"], []).append(row["id"])
        return Claim(claimed, unsent)

    async def finish(self, result: ResultRow) -> None:
        """Record what became of a claim."""
        try:
            await self._finish(result)
        except asyncpg.UniqueViolationError:
            # The provider took it under an id that another message has: no report will tell the two apart.
            await self._finish(replace(result, status="expired", message_id=None, why=_SAME_ID))

    async def report(self, report: ReportRow) -> None:
        """Keep a delivery report and let it move its message; safe to repeat, in any order, early or late."""
        await self._reports(report)

    async def expire_leases(self, now: datetime, again_at: datetime, most_tries: Mapping[str, int]) -> None:
        """Let messages whose worker died go again at `again_at`, or give them up after `most_tries` of their class. A
        report that came meanwhile says that the message went."""
        classes, tries = list(most_tries), list(most_tries.values())
        lost = await self._pool.fetch(QUERIES["outbox.expire_leases"], now, again_at, classes, tries)
        await self._merge(await self._adopted([row["msisdn"] for row in lost]))

    async def end_unreported(self, now: datetime, since: datetime) -> None:
        """Give up waiting for reports on what was submitted before `since`."""
        reported = await self._pool.fetch(QUERIES["outbox.end_unreported"], now, since)
        await self._merge([(row["provider"], row["provider_message_id"]) for row in reported])

    async def next_due(self) -> datetime | None:
        found: datetime | None = await self._pool.fetchval(QUERIES["outbox.next_due"])
        return found

    async def pace(
        self, sender: str, now: datetime, messages: int, gap: timedelta, latest: datetime
    ) -> tuple[datetime, bool]:
        """Reserve `messages` for a sender, `gap` apart, among all workers. When the first of them may go; False: that
        is after `latest`, and nothing is reserved."""
        row = await self._pool.fetchrow(QUERIES["outbox.pace"], sender, now, messages, gap, latest)
        return (row["starts_at"], row["is_reserved"]) if row else (latest, False)  # another worker began it just now

    async def opt_out(self, msisdn: str, provider: str, now: datetime) -> bool:
        """This person told the provider to stop us. False where they had told us already."""
        done = await self._pool.fetchval(QUERIES["outbox.opt_out"], new_id(), msisdn, now, provider, new_id())
        return done is not None

    async def resend(self, message_id: UUID, new_id: UUID, now: datetime) -> bool:
        """Queue a dead message again, as the new one `new_id`; False where it is not dead, or was sent again before."""
        queued = await self._pool.fetchval(QUERIES["outbox.resend"], message_id, new_id, now)
        if queued:
            await self._pool.execute(QUERIES["outbox.wake"])
        return queued is not None

    async def story(self, message_id: UUID) -> Row | None:
        """A message with its `attempts` and `reports`."""
        row = await self._pool.fetchrow(QUERIES["outbox.story"], message_id)
        return dict(row) if row else None

    async def page(
        self, limit: int, after: tuple[datetime, UUID] | None, *, msisdn: str | None = None,
        direction: str | None = None, status: str | None = None, message_class: str | None = None,
        contract_id: UUID | None = None,
    ) -> list[Row]:  # fmt: skip
        """Messages with their phone's `msisdn`, newest first, from just after the one made at `after`."""
        at, message_id = after or (None, None)
        query = "page_of_phone" if msisdn else "page_of_status" if status else "page"
        rows = await self._pool.fetch(
            QUERIES[f"outbox.{query}"], at, message_id, limit, msisdn, direction, status, message_class, contract_id
        )  # fmt: skip
        return [dict(row) for row in rows]

    async def _finish_all(self, results: Sequence[ResultRow]) -> list[None]:
        """Two statements, as for reports: a report that came before this was recorded is merged now."""
        await self._pool.execute(QUERIES["outbox.finish"], results)
        ids: list[tuple[str | None, str | None]] = [(r.provider, r.message_id) for r in results if r.message_id]
        ids += await self._adopted([result.msisdn for result in results if result.outcome == "unsure"])
        await self._merge(ids)
        return [None] * len(results)

    async def _keep_all(self, reports: Sequence[ReportRow]) -> list[None]:
        """In this order: a send recorded between the statements finds the report, or is found by the merge."""
        await self._pool.execute(QUERIES["outbox.keep_reports"], reports)
        await self._adopted([report.msisdn for report in reports if report.msisdn])
        await self._merge([(report.provider, report.message_id) for report in reports])
        return [None] * len(reports)

    async def _adopted(self, msisdns: list[str]) -> list[tuple[str | None, str | None]]:
        if not msisdns:
            return []
        rows = await self._pool.fetch(QUERIES["outbox.adopt"], msisdns)
        return [(row["provider"], row["provider_message_id"]) for row in rows]

    async def _merge(self, ids: Sequence[tuple[str | None, str | None]]) -> None:
        if ids:
            providers, message_ids = [list(column) for column in zip(*ids, strict=True)]
            await self._pool.execute(QUERIES["outbox.merge_reports"], providers, message_ids)
