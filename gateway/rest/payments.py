"""Payments: an operator lists them, reads one with every transfer of its money, and has the buyer asked for it."""

from typing import Annotated, Any
from uuid import UUID

from aiohttp import web

from contracts.escrow import acts
from contracts.escrow.escrow import PaymentStatus
from contracts.fields.reference import is_reference
from contracts.refusals import Refusal
from gateway.operators.scope import Scope
from gateway.rest.json_body import NoBody
from gateway.rest.json_request import answer_json
from gateway.rest.lists import PageQuery, page_body
from gateway.rest.money_views import payment_json, payment_with_transfers_json
from gateway.rest.openapi.described import described
from gateway.rest.openapi.operation import Write, reads, writes
from gateway.rest.operator_only import operator_only
from gateway.rest.query import NoQuery
from gateway.rest.query_fields import exactly_one_of
from gateway.rest.shapes.fields import Page
from gateway.rest.shapes.payment import PaymentView, PaymentWithTransfersView
from gateway.rest.write_once import write_to_contract
from gateway.services import SERVICES
from storage.operator_reads import UsedIdempotencyKey

routes = web.RouteTableDef()

_REFUSALS = {
    Refusal.NOTHING_TO_PAY: "Nothing is missing, or the contract takes no money now.",
    Refusal.PROMPTED_ALREADY: "A request to pay is on the buyer's phone already.",
}


class PaymentsQuery(PageQuery):
    """Which payments to list."""

    status: Annotated[
        str | None, exactly_one_of(tuple(PaymentStatus)), described("Only with this status.", "LOCKED")
    ] = None


@routes.get("/v1/payments")
@operator_only(Scope.READ)
@reads(PaymentsQuery, Page[PaymentView])
async def list_payments(request: web.Request, query: PaymentsQuery) -> web.Response:
    """List the payments of contracts with escrow, newest first. All, or those with one `status`."""
    found = await request.app[SERVICES].money.reads.page(query.limit, query.after, query.status)
    return answer_json(page_body(found, payment_json))


@routes.get("/v1/payments/{payment}")
@operator_only(Scope.READ)
@reads(NoQuery, PaymentWithTransfersView)
async def read_payment(request: web.Request, _query: NoQuery) -> web.Response:
    """Read one payment, by its id, or by its contract's id or reference, with its newest hundred transfers."""
    return answer_json(payment_with_transfers_json(await _payment_in_path(request)))


@routes.post("/v1/payments/{payment}/prompt")
@operator_only(Scope.MONEY)
@writes(NoBody, PaymentWithTransfersView, status=200, refusals=_REFUSALS)
async def ask_to_pay(request: web.Request, write: Write[NoBody]) -> web.Response:
    """Ask the buyer, on their phone, for what is missing; an SMS tells them so."""
    row = await _payment_in_path(request)
    return await write_to_contract(
        request, row["contract_id"], write, lambda contract, _body: acts.ask_to_pay(contract, None), _answer
    )


async def _payment_in_path(request: web.Request) -> dict[str, Any]:
    """Return the payment that the path names; raise 404 if there is none."""
    named = request.match_info["payment"]
    reference = named if is_reference(named) else None
    try:
        payment_id = None if reference else UUID(named)
    except ValueError:
        raise web.HTTPNotFound(reason="There is no such payment.") from None
    row = await request.app[SERVICES].money.reads.payment(payment_id, reference)
    if row is None:
        raise web.HTTPNotFound(reason="There is no such payment.")
    return row


async def _answer(request: web.Request, _used: UsedIdempotencyKey) -> web.Response:
    return answer_json(payment_with_transfers_json(await _payment_in_path(request)))
