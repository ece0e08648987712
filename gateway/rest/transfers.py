"""Transfers that need a person: an operator lists them and decides, as with `voicepact payments`.

Each of these is kept once for each operator, so a repeat changes nothing. Only a payout that is ordered again is an act
of its own: it takes an Idempotency-Key.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from aiohttp import web
from pydantic import Field

from contracts.contract import Contract
from contracts.escrow import acts
from contracts.fields.reference import is_reference
from contracts.refusals import Refusal
from contracts.rules.plan import Plan
from gateway.http import problem
from gateway.operators.scope import Scope
from gateway.payments.by_hand import ByHand, NoSuchTransfer, NotPossible
from gateway.rest.json_body import Body, NoBody
from gateway.rest.json_request import Unprocessable, answer_json
from gateway.rest.money_views import waiting_transfer_json
from gateway.rest.openapi.described import described
from gateway.rest.openapi.operation import Write, declares, reads, takes, writes
from gateway.rest.operator_only import acting_operator, operator_only
from gateway.rest.query import NoQuery
from gateway.rest.request_log import add_to_log
from gateway.rest.shapes.payment import TransferActView, WaitingTransfersView
from gateway.rest.write_once import write_to_contract
from gateway.services import SERVICES
from storage.operator_reads import UsedIdempotencyKey

routes = web.RouteTableDef()

_UNKNOWN_SINCE: Final = timedelta(hours=1)
_MOST: Final = 100
_PROBLEMS = {409: "It cannot be done; `title` says why."}
_REFUSALS = {Refusal.NOTHING_TO_PAY: "This payout has not failed, or was ordered again already."}


class AssignBody(Body):
    """The contract that the money is for."""

    contract: Annotated[str, Field(pattern="^[0-9]{8}$"), described("Its number of eight digits.", "40718353")]


class PaidBody(Body):
    """That it was paid by hand."""

    receipt: Annotated[
        str, Field(pattern="^[!-~]{1,200}$"), described("The number of the payment made by hand.", "TGL8X2K1QW")
    ]


@routes.get("/v1/transfers/waiting")
@operator_only(Scope.READ)
@reads(NoQuery, WaitingTransfersView)
async def list_waiting_transfers(request: web.Request, _query: NoQuery) -> web.Response:
    """List up to a hundred transfers that need a person, oldest first."""
    services = request.app[SERVICES]
    found = await services.money.reads.waiting(services.now() - _UNKNOWN_SINCE, _MOST)
    return answer_json({"items": [waiting_transfer_json(each) for each in found]})


@routes.post("/v1/transfers/{transfer}/retry")
@operator_only(Scope.MONEY)
@writes(NoBody, TransferActView, status=200, refusals=_REFUSALS)
async def retry_transfer(request: web.Request, write: Write[NoBody]) -> web.Response:
    """Order a payout again that failed."""
    transfer_id = _id_in_path(request)
    services = request.app[SERVICES]
    facts = await services.money.rows.facts(transfer_id, None, services.now())
    if facts is None or facts.contract is None:
        raise web.HTTPNotFound(reason="There is no such payout.")

    def decide(contract: Contract, _body: NoBody) -> Plan | Refusal:
        failed = acts.Transfer(facts.id, facts.kind, facts.amount_minor, facts.status, facts.is_retried)
        return acts.pay_out_again(contract, None, failed)

    async def answer(request: web.Request, _used: UsedIdempotencyKey) -> web.Response:
        return answer_json({"id": str(transfer_id), "says": "it is ordered again, as a new transfer"})

    return await write_to_contract(request, UUID(facts.contract["id"]), write, decide, answer)


@routes.post("/v1/transfers/{transfer}/approve")
@operator_only(Scope.MONEY)
@declares(NoQuery, {200: TransferActView}, problems=_PROBLEMS)
async def approve_transfer(request: web.Request, _query: NoQuery) -> web.Response:
    """Say that a large payout may be sent. Two people have to say so."""
    return await _by_hand(request, lambda hand, transfer_id: hand.approve(transfer_id))


@routes.post("/v1/transfers/{transfer}/send-back")
@operator_only(Scope.MONEY)
@declares(NoQuery, {200: TransferActView}, problems=_PROBLEMS)
async def send_transfer_back(request: web.Request, _query: NoQuery) -> web.Response:
    """Give money that belongs to no contract back to who paid it. Two people have to say so."""
    return await _by_hand(request, lambda hand, transfer_id: hand.send_back(transfer_id))


@routes.post("/v1/transfers/{transfer}/assign")
@operator_only(Scope.MONEY)
@takes(AssignBody, {200: TransferActView}, problems=_PROBLEMS)
async def assign_transfer(request: web.Request, body: AssignBody) -> web.Response:
    """Say to which contract money belongs that names none. Two people have to say the same."""
    if not is_reference(body.contract):
        raise Unprocessable([("contract", "should be the 8 digits of a contract")])
    return await _by_hand(request, lambda hand, transfer_id: hand.assign(transfer_id, body.contract))


@routes.post("/v1/transfers/{transfer}/paid")
@operator_only(Scope.MONEY)
@takes(PaidBody, {200: TransferActView}, problems=_PROBLEMS)
async def say_transfer_paid(request: web.Request, body: PaidBody) -> web.Response:
    """Say that somebody has paid by hand what a rail could not. Two people have to say the same."""
    return await _by_hand(request, lambda hand, transfer_id: hand.paid(transfer_id, body.receipt))


async def _by_hand(request: web.Request, act: Callable[[ByHand, UUID], Awaitable[str]]) -> web.Response:
    """Let the operator of this key act. What cannot be done is answered with 409 and why, an unknown id with 404."""
    transfer_id, services = _id_in_path(request), request.app[SERVICES]
    operator = acting_operator(request)
    hand = ByHand(services.records.pool, services.composer, operator.key_id, services.now(), person=operator.person)
    try:
        says = await act(hand, transfer_id)
    except NoSuchTransfer:
        raise web.HTTPNotFound(reason="There is no such transfer.") from None
    except NotPossible as why:
        return problem(409, f"{str(why)[:1].upper()}{str(why)[1:]}.", reason="not_possible")
    add_to_log(request, transfer_id=str(transfer_id))
    services.money.loop.wake()
    told: dict[str, Any] = {"id": str(transfer_id), "says": says}
    return answer_json(told)


def _id_in_path(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["transfer"])
    except ValueError:
        raise web.HTTPNotFound(reason="There is no such transfer.") from None
