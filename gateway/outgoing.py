"""The HTTP calls that we make: to the one address we mean, and with a bound on all that comes back.

Whoever answers may be broken, slow or somebody else. So no redirect is followed: a key would go with it to another
host. No encoding is asked for and none is undone: a few bytes could become gigabytes. An answer ends after 64 KiB
(a page of a statement after more), and a call as a whole after its deadline, however slowly the bytes drip.
"""

import socket
from collections.abc import Callable, Mapping
from typing import Final

import aiohttp
from aiohappyeyeballs import AddrInfoType
from yarl import URL

from gateway.events import HttpAnswer, HttpCall

MOST_BYTES: Final = 64 * 1024  # an answer about a hundred recipients, the most of one call, has 20 KiB

_HEADERS: Final = {"Content-Type": "application/x-www-form-urlencoded", "Accept-Encoding": "identity"}


class NotReachedError(Exception):
    """No connection was made, so nothing was sent."""


class AnswerLostError(Exception):
    """The call was sent, or began to be, and no whole answer came: nobody knows what became of it."""


def open_client(
    timeout_seconds: float, socket_factory: Callable[[AddrInfoType], socket.socket] | None = None
) -> aiohttp.ClientSession:  # fmt: skip
    """Return a client that ends each call after `timeout_seconds`, and an attempt to connect after half of that.
    `socket_factory` gives the socket for an address that is about to be connected to, or raises OSError."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=timeout_seconds, sock_connect=timeout_seconds / 2),
        cookie_jar=aiohttp.DummyCookieJar(),
        connector=aiohttp.TCPConnector(limit=0, socket_factory=socket_factory),
        auto_decompress=False,
    )


async def post(http: aiohttp.ClientSession, call: HttpCall) -> HttpAnswer:
    """Send the form and return the answer, whatever its status; a body that is too long is left out of it. Raise
    NotReachedError or AnswerLostError. The form is encoded here by yarl: aiohttp's and urllib's are much slower."""
    form = URL.build(query=call.form).raw_query_string.encode()
    return await ask(http, call.method, call.url, {**call.headers, **_HEADERS}, form)


async def ask(
    http: aiohttp.ClientSession, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None,
    most_bytes: int = MOST_BYTES,
) -> HttpAnswer:  # fmt: skip
    """Send these bytes, as `post` does. `most_bytes`: of the answer."""
    try:
        async with http.request(method, url, headers=headers, data=body, allow_redirects=False) as answer:
            return HttpAnswer(
                answer.status, answer.content_type, await _read(answer, most_bytes), answer.headers.get("Retry-After")
            )
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as fault:
        raise NotReachedError(type(fault).__name__) from fault
    except UnicodeError as fault:  # from the look-up of a name: a part of it is empty, or longer than 63 letters
        raise NotReachedError("no such name can be") from fault
    except (aiohttp.ClientError, TimeoutError, OSError) as fault:
        raise AnswerLostError(type(fault).__name__) from fault


async def _read(answer: aiohttp.ClientResponse, most_bytes: int) -> bytes:
    """Return the body; empty if it is too long, or if it breaks off behind a status that says enough."""
    body = bytearray()
    try:
        while part := await answer.content.read(MOST_BYTES):
            body += part
            if len(body) > most_bytes:
                answer.close()
                return b""
    except (aiohttp.ClientError, TimeoutError, OSError):
        if answer.ok:
            raise
        return b""
    return bytes(body)
