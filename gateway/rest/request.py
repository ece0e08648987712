"""What every request must be before its route looks into it: who asks, and JSON that says one thing only."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from functools import wraps
from typing import Any

import orjson
from aiohttp import web

from gateway.events import BadWire
from gateway.http import problem, same_secret
from gateway.services import SERVICES

MAX_FAULTS = 20  # named in one answer; a body of ten thousand mistakes is not repeated to its sender

Handler = Callable[[web.Request], Awaitable[web.Response]]

_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_NAME = re.compile(r"(?!.*[0-9]{5})[A-Za-z_][A-Za-z0-9_]{0,39}")
_NEVER_KEPT = {"Cache-Control": "no-store"}  # answers hold people's numbers


class Unprocessable(Exception):  # noqa: N818 - it reads as what happened
    """A body that is JSON and still cannot be done; `faults` are pairs of a field's path and what it should be."""

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults[:MAX_FAULTS]


def operator_only(handler: Handler) -> Handler:
    """Only with the API key, which is looked at before anything else of the request. What is wrong with the rest is
    answered as problem+json: 400 for its form, 422 for a value, each with `field` and `errors`."""

    @wraps(handler)
    async def guarded(request: web.Request) -> web.Response:
        if not _has_key(request):
            answer = problem(401, "This needs the header Authorization: Bearer and your API key.")
            answer.headers["WWW-Authenticate"] = "Bearer"
            return answer
        try:
            return await handler(request)
        except BadWire as wrong:
            return _refused(400, [(wrong.field, wrong.why)])
        except Unprocessable as wrong:
            return _refused(422, wrong.faults)

    return guarded


def operator_of(request: web.Request) -> str:
    """Which key asks: the first 16 hex digits of its SHA-256. It says who in the record, and opens nothing."""
    scheme_and_key = request.headers["Authorization"].partition(" ")
    return hashlib.sha256(scheme_and_key[2].strip().encode()).hexdigest()[:16]


def answer_json(
    body: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    return web.Response(
        status=status, body=orjson.dumps(body), content_type="application/json",
        headers={**_NEVER_KEPT, **(headers or {})},
    )  # fmt: skip


async def read_json(request: web.Request) -> Any:
    """The body's JSON value, decimal fractions as Decimal. 415 where it is no JSON, 413 past 64 KiB; BadWire where it
    is broken, or where two readers could read two things: a name given twice, NaN, half a surrogate pair."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(reason="the body should be application/json")
    try:
        text = (await request.read()).decode()
        sent = json.loads(
            text, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_each_name_once
        )  # fmt: skip
        _canonical(sent).encode()
    except UnicodeError:
        raise BadWire("body", "is not UTF-8") from None
    except RecursionError:
        raise BadWire("body", "is nested too deeply") from None
    except BadWire:
        raise
    except web.RequestPayloadError:
        raise BadWire("body", "is not compressed as its Content-Encoding says, or broke off") from None
    except (ValueError, ArithmeticError):
        raise BadWire("body", "is not JSON") from None
    return sent


def fingerprint(request: web.Request, sent: Any) -> str:
    """Hex of a hash of what is asked; the order of names and the white space between them make no difference."""
    return hashlib.sha256(f"{request.method} {request.path}\n{_canonical(sent)}".encode()).hexdigest()


def idempotency_key(request: web.Request) -> str | None:
    """The request's Idempotency-Key; BadWire unless it is 1 to 200 visible ASCII characters, given once."""
    given = request.headers.getall("Idempotency-Key", [])
    if not given:
        return None
    if len(given) > 1 or _KEY.fullmatch(given[0]) is None:
        raise BadWire("Idempotency-Key", "should be 1 to 200 visible ASCII characters, given once")
    return given[0]


def safe_name(name: str) -> str | None:
    """A name that someone sent, if it may be repeated to them: nothing that could be a number or a message."""
    return name if _NAME.fullmatch(name) else None


def _has_key(request: web.Request) -> bool:
    ours = request.app[SERVICES].settings.api_key.get_secret_value()
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    # A header may hold bytes that are no text at all, and a service without a key lets nobody in.
    return scheme.lower() == "bearer" and given.isascii() and bool(ours) and same_secret(given.strip(), ours)


def _refused(status: int, faults: Sequence[tuple[str, str]]) -> web.Response:
    field, why = faults[0]
    errors = [{"field": field, "why": why} for field, why in faults]
    return problem(status, f"{field}: {why}", field=field, errors=errors)


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    kept = dict(pairs)
    if len(kept) < len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise BadWire(safe_name(twice) or "body", "is given twice")
    return kept


def _no_number(_name: str) -> Any:
    raise BadWire("body", "is not JSON: NaN and Infinity are no numbers")


def _canonical(sent: Any) -> str:
    return json.dumps(sent, default=str, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
