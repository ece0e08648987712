"""The routes that providers call. A secret in the path, and a signature of those who sign, tell them from strangers."""

from collections.abc import Mapping
from typing import TypeVar

import structlog
from aiohttp import web

from gateway.events import HttpReply, UssdReply, Wire
from gateway.http import problem, read_form, same_secret
from gateway.providers import OptOutProvider, Provider
from gateway.services import SERVICES, Services
from gateway.ussd.context import WrongCallerError

log = structlog.get_logger()
routes = web.RouteTableDef()

_P = TypeVar("_P", bound=Provider)


@routes.post("/hooks/{token}/{provider}/ussd")
async def ussd(request: web.Request) -> web.Response:
    """One hop."""
    services = request.app[SERVICES]
    provider = _caller(request, services, services.ussd_providers)
    hop = provider.parse_ussd(_signed(request, services, provider, await read_form(request)))
    try:
        reply: UssdReply = await services.hops.answer(hop)
    except WrongCallerError:
        return problem(403, "sessionId: belongs to another caller", field="sessionId")
    return _answer(provider.render_ussd(reply))


@routes.post("/hooks/{token}/{provider}/ussd/events")
async def ussd_events(request: web.Request) -> web.Response:
    """The end of a session. No menu step runs."""
    services = request.app[SERVICES]
    provider = _caller(request, services, services.ussd_providers)
    end = provider.parse_ussd_end(_signed(request, services, provider, await read_form(request)))
    await services.inbox.session_ended(end)
    return web.Response()


@routes.post("/hooks/{token}/{provider}/sms")
async def sms(request: web.Request) -> web.Response:
    """An MO. It is answered with 200 once it is stored and acted on: until then the provider repeats it."""
    services = request.app[SERVICES]
    provider = _caller(request, services, services.providers)
    await services.inbox.receive(provider.parse_mo(_signed(request, services, provider, await read_form(request))))
    return _answer(provider.answer_mo())


@routes.post("/hooks/{token}/{provider}/sms/reports")
async def sms_reports(request: web.Request) -> web.Response:
    """A delivery report."""
    services = request.app[SERVICES]
    provider = _caller(request, services, services.providers)
    dlr = provider.parse_dlr(_signed(request, services, provider, await read_form(request)))
    if dlr:
        await services.inbox.report(dlr)
    return web.Response()


@routes.post("/hooks/{token}/{provider}/sms/optout")
async def sms_optout(request: web.Request) -> web.Response:
    """A person told the provider that we must not write to them: the same as STOP by SMS. Safe to repeat."""
    services = request.app[SERVICES]
    provider = _caller(request, services, services.providers)
    if not isinstance(provider, OptOutProvider):
        raise web.HTTPNotFound
    await services.inbox.opted_out(
        provider.parse_optout(_signed(request, services, provider, await read_form(request))), provider.name
    )
    return web.Response()


def _caller(request: web.Request, services: Services, known: Mapping[str, _P]) -> _P:
    """Return the provider that calls. A wrong token, or a provider that is not in `known`, gets a plain 404."""
    if not same_secret(request.match_info["token"], services.settings.webhook_token.get_secret_value()):
        raise _wrong_token(request)
    provider = known.get(request.match_info["provider"])
    if not provider:
        raise web.HTTPNotFound
    return provider


def _wrong_token(request: web.Request) -> web.HTTPException:
    """Count a wrong token. Return the answer to it, which closes the connection of an address that sent too many."""
    answer = web.HTTPNotFound()
    if request.app[SERVICES].limits.wrong.wrong_token(request):
        answer.force_close()
    return answer


def _signed(request: web.Request, services: Services, provider: Provider, wire: Wire) -> Wire:
    """Return `wire` if the provider signed it, or never signs; else answer with 403."""
    header = provider.signature_header
    if header and not provider.verify(_public_url(request, services), request.headers, wire):
        log.warning("not signed", provider=provider.name, has_signature=header in request.headers)
        raise web.HTTPForbidden(reason=f"{header}: is missing or wrong")
    return wire


def _public_url(request: web.Request, services: Services) -> str:
    """Return the address that the provider called. Behind a proxy only WEBHOOK_BASE_URL has its scheme and host."""
    base = services.settings.webhook_base_url or f"{request.scheme}://{request.host}"
    return base.rstrip("/") + request.raw_path


def _answer(reply: HttpReply) -> web.Response:
    return web.Response(body=reply.body, headers={"Content-Type": reply.content_type})
