"""A provider that accepts every message at once, so that sending never waits; and Daraja, which accepts every prompt
and every payout at once, and never says what became of it.

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
        path = head.split(b" ", 2)[1].partition(b"?")[0]
        self._transport.write(_DARAJA[path]() if path in _DARAJA else _accepted(body.decode()))


def _token() -> bytes:
    return _answer(200, {"access_token": "of nothing", "expires_in": "3599"})


def _taken() -> bytes:
    """Return that Daraja has taken an order, with the ids that a prompt has, and those of a payout."""
    names = ("MerchantRequestID", "CheckoutRequestID", "ConversationID", "OriginatorConversationID")
    ids = dict.fromkeys(names, f"{_RUN}{next(_numbers):020}")
    return _answer(200, {**ids, "ResponseCode": "0", "ResponseDescription": "Accepted"})


_DARAJA = {
    b"/oauth/v1/generate": _token, b"/mpesa/stkpush/v1/processrequest": _taken, b"/mpesa/b2c/v3/paymentrequest": _taken
}  # fmt: skip


def _accepted(form: str) -> bytes:
    """Return Africa's Talking's 201, with an entry for everyone in `to`."""
    numbers = parse_qs(form)["to"][0].split(",")
    entries = [
        {"statusCode": 101, "number": number, "status": "Success", "cost": "KES 0.8000",
         "messageId": f"ATXid_{_RUN}{next(_numbers):020}"}
        for number in numbers
    ]  # fmt: skip
    return _answer(201, {"SMSMessageData": {"Message": f"Sent to {len(numbers)}", "Recipients": entries}})


def _answer(status: int, told: object) -> bytes:
    body = orjson.dumps(told)
    head = b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % (status, len(body)) + body


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(_Connection, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
