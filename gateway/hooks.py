"""The routes that providers call, each through the same steps, cheapest first:

    route and token -> addresses -> pace -> load -> head -> body -> signature -> parse -> act, within a deadline

Each step refuses what the next one need not see: a stranger sends us no body, and what is not signed is not parsed.
"""

from collections.abc import Awaitable, Callable, Mapping
from ipaddress import ip_address
from typing import Protocol, TypeVar

import structlog
from aiohttp import web

from gateway.door.client_address import UNKNOWN, client_address, masked_address
from gateway.events import HttpReply, UssdReply, Wire
from gateway.http import problem, read_form, read_json, same_secret
from gateway.providers import OptOutProvider, Provider, UssdProvider
from gateway.services import SERVICES, Services
from gateway.ussd.context import WrongCallerError

log = structlog.get_logger()
routes = web.RouteTableDef()

_HOPS = "ussd"


class _Named(Protocol):
    @property
    def name(self) -> str: ...


_P = TypeVar("_P", bound=Provider)
_N = TypeVar("_N", bound=_Named)
_Act = Callable[[Services, _P, Wire], Awaitable[web.Response]]


def _hook(path: str, known: Callable[[Services], Mapping[str, _P]]) -> Callable[[_Act[_P]], _Act[_P]]:
    """Serve `path` of every provider that is in `known`: the decorated function parses the form and acts on it."""

    def serve(act: _Act[_P]) -> _Act[_P]:
        @routes.post("/hooks/{token}/{provider}/" + path)
        async def answer(request: web.Request) -> web.Response:
            services = request.app[SERVICES]
            provider = caller_of(request, services, known(services))
            if path != _HOPS:
                _check_workload(services)
            wire = await read_form(request)
            _check_signature(request, services, provider, wire)
            return await act(services, provider, wire)

        return act

    return serve


def _all(services: Services) -> Mapping[str, Provider]:
    return services.providers


def _with_ussd(services: Services) -> Mapping[str, UssdProvider]:
    return services.ussd_providers


def _with_optout(services: Services) -> Mapping[str, OptOutProvider]:
    return {name: one for name, one in services.providers.items() if isinstance(one, OptOutProvider)}


@_hook(_HOPS, _with_ussd)
async def _ussd(services: Services, provider: UssdProvider, wire: Wire) -> web.Response:
    """One hop. It answers within its own budget, whatever hangs or is under way."""
    hop = provider.parse_ussd(wire)
    try:
        reply: UssdReply = await services.hops.answer(hop)
    except WrongCallerError:
        return problem(403, "sessionId: belongs to another caller", field="sessionId")
    return _answer(provider.render_ussd(reply))


@_hook("ussd/events", _with_ussd)
async def _ussd_events(services: Services, provider: UssdProvider, wire: Wire) -> web.Response:
    """The end of a session. No menu step runs."""
    end = provider.parse_ussd_end(wire)
    await in_time(services, services.inbox.session_ended(end))
    return web.Response()


@_hook("sms", _all)
async def _sms(services: Services, provider: Provider, wire: Wire) -> web.Response:
    """An MO. It is answered with 200 once it is stored and acted on: until then the provider repeats it."""
    mo = provider.parse_mo(wire)
    await in_time(services, services.inbox.receive(mo))
    return _answer(provider.answer_mo())


@_hook("sms/reports", _all)
async def _sms_reports(services: Services, provider: Provider, wire: Wire) -> web.Response:
    """A delivery report."""
    if dlr := provider.parse_dlr(wire):
        await in_time(services, services.inbox.report(dlr))
    return web.Response()


@_hook("sms/optout", _with_optout)
async def _sms_optout(services: Services, provider: OptOutProvider, wire: Wire) -> web.Response:
    """A person told the provider that we must not write to them: the same as STOP by SMS. Safe to repeat."""
    await in_time(services, services.inbox.opted_out(provider.parse_optout(wire), provider.name))
    return web.Response()


@routes.post("/hooks/{token}/{provider}/number-checks")
async def _number_check(request: web.Request) -> web.Response:
    """What a source says of the SIM of a number that we asked about. No source signs; it knows the id of the
    question."""
    services = request.app[SERVICES]
    source = caller_of(request, services, services.number_checks.calling_back)
    _check_workload(services)
    sent = await read_json(request)
    await in_time(services, services.number_checks.take_answer(source, sent, services.now()))
    return web.Response()


async def in_time(services: Services, act: Awaitable[None]) -> None:
    """Wait for what a provider brought to be stored. Past the deadline answer 503: the provider repeats it.

    The act is then cancelled. It is one statement, so it is committed or it is not; and a repeat of what is committed
    changes nothing, because of its unique key.
    """
    is_answered = False
    began_at = services.workload.begin()
    try:
        with services.callback_deadlines.of_request() as deadline:
            await act
        is_answered = True
    except TimeoutError:
        if not deadline.is_over:
            raise
        log.error("webhook past its deadline", seconds=services.callback_deadlines.seconds)
        raise web.HTTPServiceUnavailable(reason="This took too long. Please send it again.") from None
    finally:
        services.workload.end(began_at, is_answered=is_answered)


def caller_of(request: web.Request, services: Services, known: Mapping[str, _N]) -> _N:
    """Return the provider that calls. A stranger gets a plain 404, and learns nothing from it."""
    if not _has_token(request, services):
        raise _wrong_token(request)
    provider = known.get(request.match_info["provider"])
    if provider is None:
        raise web.HTTPNotFound
    _check_address(request, services, provider.name)
    _check_pace(services, provider.name)
    return provider


def _has_token(request: web.Request, services: Services) -> bool:
    given = request.match_info["token"]
    return any(same_secret(given, token) for token in services.settings.webhook_tokens)


def _wrong_token(request: web.Request) -> web.HTTPException:
    """Count a wrong token. Return the answer to it, which closes the connection of an address that sent too many."""
    answer = web.HTTPNotFound()
    if request.app[SERVICES].limits.wrong.wrong_token(request):
        answer.force_close()
    return answer


def _check_address(request: web.Request, services: Services, provider: str) -> None:
    """Answer 404 to a right token that comes from an address which is not among the provider's in WEBHOOK_ADDRESSES."""
    networks = services.settings.webhook_addresses.get(provider)  # type: ignore[call-overload]  # any name
    if networks is None:
        return
    client = client_address(request, services.settings.proxy_hops)
    if client == UNKNOWN or not any(ip_address(client) in network for network in networks):
        log.warning("not an address of this provider", provider=provider, address=masked_address(client))
        raise web.HTTPNotFound


def _check_pace(services: Services, provider: str) -> None:
    """Answer 503, so that it repeats this later, to a provider that calls more often than any does in good order."""
    callbacks = services.limits.callbacks
    if wait := callbacks.retry_after_seconds(provider):
        if callbacks.is_first_refusal(provider):
            log.warning("too many callbacks", provider=provider, seconds=wait)
        raise web.HTTPServiceUnavailable(
            reason="There were too many requests. Please send it again.", headers={"Retry-After": str(wait)}
        )


def _check_workload(services: Services) -> None:
    """Answer 503 to what a provider repeats, while there is too much to do for new callers."""
    if services.workload.is_too_much():
        services.workload.turn_away_callback()
        raise web.HTTPServiceUnavailable(reason="There is too much to do. Please send it again.")


def _check_signature(request: web.Request, services: Services, provider: Provider, wire: Wire) -> None:
    """Answer 403 unless the provider signed this form, or never signs."""
    header = provider.signature_header
    if header and not provider.verify(public_url(request, services), request.headers, wire):
        log.warning("not signed", provider=provider.name, has_signature=header in request.headers)
        raise web.HTTPForbidden(reason=f"{header}: is missing or wrong")


def public_url(request: web.Request, services: Services) -> str:
    """Return the address that the provider called. Behind a proxy only WEBHOOK_BASE_URL has its scheme and host."""
    base = services.settings.webhook_base_url or f"{request.scheme}://{request.host}"
    return base.rstrip("/") + request.raw_path


def _answer(reply: HttpReply) -> web.Response:
    return web.Response(body=reply.body, headers={"Content-Type": reply.content_type})
