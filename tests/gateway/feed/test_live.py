"""Live streams: what happens is told at once, by WebSocket and by server-sent events, and who was away goes on."""

import asyncio
from datetime import datetime
from typing import NoReturn
from uuid import UUID

import aiohttp
import orjson
import pytest
from aiohttp import WSCloseCode, WSMsgType

from gateway.feed import streams
from gateway.operators.sign_in import SignIn
from gateway.services import SERVICES
from tests.gateway.feed.reading import (
    Event,
    events_in,
    get_json,
    headers_of,
    live_by_server_sent_events,
    live_by_websocket,
    make_contract,
    note,
    once,
)  # fmt: skip
from tests.service import Service, open_service


async def next_events(socket: aiohttp.ClientWebSocketResponse, count: int) -> list[Event]:
    async with asyncio.timeout(30):
        return [orjson.loads((await socket.receive()).data) for _ in range(count)]


async def test_both_streams_tell_the_same_as_the_list(service: Service) -> None:
    async with live_by_websocket(service, worker=1) as socket, live_by_server_sent_events(service) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        await make_contract(service, 1)
        await service.sms_settled()
        listed = await once(service, lambda found: len(found) >= 24)
        assert await next_events(socket, len(listed)) == listed
        told = []
        async for event_id, event in events_in(answer):
            assert event_id == event["id"]
            told.append(event)
            if len(told) == len(listed):
                break
        assert told == listed


async def test_who_was_away_goes_on_behind_their_last_event(service: Service) -> None:
    await make_contract(service, 1)
    await service.sms_settled()
    listed = await once(service, lambda found: len(found) >= 24)  # with the last report of a delivery
    async with live_by_websocket(service, f"/v1/events/live?after={listed[4]['id']}") as socket:
        assert await next_events(socket, 5) == listed[5:10]
    last = {"Last-Event-ID": listed[-3]["id"]}
    async with live_by_server_sent_events(service, "/v1/events/live", 1, **last) as answer:
        again = events_in(answer)
        assert [(await anext(again))[1], (await anext(again))[1]] == listed[-2:]
        await note(service.db, "came.later")
        assert (await anext(again))[1]["type"] == "came.later", "an old stream becomes a live one"


async def test_who_comes_back_to_a_process_that_nobody_listened_to_misses_nothing(service: Service) -> None:
    many = "INSERT INTO audit_logs (chain_id, at, channel, action, details, act_id) SELECT"
    many += " gen_random_uuid(), now(), 'service', 'came', '{}', gen_random_uuid() FROM generate_series(1, 3000)"
    await note(service.db, "came")
    await once(service, lambda found: len(found) == 1)
    await service.db.execute(many)  # more than the tail keeps, and none of it was asked for by a stream
    async with asyncio.timeout(60):
        while (await get_json(service, "/v1/events?after=latest"))["next"] != "3001":  # noqa: ASYNC110 - over HTTP
            await asyncio.sleep(0.02)
    async with live_by_server_sent_events(service, "/v1/events/live?after=10") as answer, asyncio.timeout(60):
        told = events_in(answer)
        assert [int((await anext(told))[0]) for _ in range(2991)] == list(range(11, 3002))


async def test_one_contract_has_a_stream_of_its_own(service: Service) -> None:
    first = await make_contract(service, 1)
    async with live_by_websocket(service, f"/v1/contracts/{first}/live") as socket:
        second = await make_contract(service, 2)
        await note(service.db, "of.second", UUID(second))
        await note(service.db, "of.first", UUID(first))
        async with asyncio.timeout(30):
            while (event := orjson.loads((await socket.receive()).data))["type"] != "of.first":
                assert event["contract"]["id"] == first, "of the other contract"


@pytest.mark.parametrize("path", ["/v1/events", "/v1/events/live"])
@pytest.mark.parametrize(("after", "why"), [
    ("x", "should be the id of an event, or latest"), ("-1", "should be the id of an event, or latest"),
    ("1.5", "should be the id of an event, or latest"), ("", "should be the id of an event, or latest"),
    ("9" * 30, "should be the id of an event, or latest"), ("²", "should be the id of an event, or latest"),
    ("7000", "is behind the newest event, which is 0: was the record restored from a backup?"),
])  # fmt: skip
async def test_a_bad_after_is_named(service: Service, path: str, after: str, why: str) -> None:
    body = await get_json(service, f"{path}?after={after}", status=400)
    assert (body["field"], body["errors"][0]["why"]) == ("after", why)


async def test_what_is_no_query_of_the_feed_is_refused(service: Service) -> None:
    assert (await get_json(service, "/v1/events?limit=0", status=400))["field"] == "limit"
    assert (await get_json(service, "/v1/events?limit=1001", status=400))["field"] == "limit"
    assert (await get_json(service, "/v1/events/live?since=1", status=400))["field"] == "since"
    await get_json(service, "/v1/contracts/12345670/live", status=404)


async def test_nobody_listens_without_a_key(service: Service) -> None:
    for path in ("/v1/events", "/v1/events/live"):
        assert (await service.edge.request("GET", path)).status == 401
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect(f"{service.edge.url}/v1/events/live")
    assert refused.value.status == 401


async def test_a_stop_ends_all_streams_and_tells_websockets_to_come_back(database_url: str, redis_url: str) -> None:
    async with (
        open_service(database_url, redis_url) as service,
        aiohttp.ClientSession(headers=headers_of(service), timeout=aiohttp.ClientTimeout(total=30)) as http,
    ):
        url = f"{service.edge.url}/v1/events/live"
        socket, answer = await http.ws_connect(url), await http.get(url)
        closing = asyncio.create_task(service.apps[0].shutdown())
        assert (await socket.receive(30)).type is WSMsgType.CLOSE
        assert socket.close_code == WSCloseCode.GOING_AWAY
        assert (await answer.read()).startswith(b"retry: "), "it ended, and was not cut off"
        await closing
        async with asyncio.timeout(30):
            while service.apps[0][SERVICES].feed.streams:  # noqa: ASYNC110 - a counter tells nobody
                await asyncio.sleep(0.01)


async def test_a_stream_ends_once_its_key_is_no_longer_good(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "SIGN_OF_LIFE_SECONDS", 0.05)
    allowed = iter([True, True, False])

    async def still_allowed() -> bool:
        return next(allowed)

    found = [
        batch async for batch in streams.batches(service.apps[0][SERVICES].feed, 0, None, still_allowed)
    ]  # fmt: skip
    assert found == [[], []], "two signs of life"


async def test_a_websocket_whose_key_cannot_be_looked_up_is_closed(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """It must not stay open and tell nothing: its client would never come back."""
    monkeypatch.setattr(streams, "SIGN_OF_LIFE_SECONDS", 0.5)

    async def away(_operators: SignIn, _given: str, _api_key: str, _now: datetime) -> NoReturn:
        raise TimeoutError

    async with live_by_websocket(service) as socket:
        monkeypatch.setattr(SignIn, "find", away)
        closing = await socket.receive(30)
        assert (closing.type, closing.data) == (WSMsgType.CLOSE, WSCloseCode.GOING_AWAY)


async def test_a_client_that_does_not_read_holds_no_memory_and_misses_nothing(service: Service) -> None:
    """It reads nothing while thousands of events happen; then it has them all, in order."""
    feed = service.apps[0][SERVICES].feed
    async with live_by_server_sent_events(service) as answer:
        await service.db.execute(
            "INSERT INTO audit_logs (chain_id, at, channel, action, details, act_id) SELECT gen_random_uuid(), now(),"
            " 'service', 'flood.came', jsonb_build_object('words', repeat('x', 2000)), gen_random_uuid()"
            " FROM generate_series(1, 6000)"
        )
        await once(service, lambda found: len(found) >= 6000)
        await asyncio.sleep(0.5)
        assert len(feed._events) <= 2000, "what all readers share is bounded, too"
        ids = []
        async with asyncio.timeout(60):
            async for event_id, _ in events_in(answer):
                ids.append(int(event_id))
                if len(ids) == 6000:
                    break
    assert ids == list(range(1, 6001))
