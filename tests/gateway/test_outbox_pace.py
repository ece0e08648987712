"""SMS_PER_SECOND: one sender's messages go out at its pace, however many wait and whoever sends them."""

import asyncio

from tests.gateway.double import World
from tests.gateway.queueing import Queue, msisdn, queue_on, taken, working


async def test_a_sender_keeps_its_pace_among_all_workers(queue: Queue, world: World) -> None:
    for n in range(20):
        await queue.put(msisdn(n), text=f"{n}")
    started = asyncio.get_running_loop().time()
    async with (
        queue_on(queue.url) as other,
        working(queue.outbox(world, per_second=10.0), other.outbox(world, per_second=10.0)),
    ):
        await queue.all_are("submitted")
    took = asyncio.get_running_loop().time() - started
    assert 1.8 <= took < 6, took


async def test_a_long_line_goes_at_its_senders_pace_and_what_is_urgent_overtakes_it(queue: Queue, world: World) -> None:
    for n in range(45):
        await queue.put(msisdn(n), text=f"{n}")
    started = asyncio.get_running_loop().time()
    async with working(queue.outbox(world, per_second=10.0)):
        await asyncio.sleep(0.5)
        (urgent,) = await queue.put(msisdn(99), text="urgent", message_class="critical", priority=1)
        await queue.until(
            lambda rows: any(row["id"] == urgent and row["status"] == "submitted" for row in rows), seconds=4
        )
        rows = await queue.until(lambda rows: {row["status"] for row in rows} == {"submitted"}, seconds=15)
    took = asyncio.get_running_loop().time() - started
    assert 4.4 <= took < 8, took
    assert {row["tries"] for row in rows} == {1}


async def test_what_waits_for_its_senders_turn_is_not_given_up(queue: Queue, world: World) -> None:
    """However short its lease is, and whoever stops meanwhile."""
    await world.fault("slow", seconds=0.1)
    for n in range(40):
        await queue.put(msisdn(n), text=f"{n}")
    async with queue_on(queue.url) as other:
        for seconds in (2.2, 0.0):
            both = (one.outbox(world, in_flight=4, timeout_seconds=1.0, per_second=5.0) for one in (queue, other))
            async with working(*both):
                await asyncio.sleep(seconds)
                if not seconds:
                    await queue.until(lambda rows: {row["status"] for row in rows} == {"submitted"}, seconds=25)
    assert await taken(world) == {msisdn(n): 1 for n in range(40)}
