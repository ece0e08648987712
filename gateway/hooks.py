"""The routes that providers call. The secret in the path tells them from strangers, and a signature where they sign."""

from collections.abc import Mapping
from typing import TypeVar

import structlog
from aiohttp import web

from gateway.events import HttpReply, UssdReply, Wire
from gateway.http import problem, read_form, same_secret
from gateway.providers import OptOutProvider, Provider
from gateway.services import PARTS, Parts
from gateway.ussd.context import WrongCallerError

log = structlog.get_logger()
routes = web.RouteTableDef()

_P = TypeVar("_P", bound=Provider)


@routes.post("/hooks/{token}/{provider}/ussd")
async def ussd(request: web.Request) -> web.Response:
    """One hop."""
    parts = request.app[PARTS]
    provider = _caller(request, parts, parts.ussd_providers)
    said = provider.parse_ussd(_signed(request, parts, provider, await read_form(request)))
    try:
        reply: UssdReply = await parts.ussd.hop(said)
    except WrongCallerError:
        return problem(403, "sessionId: belongs to another caller", field="sessionId")
    return _answer(provider.render_ussd(reply))


@routes.post("/hooks/{token}/{provider}/ussd/events")
async def ussd_events(request: web.Request) -> web.Response:
    """The end of a session. It never runs a menu step."""
    parts = request.app[PARTS]
    provider = _caller(request, parts, parts.ussd_providers)
    end = provider.parse_ussd_end(_signed(request, parts, provider, await read_form(request)))
    await parts.inbox.session_ended(end)
    return web.Response()


@routes.post("/hooks/{token}/{provider}/sms")
async def sms(request: web.Request) -> web.Response:
    """A message from a phone. 200 only once it is kept and acted on: until then the provider repeats it."""
    parts = request.app[PARTS]
    provider = _caller(request, parts, parts.providers)
    await parts.inbox.receive(provider.parse_mo(_signed(request, parts, provider, await read_form(request))))
    return _answer(provider.answer_mo())


@routes.post("/hooks/{token}/{provider}/sms/reports")
async def sms_reports(request: web.Request) -> web.Response:
    """A delivery report."""
    parts = request.app[PARTS]
    provider = _caller(request, parts, parts.providers)
    dlr = provider.parse_dlr(_signed(request, parts, provider, await read_form(request)))
    if dlr:
        await parts.inbox.report(dlr)
    return web.Response()


@routes.post("/hooks/{token}/{provider}/sms/optout")
async def sms_optout(request: web.Request) -> web.Response:
    """A person told the provider to stop us: that is a STOP like one by SMS. Safe to repeat."""
    parts = request.app[PARTS]
    provider = _caller(request, parts, parts.providers)
    if not isinstance(provider, OptOutProvider):
        raise web.HTTPNotFound
    await parts.inbox.opted_out(
        provider.parse_optout(_signed(request, parts, provider, await read_form(request))), provider.name
    )
    return web.Response()


def _caller(request: web.Request, parts: Parts, known: Mapping[str, _P]) -> _P:
    """The provider that calls; a wrong token, or one that is not known for such calls, is a plain 404."""
    provider = known.get(request.match_info["provider"])
    if not same_secret(request.match_info["token"], parts.settings.webhook_token.get_secret_value()) or not provider:
        raise web.HTTPNotFound
    return provider


def _signed(request: web.Request, parts: Parts, provider: Provider, wire: Wire) -> Wire:
    """`wire`, if the provider signed it or never signs."""
    header = provider.signature_header
    if header and not provider.verify(_public_url(request, parts), request.headers, wire):
        log.warning("not signed", provider=provider.name, has_signature=header in request.headers)
        raise web.HTTPForbidden(reason=f"{header}: is missing or wrong")
    return wire


def _public_url(request: web.Request, parts: Parts) -> str:
    """The address the provider was given. Behind a proxy only WEBHOOK_BASE_URL knows its scheme and host."""
    base = parts.settings.webhook_base_url or f"{request.scheme}://{request.host}"
    return base.rstrip("/") + request.raw_path


def _answer(reply: HttpReply) -> web.Response:
    return web.Response(body=reply.body, headers={"Content-Type": reply.content_type})
