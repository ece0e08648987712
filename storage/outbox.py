"""The queue of messages to send. The queue is the table sms_logs itself.

To claim a message is to take a lease on it. When a worker dies before it has recorded a result, nobody knows whether
its messages went out; `expire_leases` marks them, and queues them again as often as their class allows. Reports are
saved as they come and merged by rank, so neither their order nor a repeat makes a difference.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from storage.call_batcher import CallBatcher
from storage.outbox_waking import wake_one
from storage.pages import Cursor, PageRows, read_page
from storage.postgres.database import ROW_FAULTS, Pool
from storage.postgres.queries import QUERIES, SqlQuery
from values.frozen import Frozen, Hidden, replace
from values.ids import new_id

Row = dict[str, Any]
ProviderId: TypeAlias = tuple[str | None, str | None]  # a provider, and its id of a message
_REFUSED_DAYS = 3  # one day's refusals may be a fault of the provider's list or of our account
_MERGE = QUERIES["outbox.merge_reports"].with_parts(frozenset())
_MERGE_NEW = QUERIES["outbox.merge_reports"].with_parts(frozenset({"new"}))
_SAME_ID = "taken, but under an id that another message has"  # stored in sms_logs.why


class ClaimedRow(Frozen):
    """A message to send now. `tries` includes this one. `sender_id`: its own, in place of its route's; with a
    `reply_provider` it is the number that the recipient wrote to, and only that provider sends from it. `drops_reply`:
    that number cannot send it; to be recorded."""

    id: UUID
    msisdn: Hidden[str]
    text: Hidden[str]
    sender_id: str | None
    tries: int
    kind: str
    message_class: str
    created_at: datetime
    reply_provider: str | None = None
    drops_reply: bool = False


class ResultRow(Frozen):
    """The result of a claim: the new `status` of the message and the `outcome` of this try. `is_try` is False if the
    message was put back without being sent. `due_at`: when to send it again. `drops_reply`: the number that its
    recipient wrote to cannot send it, so the message forgets that number."""

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
    drops_reply: bool = False


class ReportRow(Frozen):
    """A delivery report: `status` as the provider wrote it, `state` as we understand it. `msisdn` is the recipient, if
    the provider names one."""

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
    """The queue in the database. Any number of processes may use it at once. `when_written` is called once tries or
    reports are recorded."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.when_written: Callable[[], None] = lambda: None
        self._finish = CallBatcher[ResultRow, None](
            self._finish_all, largest_batch=100, batches_at_once=1, retry_singly_on=ROW_FAULTS
        )
        self._reports = CallBatcher[ReportRow, None](self._save_reports, retry_singly_on=ROW_FAULTS)

    async def claim(
        self, now: datetime, most: int, until: datetime, *, gap: timedelta, hourly: int, answers: Sequence[str] = ()
    ) -> Claim:
        """Take up to `most` due messages on a lease that ends at `until`. A further message to the same msisdn waits
        `gap`; after `hourly` messages in an hour it waits longer. `answers`: kinds that are sent even to a person who
        sent STOP, because they answer that person's own text."""
        claimed, unsent = [], dict[str, list[UUID]]()
        query = QUERIES["outbox.claim"](now=now, most=most, until=until, gap=gap, hourly=hourly, answer_kinds=answers)
        for row in await self._pool.fetch(*query):
            if row["fate"] == "send":
                claimed.append(
                    ClaimedRow(
                        row["id"], row["msisdn"], row["text"], row["shortcode"], row["tries"], row["kind"],
                        row["class"], row["created_at"], row["reply_provider"],
                    )
                )  # fmt: skip
            else:
                unsent.setdefault(row["fate"], []).append(row["id"])
        return Claim(claimed, unsent)

    async def finish(self, result: ResultRow) -> None:
        """Record the result of a claim."""
        try:
            await self._finish(result)
        except asyncpg.UniqueViolationError:
            # The provider gave two messages the same id, so no report can tell them apart.
            await self._finish(replace(result, status="expired", message_id=None, why=_SAME_ID))

    async def report(self, report: ReportRow) -> None:
        """Save a delivery report and update its message. Reports may come twice, early, late or in any order."""
        await self._reports(report)

    async def expire_leases(self, now: datetime, again_at: datetime, most_tries: Mapping[str, int]) -> None:
        """Queue messages whose worker died again for `again_at`, or give them up after the `most_tries` of their class.
        One whose delivery report has come meanwhile was sent, and stays sent."""
        query = QUERIES["outbox.expire_leases"](
            now=now, again_at=again_at, classes=list(most_tries), most_tries=list(most_tries.values())
        )  # fmt: skip
        lost = await self._pool.fetch(*query)
        await self._merge_reports(await self._adopt_reports([row["msisdn"] for row in lost]))

    async def end_unreported(self, now: datetime, since: datetime) -> None:
        """Stop waiting for delivery reports on messages that were submitted before `since`."""
        reported = await self._pool.fetch(*QUERIES["outbox.end_unreported"](now=now, submitted_before=since))
        await self._merge_reports([(row["provider"], row["provider_message_id"]) for row in reported])

    async def next_due(self) -> datetime | None:
        found: datetime | None = await self._pool.fetchval(*QUERIES["outbox.next_due"]())
        return found

    async def pace(
        self, sender: str, now: datetime, messages: int, gap: timedelta, latest: datetime
    ) -> tuple[datetime, bool]:
        """Reserve times for `messages` of one sender, `gap` apart, among all workers. Return when the first may go, and
        whether it is reserved: nothing is reserved if that is after `latest`."""
        query = QUERIES["outbox.pace"](sender=sender, now=now, messages=messages, gap=gap, latest=latest)
        row = await self._pool.fetchrow(*query)
        return (row["starts_at"], row["is_reserved"]) if row else (latest, False)  # another worker just made it

    async def count_refusal(self, msisdn: str, provider: str, now: datetime) -> bool:
        """Note that a provider refused a message because its recipient has opted out there. Return whether the person
        is presumed to have opted out now: after refusals on three days, while others were reached."""
        query = QUERIES["outbox.count_refusal"]
        done = await self._pool.fetchval(
            *query(msisdn=msisdn, now=now, provider=provider, act_id=new_id(), most_days=_REFUSED_DAYS)
        )  # fmt: skip
        return done is not None

    async def opt_out(self, msisdn: str, provider: str, now: datetime) -> bool:
        """Note that a person told the provider to stop our messages. False: they had opted out already."""
        query = QUERIES["outbox.opt_out"]
        done = await self._pool.fetchval(
            *query(new_phone_id=new_id(), msisdn=msisdn, now=now, provider=provider, act_id=new_id())
        )  # fmt: skip
        return done is not None

    async def resend(self, message_id: UUID, as_id: UUID, now: datetime, operator: str | None = None) -> bool:
        """Queue a copy of a dead message under the id `as_id`, and note the operator in its person's audit. False: it
        is not dead, was resent before, or its person was erased."""
        query = QUERIES["outbox.resend"](
            message_id=message_id, new_id=as_id, now=now, operator=operator, audit_act_id=new_id()
        )  # fmt: skip
        queued = await self._pool.fetchval(*query)
        if queued:
            await wake_one(self._pool)
        return queued is not None

    async def message(self, message_id: UUID) -> Row | None:
        """Return a message with its `attempts` and `reports`."""
        row = await self._pool.fetchrow(*QUERIES["outbox.message"](message_id=message_id))
        return dict(row) if row else None

    async def sent_by_act(self, contract_id: UUID, act_id: UUID) -> UUID | None:
        """Return the message that an act sent about the contract; None: it is not kept any more."""
        found: UUID | None = await self._pool.fetchval(
            *QUERIES["outbox.sent_by_act"](contract_id=contract_id, act_id=act_id)
        )
        return found

    async def page(
        self, limit: int, after: Cursor | None, *, msisdn: str | None = None, direction: str | None = None,
        status: str | None = None, message_class: str | None = None, contract_id: UUID | None = None,
        meaning: str | None = None,
    ) -> PageRows:  # fmt: skip
        """Return messages with the `msisdn` of their phone, newest first, that follow the one made at `after`.

        `meaning`: only texts that came in and were taken for this.
        """
        limits = {
            "msisdn": msisdn, "direction": direction, "status": status, "message_class": message_class,
            "contract_id": contract_id, "meaning": meaning,
        }  # fmt: skip
        return await read_page(self._pool, "outbox", _along(contract_id, msisdn, meaning, status), limit, after, limits)

    async def _finish_all(self, results: Sequence[ResultRow]) -> list[None]:
        """Record results, then merge the reports that came before: no single statement would see both."""
        await self._pool.execute(*QUERIES["outbox.finish"](results=results))
        ids: list[ProviderId] = [(r.provider, r.message_id) for r in results if r.message_id]
        ids += await self._adopt_reports([result.msisdn for result in results if result.outcome == "unsure"])
        await self._merge_reports(ids)
        self.when_written()
        return [None] * len(results)

    async def _save_reports(self, reports: Sequence[ReportRow]) -> list[None]:
        """Save and merge in one statement. What it found no message for is merged once more, now that the report is
        committed: a result that was recorded meanwhile finds the report, or is found by this."""
        ids = list(dict.fromkeys((report.provider, report.message_id) for report in reports))
        rows = await self._pool.fetch(*_merging(_MERGE_NEW, ids, reports=reports))
        if again := {(row["provider"], row["message_id"]) for row in rows}:
            late = [report for report in reports if (report.provider, report.message_id) in again]
            adopted = await self._adopt_reports([report.msisdn for report in late if report.msisdn])
            await self._merge_reports([*again, *adopted])
        self.when_written()
        return [None] * len(reports)

    async def _adopt_reports(self, msisdns: list[str]) -> list[ProviderId]:
        if not msisdns:
            return []
        rows = await self._pool.fetch(*QUERIES["outbox.adopt_reports"](msisdns=msisdns))
        return [(row["provider"], row["provider_message_id"]) for row in rows]

    async def _merge_reports(self, ids: Sequence[ProviderId]) -> None:
        if ids:
            await self._pool.execute(*_merging(_MERGE, list(dict.fromkeys(ids))))


def _merging(query: SqlQuery, ids: Sequence[ProviderId], **more: Any) -> tuple[Any, ...]:
    providers, message_ids = [list(column) for column in zip(*ids, strict=True)]
    return query(providers=providers, message_ids=message_ids, **more)


def _along(contract_id: UUID | None, msisdn: str | None, meaning: str | None, status: str | None) -> str:
    """The name of the query that reads along the index of the rarest of these."""
    if contract_id:
        return "newest_of_contract"
    if msisdn:
        return "newest_of_phone"
    if meaning:
        return "newest_of_meaning"
    return "newest_of_status" if status else "newest"
