"""The route that rails call: `POST /hooks/{token}/{provider}/payments/{kind}`, and the same with a marked transfer.

It goes through the steps of every hook (token, address, pace, body, signature), keeps the callback, and answers. What a
rail asks before it takes money is answered at once and not kept; where there is too much to do, with a yes.
"""

from aiohttp import web

from gateway.door.body import read_body
from gateway.events import BadWire, HttpReply
from gateway.hooks import caller_of, in_time, public_url
from gateway.payments.asked_first import why_refuse
from gateway.payments.port import Callback, Rail
from gateway.services import SERVICES, Services

routes = web.RouteTableDef()

_JSON = "application/json"


@routes.post("/hooks/{token}/{provider}/payments/{kind}")
@routes.post("/hooks/{token}/{provider}/payments/{kind}/{transfer}")
async def payments(request: web.Request) -> web.Response:
    """A callback about money: answered with 200 once it is kept, and dealt with afterwards."""
    services = request.app[SERVICES]
    kind, segment = request.match_info["kind"], request.match_info.get("transfer")
    try:
        rail = caller_of(request, services, services.money.rails)
    except web.HTTPServiceUnavailable:  # too many requests, of a rail that is ours
        rail = services.money.rails[request.match_info["provider"]]
        if kind not in rail.asks:
            raise
        return _answer(rail.answer_callback(Callback(kind, None, request.method, "", request.headers, b"")))
    own_id = services.money.marks.own_id(rail.name, kind, segment) if segment else None
    if segment and own_id is None:
        raise web.HTTPNotFound
    if request.content_type != _JSON:
        raise web.HTTPUnsupportedMediaType(reason=f"the body should be {_JSON}")
    body = await read_body(request)
    callback = Callback(kind, own_id, request.method, public_url(request, services), request.headers, body)
    if rail.signs_callbacks and not await rail.verify(callback):
        raise web.HTTPForbidden(reason="signature: is missing or wrong")
    if not body:
        raise BadWire("body", "is empty")
    return _answer(await _take(services, rail, callback))


async def _take(services: Services, rail: Rail, callback: Callback) -> HttpReply:
    if callback.kind in rail.asks:
        question = rail.read_question(callback)
        return rail.answer_callback(callback, await why_refuse(services.records, rail.name, question))
    await in_time(services, services.money.callbacks.keep(rail, callback, services.now()))
    return rail.answer_callback(callback)


def _answer(reply: HttpReply) -> web.Response:
    return web.Response(body=reply.body, headers={"Content-Type": reply.content_type})
