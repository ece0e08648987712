"""The outbox, through the double's real HTTP and a real PostgreSQL: what is sent, what waits, what goes again."""

import asyncio
import os
import signal
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from contracts.msisdn import Msisdn
from gateway.events import Account
from gateway.outbox import Outbox, OutboxOptions
from gateway.providers.africastalking import AfricasTalking
from gateway.sms import Inbox
from storage import migrations
from storage.acts import Act, MessageRow, MoOnce, PersonRow
from storage.database import UNAVAILABLE, connect, open_pool
from storage.embedded import running
from storage.records import Records
from tests.gateway.double import Post, World, open_world

Row = dict[str, Any]


@dataclass
class Clock:
    """Real time, moved on by what a test has no patience for."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Queue:
    """Messages in the database, as they stand."""

    url: str
    records: Records
    clock: Clock = field(default_factory=Clock)

    async def put(
        self, *to: str, text: str = "hello", sender_id: str | None = None, cause: str | None = None
    ) -> list[UUID]:
        """Queue a message to each, as an act does; once for its `cause`, if one is given."""
        ids = [uuid4() for _ in to]
        people = tuple(PersonRow(uuid4(), msisdn) for msisdn in dict.fromkeys(to))
        messages = tuple(
            MessageRow(id_, "out", text, "help", 1, msisdn=msisdn, shortcode=sender_id)
            for id_, msisdn in zip(ids, to, strict=True)
        )
        act = Act(
            uuid4(), self.clock(), "sms", mo=MoOnce("test", cause or uuid4().hex), people=people, messages=messages
        )
        assert await self.records.apply(act) or cause
        return ids

    async def rows(self) -> list[Row]:
        found = await self.records.pool.fetch(
            "SELECT m.*, f.msisdn FROM sms_logs m JOIN phones f ON f.id = m.phone_id ORDER BY f.msisdn, m.created_at"
        )
        return [dict(row) for row in found]

    async def until(self, holds: Callable[[list[Row]], bool], seconds: float = 8) -> list[Row]:
        """The rows, once it holds of them."""
        rows: list[Row] = []
        try:
            async with asyncio.timeout(seconds):
                while not holds(rows := await self.rows()):  # noqa: ASYNC110  (the other side is a database)
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError([(r["status"], r["tries"], r["why"], r["due_at"]) for r in rows]) from None
        return rows

    async def all_are(self, *statuses: str) -> list[Row]:
        return await self.until(lambda rows: bool(rows) and {row["status"] for row in rows} <= set(statuses))

    async def later(self, **ahead: float) -> None:
        """Time passes, and somebody wakes the outbox."""
        self.clock.ahead += timedelta(**ahead)
        await self.records.pool.execute("NOTIFY sms_queued")

    def outbox(self, world: World, **changes: Any) -> Outbox:
        options = OutboxOptions(self.url, in_flight=8, timeout_seconds=2.0, most_tries=4)
        return Outbox(self.records.pool, world.adapter, replace(options, **changes), self.clock)


@asynccontextmanager
async def working(*outboxes: Outbox) -> AsyncIterator[list[asyncio.Task[None]]]:
    tasks = [asyncio.create_task(outbox.run()) for outbox in outboxes]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results), results


@asynccontextmanager
async def queue_on(url: str) -> AsyncIterator[Queue]:
    pool = await open_pool(url, smallest=1, largest=6, timeout_seconds=5)
    try:
        yield Queue(url, Records(pool))
    finally:
        await pool.close()


@pytest_asyncio.fixture
async def queue(database_url: str) -> AsyncIterator[Queue]:
    async with queue_on(database_url) as queue:
        yield queue


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with open_world() as world:
        yield world


def msisdn(n: int) -> Msisdn:
    return Msisdn(f"+2547{n:08}")


async def taken(world: World) -> Counter[str]:
    """How many texts the provider took for each number."""
    return Counter(str(text["to"]) for text in await world.get("calls"))


async def until_taken(world: World) -> None:
    """Until the provider has taken a text, whatever becomes of its answer."""
    async with asyncio.timeout(5):
        while not await taken(world):  # noqa: ASYNC110  (the other side is a server)
            await asyncio.sleep(0.01)


def is_again(status: str, tries: int) -> Callable[[list[Row]], bool]:
    """The first message is in this status after so many tries."""
    return lambda rows: (rows[0]["status"], rows[0]["tries"]) == (status, tries)


async def report(queue: Queue, world: World, posts: Sequence[Post]) -> None:
    """The posts arrive at the gateway, in this order."""
    inbox = Inbox(queue.records, language="en", service_code="*483#", now=queue.clock)
    for post in posts:
        await inbox.report(world.adapter.parse_dlr(post.wire))


async def test_a_message_is_sent_and_its_report_settles_it(queue: Queue, world: World) -> None:
    await queue.put(msisdn(1), text="Habari é")
    async with working(queue.outbox(world)):
        (row,) = await queue.all_are("submitted")
        assert row["provider_message_id"].startswith("ATXid_")
        assert (row["provider"], row["cost"], row["tries"], row["why"]) == ("africastalking", "KES 0.8000", 1, None)
        assert row["submitted_at"] and not row["settled_at"] and not row["due_at"]
        await report(queue, world, await world.receiver.posted("sms/reports", 2))
        (row,) = await queue.all_are("delivered")
    assert row["settled_at"] and row["network_code"] == "99999"
    (text,) = await world.get(f"inbox/{msisdn(1)}")
    assert text["text"] == "Habari é"


async def test_the_sender_of_a_message_is_its_own(queue: Queue, world: World) -> None:
    await queue.put(msisdn(1), sender_id="SHAMBA")
    await queue.put(msisdn(2))
    async with working(queue.outbox(world)):
        await queue.all_are("submitted")
    assert {text["to"]: text["from"] for text in await world.get("calls")} == {
        msisdn(1): "SHAMBA", msisdn(2): "AFRICASTKNG"
    }  # fmt: skip


async def test_the_same_text_to_many_is_one_call(queue: Queue, world: World) -> None:
    """One refused call refuses them all; another text's call is not touched by it."""
    await world.fault("throttle", times=1)
    await queue.put(*(msisdn(n) for n in range(30)), text="the same")
    async with working(queue.outbox(world)):
        rows = await queue.all_are("queued", "submitted")
        await queue.until(lambda rows: all(row["tries"] == 1 and row["status"] == "queued" for row in rows))
        await queue.put(msisdn(99), text="another")
        rows = await queue.until(lambda rows: rows[-1]["status"] == "submitted")
    assert len(rows) == 31
    assert [row["status"] for row in rows[:30]] == ["queued"] * 30


async def test_the_same_text_twice_to_one_phone_is_two_messages(queue: Queue, world: World) -> None:
    await queue.put(msisdn(1), msisdn(1), msisdn(2))
    async with working(queue.outbox(world)):
        rows = await queue.all_are("submitted")
    assert await taken(world) == {msisdn(1): 2, msisdn(2): 1}
    assert len({row["provider_message_id"] for row in rows}) == 3


async def test_a_throttled_message_waits_and_goes_again(queue: Queue, world: World) -> None:
    await world.fault("throttle", times=2)
    await queue.put(msisdn(1))
    async with working(queue.outbox(world)):
        for tries, seconds in ((1, 15), (2, 30)):
            (row,) = await queue.until(is_again("queued", tries))
            assert "429" in row["why"]
            wait = (row["due_at"] - queue.clock()).total_seconds()
            assert seconds - 1 < wait <= seconds * 1.25
            await queue.later(seconds=seconds * 1.25)
        (row,) = await queue.all_are("submitted")
    assert (row["tries"], row["why"]) == (3, None)
    assert await taken(world) == {msisdn(1): 1}


@pytest.mark.parametrize(
    ("mode", "why"),
    [("throttle", "given up: HTTP 429"), ("error", "given up: HTTP 500"), ("unauthorized", "given up: HTTP 401")],
)
async def test_what_does_not_pass_is_given_up_and_says_why(queue: Queue, world: World, mode: str, why: str) -> None:
    await world.fault(mode)
    await queue.put(msisdn(1))
    async with working(queue.outbox(world, most_tries=3)):
        for tries in (1, 2):
            await queue.until(is_again("queued", tries))
            await queue.later(hours=2)
        (row,) = await queue.all_are("failed")
    assert row["why"].startswith(why)
    assert row["tries"] == 3 and row["settled_at"] and not row["due_at"]
    assert await taken(world) == {}


async def test_a_sender_that_is_not_ours_is_final_and_says_so(queue: Queue, world: World) -> None:
    await world.fault("invalid_sender")
    await queue.put(msisdn(1), sender_id="NOTOURS")
    async with working(queue.outbox(world)):
        (row,) = await queue.all_are("rejected")
    assert (row["why"], row["tries"]) == ("InvalidSenderId", 1)
    assert row["settled_at"] and not row["due_at"] and not row["provider_message_id"]


async def test_without_authority_messages_wait_for_the_operator(queue: Queue, world: World) -> None:
    await world.fault("unauthorized", times=1)
    await queue.put(msisdn(1))
    async with working(queue.outbox(world)):
        (row,) = await queue.until(is_again("queued", 1))
        assert "401" in row["why"] and "any-key" not in row["why"]
        await queue.later(minutes=1)
        await queue.all_are("submitted")


async def test_each_of_many_gets_its_own_verdict(queue: Queue, world: World) -> None:
    await world.fault("mixed", rules={msisdn(2): 406, msisdn(3): 405, msisdn(4): "Failed", msisdn(5): 999}, times=1)
    await queue.put(*(msisdn(n) for n in range(1, 6)))
    async with working(queue.outbox(world)):
        rows = await queue.until(is_again("submitted", 1))
        assert [row["status"] for row in rows] == ["submitted", "rejected", "queued", "submitted", "unconfirmed"]
        assert "UserInBlacklist" in rows[1]["why"] and "InsufficientBalance" in rows[2]["why"]
        await report(queue, world, await world.receiver.posted("sms/reports", 4))
        rows = await queue.rows()
    assert [row["status"] for row in rows] == ["delivered", "rejected", "queued", "failed", "unconfirmed"]
    assert rows[3]["why"] == "DeliveryFailure"


@pytest.mark.parametrize("mode", ["drop", "drop_after_accept"])
async def test_a_lost_answer_leaves_it_unconfirmed_and_it_goes_again(queue: Queue, world: World, mode: str) -> None:
    await world.fault(mode, times=1)
    await queue.put(msisdn(1))
    async with working(queue.outbox(world)):
        (row,) = await queue.all_are("unconfirmed")
        assert "no answer from the provider" in row["why"]
        assert timedelta(minutes=9) < row["due_at"] - queue.clock() <= timedelta(minutes=10)
        await queue.later(minutes=9)
        await asyncio.sleep(0.1)
        assert (await queue.rows())[0]["status"] == "unconfirmed", "its report may still come"
        await queue.later(minutes=1)
        (row,) = await queue.all_are("submitted")
    assert row["tries"] == 2
    assert (await taken(world))[msisdn(1)] == (1 if mode == "drop" else 2), "it may arrive twice, but not never"


async def test_an_answer_that_takes_too_long_is_a_lost_one(queue: Queue, world: World) -> None:
    await world.fault("slow", seconds=1.0, times=1)
    await queue.put(msisdn(1))
    async with working(queue.outbox(world, timeout_seconds=0.2)):
        (row,) = await queue.all_are("unconfirmed")
    assert "TimeoutError" in row["why"]


async def test_a_provider_that_cannot_be_reached_took_nothing(queue: Queue, world: World) -> None:
    await queue.put(msisdn(1))
    nowhere = AfricasTalking(Account("sandbox", "any-key", base_url="http://127.0.0.1:9"))
    async with working(Outbox(queue.records.pool, nowhere, OutboxOptions(queue.url, 8, 1.0, 4), queue.clock)):
        (row,) = await queue.until(is_again("queued", 1))
    assert row["why"] == "the provider could not be reached"


SENT, SUCCESS = 0, 1


@pytest.mark.parametrize(
    "order",
    [
        pytest.param([SENT, SUCCESS], id="as they should come"),
        pytest.param([SUCCESS, SENT], id="in the wrong order"),
        pytest.param([SUCCESS, SUCCESS, SENT, SENT], id="twice"),
        pytest.param([SENT, SUCCESS, SENT, SUCCESS, SENT], id="over and over"),
        pytest.param([SUCCESS], id="only the last"),
    ],
)
@pytest.mark.parametrize("early", [False, True], ids=["after the send", "before the send is recorded"])
async def test_reports_settle_it_however_they_come(queue: Queue, world: World, order: list[int], early: bool) -> None:
    if early:
        await world.fault("slow", seconds=0.3, times=1)
    await queue.put(msisdn(1))
    async with working(queue.outbox(world)):
        posts = await world.receiver.posted("sms/reports", 2)
        if early:
            assert (await queue.rows())[0]["status"] == "sending"
        else:
            await queue.all_are("submitted")
        await report(queue, world, [posts[which] for which in order])
        (row,) = await queue.all_are("delivered")
        settled_at = row["settled_at"]
        await report(queue, world, posts)
        (row,) = await queue.rows()
    assert (row["status"], row["settled_at"], row["why"]) == ("delivered", settled_at, None)
    assert await queue.records.pool.fetchval("SELECT count(*) FROM sms_reports") == len(set(order) | {SENT, SUCCESS})


@pytest.mark.parametrize(
    ("first", "second", "final"), [("Success", "Failed", "delivered"), ("Failed", "Success", "failed")]
)
async def test_a_final_word_is_never_overwritten(
    queue: Queue, world: World, first: str, second: str, final: str
) -> None:
    await queue.put(msisdn(1))
    async with working(queue.outbox(world)):
        await queue.all_are("submitted")
    (post, _) = await world.receiver.posted("sms/reports", 2)
    for status in (first, second, "Rejected", "Sent", "Something new"):
        word = status.replace(" ", "+")
        await report(queue, world, [replace(post, body=post.body.replace("status=Sent", f"status={word}"))])
    (row,) = await queue.rows()
    assert row["status"] == final
    assert await queue.records.pool.fetchval("SELECT count(*) FROM sms_reports") == 5, "but every word is kept"


async def test_a_report_about_nothing_of_ours_is_kept_and_moves_nothing(queue: Queue, world: World) -> None:
    await queue.put(msisdn(1))
    post = Post("sms/reports", {}, "id=ATXid_unknown&status=Success&phoneNumber=%2B254700000001")
    await report(queue, world, [post])
    (row,) = await queue.rows()
    assert row["status"] == "queued"


async def test_two_at_once_send_five_hundred_once_each(queue: Queue, world: World) -> None:
    for start in range(0, 500, 50):
        await queue.put(*(msisdn(n) for n in range(start, start + 50)), text=f"text {start % 100}")
    async with queue_on(queue.url) as other, working(queue.outbox(world), other.outbox(world)):
        rows = await queue.until(lambda rows: {row["status"] for row in rows} == {"submitted"}, seconds=20)
    assert len(rows) == 500 and {row["tries"] for row in rows} == {1}
    assert await taken(world) == {msisdn(n): 1 for n in range(500)}


async def test_a_stop_lets_what_is_under_way_finish(queue: Queue, world: World) -> None:
    await world.fault("slow", seconds=0.3)
    await queue.put(msisdn(1))
    async with working(queue.outbox(world)):
        await until_taken(world)
    (row,) = await queue.rows()
    assert row["status"] == "submitted", "recorded before the stop was over"


async def test_what_a_dead_sender_held_is_unconfirmed_when_its_lease_ends_and_goes_again(
    queue: Queue, world: World
) -> None:
    """Killed between the send and the record: the task is dropped where it stands, its calls with it."""
    await world.fault("slow", seconds=5, times=1)
    await queue.put(msisdn(1))
    dying = queue.outbox(world)
    async with working(dying):
        await until_taken(world)
        for call in dying._calls:
            call.cancel()
    (row,) = await queue.rows()
    assert row["status"] == "sending"
    async with working(queue.outbox(world)):
        await asyncio.sleep(0.1)
        assert (await queue.rows())[0]["status"] == "sending", "the lease holds"
        await queue.later(seconds=20)
        (row,) = await queue.all_are("submitted")
    assert row["tries"] == 2
    assert await taken(world) == {msisdn(1): 2}


async def test_who_lost_the_lease_records_nothing_over_who_has_it(queue: Queue, world: World) -> None:
    """The first sender was only slow: its answer comes while the second, who has the message now, still waits."""
    await world.fault("slow", seconds=0.6, times=2)
    await queue.put(msisdn(1))
    async with queue_on(queue.url) as heir, working(queue.outbox(world)):
        await until_taken(world)
        await asyncio.sleep(0.2)
        heir.clock.ahead = timedelta(seconds=20)
        async with working(heir.outbox(world)):
            (row,) = await queue.all_are("submitted")
    _, second = await world.get("calls")
    assert (row["tries"], row["provider_message_id"]) == (2, second["id"])


async def test_a_queued_message_wakes_it(queue: Queue, world: World) -> None:
    async with working(queue.outbox(world)):
        await asyncio.sleep(0.3)  # it listens and has gone to sleep
        waits = []
        for n in range(5):
            started = asyncio.get_running_loop().time()
            await queue.put(msisdn(n))
            await queue.until(lambda rows: rows[-1]["status"] == "submitted")
            waits.append(asyncio.get_running_loop().time() - started)
    assert sorted(waits)[2] < 0.2, waits


async def test_it_does_not_wake_without_reason(queue: Queue, world: World) -> None:
    """Asleep, it asks the database next to nothing."""
    async with working(queue.outbox(world)):
        await asyncio.sleep(0.2)
        before = await queue.records.pool.fetchval("SELECT pg_current_xact_id()::text::bigint")
        await asyncio.sleep(0.5)
        after = await queue.records.pool.fetchval("SELECT pg_current_xact_id()::text::bigint")
    assert after - before <= 2


@pytest.fixture
def mortal_database() -> Iterator[str]:
    """A server of the test's own, because the test kills it."""
    with tempfile.TemporaryDirectory(prefix="voicepact-outbox-") as folder:
        Path(folder).chmod(0o711)
        with running(Path(folder) / "data") as servers:
            yield servers.database_url


async def test_a_restart_of_the_database_is_survived(mortal_database: str, world: World) -> None:
    await migrations.up(mortal_database)
    await world.fault("throttle", times=1)
    async with queue_on(mortal_database) as queue, working(queue.outbox(world)):
        await queue.put(msisdn(1))
        await queue.until(is_again("queued", 1))
        holder = await connect(mortal_database)
        await holder.execute("BEGIN; SELECT FROM sms_logs FOR UPDATE")
        await queue.later(seconds=20)  # due, and held: the outbox asks again and again
        os.kill(holder.get_server_pid(), signal.SIGKILL)  # the server ends all sessions, recovers, and comes back
        rows = await queue_up_again(queue)
        assert {row["status"] for row in rows} == {"submitted"}
        await asyncio.sleep(1.2)  # it listens again
        started = asyncio.get_running_loop().time()
        await queue.put(msisdn(3))
        await queue.until(lambda rows: len(rows) == 3 and rows[-1]["status"] == "submitted")
        assert asyncio.get_running_loop().time() - started < 0.5
        holder.terminate()
    assert await taken(world) == {msisdn(n): 1 for n in (1, 2, 3)}


async def queue_up_again(queue: Queue) -> list[Row]:
    """The rows, once the database is back, has taken a second message, and both were sent."""
    async with asyncio.timeout(15):
        while True:
            try:
                await queue.put(msisdn(2), cause="whether it happened before or not")
                return await queue.until(lambda rows: [row["status"] for row in rows] == ["submitted"] * 2)
            except UNAVAILABLE:  # the pool still holds connections that ended
                await asyncio.sleep(0.02)
