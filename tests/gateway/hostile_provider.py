"""A provider whose answers are broken, slow or not its own, written to the socket as they are."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from contracts.fields.msisdn import Msisdn
from gateway.events import ProviderAccount
from gateway.providers.africastalking import AfricasTalking

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]

BOMB = gzip.compress(bytes(8 << 20))  # 8 MiB in 8 KiB


@dataclass
class HostileProvider:
    """`answer` writes what a call gets; `requests` are the calls that came."""

    answer: Answer
    url: str = ""
    requests: list[bytes] = field(default_factory=list)
    open: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def adapter(self) -> AfricasTalking:
        return AfricasTalking(ProviderAccount("sandbox", "any-key", base_url=self.url))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.add(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            self.requests.append(head + await reader.readexactly(length))
            await self.answer(writer)
        self.open.discard(writer)
        writer.close()


@asynccontextmanager
async def open_hostile_provider(answer: Answer) -> AsyncIterator[HostileProvider]:
    provider = HostileProvider(answer)
    async with await asyncio.start_server(provider.serve, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        provider.url = f"http://{host}:{port}"
        yield provider
        for connection in provider.open:
            connection.transport.abort()


def says(body: bytes, status: str = "200 OK", **headers: object) -> Answer:
    """Answer with this body; a header's underscores are hyphens."""
    lines = {"Content_Length": len(body), "Connection": "close", **headers}
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items() if value is not None)

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body)
        await writer.drain()

    return answer


async def reset(writer: asyncio.StreamWriter) -> None:
    """Break the connection off behind the head of an answer."""
    writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{")
    await writer.drain()
    writer.transport.abort()


async def drip(writer: asyncio.StreamWriter) -> None:
    """Send a space every few milliseconds, for ever."""
    writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 60000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def pour(writer: asyncio.StreamWriter) -> None:
    """Send for ever, as fast as the other side reads."""
    writer.write(b"HTTP/1.1 201 Created\r\n\r\n")
    while not writer.is_closing():
        writer.write(bytes(1 << 16))
        await writer.drain()


def accepted(to: Msisdn) -> bytes:
    """Africa's Talking's answer that it took a text."""
    entry = f'{{"number": "{to}", "statusCode": 101, "status": "Success", "messageId": "ATXid_{to[1:]}", "cost": "0"}}'
    return f'{{"SMSMessageData": {{"Message": "Sent to 1/1", "Recipients": [{entry}]}}}}'.encode()
