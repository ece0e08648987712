"""The queue: priorities, STOP, expiry, quiet hours, routes, lost answers, dead messages sent again."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from functools import partial
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from structlog.testing import capture_logs

from gateway.events import ProviderAccount
from gateway.outbox import Route
from gateway.providers import Provider
from gateway.providers.africastalking import AfricasTalking
from storage.acts.rows import Act, MoOnce, PersonRow
from storage.outbox import OutboxRows, ResultRow
from tests.gateway.fake_provider import FakeProvider, Post
from tests.gateway.message_queue import Queue, Row, count_taken, msisdn_of, post_reports, running_outboxes, was_tried

NOWHERE = AfricasTalking(ProviderAccount("sandbox", "any-key", base_url="http://127.0.0.1:9"))


async def set_opt_out(queue: Queue, number: str, *, stop: bool = True) -> None:
    person = PersonRow(uuid4(), number, opts_out=stop)
    assert await queue.records.apply(
        Act(uuid4(), queue.clock(), "sms", mo=MoOnce("test", uuid4().hex), people=(person,))
    )


async def tries_of(queue: Queue, message_id: UUID) -> list[tuple[int, str, str]]:
    rows = await queue.records.pool.fetch("SELECT * FROM sms_tries WHERE message_id = $1 ORDER BY n", message_id)
    return [(row["n"], row["outcome"], row["provider"] or "-") for row in rows]


async def test_what_is_urgent_goes_first(queue: Queue, provider: FakeProvider) -> None:
    for n, priority in enumerate((9, 5, 1, 5, 9, 1)):
        await queue.put(msisdn_of(n), text=f"{priority}", priority=priority)
    async with running_outboxes(queue.outbox(provider, in_flight=1)):
        await queue.wait_for_status("submitted")
    assert [text["text"] for text in await provider.get("accepted")] == ["1", "1", "5", "5", "9", "9"]


async def test_a_number_gets_one_message_at_a_time_in_order(queue: Queue, provider: FakeProvider) -> None:
    """An hour between two messages to a number, which does not pass until the test lets it pass."""
    for n in range(3):
        await queue.put(msisdn_of(1), text=f"{n}")
    await queue.put(msisdn_of(2), text="another's")
    async with running_outboxes(queue.outbox(provider, number_gap=timedelta(hours=1))):
        for left in ({"1", "2"}, {"2"}, set[str]()):
            await queue.wait_until(partial(are_left, left))
            await queue.pass_time(hours=1)
    texts = [str(text["text"]) for text in await provider.get("accepted")]
    assert [text for text in texts if text.isdecimal()] == ["0", "1", "2"]
    assert texts.index("another's") < texts.index("1"), "who waits holds up nobody else"


def are_left(left: set[str], rows: list[Row]) -> bool:
    """Whether just these texts wait, and every other one is sent."""
    is_sending = any(row["status"] == "sending" for row in rows)
    return not is_sending and {row["text"] for row in rows if row["status"] == "queued"} == left


async def test_after_stop_only_what_a_contract_hangs_on_goes_out(queue: Queue, provider: FakeProvider) -> None:
    await queue.put(msisdn_of(1), text="advertisement", message_class="promotional", priority=9)
    await queue.put(msisdn_of(1), text="reminder", message_class="service", kind="reminder")
    await queue.put(msisdn_of(1), text="help", message_class="service", kind="help")
    await queue.put(msisdn_of(1), text="consent", message_class="critical", priority=1)
    await set_opt_out(queue, msisdn_of(1))
    async with running_outboxes(queue.outbox(provider)):
        rows = await queue.wait_for_status("submitted", "rejected")
        assert {row["text"]: row["status"] for row in rows} == {
            "advertisement": "rejected", "reminder": "rejected", "consent": "submitted", "help": "submitted"
        }  # fmt: skip
        assert {row["why"] for row in rows} == {None, "this person wants no such messages"}
        await set_opt_out(queue, msisdn_of(1), stop=False)
        await queue.put(msisdn_of(1), text="welcome back", message_class="service")
        await queue.wait_until(lambda rows: rows[-1]["status"] == "submitted")


async def test_what_is_late_is_not_sent(queue: Queue, provider: FakeProvider) -> None:
    soon = queue.clock() + timedelta(seconds=30)
    await queue.put(msisdn_of(1), expires_at=queue.clock() - timedelta(seconds=1))
    await provider.fault("error", times=1)
    await queue.put(msisdn_of(2), expires_at=soon)
    async with running_outboxes(queue.outbox(provider)):
        await queue.wait_until(lambda rows: rows[1]["status"] == "queued" and rows[1]["tries"] == 1)
        await queue.pass_time(minutes=1)
        rows = await queue.wait_for_status("expired")
    assert [row["why"] for row in rows] == [
        "it could not be sent in time",
        "it could not be sent in time: HTTP 500 There was an internal server error.",
    ]
    assert all(row["settled_at"] for row in rows) and not await count_taken(provider)


async def test_what_can_wait_waits_for_the_morning_and_a_consent_does_not(queue: Queue, provider: FakeProvider) -> None:
    now = datetime.now(UTC)
    night = (time((now.hour + 2) % 24), time((now.hour + 5) % 24))  # Nairobi is three hours ahead
    await queue.put(msisdn_of(1), text="buy", message_class="promotional", priority=9)
    await queue.put(msisdn_of(2), text="remember", kind="remind_delivery", message_class="critical", priority=5)
    await queue.put(msisdn_of(3), text="consent", message_class="critical", priority=1)
    async with running_outboxes(queue.outbox(provider, quiet_hours=night)):
        await queue.wait_until(lambda rows: rows[2]["status"] == "submitted" and rows[0]["why"] and rows[1]["why"])
        for held in (await queue.rows())[:2]:
            assert (held["status"], held["tries"], held["why"]) == ("queued", 0, "held for quiet hours")
            assert held["due_at"].astimezone(UTC).hour == (now.hour + 2) % 24
        await queue.pass_time(hours=3)
        await queue.wait_for_status("submitted")


async def test_a_provider_that_cannot_be_reached_is_stood_in_for_at_once(queue: Queue, provider: FakeProvider) -> None:
    (message_id,) = await queue.put(msisdn_of(1))
    async with running_outboxes(queue.outbox_by({"africastalking": NOWHERE, "twilio": provider.twilio})):
        (row,) = await queue.wait_for_status("submitted")
    assert (row["provider"], row["tries"]) == ("twilio", 2)
    assert await tries_of(queue, message_id) == [(1, "later", "africastalking"), (2, "accepted", "twilio")]


async def test_a_provider_out_of_order_is_left_alone(queue: Queue, provider: FakeProvider) -> None:
    for n in range(30):
        await queue.put(msisdn_of(n), text=f"{n}")
    async with running_outboxes(queue.outbox_by({"africastalking": NOWHERE, "twilio": provider.twilio}, in_flight=1)):
        await queue.wait_for_status("submitted")
        for n in range(30, 60):
            await queue.put(msisdn_of(n), text=f"{n}")
        rows = await queue.wait_for_status("submitted")
    later = [row for row in rows if int(row["text"]) >= 30]
    assert {row["provider"] for row in rows} == {"twilio"}
    assert sum(row["tries"] == 1 for row in later) >= 28, "no more than a probe or two went to the broken one"


async def test_with_nobody_in_order_messages_wait_and_lose_no_try(queue: Queue, provider: FakeProvider) -> None:
    for n in range(12):
        await queue.put(msisdn_of(n), text=f"{n}")
    async with running_outboxes(queue.outbox_by({"africastalking": NOWHERE}, in_flight=1)):
        rows = await queue.wait_until(lambda rows: any(row["why"] == "no provider is in order" for row in rows))
    assert sum(row["tries"] for row in rows) < 12


async def test_each_country_has_its_way(queue: Queue, provider: FakeProvider) -> None:
    providers: dict[str, Provider] = {"africastalking": provider.adapter, "twilio": provider.twilio}
    uganda = Route("+256", ("twilio",), "+256200123456")
    await queue.put(msisdn_of(1), text="Kenya")
    await queue.put("+256712345678", text="Uganda")
    async with running_outboxes(queue.outbox_by(providers, uganda)):
        rows = await queue.wait_for_status("submitted")
    assert {row["text"]: row["provider"] for row in rows} == {"Kenya": "africastalking", "Uganda": "twilio"}
    assert {text["text"]: text["from"] for text in await provider.get("accepted")} == {
        "Kenya": "AFRICASTKNG", "Uganda": "+256200123456"
    }  # fmt: skip


async def test_a_dead_letter_is_sent_again_once_as_a_new_message(queue: Queue, provider: FakeProvider) -> None:
    await provider.fault("mixed", rules={msisdn_of(1): 403}, times=1)  # no phone number
    (old,) = await queue.put(msisdn_of(1))
    rows, new = OutboxRows(queue.records.pool), uuid4()
    assert not await rows.resend(old, new, queue.clock()), "it is not dead"
    async with running_outboxes(queue.outbox(provider)):
        await queue.wait_for_status("rejected")
        both = await asyncio.gather(rows.resend(old, new, queue.clock()), rows.resend(old, uuid4(), queue.clock()))
        assert sorted(both) == [False, True]
        await queue.wait_for_status("rejected", "submitted")
    story = await rows.message(old)
    assert story and story["status"] == "rejected" and story["resent_as"]
    assert await count_taken(provider) == {msisdn_of(1): 1}


async def test_a_report_finds_the_send_whose_answer_was_lost(queue: Queue, provider: FakeProvider) -> None:
    await provider.fault("drop_after_accept", times=1)
    (message_id,) = await queue.put(msisdn_of(1))
    async with running_outboxes(queue.outbox(provider)):
        await queue.wait_for_status("unconfirmed")
        await post_reports(queue, provider, await provider.receiver.posted("sms/reports", 2))
        (row,) = await queue.wait_for_status("delivered")
        await queue.pass_time(hours=1)
        await asyncio.sleep(0.1)
    assert row["provider_message_id"] and not row["due_at"]
    assert await count_taken(provider) == {msisdn_of(1): 1}, "not sent again"
    assert await tries_of(queue, message_id) == [(1, "unsure", "africastalking")]


async def test_so_does_a_report_that_came_before_the_answer_was_lost(queue: Queue, provider: FakeProvider) -> None:
    await provider.fault("slow", seconds=4.0, times=1)
    await queue.put(msisdn_of(1))
    async with running_outboxes(queue.outbox(provider)):
        await post_reports(queue, provider, await provider.receiver.posted("sms/reports", 2))
        assert (await queue.rows())[0]["status"] == "sending"
        await queue.wait_for_status("delivered")


async def test_a_report_that_could_be_of_two_is_of_neither(queue: Queue, provider: FakeProvider) -> None:
    await queue.put(msisdn_of(1), text="first")
    await queue.put(msisdn_of(1), text="second")
    await queue.records.pool.execute("UPDATE sms_logs SET status = 'unconfirmed', provider = 'africastalking'")
    post = Post("sms/reports", {}, f"id=ATXid_1&status=Success&phoneNumber=%2B{msisdn_of(1)[1:]}")
    await post_reports(queue, provider, [post])
    assert {row["status"] for row in await queue.rows()} == {"unconfirmed"}


async def test_a_report_finds_what_was_given_up_because_nobody_knew(queue: Queue, provider: FakeProvider) -> None:
    await provider.fault("drop_after_accept", times=1)
    await queue.put(msisdn_of(1), message_class="promotional")
    async with running_outboxes(queue.outbox(provider)):
        (row,) = await queue.wait_for_status("failed")
        assert "nobody knows whether it arrived" in row["why"]
        await post_reports(queue, provider, await provider.receiver.posted("sms/reports", 2))
        (row,) = await queue.wait_for_status("delivered")
    assert row["provider_message_id"] and row["why"] is None


async def test_so_does_one_that_came_before_it_was_given_up(queue: Queue, provider: FakeProvider) -> None:
    await provider.fault("slow", seconds=4.0, times=1)
    await queue.put(msisdn_of(1), message_class="promotional")
    async with running_outboxes(queue.outbox(provider)):
        await post_reports(queue, provider, await provider.receiver.posted("sms/reports", 2))
        assert (await queue.rows())[0]["status"] == "sending"
        await queue.wait_for_status("delivered")


async def test_a_report_does_not_find_what_surely_was_not_taken(queue: Queue, provider: FakeProvider) -> None:
    await provider.fault("error")
    await queue.put(msisdn_of(1))
    async with running_outboxes(queue.outbox(provider, most_tries=1)):
        await queue.wait_for_status("failed")
        post = Post("sms/reports", {}, f"id=ATXid_1&status=Success&phoneNumber=%2B{msisdn_of(1)[1:]}")
        await post_reports(queue, provider, [post])
    assert {row["status"] for row in await queue.rows()} == {"failed"}


async def test_what_waits_for_one_number_is_not_written_anew_for_each_that_is_sent(queue: Queue) -> None:
    """A hundred and fifty messages to one number, a second apart and at most thirty an hour."""
    ids = await queue.put(*[msisdn_of(1)] * 150)
    rows, gap = OutboxRows(queue.records.pool), timedelta(seconds=1)
    sent, postponed, began = list[UUID](), 0, queue.clock()
    while len(sent) < len(ids):
        now = queue.clock()
        claim = await rows.claim(now, 100, now + timedelta(seconds=30), gap=gap, hourly=30)
        postponed += sum(map(len, claim.unsent.values()))
        assert len(claim.rows) <= 1
        for message in claim.rows:
            sent.append(message.id)
            taken = ResultRow(
                message.id, message.msisdn, message.tries, now, "submitted", "accepted", provider="at",
                message_id=str(message.id),
            )  # fmt: skip
            await rows.finish(taken)
        if not claim.rows and not claim.unsent:
            due = await rows.next_due()
            assert due and due > now
            await queue.pass_time(seconds=(due - now).total_seconds())
    assert sorted(sent) == sorted(ids)
    assert postponed < 3 * len(ids)
    assert queue.clock() - began < timedelta(hours=6), "thirty an hour are sent, and hardly less"


async def test_what_may_go_now_does_not_wait_behind_what_goes_tomorrow(queue: Queue) -> None:
    """Two answers at once to a number, for which one message waits until the morning, and others as it got too many."""
    rows, gap = OutboxRows(queue.records.pool), timedelta(seconds=1)
    await queue.put(msisdn_of(1), not_before=queue.clock() + timedelta(hours=10))
    await queue.put(*[msisdn_of(1)] * 3, message_class="service", priority=9)
    urgent = await queue.put(*[msisdn_of(1)] * 4, message_class="critical", priority=1)
    now = queue.clock()
    first = await rows.claim(now, 100, now + timedelta(seconds=30), gap=gap, hourly=60)
    assert first.rows[0].id in urgent and len(first.rows) == 1
    found = await queue.rows()
    waiting = sorted(row["due_at"] - now for row in found if row["id"] in urgent and row["due_at"])
    assert waiting == [gap, 2 * gap, 3 * gap]
    assert all(row["due_at"] - now < timedelta(minutes=1) for row in found if row["priority"] == 9)


async def test_a_message_that_kills_its_sender_is_given_up(queue: Queue, provider: FakeProvider) -> None:
    (message_id,) = await queue.put(msisdn_of(1), message_class="service")
    rows = OutboxRows(queue.records.pool)
    for _ in range(2):
        now = queue.clock()
        claim = await rows.claim(now, 10, now + timedelta(seconds=5), gap=timedelta(seconds=1), hourly=60)
        assert [message.id for message in claim.rows] == [message_id]
        await queue.pass_time(seconds=6)
        await rows.expire_leases(queue.clock(), queue.clock(), {"service": 2, "critical": 8, "promotional": 1})
    (row,) = await queue.rows()
    assert (row["status"], row["why"]) == ("failed", "given up: the sender stopped before it had an answer")
    assert await tries_of(queue, message_id) == [(1, "unsure", "-"), (2, "unsure", "-")]


async def test_a_message_nobody_reports_on_is_given_up_in_the_end(queue: Queue, provider: FakeProvider) -> None:
    await provider.fault("silent_reports")
    await queue.put(msisdn_of(1))
    async with running_outboxes(queue.outbox(provider)):
        await queue.wait_for_status("submitted")
        await queue.pass_time(hours=49)
        (row,) = await queue.wait_for_status("expired")
    assert row["why"] == "the provider never reported on it" and row["settled_at"]


async def test_two_sends_under_one_id_are_told_apart(queue: Queue, provider: FakeProvider) -> None:
    """The provider gives the same id twice: the second message is final, and its row says that no report will come."""
    ids = await queue.put(msisdn_of(1), msisdn_of(2))
    for message_id in ids:
        await queue.record_submitted(message_id, "ATXid_same")
    assert [(row["status"], row["why"]) for row in await queue.rows()] == [
        ("submitted", None), ("expired", "taken, but under an id that another message has")
    ]  # fmt: skip


async def test_an_hours_fill_of_messages_waits(queue: Queue, provider: FakeProvider) -> None:
    for n in range(4):
        await queue.put(msisdn_of(1), text=f"{n}", message_class="service")
    async with running_outboxes(queue.outbox(provider, hourly_per_number=2)):
        rows = await queue.wait_until(lambda rows: sum(row["status"] == "submitted" for row in rows) == 2)
        await queue.pass_time(seconds=3)
        await asyncio.sleep(0.2)
        rows = await queue.rows()
        assert [row["status"] for row in rows] == ["submitted", "submitted", "queued", "queued"]
        await queue.pass_time(hours=2)
        await queue.wait_until(was_tried("submitted", 1))


async def test_an_outbox_that_cannot_listen_says_so_sends_all_the_same_and_stops_in_order(
    queue: Queue, provider: FakeProvider
) -> None:
    """As when the password was changed, and the connections from before live on."""
    nowhere = urlsplit(queue.url)._replace(path="/no_such_database").geturl()
    await queue.put(msisdn_of(1))
    with capture_logs() as lines:
        async with running_outboxes(queue.outbox(provider, database_url=nowhere)):
            await queue.wait_for_status("submitted")
            async with asyncio.timeout(60):
                while "InvalidCatalogNameError" not in repr(lines):  # noqa: ASYNC110 - the other side is a database
                    await asyncio.sleep(0.01)
