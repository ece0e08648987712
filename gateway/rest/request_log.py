"""One log line for each REST request: which operator called which route, and what came of it."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiohttp import web

from gateway.middleware import route_of
from gateway.request_ids import REQUEST_ID
from gateway.rest.rate_headers import tell_limit
from gateway.services import SERVICES

log = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_FIELDS = web.RequestKey("log_fields", dict[str, Any])


@web.middleware
async def log_requests(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Log a `rest` line for every request of an operator. It has the route's pattern, never the path or the query,
    which may hold a phone number. A stranger's request has none, or strangers could fill a disk: those with a wrong key
    are counted in one line a minute (limits/wrong_credentials.py)."""
    started = time.perf_counter()
    answer = await handler(request)
    if fields := request.get(_FIELDS):
        if not answer.prepared:
            tell_limit(answer, request.app[SERVICES].limits.api_requests, fields["operator"])
        log.info(
            "rest", method=request.method, route=route_of(request), status=answer.status,
            request_id=request.get(REQUEST_ID), took_ms=round((time.perf_counter() - started) * 1000, 2), **fields,
        )  # fmt: skip
    return answer


def add_to_log(request: web.Request, **fields: Any) -> None:
    """Add fields, such as `contract_id`, to the line of this request."""
    request[_FIELDS] = {**request.get(_FIELDS, {}), **fields}


def logged_fields(request: web.Request) -> dict[str, Any]:
    """Return the fields that were added so far."""
    fields: dict[str, Any] = request.get(_FIELDS, {})
    return fields
