"""The outbox, with the simulator over real HTTP and PostgreSQL: what is sent, what waits, what is tried again."""

import asyncio
from datetime import timedelta

import pytest

from gateway.events import ProviderAccount
from gateway.providers.africastalking import AfricasTalking
from tests.gateway.fake_provider import FakeProvider
from tests.gateway.message_queue import Queue, count_taken, msisdn_of, post_reports, running_outboxes, was_tried


async def test_a_message_is_sent_and_its_report_settles_it(queue: Queue, provider: FakeProvider) -> None:
    await queue.put(msisdn_of(1), text="Habari é")
    async with running_outboxes(queue.outbox(provider)):
        (row,) = await queue.wait_for_status("submitted")
        assert row["provider_message_id"].startswith("ATXid_")
        assert (row["provider"], row["cost"], row["tries"], row["why"]) == ("africastalking", "KES 0.8000", 1, None)
        assert row["submitted_at"] and not row["settled_at"] and not row["due_at"]
        await post_reports(queue, provider, await provider.receiver.posted("sms/reports", 2))
        (row,) = await queue.wait_for_status("delivered")
    assert row["settled_at"] and row["network_code"] == "99999"
    (text,) = await provider.get(f"inbox/{msisdn_of(1)}")
    assert text["text"] == "Habari é"


async def test_every_sign_of_a_text_arrives(queue: Queue, provider: FakeProvider) -> None:
    said = "".join(map(chr, range(32, 127))) + "\n%41 + é ß ع 😀\t"
    await queue.put(msisdn_of(1), text=said)
    async with running_outboxes(queue.outbox(provider)):
        await queue.wait_for_status("submitted")
    (text,) = await provider.get(f"inbox/{msisdn_of(1)}")
    assert text["text"] == said


async def test_the_sender_of_a_message_is_its_own(queue: Queue, provider: FakeProvider) -> None:
    await queue.put(msisdn_of(1), sender_id="SHAMBA")
    await queue.put(msisdn_of(2))
    async with running_outboxes(queue.outbox(provider)):
        await queue.wait_for_status("submitted")
    assert {text["to"]: text["from"] for text in await provider.get("accepted")} == {
        msisdn_of(1): "SHAMBA", msisdn_of(2): "AFRICASTKNG"
    }  # fmt: skip


async def test_the_same_text_to_many_is_one_call(queue: Queue, provider: FakeProvider) -> None:
    """One refused call refuses all its messages, and none of another text's call."""
    await provider.fault("throttle", times=1)
    await queue.put(*(msisdn_of(n) for n in range(30)), text="the same")
    async with running_outboxes(queue.outbox(provider)):
        rows = await queue.wait_for_status("queued", "submitted")
        await queue.wait_until(lambda rows: all(row["tries"] == 1 and row["status"] == "queued" for row in rows))
        await queue.put(msisdn_of(99), text="another")
        rows = await queue.wait_until(lambda rows: rows[-1]["status"] == "submitted")
    assert len(rows) == 31
    assert [row["status"] for row in rows[:30]] == ["queued"] * 30


async def test_the_same_text_twice_to_one_phone_is_two_messages(queue: Queue, provider: FakeProvider) -> None:
    await queue.put(msisdn_of(1), msisdn_of(1), msisdn_of(2))
    async with running_outboxes(queue.outbox(provider)):
        rows = await queue.wait_for_status("submitted")
    assert await count_taken(provider) == {msisdn_of(1): 2, msisdn_of(2): 1}
    assert len({row["provider_message_id"] for row in rows}) == 3


async def test_a_throttled_message_waits_and_goes_again(queue: Queue, provider: FakeProvider) -> None:
    await provider.fault("throttle", times=2)
    await queue.put(msisdn_of(1))
    async with running_outboxes(queue.outbox(provider)):
        for tries, seconds in ((1, 5), (2, 10)):
            (row,) = await queue.wait_until(was_tried("queued", tries))
            assert "429" in row["why"]
            tried_at = await queue.records.pool.fetchval("SELECT max(at) FROM sms_tries")
            assert timedelta(seconds=seconds) <= row["due_at"] - tried_at <= timedelta(seconds=seconds * 1.25)
            await queue.pass_time(seconds=seconds * 1.25)
        (row,) = await queue.wait_for_status("submitted")
    assert (row["tries"], row["why"]) == (3, None)
    assert await count_taken(provider) == {msisdn_of(1): 1}


@pytest.mark.parametrize(
    ("mode", "why"),
    [("throttle", "given up: HTTP 429"), ("error", "given up: HTTP 500"), ("unauthorized", "given up: HTTP 401")],
)
async def test_what_does_not_pass_is_given_up_and_says_why(
    queue: Queue, provider: FakeProvider, mode: str, why: str
) -> None:
    await provider.fault(mode)
    await queue.put(msisdn_of(1))
    async with running_outboxes(queue.outbox(provider, most_tries=3)):
        for tries in (1, 2):
            await queue.wait_until(was_tried("queued", tries))
            await queue.pass_time(hours=2)
        (row,) = await queue.wait_for_status("failed")
    assert row["why"].startswith(why)
    assert row["tries"] == 3 and row["settled_at"] and not row["due_at"]
    assert await count_taken(provider) == {}


@pytest.mark.reported("B34")
async def test_with_a_sender_that_is_not_ours_messages_wait_until_an_operator_has_mended_it(
    queue: Queue, provider: FakeProvider
) -> None:
    await provider.fault("invalid_sender", times=1)
    await queue.put(msisdn_of(1), sender_id="NOTOURS")
    async with running_outboxes(queue.outbox(provider)):
        (row,) = await queue.wait_until(was_tried("queued", 1))
        assert (row["why"], row["settled_at"]) == ("InvalidSenderId", None)
        await queue.pass_time(minutes=2)
        await queue.wait_for_status("submitted")


@pytest.mark.parametrize(("mode", "status"), [("unauthorized", "401"), ("no_money", "402")])
async def test_what_is_the_accounts_fault_makes_messages_wait_for_the_operator(
    queue: Queue, provider: FakeProvider, mode: str, status: str
) -> None:
    await provider.fault(mode, times=1)
    await queue.put(msisdn_of(1))
    async with running_outboxes(queue.outbox(provider)):
        (row,) = await queue.wait_until(was_tried("queued", 1))
        assert status in row["why"] and "any-key" not in row["why"]
        assert row["due_at"] - queue.clock() > timedelta(seconds=30), "the wait of an account, not of a provider"
        await queue.pass_time(minutes=2)
        await queue.wait_for_status("submitted")


async def test_each_of_many_gets_its_own_outcome(queue: Queue, provider: FakeProvider) -> None:
    rules = {msisdn_of(2): 406, msisdn_of(3): 405, msisdn_of(4): "Failed", msisdn_of(5): 999}
    await provider.fault("mixed", rules=rules, times=1)
    await queue.put(*(msisdn_of(n) for n in range(1, 6)))
    async with running_outboxes(queue.outbox(provider)):
        rows = await queue.wait_until(was_tried("submitted", 1))
        assert [row["status"] for row in rows] == ["submitted", "rejected", "queued", "submitted", "unconfirmed"]
        assert "UserInBlacklist" in rows[1]["why"] and "InsufficientBalance" in rows[2]["why"]
        await post_reports(queue, provider, await provider.receiver.posted("sms/reports", 4))
        rows = await queue.rows()
    assert [row["status"] for row in rows] == ["delivered", "rejected", "queued", "failed", "unconfirmed"]
    assert rows[3]["why"] == "DeliveryFailure"


@pytest.mark.parametrize("mode", ["drop", "drop_after_accept"])
async def test_a_lost_answer_leaves_it_unconfirmed_and_it_goes_again(
    queue: Queue, provider: FakeProvider, mode: str
) -> None:
    await provider.fault(mode, times=1)
    await queue.put(msisdn_of(1))
    async with running_outboxes(queue.outbox(provider)):
        (row,) = await queue.wait_for_status("unconfirmed")
        assert "no answer from the provider" in row["why"]
        assert timedelta(minutes=9) < row["due_at"] - queue.clock() <= timedelta(minutes=10)
        await queue.pass_time(minutes=9)
        await asyncio.sleep(0.1)
        assert (await queue.rows())[0]["status"] == "unconfirmed", "its report may still come"
        await queue.pass_time(minutes=1)
        (row,) = await queue.wait_for_status("submitted")
    assert row["tries"] == 2
    assert (await count_taken(provider))[msisdn_of(1)] == (1 if mode == "drop" else 2), (
        "it may arrive twice, but not never"
    )


async def test_an_answer_that_takes_too_long_is_a_lost_one(queue: Queue, provider: FakeProvider) -> None:
    await provider.fault("slow", seconds=1.0, times=1)
    await queue.put(msisdn_of(1))
    async with running_outboxes(queue.outbox(provider, timeout_seconds=0.2)):
        (row,) = await queue.wait_for_status("unconfirmed")
    assert "TimeoutError" in row["why"]


async def test_a_provider_that_cannot_be_reached_took_nothing(queue: Queue, provider: FakeProvider) -> None:
    await queue.put(msisdn_of(1))
    nowhere = AfricasTalking(ProviderAccount("sandbox", "any-key", base_url="http://127.0.0.1:9"))
    async with running_outboxes(queue.outbox_by({"africastalking": nowhere})):
        (row,) = await queue.wait_until(was_tried("queued", 1))
    assert row["why"] == "the provider could not be reached"
