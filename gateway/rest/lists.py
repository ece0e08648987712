"""Lists: their query parameters, and the cursor at which the next page begins."""

import base64
import binascii
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import Field

from gateway.rest import json_fields
from gateway.rest.json_fields import BodyDefaults, fault
from gateway.rest.openapi.described import A_CURSOR, described
from gateway.rest.query import Query
from gateway.rest.shapes.fields import Page
from storage.pages import Cursor, PageRows

T = TypeVar("T")

DEFAULT_LIMIT, MAX_LIMIT = 20, 100

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LIMIT = re.compile(r"[0-9]{1,3}")


def _read_limit(typed: str, _defaults: BodyDefaults) -> int:
    if _LIMIT.fullmatch(typed) is None or not 1 <= int(typed) <= MAX_LIMIT:
        raise fault(f"should be a whole number from 1 to {MAX_LIMIT}")
    return int(typed)


def _read_cursor(cursor: str, _defaults: BodyDefaults) -> Cursor:
    try:
        raw = base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True)
        if len(raw) != 24:
            raise ValueError
        return _EPOCH + int.from_bytes(raw[:8], "big", signed=True) * _MICROSECOND, UUID(bytes=raw[8:])
    except (ValueError, OverflowError, binascii.Error):
        raise fault("should be the `next` of the page before, as it was given") from None


class PageQuery(Query):
    """Which page of a list."""

    limit: Annotated[
        int,
        json_fields.string(_read_limit, shown_as=Annotated[int, Field(ge=1, le=MAX_LIMIT)]),
        described("How many rows at most.", DEFAULT_LIMIT),
    ] = DEFAULT_LIMIT
    after: Annotated[
        Cursor | None,
        json_fields.string(_read_cursor),
        described("The `next` of the page before; without it, the page of the newest.", A_CURSOR),
    ] = None


def page_body(page: PageRows, show: Callable[[Any], T]) -> Page[T]:
    """Return the answer's body for a page."""
    return {"items": [show(row) for row in page.rows], "next": _write_cursor(*page.end) if page.end else None}


def _write_cursor(at: datetime, row_id: UUID) -> str:
    """Return the place of a row as text: microseconds since 1970 and the id, in base64. Senders treat it as opaque."""
    micros = (at - _EPOCH) // _MICROSECOND
    return base64.urlsafe_b64encode(micros.to_bytes(8, "big", signed=True) + row_id.bytes).decode()
