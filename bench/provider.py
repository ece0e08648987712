"""A provider that accepts every message at once, so that sending never waits.

`python -m bench.provider PORT`. It knows just enough HTTP for our own client.
"""

import asyncio
import os
import sys
from itertools import count
from typing import cast
from urllib.parse import parse_qs

import orjson
import uvloop

_RUN = os.urandom(6).hex()
_numbers = count(1)


class _Connection(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, blank_line, body = self._received.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or b"0")
        if not blank_line or len(body) < length:
            return
        self._received = b""
        self._transport.write(_accepted(body.decode()))


def _accepted(form: str) -> bytes:
    """Return Africa's Talking's 201, with an entry for everyone in `to`."""
    numbers = parse_qs(form)["to"][0].split(",")
    entries = [
        {"statusCode": 101, "number": number, "status": "Success", "cost": "KES 0.8000",
         "messageId": f"ATXid_{_RUN}{next(_numbers):020}"}
        for number in numbers
    ]  # fmt: skip
    body = orjson.dumps({"SMSMessageData": {"Message": f"Sent to {len(numbers)}", "Recipients": entries}})
    return b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(_Connection, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
