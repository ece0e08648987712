"""Payments: an operator lists them, and reads one with every transfer of its money."""

from uuid import UUID

from aiohttp import web

from contracts.escrow.escrow import PaymentStatus
from contracts.fields.reference import is_reference
from gateway.operators.scope import Scope
from gateway.rest.json_request import answer_json
from gateway.rest.lists import page_body, read_one_of, read_page, read_query
from gateway.rest.money_views import payment_json, payment_with_transfers_json
from gateway.rest.operator_only import operator_only
from gateway.services import SERVICES

routes = web.RouteTableDef()


@routes.get("/v1/payments")
@operator_only(Scope.READ)
async def list_payments(request: web.Request) -> web.Response:
    """Return payments of contracts with escrow, newest first: all, or those with one `status`."""
    query = read_query(request, "limit", "after", "status")
    page = read_page(query)
    status = read_one_of(query, "status", tuple(PaymentStatus))
    found = await request.app[SERVICES].money.reads.page(page.limit, page.after, status)
    return answer_json(page_body(found, payment_json))


@routes.get("/v1/payments/{payment}")
@operator_only(Scope.READ)
async def read_payment(request: web.Request) -> web.Response:
    """Return one payment, by its id, or by its contract's id or reference, with its newest hundred transfers."""
    read_query(request)
    named = request.match_info["payment"]
    reference = named if is_reference(named) else None
    try:
        payment_id = None if reference else UUID(named)
    except ValueError:
        raise web.HTTPNotFound(reason="There is no such payment.") from None
    row = await request.app[SERVICES].money.reads.payment(payment_id, reference)
    if row is None:
        raise web.HTTPNotFound(reason="There is no such payment.")
    return answer_json(payment_with_transfers_json(row))
