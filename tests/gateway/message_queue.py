"""A queue of messages in a real PostgreSQL, outboxes that work on it, and the simulator they send to."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from contracts.fields.msisdn import Msisdn
from contracts.rules.waiting import WaitingPeriods
from gateway.background.short_codes import ShortCodes
from gateway.inbox.receive import Inbox
from gateway.limits.limits import Limits
from gateway.outbox import Outbox, OutboxOptions, Route
from gateway.outbox.compose import MessageComposer
from gateway.providers import Provider
from gateway.verify.paper_checks import PaperChecks
from storage.acts.rows import Act, MessageRow, MoOnce, PersonRow
from storage.codes import CodeRows
from storage.outbox import OutboxRows, ResultRow
from storage.postgres.database import open_pool
from storage.records import Records
from tests.gateway.fake_provider import FakeProvider, Post
from values.frozen import replace

Row = dict[str, Any]


@dataclass
class Clock:
    """Real time, plus what a test skips."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Queue:
    """The queue in the database, and outboxes that send it."""

    url: str
    records: Records
    clock: Clock = field(default_factory=Clock)

    async def put(
        self,
        *to: str,
        text: str = "hello",
        sender_id: str | None = None,
        cause: str | None = None,
        kind: str = "offered",
        **of: Any,
    ) -> list[UUID]:
        """Queue a message to each msisdn, as an act does; once for each `cause`. `of`: more fields of MessageRow."""
        ids = [uuid4() for _ in to]
        people = tuple(PersonRow(uuid4(), msisdn) for msisdn in dict.fromkeys(to))
        messages = tuple(
            MessageRow(id_, "out", text, kind, 1, msisdn=msisdn, shortcode=sender_id, **of)
            for id_, msisdn in zip(ids, to, strict=True)
        )
        act = Act(
            uuid4(), self.clock(), "sms", mo=MoOnce("test", cause or uuid4().hex), people=people, messages=messages
        )
        assert await self.records.apply(act) or cause
        return ids

    async def record_submitted(self, message_id: UUID, provider_id: str) -> None:
        """Record, as the outbox does, that the provider accepted the message under `provider_id`."""
        now = self.clock()
        (claimed,) = await self._claimed(message_id)
        result = ResultRow(
            message_id, claimed, 1, now, "submitted", "accepted", provider="africastalking", message_id=provider_id
        )
        await OutboxRows(self.records.pool).finish(result)

    async def _claimed(self, message_id: UUID) -> list[str]:
        until = self.clock() + timedelta(minutes=1)
        await self.records.pool.execute(
            "UPDATE sms_logs SET status = 'sending', due_at = NULL, tries = 1, leased_until = $2 WHERE id = $1",
            message_id, until,
        )  # fmt: skip
        return [row["msisdn"] for row in await self.rows() if row["id"] == message_id]

    async def rows(self) -> list[Row]:
        found = await self.records.pool.fetch(
            "SELECT m.*, f.msisdn FROM sms_logs m JOIN phones f ON f.id = m.phone_id ORDER BY f.msisdn, m.created_at"
        )
        return [dict(row) for row in found]

    async def wait_until(self, holds: Callable[[list[Row]], bool], seconds: float = 60) -> list[Row]:
        """Return the rows as soon as `holds` is true of them."""
        rows: list[Row] = []
        try:
            async with asyncio.timeout(seconds):
                while not holds(rows := await self.rows()):  # noqa: ASYNC110  (the other side is a database)
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError([(r["status"], r["tries"], r["why"], r["due_at"]) for r in rows]) from None
        return rows

    async def wait_for_status(self, *statuses: str) -> list[Row]:
        return await self.wait_until(lambda rows: bool(rows) and {row["status"] for row in rows} <= set(statuses))

    async def pass_time(self, **ahead: float) -> None:
        """Let time pass, and wake the outboxes."""
        self.clock.ahead += timedelta(**ahead)
        await self.records.pool.execute("NOTIFY sms_queued")

    def outbox(self, provider: FakeProvider, *, in_worker: bool = False, **changes: Any) -> Outbox:
        """Make an outbox that sends by this provider only."""
        return self.outbox_by({provider.adapter.name: provider.adapter}, in_worker=in_worker, **changes)

    def outbox_by(
        self, providers: Mapping[str, Provider], *routes: Route, in_worker: bool = False, **changes: Any
    ) -> Outbox:
        never_quiet = (time(0), time(0))  # else a test would end otherwise at night in Nairobi
        options = OutboxOptions(self.url, in_flight=8, timeout_seconds=2.0, most_tries=4, quiet_hours=never_quiet)
        return Outbox(
            self.records.pool, providers, routes, replace(options, **changes), self.clock, in_worker=in_worker
        )  # fmt: skip


@asynccontextmanager
async def running_outboxes(*outboxes: Outbox) -> AsyncIterator[list[asyncio.Task[None]]]:
    tasks = [asyncio.create_task(outbox.run()) for outbox in outboxes]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results), results


@asynccontextmanager
async def open_queue(url: str) -> AsyncIterator[Queue]:
    pool = await open_pool(url, smallest=1, largest=6, timeout_seconds=5)
    try:
        yield Queue(url, Records(pool))
    finally:
        await pool.close()


def msisdn_of(n: int) -> Msisdn:
    return Msisdn(f"+2547{n:08}")


async def count_taken(provider: FakeProvider) -> Counter[str]:
    """Return how many messages the provider accepted for each msisdn."""
    return Counter(str(text["to"]) for text in await provider.get("accepted"))


async def wait_until_taken(provider: FakeProvider) -> None:
    """Wait until the provider has accepted a message, whether it has answered or not."""
    async with asyncio.timeout(60):
        while not await count_taken(provider):  # noqa: ASYNC110  (the other side is a server)
            await asyncio.sleep(0.01)


def was_tried(status: str, tries: int) -> Callable[[list[Row]], bool]:
    """Return a condition: the first message has this status after so many tries."""
    return lambda rows: (rows[0]["status"], rows[0]["tries"]) == (status, tries)


async def post_reports(queue: Queue, provider: FakeProvider, posts: Sequence[Post]) -> None:
    """Hand the reports to the gateway's inbox, in this order."""
    inbox = Inbox(
        queue.records,
        OutboxRows(queue.records.pool),
        MessageComposer("en", "*483#"),
        ShortCodes(CodeRows(queue.records.pool)),
        PaperChecks(queue.records, Limits(verify_per_minute=30, proxy_hops=0, is_production=False)),
        WaitingPeriods(),
        queue.clock,
    )
    for post in posts:
        await inbox.report(provider.adapter.parse_dlr(post.wire))
