"""Messages: an operator lists them, reads the history of one, and sends one again that failed."""

from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import Field

from contracts.fields.msisdn import Msisdn
from contracts.sms.vocabulary import Intent
from contracts.urgency import MessageClass
from gateway.http import problem
from gateway.operators.scope import Scope
from gateway.rest import views
from gateway.rest.json_request import answer_json
from gateway.rest.lists import PageQuery, page_body
from gateway.rest.openapi.described import AN_ID, described
from gateway.rest.openapi.operation import declares, reads
from gateway.rest.operator_only import operator_only
from gateway.rest.query import NoQuery
from gateway.rest.query_fields import ID, MSISDN, exactly_one_of
from gateway.rest.request_log import add_to_log
from gateway.rest.shapes.fields import Page
from gateway.rest.shapes.message import MessageHistoryView, MessageView
from gateway.services import SERVICES
from values.ids import new_id

routes = web.RouteTableDef()

STATUSES = (
    "received", "queued", "sending", "submitted", "delivered", "failed", "rejected", "expired", "unconfirmed",
)  # fmt: skip
KINDS = (*(intent.value for intent in Intent), "no_number")  # what a text that came in was taken for


class MessagesQuery(PageQuery):
    """Which messages to list."""

    msisdn: Annotated[
        Msisdn | None, MSISDN, described("Only to and from this phone, in any spelling.", "+254711000001")
    ] = None
    direction: Annotated[
        str | None, exactly_one_of(("in", "out")), described("Only those that came in, or went out.", "out")
    ] = None
    status: Annotated[str | None, exactly_one_of(STATUSES), described("Only with this status.", "failed")] = None
    message_class: Annotated[
        str | None,
        exactly_one_of(tuple(MessageClass)),
        Field(alias="class"),
        described("Only of this class.", "critical"),
    ] = None
    contract_id: Annotated[UUID | None, ID, described("Only about this contract.", AN_ID)] = None
    kind: Annotated[
        str | None,
        exactly_one_of(KINDS),
        described("Only those that came in and were taken for this.", "unclear"),
    ] = None


@routes.get("/v1/messages")
@operator_only(Scope.READ)
@reads(MessagesQuery, Page[MessageView])
async def list_messages(request: web.Request, query: MessagesQuery) -> web.Response:
    """List SMS in both directions, newest first. All, or those with one `msisdn`, `direction`, `status`, `class` or
    `contract_id`, or that came in and were taken for one `kind`."""
    found = await request.app[SERVICES].queue.page(
        query.limit, query.after, msisdn=query.msisdn, direction=query.direction, status=query.status,
        message_class=query.message_class, contract_id=query.contract_id, meaning=query.kind,
    )  # fmt: skip
    return answer_json(page_body(found, views.message_json))


@routes.get("/v1/messages/{message}")
@operator_only(Scope.READ)
@reads(NoQuery, MessageHistoryView)
async def read_message(request: web.Request, _query: NoQuery) -> web.Response:
    """Read one message with its text, every try to send it and every delivery report."""
    return await _answer(request, _message_id(request))


@routes.post("/v1/messages/{message}/resend")
@operator_only(Scope.WRITE)
@declares(
    NoQuery, {201: MessageHistoryView, 200: MessageHistoryView},
    problems={409: "The message did not fail: nothing is sent again."},
)  # fmt: skip
async def resend_message(request: web.Request, _query: NoQuery) -> web.Response:
    """Queue a new message with the text of one that failed, was rejected or expired. A repeat of this request gets the
    same new message with 200."""
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
