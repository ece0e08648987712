"""Messages as an operator reads them."""

from aiohttp import web

from gateway.parts import PARTS
from gateway.rest import shapes
from gateway.rest.asking import answer_json, operator_only
from gateway.rest.pages import page_of, read_msisdn, read_page, read_query

routes = web.RouteTableDef()


@routes.get("/v1/messages")
@operator_only
async def page(request: web.Request) -> web.Response:
    """Messages both ways, newest first; of one phone with `msisdn`."""
    parts = request.app[PARTS]
    query = read_query(request, "msisdn", "limit", "after")
    asked = read_page(query)
    msisdn = read_msisdn(query, parts.settings.default_country)
    rows = await parts.records.messages_page(asked.limit + 1, asked.after, msisdn)
    return answer_json(page_of(rows, asked.limit, shapes.message))
