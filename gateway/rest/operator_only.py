"""The guard in front of every REST route: the API key, and errors as problem+json."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from functools import wraps

from aiohttp import web

from gateway.events import BadWire
from gateway.http import problem, same_secret
from gateway.operators.scope import Scope
from gateway.rest.json_request import Unprocessable
from gateway.rest.request_log import add_to_log
from gateway.services import SERVICES

Handler = Callable[[web.Request], Awaitable[web.Response]]


def operator_only(scope: Scope) -> Callable[[Handler], Handler]:
    """Run a route's handler only for a request with a key that has `scope`; the key is checked before anything else is
    read.

    Faults are answered as problem+json with `field` and `errors`: BadWire with 400, Unprocessable with 422.
    """

    def guard(handler: Handler) -> Handler:
        @wraps(handler)
        async def guarded(request: web.Request) -> web.Response:
            if not _has_key(request, scope):
                return _answer_wrong_key(request)
            add_to_log(request, operator=operator_of(request))
            if wait := request.app[SERVICES].limits.api_requests.retry_after_seconds(operator_of(request)):
                return _answer_too_many(wait, "This key has sent too many requests within a minute.")
            try:
                return await handler(request)
            except BadWire as bad:
                return _answer_faults(400, [(bad.field, bad.why)])
            except Unprocessable as bad:
                return _answer_faults(422, bad.faults)

        return guarded

    return guard


def operator_of(request: web.Request) -> str:
    """Return the operator's name in audit and logs: the first 16 hex digits of the SHA-256 of the API key. Nobody can
    find the key from it."""
    scheme_and_key = request.headers["Authorization"].partition(" ")
    return hashlib.sha256(scheme_and_key[2].strip().encode()).hexdigest()[:16]


def _has_key(request: web.Request, _scope: Scope) -> bool:
    """The one key of today has every scope."""
    ours = request.app[SERVICES].settings.api_key.get_secret_value()
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    # The header may hold bytes that are not ASCII, and a service without an API key accepts nobody.
    return scheme.lower() == "bearer" and given.isascii() and bool(ours) and same_secret(given.strip(), ours)


def _answer_wrong_key(request: web.Request) -> web.Response:
    """Answer 401, or 429 to an address that sent too many wrong keys."""
    if wait := request.app[SERVICES].limits.wrong.wrong_key(request):
        answer = _answer_too_many(wait, "There were too many wrong API keys from this address.")
        answer.force_close()  # each further guess costs whoever guesses a connection
        return answer
    answer = problem(401, "This needs the header Authorization: Bearer and your API key.")
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _answer_too_many(wait: int, title: str) -> web.Response:
    answer = problem(429, title, reason="too_many_requests")
    answer.headers["Retry-After"] = str(wait)
    return answer


def _answer_faults(status: int, faults: Sequence[tuple[str, str]]) -> web.Response:
    field, why = faults[0]
    errors = [{"field": field, "why": why} for field, why in faults]
    return problem(status, f"{field}: {why}", field=field, errors=errors)
