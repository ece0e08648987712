"""The routes that providers call. The secret in the path is all that tells them from a stranger."""

from aiohttp import web

from gateway.events import UssdReply
from gateway.hop import WrongCallerError
from gateway.parts import PARTS, Parts
from gateway.providers import Provider
from gateway.wires import problem, read_form, same_secret

routes = web.RouteTableDef()


def _caller(request: web.Request) -> tuple[Parts, Provider]:
    """The parts and the provider that calls; a wrong token or an unknown provider is a plain 404."""
    parts = request.app[PARTS]
    provider = parts.providers.get(request.match_info["provider"])
    if not same_secret(request.match_info["token"], parts.settings.webhook_token.get_secret_value()) or not provider:
        raise web.HTTPNotFound
    return parts, provider


@routes.post("/hooks/{token}/{provider}/ussd")
async def ussd(request: web.Request) -> web.Response:
    """One hop."""
    parts, provider = _caller(request)
    said = provider.parse_ussd(await read_form(request))
    try:
        reply: UssdReply = await parts.ussd.hop(said)
    except WrongCallerError:
        return problem(403, "sessionId: belongs to another caller", field="sessionId")
    shown = provider.render_ussd(reply)
    return web.Response(body=shown.body, headers={"Content-Type": shown.content_type})


@routes.post("/hooks/{token}/{provider}/ussd/events")
async def ussd_events(request: web.Request) -> web.Response:
    """The end of a session. It never runs a menu step."""
    parts, provider = _caller(request)
    await parts.inbox.session_ended(provider.parse_ussd_end(await read_form(request)))
    return web.Response()


@routes.post("/hooks/{token}/{provider}/sms")
async def sms(request: web.Request) -> web.Response:
    """A message from a phone. 200 only once it is kept and acted on: until then the provider repeats it."""
    parts, provider = _caller(request)
    await parts.inbox.receive(provider.parse_mo(await read_form(request)))
    return web.Response()


@routes.post("/hooks/{token}/{provider}/sms/reports")
async def sms_reports(request: web.Request) -> web.Response:
    """A delivery report."""
    parts, provider = _caller(request)
    await parts.inbox.report(provider.parse_dlr(await read_form(request)))
    return web.Response()
