"""Several outboxes at once, killed, stopped or slow, and a database that restarts."""

import asyncio
import os
import signal
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from storage.embedded.servers import run_servers
from storage.migrations import runner as migrations
from storage.postgres.database import UNAVAILABLE, connect
from tests.gateway.fake_provider import FakeProvider
from tests.gateway.message_queue import (
    Queue,
    Row,
    count_taken,
    msisdn_of,
    open_queue,
    running_outboxes,
    wait_until_taken,
    was_tried,
)

LAST_QUERIES = """SELECT pid, query_start FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' ORDER BY pid"""


async def test_two_at_once_send_five_hundred_once_each(queue: Queue, provider: FakeProvider) -> None:
    for start in range(0, 500, 50):
        await queue.put(*(msisdn_of(n) for n in range(start, start + 50)), text=f"text {start % 100}")
    async with open_queue(queue.url) as other, running_outboxes(queue.outbox(provider), other.outbox(provider)):
        rows = await queue.wait_until(lambda rows: {row["status"] for row in rows} == {"submitted"}, seconds=20)
    assert len(rows) == 500 and {row["tries"] for row in rows} == {1}
    assert await count_taken(provider) == {msisdn_of(n): 1 for n in range(500)}


async def test_a_stop_lets_what_is_under_way_finish(queue: Queue, provider: FakeProvider) -> None:
    await provider.fault("slow", seconds=0.3)
    await queue.put(msisdn_of(1))
    async with running_outboxes(queue.outbox(provider)):
        await wait_until_taken(provider)
    (row,) = await queue.rows()
    assert row["status"] == "submitted", "recorded before the stop was over"


async def test_what_a_dead_sender_held_is_unconfirmed_when_its_lease_ends_and_goes_again(
    queue: Queue, provider: FakeProvider
) -> None:
    """The worker dies between the send and the record: its calls are cancelled where they stand."""
    await provider.fault("slow", seconds=5, times=1)
    await queue.put(msisdn_of(1))
    dying = queue.outbox(provider)
    async with running_outboxes(dying):
        await wait_until_taken(provider)
        for call in dying._under_way:
            call.cancel()
    (row,) = await queue.rows()
    assert row["status"] == "sending"
    async with running_outboxes(queue.outbox(provider)):
        await asyncio.sleep(0.1)
        assert (await queue.rows())[0]["status"] == "sending", "the lease holds"
        await queue.pass_time(seconds=20)
        (row,) = await queue.wait_for_status("submitted")
    assert row["tries"] == 2
    assert await count_taken(provider) == {msisdn_of(1): 2}


async def test_who_lost_the_lease_records_nothing_over_who_has_it(queue: Queue, provider: FakeProvider) -> None:
    """The first worker was only slow: its answer comes while the second, which has the lease now, still waits."""
    await provider.fault("slow", seconds=2.0, times=2)
    await queue.put(msisdn_of(1))
    async with open_queue(queue.url) as heir, running_outboxes(queue.outbox(provider, timeout_seconds=6.0)):
        await wait_until_taken(provider)
        await asyncio.sleep(0.2)
        heir.clock.ahead = timedelta(seconds=20)
        async with running_outboxes(heir.outbox(provider, timeout_seconds=6.0)):
            (row,) = await queue.wait_for_status("submitted")
    _, second = await provider.get("accepted")
    assert (row["tries"], row["provider_message_id"]) == (2, second["id"])


@pytest.fixture
def endless_naps(monkeypatch: pytest.MonkeyPatch) -> None:
    """An outbox with nothing due sleeps until somebody wakes it."""
    monkeypatch.setattr("gateway.outbox.loop._LONGEST_NAP_SECONDS", 3600.0)


@pytest.mark.usefixtures("endless_naps")
async def test_a_queued_message_wakes_it(queue: Queue, provider: FakeProvider) -> None:
    async with running_outboxes(queue.outbox(provider)):
        for n in range(5):
            await queue.put(msisdn_of(n))
            await queue.wait_until(lambda rows: rows[-1]["status"] == "submitted")


@pytest.mark.usefixtures("endless_naps")
async def test_it_does_not_wake_without_reason(queue: Queue, provider: FakeProvider) -> None:
    """It comes to rest: a while passes in which no connection but the observer's is asked anything."""
    observer = await connect(queue.url)
    async with running_outboxes(queue.outbox(provider)):
        last_queries = [await observer.fetch(LAST_QUERIES)]
        async with asyncio.timeout(30):
            while len(last_queries) < 2 or last_queries[-1] != last_queries[-2]:
                await asyncio.sleep(0.5)
                last_queries.append(await observer.fetch(LAST_QUERIES))
    await observer.close()
    assert last_queries[-1], "the outbox's own connections were looked at"


@pytest.fixture
def mortal_database() -> Iterator[str]:
    """A server of the test's own, because the test kills it."""
    with tempfile.TemporaryDirectory(prefix="voicepact-outbox-") as folder:
        Path(folder).chmod(0o711)
        with run_servers(Path(folder) / "data") as servers:
            yield servers.database_url


@pytest.mark.usefixtures("endless_naps")
async def test_a_restart_of_the_database_is_survived(mortal_database: str, provider: FakeProvider) -> None:
    await migrations.up(mortal_database)
    await provider.fault("throttle", times=1)
    async with open_queue(mortal_database) as queue, running_outboxes(queue.outbox(provider)):
        await queue.put(msisdn_of(1))
        await queue.wait_until(was_tried("queued", 1))
        holder = await connect(mortal_database)
        await holder.execute("BEGIN; SELECT FROM sms_logs FOR UPDATE")
        await queue.pass_time(seconds=20)  # due, and held: the outbox asks again and again
        os.kill(holder.get_server_pid(), signal.SIGKILL)  # the server ends all sessions, recovers, and comes back
        rows = await put_after_restart(queue)
        assert {row["status"] for row in rows} == {"submitted"}
        await queue.put(msisdn_of(3))  # it listens again, or will: nothing else wakes it
        await queue.wait_until(lambda rows: len(rows) == 3 and rows[-1]["status"] == "submitted")
        holder.terminate()
    assert await count_taken(provider) == {msisdn_of(n): 1 for n in (1, 2, 3)}


async def put_after_restart(queue: Queue) -> list[Row]:
    """Queue a second message as soon as the database is back; return the rows when both were sent."""
    async with asyncio.timeout(15):
        while True:
            try:
                await queue.put(msisdn_of(2), cause="whether it happened before or not")
                return await queue.wait_until(lambda rows: [row["status"] for row in rows] == ["submitted"] * 2)
            except UNAVAILABLE:  # the pool still holds connections that ended
                await asyncio.sleep(0.02)
