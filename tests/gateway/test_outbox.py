"""The outbox, through the double's real HTTP and a real PostgreSQL: what is sent, what waits, what goes again."""

import asyncio
from datetime import timedelta

import pytest

from gateway.events import ProviderAccount
from gateway.providers.africastalking import AfricasTalking
from tests.gateway.double import World
from tests.gateway.queueing import Queue, is_again, msisdn, report, taken, working


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


async def test_every_sign_of_a_text_arrives(queue: Queue, world: World) -> None:
    said = "".join(map(chr, range(32, 127))) + "\n%41 + é ß ع 😀\t"
    await queue.put(msisdn(1), text=said)
    async with working(queue.outbox(world)):
        await queue.all_are("submitted")
    (text,) = await world.get(f"inbox/{msisdn(1)}")
    assert text["text"] == said


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
        for tries, seconds in ((1, 5), (2, 10)):
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
        await queue.later(minutes=2)
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
    nowhere = AfricasTalking(ProviderAccount("sandbox", "any-key", base_url="http://127.0.0.1:9"))
    async with working(queue.outbox_by({"africastalking": nowhere})):
        (row,) = await queue.until(is_again("queued", 1))
    assert row["why"] == "the provider could not be reached"
