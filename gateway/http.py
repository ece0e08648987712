"""What every route needs of HTTP: read a form, answer an error as problem+json, compare a secret."""

import hmac
from typing import Any
from urllib.parse import parse_qsl

import orjson
from aiohttp import web
from yarl import query_to_pairs

from gateway.door.body import read_body
from gateway.events import BadWire, Wire

_FORM = "application/x-www-form-urlencoded"
_BROKEN = "\ufffd"  # what the parser puts for bytes that are not in the charset
# A form is UTF-8 whatever its header says; where it is not, one of these is believed. Browsers read all as the last.
_LATIN = frozenset({"iso-8859-1", "latin-1", "latin1", "us-ascii", "windows-1252", "cp1252"})


async def read_form(request: web.Request) -> Wire:
    """Return the form fields in the body, with U+FFFD in a value for bytes that are in no charset of its header: who
    reads the value knows whether it may be broken. Raise BadWire if the body or a field's name is not UTF-8, 415 if it
    is no form, and what `read_body` raises."""
    if request.content_type != _FORM:
        raise web.HTTPUnsupportedMediaType(reason=f"the body should be {_FORM}")
    body = await read_body(request)
    try:
        pairs = query_to_pairs(body.decode())
    except UnicodeDecodeError:
        raise BadWire("body", "is not UTF-8") from None
    if any(_BROKEN in value for _, value in pairs) and (request.charset or "").lower() in _LATIN:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, encoding="cp1252", errors="replace")
    if any(_BROKEN in name for name, _ in pairs):
        raise BadWire("body", "is not UTF-8")
    return Wire(tuple(pairs))


async def read_json(request: web.Request) -> dict[str, object]:
    """Return the JSON object in the body. Raise BadWire if it is none, 415 if it is not called JSON, and what
    `read_body` raises."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(reason="the body should be application/json")
    try:
        read = orjson.loads(await read_body(request))
    except orjson.JSONDecodeError:
        raise BadWire("body", "is not JSON") from None
    if not isinstance(read, dict):
        raise BadWire("body", "should be a JSON object")
    return read


def problem(status: int, title: str, *, field: str | None = None, **more: Any) -> web.Response:
    """Return an error as application/problem+json (RFC 9457). `title` is for people; it repeats nothing they sent."""
    body = {"type": "about:blank", "title": title, "status": status, **({"field": field} if field else {}), **more}
    return web.Response(status=status, body=orjson.dumps(body), content_type="application/problem+json")


def same_secret(given: str, ours: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(given.encode(), ours.encode())
