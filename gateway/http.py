"""What every route needs of HTTP: read a form, answer an error as problem+json, compare a secret."""

import hmac
from typing import Any

import orjson
from aiohttp import web
from yarl import query_to_pairs

from gateway.door.body import read_body
from gateway.events import BadWire, Wire

_FORM = "application/x-www-form-urlencoded"


async def read_form(request: web.Request) -> Wire:
    """Return the form fields in the body. Raise BadWire if it is not UTF-8, 415 if it is no form, and what `read_body`
    raises."""
    if request.content_type != _FORM:
        raise web.HTTPUnsupportedMediaType(reason=f"the body should be {_FORM}")
    body = await read_body(request)
    try:
        pairs = query_to_pairs(body.decode())
    except UnicodeDecodeError:
        raise BadWire("body", "is not UTF-8") from None
    for name, value in pairs:
        if "\ufffd" in value or "\ufffd" in name:  # the parser puts it for bytes that are not UTF-8
            raise BadWire(name if name.isascii() and name.isprintable() else "body", "is not UTF-8")
    return Wire(tuple(pairs))


def problem(status: int, title: str, *, field: str | None = None, **more: Any) -> web.Response:
    """Return an error as application/problem+json (RFC 9457). `title` is for people; it repeats nothing they sent."""
    body = {"type": "about:blank", "title": title, "status": status, **({"field": field} if field else {}), **more}
    return web.Response(status=status, body=orjson.dumps(body), content_type="application/problem+json")


def same_secret(given: str, ours: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(given.encode(), ours.encode())
