"""SMS_PER_SECOND: the messages of one sender id go out at its pace, however many wait and whichever worker sends."""

import asyncio
from datetime import timedelta

from storage.outbox import OutboxRows
from tests.gateway.fake_provider import FakeProvider
from tests.gateway.message_queue import Queue, count_taken, msisdn_of, open_queue, running_outboxes


async def test_turns_are_reserved_one_gap_apart(queue: Queue) -> None:
    rows, now, gap = OutboxRows(queue.records.pool), queue.clock(), timedelta(seconds=0.1)
    turns = [await rows.pace("at:", now, 2, gap, now + 5 * gap) for _ in range(4)]
    assert turns == [(now, True), (now + 2 * gap, True), (now + 4 * gap, True), (now + 6 * gap, False)]


async def test_a_sender_keeps_its_pace_among_all_workers(queue: Queue, provider: FakeProvider) -> None:
    for n in range(20):
        await queue.put(msisdn_of(n), text=f"{n}")
    started_at = queue.clock()
    async with (
        open_queue(queue.url) as other,
        running_outboxes(queue.outbox(provider, per_second=10.0), other.outbox(provider, per_second=10.0)),
    ):
        rows = await queue.wait_for_status("submitted")
    sent_at = sorted(row["submitted_at"] for row in rows)
    assert all(at >= started_at + n * timedelta(seconds=0.1) for n, at in enumerate(sent_at)), "none before its turn"


async def test_a_long_line_goes_at_its_senders_pace_and_what_is_urgent_overtakes_it(
    queue: Queue, provider: FakeProvider
) -> None:
    for n in range(45):
        await queue.put(msisdn_of(n), text=f"{n}")
    async with running_outboxes(queue.outbox(provider, per_second=10.0)):
        await queue.wait_until(lambda rows: any(row["status"] == "submitted" for row in rows))
        (urgent,) = await queue.put(msisdn_of(99), text="urgent", message_class="critical", priority=1)
        rows = await queue.wait_until(lambda rows: {row["status"] for row in rows} == {"submitted"}, seconds=60)
    urgent_at = next(row["submitted_at"] for row in rows if row["id"] == urgent)
    assert sum(row["submitted_at"] > urgent_at for row in rows) >= 10
    assert {row["tries"] for row in rows} == {1}


async def test_what_waits_for_its_senders_turn_is_not_given_up(queue: Queue, provider: FakeProvider) -> None:
    """Not even with a short lease, or when a worker stops meanwhile."""
    await provider.fault("slow", seconds=0.1)
    for n in range(40):
        await queue.put(msisdn_of(n), text=f"{n}")
    async with open_queue(queue.url) as other:
        for seconds in (2.2, 0.0):
            both = (one.outbox(provider, in_flight=4, timeout_seconds=1.0, per_second=5.0) for one in (queue, other))
            async with running_outboxes(*both):
                await asyncio.sleep(seconds)
                if not seconds:
                    await queue.wait_until(lambda rows: {row["status"] for row in rows} == {"submitted"}, seconds=25)
    assert await count_taken(provider) == {msisdn_of(n): 1 for n in range(40)}
