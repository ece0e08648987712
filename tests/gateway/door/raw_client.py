"""A client that writes HTTP by hand, and a small application behind the door."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from aiohttp import web

from gateway.door.body import MAX_BODY_BYTES, read_body
from gateway.door.door import ConnectionLimits, Door
from gateway.middleware import answer_faults
from tests.door_server import DoorServer

_WITHIN_SECONDS = 30.0  # on a busy machine
_LARGE = bytes(32 * 1024**2)  # more than the network keeps for a client that does not read


class RawClient:
    """A client that writes what it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def ask(self, *lines: str, body: bytes = b"") -> tuple[str, str]:
        """Send a request; return the head and the body of its answer."""
        self.send("\r\n".join((*lines, "Host: t", "", "")).encode() + body)
        return await self.answer()

    async def ask_body(self, body: bytes) -> tuple[str, str]:
        """Send the body that is waited for; return the head and the body of the answer."""
        self.send(body)
        return await self.answer()

    def send(self, sent: bytes) -> None:
        self._writer.write(sent)

    async def answer(self) -> tuple[str, str]:
        async with asyncio.timeout(_WITHIN_SECONDS):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
            length = next(
                int(line.partition(":")[2]) for line in head.split("\r\n") if line.lower().startswith("content-length")
            )
            return head, (await self._reader.readexactly(length)).decode()

    async def line(self) -> bytes:
        async with asyncio.timeout(_WITHIN_SECONDS):
            return await self._reader.readline()

    async def is_closed(self) -> bool:
        """Wait for the other side to close."""
        async with asyncio.timeout(_WITHIN_SECONDS):
            try:
                return await self._reader.read() == b""
            except ConnectionError:
                return True

    async def close(self) -> None:
        self._writer.close()


class Behind:
    """A small application behind the door. `/read` reads its body, `/soon` waits less for it, `/hold` waits for
    `go_on`, `/large` gives what no network keeps."""

    def __init__(self, server: DoorServer, stack: AsyncExitStack, go_on: asyncio.Event) -> None:
        self.server = server
        self.go_on = go_on
        self._stack = stack

    async def client(self) -> RawClient:
        client = RawClient(*await asyncio.open_connection("127.0.0.1", self.server.port))
        self._stack.push_async_callback(client.close)
        return client

    async def client_that_does_not_read(self) -> RawClient:
        """Return a client that has read the first line of a large answer, and leaves the rest."""
        client = await self.client()
        client.send(b"GET /large HTTP/1.1\r\nHost: t\r\n\r\n")
        assert await client.line() == b"HTTP/1.1 200 OK\r\n"
        return client

    @property
    def server_side(self) -> Door:
        assert self.server.runner and isinstance(self.server.runner.server, Door)
        return self.server.runner.server

    async def is_empty(self) -> bool:
        """Wait until no connection is open here, and no body is waited for."""
        async with asyncio.timeout(_WITHIN_SECONDS):
            while self.server_side.connections:  # noqa: ASYNC110 - aiohttp has no event for it
                await asyncio.sleep(0.01)
        return True


@asynccontextmanager
async def open_door(limits: ConnectionLimits | None = None) -> AsyncIterator[Behind]:
    go_on = asyncio.Event()

    async def read(request: web.Request) -> web.Response:
        return web.Response(text=str(len(await read_body(request))))

    async def soon(request: web.Request) -> web.Response:
        return web.Response(text=str(len(await read_body(request, seconds=0.05))))

    async def hold(_request: web.Request) -> web.Response:
        await go_on.wait()
        return web.Response(text="held")

    async def large(_request: web.Request) -> web.Response:
        return web.Response(body=_LARGE)

    async def ignore(_request: web.Request) -> web.Response:
        return web.Response(text="ok")

    app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[answer_faults])
    app.add_routes(
        [
            web.post("/read", read),
            web.post("/soon", soon),
            web.get("/hold", hold),
            web.get("/large", large),
            web.route("*", "/ignore", ignore),
        ]
    )
    server = DoorServer(app, limits)
    async with AsyncExitStack() as stack, server:
        yield Behind(server, stack, go_on)
