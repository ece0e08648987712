"""A calendar of OpenTimestamps for trying and testing: it speaks the wire of `otsd`, and its blocks are made up.

It writes its answers byte by byte, with nothing of the code that reads them. What it anchors proves nothing to anybody.
"""

import hashlib
import os

from aiohttp import web

_TYPE = "application/vnd.opentimestamps.v1"
_PENDING, _BITCOIN = bytes.fromhex("83dfe30d2ef90c8e"), bytes.fromhex("0588960d73d71901")


class CalendarSimulator:
    """`uri`: the address in its promises. `mine` puts all that was sent into a block."""

    def __init__(self, uri: str = "https://calendar.example") -> None:
        self.uri = uri
        self.sent = list[bytes]()
        self._waiting = set[bytes]()
        self._mined = dict[bytes, bytes]()
        self.roots = dict[int, list[bytes]]()  # of each block: the Merkle roots that proofs lead to

    @property
    def app(self) -> web.Application:
        app = web.Application(client_max_size=1024)
        app.router.add_post("/digest", self._digest)
        app.router.add_get("/timestamp/{message}", self._timestamp)
        return app

    def mine(self, height: int) -> None:
        for message in self._waiting:
            before, behind = os.urandom(40), os.urandom(8)
            transaction = hashlib.sha256(hashlib.sha256(before + message + behind).digest()).digest()
            other = os.urandom(32)
            root = hashlib.sha256(hashlib.sha256(transaction + other).digest()).digest()
            self.roots.setdefault(height, []).append(root)
            steps = [
                b"\xf1" + _sized(before),
                b"\xf0" + _sized(behind),
                b"\x08\x08",
                b"\xf0" + _sized(other),
                b"\x08\x08",
            ]
            self._mined[message] = b"".join(steps) + b"\x00" + _BITCOIN + _sized(_number(height))
        self._waiting.clear()

    async def _digest(self, request: web.Request) -> web.Response:
        digest = await request.read()
        if not 1 <= len(digest) <= 64:
            return web.Response(status=400, text="digest too long")
        self.sent.append(digest)
        nonce, second, mac = os.urandom(16), os.urandom(4), os.urandom(8)
        message = second + hashlib.sha256(digest + nonce).digest() + mac
        self._waiting.add(message)
        promise = b"\x00" + _PENDING + _sized(_sized(self.uri.encode()))
        steps = [b"\xf0" + _sized(nonce), b"\x08", b"\xf1" + _sized(second), b"\xf0" + _sized(mac)]
        return web.Response(body=b"".join(steps) + promise, content_type=_TYPE)

    async def _timestamp(self, request: web.Request) -> web.Response:
        answer = self._mined.get(bytes.fromhex(request.match_info["message"]))
        if answer is None:
            return web.Response(status=404, text="Pending confirmation in Bitcoin blockchain")
        return web.Response(body=answer, content_type=_TYPE)


def _sized(content: bytes) -> bytes:
    return _number(len(content)) + content


def _number(number: int) -> bytes:
    parts = []
    while number >= 128:
        parts.append(number % 128 + 128)
        number //= 128
    return bytes([*parts, number])
