"""Answers in the queue: sent from the number that their recipient wrote to, as long as its provider can."""

from datetime import timedelta
from uuid import uuid4

import pytest

from gateway.events import ProviderAccount
from gateway.outbox import Route
from gateway.outbox.reply_numbers import RefusedNumbers, providers_in_order, sender_of
from gateway.providers import Provider
from gateway.providers.africastalking import AfricasTalking
from gateway.providers.twilio import Twilio
from storage.outbox import ClaimedRow, OutboxRows
from tests.gateway.fake_provider import FakeProvider
from tests.gateway.message_queue import Queue, msisdn_of, running_outboxes, was_tried
from tests.gateway.twilio_account import SENDER, SID, TOKEN
from tests.storage.make_acts import NOON

NOWHERE = Twilio(ProviderAccount(SID, TOKEN, SENDER, "http://127.0.0.1:9"))
ROUTE = Route("+254", ("africastalking", "twilio"), "SHAMBA")


def claimed(sender_id: str | None, reply_provider: str | None, tries: int = 1) -> ClaimedRow:
    return ClaimedRow(uuid4(), "+254712345678", "hello", sender_id, tries, "help", "service", NOON, reply_provider)


@pytest.mark.parametrize(
    ("message", "in_order"),
    [
        (claimed(None, None), "africastalking twilio"),
        (claimed(None, None, tries=2), "twilio africastalking"),
        (claimed("22483", "africastalking"), "africastalking twilio"),
        (claimed(SENDER, "twilio"), "twilio africastalking"),
        (claimed(SENDER, "twilio", tries=2), "africastalking twilio"),
        (claimed("3344", "third"), "third africastalking twilio"),
        (claimed("3344", "third", tries=3), "twilio third africastalking"),
    ],
)
def test_the_provider_of_an_answer_comes_before_those_of_its_route(message: ClaimedRow, in_order: str) -> None:
    assert " ".join(providers_in_order(ROUTE, message)) == in_order


@pytest.mark.parametrize(
    ("message", "provider", "sender"),
    [
        (claimed(None, None), "twilio", "SHAMBA"),
        (claimed("OWN", None), "twilio", "OWN"),
        (claimed(SENDER, "twilio"), "twilio", SENDER),
        (claimed(SENDER, "twilio"), "africastalking", "SHAMBA"),
    ],
)
def test_no_other_provider_sends_from_the_number(message: ClaimedRow, provider: str, sender: str) -> None:
    assert sender_of(message, provider, ROUTE) == sender


def test_a_refused_number_is_tried_again_after_an_hour() -> None:
    refused, hour = RefusedNumbers(), timedelta(hours=1)
    assert refused.add("twilio", SENDER, NOON)
    assert not refused.add("twilio", SENDER, NOON), "it is known"
    assert refused.has("twilio", SENDER, NOON) and not refused.has("africastalking", SENDER, NOON)
    assert not refused.has("twilio", SENDER, NOON + hour)
    assert refused.add("twilio", SENDER, NOON + hour)
    for n in range(5000):
        refused.add("twilio", f"{n}", NOON)
    assert len(refused._until) <= 1000


async def test_while_the_provider_of_answers_is_out_of_order_they_go_by_the_route(
    queue: Queue, provider: FakeProvider
) -> None:
    providers: dict[str, Provider] = {"africastalking": provider.adapter, "twilio": NOWHERE}
    for n in range(30):
        await queue.put(msisdn_of(n), text=f"{n}", sender_id=SENDER, reply_provider="twilio")
    async with running_outboxes(queue.outbox_by(providers, in_flight=1)):
        await queue.wait_for_status("submitted")
        for n in range(30, 60):
            await queue.put(msisdn_of(n), text=f"{n}", sender_id=SENDER, reply_provider="twilio")
        rows = await queue.wait_for_status("submitted")
    assert {row["provider"] for row in rows} == {"africastalking"}
    assert sum(row["tries"] == 1 for row in rows if int(row["text"]) >= 30) >= 28, "a probe or two at most"
    assert {text["from"] for text in await provider.get("accepted")} == {"AFRICASTKNG"}


async def test_answers_of_an_account_that_is_gone_go_by_the_route(queue: Queue, provider: FakeProvider) -> None:
    await queue.put(msisdn_of(1), sender_id=SENDER, reply_provider="twilio")
    async with running_outboxes(queue.outbox(provider)):
        (row,) = await queue.wait_for_status("submitted")
    assert (row["provider"], row["reply_provider"], row["shortcode"], row["tries"]) == ("africastalking", None, None, 1)


async def test_without_another_provider_an_answer_waits_for_its_own_number(
    queue: Queue, provider: FakeProvider
) -> None:
    """A provider that is down says nothing about the number."""
    await provider.fault("error", times=1)
    await queue.put(msisdn_of(1), sender_id="22483", reply_provider="africastalking")
    async with running_outboxes(queue.outbox(provider)):
        await queue.wait_until(was_tried("queued", 1))
        await queue.pass_time(minutes=1)
        await queue.wait_for_status("submitted")
    assert [text["from"] for text in await provider.get("accepted")] == ["22483"]


@pytest.mark.parametrize("mode", ["no_money", "unauthorized"])
async def test_a_fault_of_the_account_waits_for_the_operator_and_keeps_the_number(
    queue: Queue, provider: FakeProvider, mode: str
) -> None:
    await provider.fault(mode, times=1)
    await queue.put(msisdn_of(1), sender_id="22483", reply_provider="africastalking")
    async with running_outboxes(queue.outbox(provider)):
        (row,) = await queue.wait_until(was_tried("queued", 1))
        assert row["due_at"] - queue.clock() > timedelta(seconds=30)
        await queue.pass_time(minutes=2)
        await queue.wait_for_status("submitted")
    assert [text["from"] for text in await provider.get("accepted")] == ["22483"]


async def test_the_usual_sender_that_is_refused_waits_for_the_operator_in_answers_too(
    queue: Queue, provider: FakeProvider
) -> None:
    """There is no other sender to fall to."""
    usual = AfricasTalking(ProviderAccount("sandbox", "any-key", "22483", provider.url))
    await provider.fault("invalid_sender", times=1)
    await queue.put(msisdn_of(1), sender_id="22483", reply_provider="africastalking")
    async with running_outboxes(queue.outbox_by({"africastalking": usual})):
        (row,) = await queue.wait_until(was_tried("queued", 1))
        assert row["due_at"] - queue.clock() > timedelta(seconds=30)
        await queue.pass_time(minutes=2)
        (row,) = await queue.wait_for_status("submitted")
    assert (row["tries"], row["shortcode"]) == (2, "22483")


async def test_a_dead_answer_is_sent_again_from_its_number(queue: Queue, provider: FakeProvider) -> None:
    await provider.fault("error")
    (dead,) = await queue.put(msisdn_of(1), sender_id=SENDER, reply_provider="twilio")
    providers: dict[str, Provider] = {"africastalking": provider.adapter, "twilio": provider.twilio}
    async with running_outboxes(queue.outbox_by(providers, most_tries=1)):
        await queue.wait_for_status("failed")
        await provider.fault("ok")
        assert await OutboxRows(queue.records.pool).resend(dead, uuid4(), queue.clock())
        await queue.wait_until(lambda rows: rows[-1]["status"] == "submitted")
    assert [text["from"] for text in await provider.get("accepted")] == [SENDER]


async def test_an_answer_from_the_usual_sender_keeps_its_pace(queue: Queue, provider: FakeProvider) -> None:
    """Whether a message names that sender or leaves it to the account: it is one sender."""
    usual = AfricasTalking(ProviderAccount("sandbox", "any-key", "22483", provider.url))
    await queue.put(msisdn_of(1), text="answer", sender_id="22483", reply_provider="africastalking")
    await queue.put(msisdn_of(2), text="notice")
    async with running_outboxes(queue.outbox_by({"africastalking": usual}, per_second=100.0)):
        await queue.wait_for_status("submitted")
    paced = await queue.records.pool.fetch("SELECT sender FROM sms_pace")
    assert [row["sender"] for row in paced] == ["africastalking:22483"]
