"""From an HTTP request to a `Wire`, and from what is wrong with one to an answer that names it."""

import hmac
from typing import Any

import orjson
from aiohttp import web
from yarl import query_to_pairs

from gateway.events import BadWire, Wire

MAX_BODY_BYTES = 64 * 1024
_FORM = "application/x-www-form-urlencoded"


async def read_form(request: web.Request) -> Wire:
    """The form in the request's body. BadWire where it is not UTF-8, 415 where it is no form, 413 past 64 KiB."""
    if request.content_type != _FORM:
        raise web.HTTPUnsupportedMediaType(reason=f"the body should be {_FORM}")
    body = await request.read()
    try:
        pairs = query_to_pairs(body.decode())
    except UnicodeDecodeError:
        raise BadWire("body", "is not UTF-8") from None
    for name, value in pairs:
        if "\ufffd" in value or "\ufffd" in name:  # what the parser leaves of percent-encoded bytes that are not UTF-8
            raise BadWire(name if name.isascii() and name.isprintable() else "body", "is not UTF-8")
    return Wire(tuple(pairs))


def problem(status: int, title: str, *, field: str | None = None, **more: Any) -> web.Response:
    """An error as application/problem+json (RFC 9457). `title` is for a person; nothing they sent is repeated in it."""
    body = {"type": "about:blank", "title": title, "status": status, **({"field": field} if field else {}), **more}
    return web.Response(status=status, body=orjson.dumps(body), content_type="application/problem+json")


def same_secret(given: str, ours: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(given.encode(), ours.encode())
