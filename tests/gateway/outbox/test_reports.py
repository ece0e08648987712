"""Delivery reports: early, late, twice, in any order, and about unknown messages."""

import asyncio
from itertools import permutations

import pytest

from tests.gateway.fake_provider import FakeProvider, Post
from tests.gateway.message_queue import Queue, msisdn_of, post_reports, running_outboxes

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
async def test_reports_settle_it_however_they_come(
    queue: Queue, provider: FakeProvider, order: list[int], early: bool
) -> None:
    if early:
        await provider.fault("slow", seconds=0.3, times=1)
    await queue.put(msisdn_of(1))
    async with running_outboxes(queue.outbox(provider)):
        posts = await provider.receiver.posted("sms/reports", 2)
        if early:
            assert (await queue.rows())[0]["status"] == "sending"
        else:
            await queue.wait_for_status("submitted")
        await post_reports(queue, provider, [posts[which] for which in order])
        (row,) = await queue.wait_for_status("delivered")
        settled_at = row["settled_at"]
        await post_reports(queue, provider, posts)
        (row,) = await queue.rows()
    assert (row["status"], row["settled_at"], row["why"]) == ("delivered", settled_at, None)
    assert await queue.records.pool.fetchval("SELECT count(*) FROM sms_reports") == len(set(order) | {SENT, SUCCESS})


@pytest.mark.parametrize(
    ("words", "final"),
    [
        (("Sent", "Submitted", "Buffered", "Success"), "delivered"),
        (("Sent", "Failed", "Success"), "delivered"),
        (("Rejected", "Failed", "Something new"), "rejected"),
        (("AbsentSubscriber", "Expired", "Buffered"), "failed"),
        (("Expired", "Sent"), "expired"),
    ],
)
async def test_every_order_of_reports_comes_to_the_same(
    queue: Queue, provider: FakeProvider, words: tuple[str, ...], final: str
) -> None:
    """An msisdn for each order of statuses, each status twice; half of them come before the send is recorded."""
    orders = list(permutations(words))
    ids = await queue.put(*(msisdn_of(n) for n in range(len(orders))))
    for n, order in enumerate(orders):
        body = f"id=ATXid_{n}&phoneNumber=%2B{msisdn_of(n)[1:]}&status="
        posts = [Post("sms/reports", {}, body + word.replace(" ", "+")) for word in (*order, *reversed(order))]
        await post_reports(queue, provider, posts[: len(words) // 2])
        await queue.record_submitted(ids[n], f"ATXid_{n}")
        await post_reports(queue, provider, posts[len(words) // 2 :])
    rows = await queue.rows()
    assert {row["status"] for row in rows} == {final}
    kept = await queue.records.pool.fetchval("SELECT count(*) FROM sms_reports")
    assert kept == len(orders) * len(words), "every word is kept, once"


async def test_a_report_about_nothing_of_ours_is_kept_and_moves_nothing(queue: Queue, provider: FakeProvider) -> None:
    await queue.put(msisdn_of(1))
    post = Post("sms/reports", {}, "id=ATXid_unknown&status=Success&phoneNumber=%2B254700000001")
    await post_reports(queue, provider, [post])
    (row,) = await queue.rows()
    assert row["status"] == "queued"


async def test_reports_at_the_moment_at_which_the_send_is_recorded(queue: Queue, provider: FakeProvider) -> None:
    """Each comes twice at once, from two processes."""
    numbers = range(40)
    ids = await queue.put(*map(msisdn_of, numbers))
    posts = [Post("sms/reports", {}, f"id=ATXid_{n}&status=Success&phoneNumber=%2B{msisdn_of(n)[1:]}") for n in numbers]
    recorded = (queue.record_submitted(ids[n], f"ATXid_{n}") for n in numbers)
    await asyncio.gather(post_reports(queue, provider, posts), *recorded, post_reports(queue, provider, posts))
    assert {row["status"] for row in await queue.rows()} == {"delivered"}
    assert await queue.records.pool.fetchval("SELECT count(*) FROM sms_reports") == len(numbers)


async def test_a_report_that_could_be_of_two_is_used_once_the_other_has_its_own(
    queue: Queue, provider: FakeProvider
) -> None:
    (lost,), (other,) = await queue.put(msisdn_of(1), text="lost"), await queue.put(msisdn_of(1), text="other")
    sql = "UPDATE sms_logs SET status = 'unconfirmed', provider = 'africastalking' WHERE id = ANY ($1)"
    await queue.records.pool.execute(sql, [lost, other])
    about = "&status=Success&phoneNumber=%2B" + msisdn_of(1)[1:]
    await post_reports(queue, provider, [Post("sms/reports", {}, "id=ATXid_lost" + about)])
    assert {row["status"] for row in await queue.rows()} == {"unconfirmed"}
    await queue.record_submitted(other, "ATXid_other")
    await post_reports(queue, provider, [Post("sms/reports", {}, "id=ATXid_other" + about)])
    rows = await queue.rows()
    assert [(row["status"], row["provider_message_id"]) for row in rows] == [
        ("delivered", "ATXid_lost"), ("delivered", "ATXid_other")
    ]  # fmt: skip
