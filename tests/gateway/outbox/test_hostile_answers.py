"""A provider that answers what it never would is down: it gets no more calls, and no message is lost.

Each begins with a fresh breaker and more messages than it lets through.
"""

import pytest

from contracts.fields.msisdn import Msisdn
from gateway.events import MtSms
from gateway.outbox.retry import UNCONFIRMED_FOR
from gateway.outgoing import MOST_BYTES, open_client, post
from tests.gateway.hostile_provider import (
    BOMB,
    Answer,
    accepted,
    drip,
    open_hostile_provider,
    pour,
    reset,
    says,
)
from tests.gateway.message_queue import Queue, msisdn_of, running_outboxes

MESSAGES = 30
LET_THROUGH = 5 + 8  # as many failures open the breaker, and as many calls are in flight meanwhile
ON_THE_WAY = {"queued", "unconfirmed"}

UNREADABLE = {
    "nothing": says(b""),
    "no content": says(b"", "204 No Content", Content_Length=None),
    "a web page": says(b"<html>We will be back soon</html>", Content_Type="text/html"),
    "a web page as a 400": says(b"<html>Bad Request</html>", "400 Bad Request"),
    "another form": says(b'["SMSMessageData"]'),
    "no recipient that was asked for": says(accepted(Msisdn("+254799999999")).replace(b"Recipients", b"Others")),
    "half of it": says(accepted(msisdn_of(1))[:60]),
    "a redirect": says(b"", "307 Temporary Redirect", Location="/elsewhere"),
    "not found": says(b"Not Found", "404 Not Found"),
    "a bomb": says(BOMB, "201 Created", Content_Encoding="gzip"),
    "too much": says(b" " * (MOST_BYTES + 1) + accepted(msisdn_of(1))),
    "no end": pour,
    "a reset": reset,
    "a drip": drip,
}


@pytest.mark.parametrize("answer", UNREADABLE.values(), ids=UNREADABLE.keys())
async def test_an_answer_nobody_can_read_stops_the_calls_and_loses_no_message(queue: Queue, answer: Answer) -> None:
    for n in range(MESSAGES):
        await queue.put(msisdn_of(n), text=f"text {n}")  # of one text each, so that each is a call
    async with (
        open_hostile_provider(answer) as hostile,
        running_outboxes(queue.outbox_by({"africastalking": hostile.adapter}, timeout_seconds=1.0)),
    ):
        rows = await queue.wait_until(lambda rows: all(row["status"] in ON_THE_WAY and row["why"] for row in rows))
        tried = [row for row in rows if row["tries"]]
        assert 5 <= len(tried) <= LET_THROUGH
        assert {row["why"] for row in rows if not row["tries"]} == {"no provider is in order"}
        assert len(hostile.requests) <= LET_THROUGH + 1, "and perhaps a probe"


async def test_messages_go_when_the_provider_is_in_order_again(queue: Queue) -> None:
    async with open_hostile_provider(says(b"<html>", Content_Type="text/html")) as hostile:
        await queue.put(msisdn_of(1))
        async with running_outboxes(queue.outbox_by({"africastalking": hostile.adapter})):
            (row,) = await queue.wait_for_status("unconfirmed")
            assert row["why"] == "HTTP 200, unreadable body"
            hostile.answer = says(accepted(msisdn_of(1)), "201 Created")
            await queue.pass_time(seconds=UNCONFIRMED_FOR.total_seconds() + 1)
            (row,) = await queue.wait_for_status("submitted")
    assert (row["tries"], row["why"]) == (2, None)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_a_key_goes_to_no_other_host(status: str) -> None:
    async with open_hostile_provider(says(accepted(msisdn_of(1)))) as thief:
        redirect = says(b"", status, Location=f"{thief.url}/version1/messaging")
        async with open_hostile_provider(redirect) as hostile, open_client(2.0) as http:
            answer = await post(http, hostile.adapter.render_mt(MtSms((msisdn_of(1),), "Hello")))
    assert answer.status == int(status[:3]) and thief.requests == []


async def test_an_answer_without_end_is_read_to_its_bound_and_no_encoding_is_asked_for_or_undone() -> None:
    call = MtSms((msisdn_of(1),), "Hello")
    async with open_hostile_provider(pour) as hostile, open_client(10.0) as http:
        assert (await post(http, hostile.adapter.render_mt(call))).body == b""
        hostile.answer = says(BOMB, "201 Created", Content_Encoding="gzip")
        assert (await post(http, hostile.adapter.render_mt(call))).body == BOMB, "as it came"
    assert all(b"Accept-Encoding: identity\r\n" in request for request in hostile.requests)
