"""The id of a REST request, by which its answer, its log line and a report of a fault are found again."""

import re
from collections.abc import Awaitable, Callable
from typing import Final

import orjson
from aiohttp import web

from values.ids import new_id

HEADER: Final = "X-Request-Id"
REQUEST_ID: Final = web.RequestKey("request_id", str)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
# Of a trace or a UUID, which may have many digits in a row.
_HEX = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_BETWEEN_DIGITS = re.compile(r"[._:-]")
_MAYBE_MSISDN = re.compile(r"[0-9]{9}")


@web.middleware
async def give_request_id(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer each request under /v1 with its id: the sender's own if it is sane, else a new one. A problem has it in
    its body, too."""
    if not request.path.startswith("/v1/"):
        return await handler(request)
    request[REQUEST_ID] = own = _read(request) or str(new_id())
    answer = await handler(request)
    if answer.prepared:  # a stream, whose head has gone
        return answer
    answer.headers[HEADER] = own
    if isinstance(answer, web.Response) and answer.content_type == "application/problem+json":
        assert isinstance(answer.body, bytes), "gateway.http.problem makes it"
        answer.body = orjson.dumps({**orjson.loads(answer.body), "request_id": own})
    return answer


def _read(request: web.Request) -> str | None:
    """Return the sender's id; None if there is none, or if it could be a phone number: it goes into the log."""
    given = request.headers.getall(HEADER, [])
    if len(given) != 1 or not _SANE.fullmatch(given[0]):
        return None
    own = given[0]
    return own if _HEX.fullmatch(own) or not _MAYBE_MSISDN.search(_BETWEEN_DIGITS.sub("", own)) else None
