"""Bodies that are waited for: so many that come slowly cost nobody else anything, and an honest one is read."""

import asyncio

import pytest
from structlog.testing import capture_logs

from gateway.door import door as door_of
from gateway.door.door import ConnectionLimits
from tests.gateway.door.raw_client import RawClient, open_door

HALF = b"POST /read HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"


async def waiting(client: RawClient) -> RawClient:
    """Have the service wait for a body of this client."""
    client.send(HALF)
    assert [await client.line(), await client.line()] == [b"HTTP/1.1 100 Continue\r\n", b"\r\n"]
    return client


@pytest.mark.parametrize(
    ("limits", "status"),
    [(ConnectionLimits(bodies=2), 503), (ConnectionLimits(bodies_of_address=2), 429)],
    ids=["in all", "of an address"],
)
async def test_the_oldest_body_is_given_up_for_a_new_one(limits: ConnectionLimits, status: int) -> None:
    async with open_door(limits) as door:
        oldest, second, new = [await waiting(await door.client()) for _ in range(3)]
        head, body = await oldest.answer()
        assert head.startswith(f"HTTP/1.1 {status} ") and "too many bodies under way" in body
        assert await oldest.is_closed()
        for client in (second, new):
            client.send(b"abcd")
            assert (await client.answer())[1] == "4"
        assert (await (await waiting(new)).ask_body(b"abcd"))[1] == "4", "places become free again"


async def test_bodies_that_come_with_their_head_need_no_place() -> None:
    async with open_door(ConnectionLimits(bodies=1)) as door:
        slow = await waiting(await door.client())
        for _ in range(3):
            assert (await (await door.client()).ask("POST /read HTTP/1.1", "Content-Length: 4", body=b"abcd"))[1] == "4"
        slow.send(b"abcd")
        assert (await slow.answer())[1] == "4"


async def test_five_hundred_slow_bodies_hold_no_more_places_than_there_are() -> None:
    async with open_door(ConnectionLimits(bodies_of_address=20)) as door:
        clients = [await waiting(await door.client()) for _ in range(500)]
        given_up = [await client.answer() for client in clients[:480]]
        assert {head[9:12] for head, _ in given_up} == {"429"}
        assert len(door.server_side.bodies) == 20
        assert (await (await door.client()).ask("GET /ignore HTTP/1.1"))[1] == "ok"
        assert (await (await waiting(await door.client())).ask_body(b"abcd"))[1] == "4"


async def test_places_are_free_again_when_their_clients_leave() -> None:
    async with open_door() as door:
        clients = [await waiting(await door.client()) for _ in range(5)]
        assert len(door.server_side.bodies) == 5
        for client in clients:
            await client.close()
        assert await door.is_empty()
        assert len(door.server_side.bodies) == 0


async def test_bodies_that_were_given_up_are_counted_in_one_log_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_of, "_LOOKS_EVERY_SECONDS", 0.01)
    with capture_logs() as lines:
        async with asyncio.timeout(30), open_door(ConnectionLimits(bodies=1)) as door:
            for _ in range(4):
                await waiting(await door.client())
            while not lines:  # noqa: ASYNC110 - the log tells nobody
                await asyncio.sleep(0.01)
    assert sum(line["bodies_given_up"] for line in lines) <= 3
    assert [line["event"] for line in lines] == ["no room for connections"]
