"""Lists: their query parameters, and the cursor at which the next page begins."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from aiohttp import web

from contracts.contract import Status
from contracts.fields.msisdn import Msisdn, e164, parse_msisdn
from contracts.refusals import BadInput
from gateway.events import BadWire
from gateway.rest.json_request import safe_name
from storage.pages import Cursor, PageRows
from values.frozen import Frozen

DEFAULT_LIMIT, MAX_LIMIT = 20, 100

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LIMIT = re.compile(r"[0-9]{1,3}")


class PageRequest(Frozen):
    """A page of at most `limit` rows, after the row at `after`; from the newest row if `after` is None."""

    limit: int
    after: Cursor | None


def read_query(request: web.Request, *known: str) -> Mapping[str, str]:
    """Return the query parameters; raise BadWire if one is not `known`, or is given twice."""
    for name in request.query:
        if name not in known:
            raise BadWire(safe_name(name) or "query", f"is not known here; there are {', '.join(known)}")
        if len(request.query.getall(name)) > 1:
            raise BadWire(name, "is given twice")
    return request.query


def read_page(query: Mapping[str, str]) -> PageRequest:
    """Return `limit` and `after`; raise BadWire unless they are 1 to 100 and a cursor that we made."""
    limit = query.get("limit", str(DEFAULT_LIMIT))
    if _LIMIT.fullmatch(limit) is None or not 1 <= int(limit) <= MAX_LIMIT:
        raise BadWire("limit", f"should be a whole number from 1 to {MAX_LIMIT}")
    return PageRequest(int(limit), _read_cursor(query["after"]) if "after" in query else None)


def read_status(query: Mapping[str, str]) -> str | None:
    if "status" not in query:
        return None
    try:
        return Status(query["status"].upper()).value
    except ValueError:
        raise BadWire("status", f"should be one of {', '.join(Status)}") from None


def read_one_of(query: Mapping[str, str], name: str, known: Sequence[str]) -> str | None:
    """Return the parameter `name`, or None if it is not given; raise BadWire if it is not one of `known`."""
    value = query.get(name)
    if value is not None and value not in known:
        raise BadWire(name, f"should be one of {', '.join(known)}")
    return value


def read_id(query: Mapping[str, str], name: str) -> UUID | None:
    """Return the UUID in the parameter `name`, or None if it is not given; raise BadWire if it is no UUID."""
    try:
        return UUID(query[name]) if name in query else None
    except ValueError:
        raise BadWire(name, "should be an id, as the API shows it") from None


def read_msisdn(query: Mapping[str, str], country: str) -> Msisdn | None:
    """Return the parameter `msisdn`, written in any form, or None if it is not given; raise BadWire if it is no number.

    A number in E.164 is not checked against numbering plans: the record may hold one that no plan knows.
    """
    if "msisdn" not in query:
        return None
    typed = query["msisdn"]
    if typed.startswith(" "):  # a + that was not percent-encoded
        typed = f"+{typed[1:]}"
    try:
        return e164(typed)
    except BadInput:
        pass
    try:
        return parse_msisdn(typed, country)
    except BadInput:
        raise BadWire("msisdn", "is no mobile number") from None


def page_body(page: PageRows, show: Callable[[Any], Mapping[str, Any]]) -> dict[str, Any]:
    """Return the answer's body for a page."""
    return {"items": [show(row) for row in page.rows], "next": _write_cursor(*page.end) if page.end else None}


def _write_cursor(at: datetime, row_id: UUID) -> str:
    """Return the place of a row as text: microseconds since 1970 and the id, in base64. Senders treat it as opaque."""
    micros = (at - _EPOCH) // _MICROSECOND
    return base64.urlsafe_b64encode(micros.to_bytes(8, "big", signed=True) + row_id.bytes).decode()


def _read_cursor(cursor: str) -> Cursor:
    try:
        raw = base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True)
        if len(raw) != 24:
            raise ValueError
        return _EPOCH + int.from_bytes(raw[:8], "big", signed=True) * _MICROSECOND, UUID(bytes=raw[8:])
    except (ValueError, OverflowError, binascii.Error):
        raise BadWire("after", "should be the `next` of the page before, as it was given") from None
