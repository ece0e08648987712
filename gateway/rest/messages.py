"""Messages: an operator lists them, reads the history of one, and sends one again that failed."""

from uuid import UUID

from aiohttp import web

from contracts.sms.vocabulary import Intent
from contracts.urgency import MessageClass
from gateway.http import problem
from gateway.operators.scope import Scope
from gateway.rest import views
from gateway.rest.json_request import answer_json
from gateway.rest.lists import page_body, read_id, read_msisdn, read_one_of, read_page, read_query
from gateway.rest.operator_only import operator_only
from gateway.rest.request_log import add_to_log
from gateway.services import SERVICES
from values.ids import new_id

routes = web.RouteTableDef()

STATUSES = (
    "received", "queued", "sending", "submitted", "delivered", "failed", "rejected", "expired", "unconfirmed",
)  # fmt: skip
KINDS = (*(intent.value for intent in Intent), "no_number")  # what a text that came in was taken for


@routes.get("/v1/messages")
@operator_only(Scope.READ)
async def list_messages(request: web.Request) -> web.Response:
    """Return SMS in both directions, newest first: all, or those with one `msisdn`, `direction`, `status`, `class` or
    `contract_id`, or that came in and were taken for one `kind`."""
    services = request.app[SERVICES]
    query = read_query(request, "msisdn", "direction", "status", "class", "contract_id", "kind", "limit", "after")
    page = read_page(query)
    found = await services.queue.page(
        page.limit, page.after,
        msisdn=read_msisdn(query, services.settings.default_country),
        direction=read_one_of(query, "direction", ("in", "out")),
        status=read_one_of(query, "status", STATUSES),
        message_class=read_one_of(query, "class", tuple(MessageClass)),
        contract_id=read_id(query, "contract_id"),
        meaning=read_one_of(query, "kind", KINDS),
    )  # fmt: skip
    return answer_json(page_body(found, views.message_json))


@routes.get("/v1/messages/{message}")
@operator_only(Scope.READ)
async def read_message(request: web.Request) -> web.Response:
    """Return one message with its text, every try to send it and every delivery report."""
    read_query(request)
    return await _answer(request, _message_id(request))


@routes.post("/v1/messages/{message}/resend")
@operator_only(Scope.WRITE)
async def resend(request: web.Request) -> web.Response:
    """Queue a new message with the text of one that failed, was rejected or expired: 201. A repeat of this request gets
    the same new message with 200."""
    read_query(request)
    services, old = request.app[SERVICES], _message_id(request)
    new = new_id()
    if await services.queue.resend(old, new, services.now()):
        add_to_log(request, resent_as=str(new))
        return await _answer(request, new, status=201)
    row = await services.queue.message(old)
    if row is None:
        raise web.HTTPNotFound(reason="There is no such message.")
    if row["resent_as"] is None:
        return problem(
            409, f"Only a message that failed, was rejected or expired is sent again; it is {row['status']}."
        )
    return await _answer(request, row["resent_as"])


async def _answer(request: web.Request, message_id: UUID, status: int = 200) -> web.Response:
    row = await request.app[SERVICES].queue.message(message_id)
    if row is None:
        raise web.HTTPNotFound(reason="There is no such message.")
    return answer_json(views.message_history_json(row), status=status)


def _message_id(request: web.Request) -> UUID:
    try:
        message_id = UUID(request.match_info["message"])
    except ValueError:
        raise web.HTTPNotFound(reason="There is no such message.") from None
    add_to_log(request, message_id=str(message_id))
    return message_id
