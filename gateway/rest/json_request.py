"""The JSON of a request and of its answer, and the Idempotency-Key of a request."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson
from aiohttp import web

from gateway.door.body import MAX_BODY_BYTES, read_body
from gateway.events import BadWire
from gateway.http import problem

MAX_FAULTS = 20  # in one answer: a body with ten thousand faults must not get an answer of that size

IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_NAME = re.compile(r"(?!.*[0-9]{5})[A-Za-z_][A-Za-z0-9_]{0,39}")
_NOT_STORED = {"Cache-Control": "no-store"}  # answers contain phone numbers


class Unprocessable(Exception):  # noqa: N818 - named after the HTTP status it becomes
    """A value in the request cannot be accepted (422). `faults`: pairs of a field's path and what is wrong with it."""

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults[:MAX_FAULTS]


async def read_json(request: web.Request, *, most: int = MAX_BODY_BYTES) -> Any:
    """Return the JSON value in the body of at most `most` bytes, with decimal fractions as Decimal.

    Raise BadWire if the body is not JSON, or if two readers could understand it differently: a name given twice, NaN,
    half of a surrogate pair. Raise 415 for another content type, and what `read_body` raises.

    A byte order mark in front is no fault: some editors and libraries write it, nobody can misread it, and RFC 8259
    (8.1) lets a reader skip it.
    """
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(reason="the body should be application/json")
    try:
        text = (await read_body(request, most=most)).decode("utf-8-sig")
        sent = json.loads(
            text, parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_refuse_repeated_names
        )  # fmt: skip
        _canonical(sent).encode()
    except UnicodeError:
        raise BadWire("body", "is not UTF-8") from None
    except RecursionError:
        raise BadWire("body", "is nested too deeply") from None
    except BadWire:
        raise
    except web.RequestPayloadError:
        raise BadWire("body", "broke off") from None
    except (ValueError, ArithmeticError):
        raise BadWire("body", "is not JSON") from None
    return sent


def answer_json(
    body: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    return web.Response(
        status=status, body=orjson.dumps(body), content_type="application/json",
        headers={**_NOT_STORED, **(headers or {})},
    )  # fmt: skip


def idempotency_key(request: web.Request) -> str | None:
    """Return the request's Idempotency-Key, or None. Raise BadWire unless it is 1 to 200 visible ASCII characters and
    given once."""
    given = request.headers.getall("Idempotency-Key", [])
    if not given:
        return None
    if len(given) > 1 or IDEMPOTENCY_KEY.fullmatch(given[0]) is None:
        raise BadWire("Idempotency-Key", "should be 1 to 200 visible ASCII characters, given once")
    return given[0]


def fingerprint(method: str, path: str, sent: Any) -> str:
    """Return a hash (hex) of method, path and JSON body; the order of names and white space do not change it."""
    return hashlib.sha256(f"{method} {path}\n{_canonical(sent)}".encode()).hexdigest()


def problem_of(status: int, faults: Sequence[tuple[str, str]]) -> web.Response:
    """Return a problem with all faults of a request: pairs of a field's path and what is wrong with it."""
    field, why = faults[0]
    errors = [{"field": field, "why": why} for field, why in faults]
    return problem(status, f"{field}: {why}", field=field, errors=errors)


def safe_name(name: str) -> str | None:
    """Return `name`, which the sender chose, if it may be repeated in an answer: if it cannot be a phone number or a
    message."""
    return name if _NAME.fullmatch(name) else None


def _refuse_repeated_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    kept = dict(pairs)
    if len(kept) < len(pairs):
        repeated, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise BadWire(safe_name(repeated) or "body", "is given twice")
    return kept


def _refuse_constant(_name: str) -> Any:
    raise BadWire("body", "is not JSON: NaN and Infinity are no numbers")


def _canonical(sent: Any) -> str:
    return json.dumps(sent, default=str, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
