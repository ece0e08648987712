"""The guard in front of every REST route: the API key, what it may be used for, and errors as problem+json."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Final

from aiohttp import web

from gateway.events import BadWire
from gateway.http import problem
from gateway.operators.acting import ActingOperator, KeyFault
from gateway.operators.scope import OperatorRole, Scope
from gateway.rest.json_request import Unprocessable, problem_of
from gateway.rest.looks_noted import note_look
from gateway.rest.request_log import add_to_log
from gateway.services import SERVICES
from values.frozen import Frozen

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_ACTING: Final = web.RequestKey("acting_operator", ActingOperator)
_RULES: dict[Handler, "RouteRule"] = {}


class RouteRule(Frozen):
    """What a key needs for a route: the scope, and one of the roles if there are any."""

    scope: Scope
    roles: tuple[OperatorRole, ...]


def operator_only(scope: Scope, *roles: OperatorRole) -> Callable[[Handler], Handler]:
    """Run a route's handler only for a request with a key that has `scope`, and one of `roles` if any are given; the
    key is checked before anything else is read. Whom the answer shows is noted before it is sent.

    Faults are answered as problem+json with `field` and `errors`: BadWire with 400, Unprocessable with 422.
    """
    rule = RouteRule(scope, roles)

    def guard(handler: Handler) -> Handler:
        @wraps(handler)
        async def guarded(request: web.Request) -> web.StreamResponse:
            operator = await _signed_in(request)
            if isinstance(operator, KeyFault):
                return _answer_wrong_key(request, operator)
            request[_ACTING] = operator
            add_to_log(request, operator=operator.key_id)
            if wait := request.app[SERVICES].limits.api_requests.retry_after_seconds(operator.key_id):
                return _answer_too_many(wait, "This key has sent too many requests within a minute.")
            if missing := operator.lacks(rule.scope, rule.roles):
                return _answer_forbidden(missing, rule)
            try:
                answer = await handler(request)
            except BadWire as bad:
                return problem_of(400, [(bad.field, bad.why)])
            except Unprocessable as bad:
                return problem_of(422, bad.faults)
            await note_look(request, answer, operator)
            return answer

        _RULES[guarded] = rule
        return guarded

    return guard


def rule_of(handler: Callable[..., object]) -> RouteRule | None:
    """Return what a route's handler asks for; None if it asks for no key."""
    found: object = handler
    while found is not None:
        if found in _RULES:
            return _RULES[found]
        found = getattr(found, "__wrapped__", None)
    return None


def acting_operator(request: web.Request) -> ActingOperator:
    """Return who sends this request. Only behind `operator_only`."""
    return request[_ACTING]


async def still_allowed(request: web.Request) -> bool:
    """Return whether the key of a request that is being answered for long still has what its route asks for."""
    operator = await _signed_in(request)
    rule = rule_of(request.match_info.handler)
    return rule is not None and not isinstance(operator, KeyFault) and not operator.lacks(rule.scope, rule.roles)


def operator_of(request: web.Request) -> str:
    """Return the operator's name in audit and logs: the first 16 hex digits of the SHA-256 of the API key. Nobody can
    find the key from it."""
    return acting_operator(request).key_id


async def _signed_in(request: web.Request) -> ActingOperator | KeyFault:
    services = request.app[SERVICES]
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return KeyFault.UNKNOWN
    return await services.sign_in.find(given.strip(), services.settings.api_key.get_secret_value(), services.now())


def _answer_wrong_key(request: web.Request, fault: KeyFault) -> web.Response:
    """Answer 401, or 429 to an address that sent too many wrong keys."""
    if wait := request.app[SERVICES].limits.wrong.wrong_key(request):
        answer = _answer_too_many(wait, "There were too many wrong API keys from this address.")
        answer.force_close()  # each further guess costs whoever guesses a connection
        return answer
    answer = problem(401, fault.value)
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _answer_forbidden(missing: str, rule: RouteRule) -> web.Response:
    """Answer 403, and name what the key has not."""
    needed: dict[str, Any] = {"scope": rule.scope, **({"roles": rule.roles} if rule.roles else {})}
    return problem(403, f"This API key lacks {missing}.", reason="forbidden", **needed)


def _answer_too_many(wait: int, title: str) -> web.Response:
    answer = problem(429, title, reason="too_many_requests")
    answer.headers["Retry-After"] = str(wait)
    return answer
