"""The door: what it lets in, for how long, and what it never reads."""

import asyncio
import gzip
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from gateway.door import door as door_of
from gateway.door.body import MAX_BODY_BYTES
from gateway.door.door import ConnectionLimits
from tests.gateway.door.raw_client import Behind, open_door


@pytest_asyncio.fixture
async def door() -> AsyncIterator[Behind]:
    async with open_door() as door:
        yield door


@pytest.mark.parametrize("path", ["/ignore", "/read", "/nowhere"])
async def test_a_compressed_body_is_refused_on_every_path_and_never_read(door: Behind, path: str) -> None:
    client = await door.client()
    bomb = gzip.compress(bytes(10_000_000))
    head, body = await client.ask(
        f"POST {path} HTTP/1.1", "Content-Encoding: gzip", f"Content-Length: {len(bomb) + 1}", body=bomb
    )
    assert head.startswith("HTTP/1.1 415 ")
    assert '"title":"The body should have no Content-Encoding."' in body
    assert await client.is_closed()


async def test_a_body_that_is_announced_too_long_is_refused_unread(door: Behind) -> None:
    client = await door.client()
    head, _ = await client.ask("POST /read HTTP/1.1", f"Content-Length: {MAX_BODY_BYTES + 1}")
    assert head.startswith("HTTP/1.1 413 ")
    assert "Connection: close" in head
    assert await client.is_closed()


async def test_a_body_in_chunks_counts_too(door: Behind) -> None:
    client = await door.client()
    chunk = b"8000\r\n" + bytes(0x8000) + b"\r\n"
    head, _ = await client.ask("POST /read HTTP/1.1", "Transfer-Encoding: chunked", body=chunk * 3)
    assert head.startswith("HTTP/1.1 413 ")
    assert await client.is_closed()


async def test_a_body_in_pieces_is_read_and_the_connection_goes_on(door: Behind) -> None:
    client = await door.client()
    client.send(b"POST /read HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nab")
    client.send(b"cdGET /ignore HTTP/1.1\r\nHost: t\r\n\r\n")
    assert [(await client.answer())[1] for _ in range(2)] == ["4", "ok"]


@pytest.mark.parametrize("path", ["/ignore", "/nowhere"])
async def test_a_body_that_nobody_reads_closes_the_connection(door: Behind, path: str) -> None:
    client = await door.client()
    head, _ = await client.ask(f"POST {path} HTTP/1.1", "Content-Length: 9", body=b"half")
    assert "Connection: close" in head
    assert await client.is_closed()


async def test_a_connection_that_is_kept_alive_outlives_those_that_send_nothing() -> None:
    async with open_door(ConnectionLimits(2, None)) as door:
        kept = await door.client()
        assert (await kept.ask("GET /ignore HTTP/1.1"))[1] == "ok"
        silent = await door.client()
        assert (await (await door.client()).ask("GET /ignore HTTP/1.1"))[1] == "ok"
        assert await silent.is_closed()
        assert (await kept.ask("GET /ignore HTTP/1.1"))[1] == "ok"


async def test_only_who_reads_a_body_invites_it(door: Behind) -> None:
    expects = ("Expect: 100-continue", "Content-Length: 4")
    refused = await door.client()
    head, _ = await refused.ask("POST /nowhere HTTP/1.1", *expects)
    assert head.startswith("HTTP/1.1 404 ")
    invited = await door.client()
    invited.send("\r\n".join(("POST /read HTTP/1.1", "Host: t", *expects, "", "")).encode())
    assert [await invited.line(), await invited.line()] == [b"HTTP/1.1 100 Continue\r\n", b"\r\n"]
    invited.send(b"abcd")
    assert (await invited.answer())[1] == "4"


@pytest.mark.parametrize(("version", "expects"), [("1.0", "100-continue"), ("1.1", "a cake")])
async def test_who_cannot_be_invited_is_served_without_it(door: Behind, version: str, expects: str) -> None:
    client = await door.client()
    client.send(f"POST /read HTTP/{version}\r\nHost: t\r\nExpect: {expects}\r\nContent-Length: 4\r\n\r\n".encode())
    assert (await (await door.client()).ask("GET /ignore HTTP/1.1"))[1] == "ok", "by now the head has come"
    client.send(b"abcd")
    head, body = await client.answer()
    assert head.startswith(f"HTTP/{version} 200 ")
    assert body == "4"


async def test_a_body_that_does_not_come_is_given_up(door: Behind) -> None:
    client = await door.client()
    head, _ = await client.ask("POST /soon HTTP/1.1", "Content-Length: 4", body=b"ab")
    assert head.startswith("HTTP/1.1 408 ")
    assert await client.is_closed()


@pytest.mark.parametrize("head", [b"", b"GET /ignore HTTP/1.1\r\nHos"])
async def test_a_head_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch, head: bytes) -> None:
    monkeypatch.setattr(door_of, "HEAD_SECONDS", 0.05)
    monkeypatch.setattr(door_of, "_LOOKS_EVERY_SECONDS", 0.02)
    async with open_door() as door:
        client = await door.client()
        client.send(head)
        assert await client.is_closed()


async def test_a_head_that_does_not_end_is_not_kept(door: Behind) -> None:
    """Whether it is the first on its connection or comes later; a long one that ends is a request."""
    line = b"X: " + b"y" * 4000 + b"\r\n"
    fresh, kept_alive = await door.client(), await door.client()
    for _ in range(2):
        kept_alive.send(b"GET /ignore HTTP/1.1\r\nHost: t\r\n" + line * 7 + b"\r\n")
        assert (await kept_alive.answer())[1] == "ok"
    for client in (fresh, kept_alive):
        client.send(b"GET /ignore HTTP/1.1\r\n" + line * 9)
        assert await client.is_closed()


@pytest.mark.parametrize("lines", [b"X: y\r\n" * 65, b"X: " + b"y" * 4100 + b"\r\n"], ids=["many", "long"])
async def test_header_lines_are_bounded(door: Behind, lines: bytes) -> None:
    client = await door.client()
    client.send(b"GET /ignore HTTP/1.1\r\nHost: t\r\n" + lines + b"\r\n")
    assert (await client.answer())[0].startswith("HTTP/1.0 400 ")


async def test_a_long_answer_and_a_connection_kept_alive_are_not_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_of, "_LOOKS_EVERY_SECONDS", 0.02)
    async with open_door() as door:
        client, slow = await door.client(), await door.client()
        slow.send(b"GET /hold HTTP/1.1\r\nHost: t\r\n\r\n")
        assert (await client.ask("GET /ignore HTTP/1.1"))[1] == "ok", "by now both heads have come"
        monkeypatch.setattr(door_of, "HEAD_SECONDS", 0.05)
        gone = await door.client()
        assert await gone.is_closed(), "by now the others are older than a head may be"
        assert (await client.ask("GET /ignore HTTP/1.1"))[1] == "ok"
        door.go_on.set()
        assert (await slow.answer())[1] == "held"


async def test_an_answer_that_is_not_read_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_of, "UNREAD_SECONDS", 0.05)
    monkeypatch.setattr(door_of, "_LOOKS_EVERY_SECONDS", 0.02)
    async with open_door() as door:
        await door.client_that_does_not_read()
        assert await door.is_empty()


async def test_who_does_not_read_makes_room() -> None:
    async with open_door(ConnectionLimits(1, None)) as door:
        await door.client_that_does_not_read()
        assert (await (await door.client()).ask("GET /ignore HTTP/1.1"))[1] == "ok"


async def test_who_sends_requests_ahead_makes_room() -> None:
    async with open_door(ConnectionLimits(1, None)) as door:
        ahead = await door.client()
        ask = b" HTTP/1.1\r\nHost: t\r\n\r\n"
        ahead.send((b"GET /ignore" + ask) + (b"GET /hold" + ask) * 2)
        assert (await ahead.answer())[1] == "ok"
        assert (await (await door.client()).ask("GET /ignore HTTP/1.1"))[1] == "ok"


async def test_where_there_are_many_several_make_room_at_once() -> None:
    """To look through thousands for each new connection would cost milliseconds of it."""
    async with open_door(ConnectionLimits(128, None)) as door:
        kept_alive = [await door.client() for _ in range(128)]
        for client in kept_alive:
            assert (await client.ask("GET /ignore HTTP/1.1"))[1] == "ok"
        newest = [await door.client() for _ in range(3)]
        for client in newest:
            assert (await client.ask("GET /ignore HTTP/1.1"))[1] == "ok"
        assert [await client.is_closed() for client in kept_alive[:3]] == [True] * 3
        for client in kept_alive[3:]:
            assert (await client.ask("GET /ignore HTTP/1.1"))[1] == "ok"


@pytest.mark.parametrize("limits", [ConnectionLimits(2, None), ConnectionLimits(9, 2)], ids=["in all", "of an address"])
async def test_who_waits_makes_room_and_who_is_being_answered_does_not(limits: ConnectionLimits) -> None:
    async with open_door(limits) as door:
        idle, busy = await door.client(), await door.client()
        assert (await idle.ask("GET /ignore HTTP/1.1"))[1] == "ok"
        busy.send(b"GET /hold HTTP/1.1\r\nHost: t\r\n\r\n")
        second = await door.client()
        second.send(b"GET /hold HTTP/1.1\r\nHost: t\r\n\r\n")
        assert await idle.is_closed()
        third = await door.client()
        assert (await third.answer())[0].startswith("HTTP/1.1 503 ")
        door.go_on.set()
        assert [(await one.answer())[1] for one in (busy, second)] == ["held", "held"]
        assert (await (await door.client()).ask("GET /ignore HTTP/1.1"))[1] == "ok"


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /ignore HTTP/1.1\r\nHost: t\r\n\r\n",
        b"GET /nowhere HTTP/1.1\r\nHost: t\r\n\r\n",
        b"NOT HTTP AT ALL\r\n\r\n",
        b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: t\r\n\r\n",
        b"GET /ignore HTTP/1.1\r\nHost: t\r\nA b: c\r\n\r\n",
    ],
)
async def test_no_answer_names_the_software(door: Behind, sent: bytes) -> None:
    client = await door.client()
    client.send(sent)
    head, body = await client.answer()
    assert "\r\nserver:" not in head.lower()
    assert "x" * 99 not in body
    if " 400 " in head:
        assert "application/problem+json" in head


@pytest.mark.reported("B41")
async def test_a_stop_waits_for_answers_but_not_for_bodies() -> None:
    async with open_door() as door:
        half, held = await door.client(), await door.client()
        half.send(b"POST /read HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        assert await half.line() == b"HTTP/1.1 100 Continue\r\n"
        await half.line()
        held.send(b"GET /hold HTTP/1.1\r\nHost: t\r\n\r\n")
        assert (await (await door.client()).ask("GET /ignore HTTP/1.1"))[1] == "ok"
        closing = asyncio.create_task(door.server.close())
        assert (await half.answer())[0].startswith("HTTP/1.1 503 ")
        assert not closing.done()
        door.go_on.set()
        assert (await held.answer())[1] == "held"
        await closing
