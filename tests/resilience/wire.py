"""A wire that stands between the service and a server of its own, and can go silent, be cut, and heal."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit, urlunsplit


@dataclass
class Wire:
    """Listens on `port`. Silent, it takes connections and what is said on them, and nothing ever comes back."""

    port: int
    flows: asyncio.Event = field(default_factory=asyncio.Event)
    is_cut: bool = False
    ends: set[asyncio.StreamWriter] = field(default_factory=set)

    def goes_silent(self) -> None:
        self.flows.clear()

    def is_taken_down(self) -> None:
        """Every connection breaks, and no other can be had."""
        self.is_cut = True
        for end in self.ends:
            end.transport.abort()

    def heals(self) -> None:
        self.is_cut = False
        self.flows.set()


@asynccontextmanager
async def wire_to(socket: str, host: str | None, port: int) -> AsyncIterator[Wire]:
    """A wire on 127.0.0.1 to where `host` listens, or without one, to a unix socket."""
    talks: set[asyncio.Task[None]] = set()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while said := await reader.read(65536):
            await wire.flows.wait()
            writer.write(said)
            await writer.drain()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        talks.add(task)
        task.add_done_callback(talks.discard)
        if wire.is_cut:
            writer.transport.abort()
            return
        reached = asyncio.open_connection(host, port) if host else asyncio.open_unix_connection(socket)
        there, here = await reached
        ends = {writer, here}
        wire.ends |= ends
        both = [asyncio.create_task(carry(reader, here)), asyncio.create_task(carry(there, writer))]
        try:
            with suppress(asyncio.CancelledError):  # asyncio.streams would make noise about it
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in both:
                one.cancel()
            await asyncio.gather(*both, return_exceptions=True)
            wire.ends -= ends
            for end in ends:
                end.transport.abort()

    server = await asyncio.start_server(connect, "127.0.0.1", 0)
    wire = Wire(server.sockets[0].getsockname()[1])
    wire.heals()
    try:
        yield wire
    finally:
        server.close()
        wire.heals()
        for talk in list(talks):
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


@asynccontextmanager
async def wired(url: str) -> AsyncIterator[tuple[Wire, str]]:
    """A wire to the server at `url`, and the URL to use in its place."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        socket, scheme, path, default = parts.path, "redis", "", 0
    else:
        (folder,) = parse_qs(parts.query).get("host", [""])
        socket, scheme, path = f"{folder}/.s.PGSQL.5432", parts.scheme, parts.path
        default = 6379 if scheme.startswith("redis") else 5432
    async with wire_to(socket, parts.hostname, parts.port or default) as wire:
        account = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
        yield wire, urlunsplit((scheme, f"{account}127.0.0.1:{wire.port}", path, "", ""))
