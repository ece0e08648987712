"""What stands around every HTTP request: whatever goes wrong is answered as problem+json (RFC 9457)."""

from collections.abc import Awaitable, Callable

import structlog
from aiohttp import hdrs, web

from gateway.door.body import MAX_BODY_BYTES
from gateway.events import BadWire
from gateway.http import problem
from gateway.request_ids import REQUEST_ID
from storage import sessions
from storage.postgres import database

log = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_FIELD_LETTERS = 60  # of a field's name, which a stranger has chosen


@web.middleware
async def answer_faults(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a fault with its status and a sentence, without a trace and without anything of what was sent.

    A body with a Content-Encoding is refused on every route, before anybody asks whose it is: a few bytes of it could
    unpack to gigabytes.
    """
    try:
        if hdrs.CONTENT_ENCODING in request.headers:
            raise web.HTTPUnsupportedMediaType(reason="The body should have no Content-Encoding.")
        return await handler(request)
    except BadWire as wrong:
        field = wrong.field[:_FIELD_LETTERS]
        return problem(400, f"{field}: {wrong.why}", field=field)
    except web.HTTPException as error:
        return _as_problem(error)
    except web.RequestPayloadError:
        return problem(400, "body: broke off", field="body")
    except (*database.UNAVAILABLE, *sessions.UNAVAILABLE) as fault:
        log.error("unavailable", route=route_of(request), fault=type(fault).__name__, **_named(request))
        return _unavailable("The service is not available for a moment. Please try again.")
    except Exception:
        log.exception("unexpected", route=route_of(request), exc_info=True, **_named(request))
        return problem(500, "Something went wrong on our side.")


def _named(request: web.Request) -> dict[str, str]:
    """Return the id of a REST request as a field of a log line."""
    return {"request_id": request[REQUEST_ID]} if REQUEST_ID in request else {}


def route_of(request: web.Request) -> str:
    """Return the route as it is written in the code (`/hooks/{token}/…`): the path itself may hold the token."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "none"


def _unavailable(title: str, seconds: str = "1") -> web.Response:
    answer = problem(503, title)
    answer.headers[hdrs.RETRY_AFTER] = seconds
    return answer


def _as_problem(error: web.HTTPException) -> web.Response:
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return problem(413, f"The body should be at most {MAX_BODY_BYTES // 1024} KiB.")
    if error.status == 503:
        return _unavailable(error.reason, error.headers.get(hdrs.RETRY_AFTER, "1"))
    answer = problem(error.status, error.reason)
    if error.keep_alive is False:
        answer.force_close()
    if allow := error.headers.get("Allow"):
        answer.headers["Allow"] = allow
    return answer
