"""Transfers that need a person: an operator lists them and decides, as with `voicepact payments`.

Each of these is kept once for each operator, so a repeat changes nothing. Only a payout that is ordered again is an act
of its own: it takes an Idempotency-Key.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final
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
from gateway.payments.by_hand import ByHand, NotPossible
from gateway.rest.json_body import Body, NoBody, body_defaults, read_body
from gateway.rest.json_request import Unprocessable, answer_json, read_json
from gateway.rest.lists import read_query
from gateway.rest.money_views import waiting_transfer_json
from gateway.rest.operator_only import acting_operator, operator_only
from gateway.rest.request_log import add_to_log
from gateway.rest.write_once import write_to_contract
from gateway.services import SERVICES
from storage.operator_reads import UsedIdempotencyKey

routes = web.RouteTableDef()

_UNKNOWN_SINCE: Final = timedelta(hours=1)
_MOST: Final = 100
_REFUSALS = {Refusal.NOTHING_TO_PAY: "This payout has not failed, or was ordered again already."}


class AssignBody(Body):
    """`contract`: the 8 digits of the contract that the money is for."""

    contract: str


class PaidBody(Body):
    """`receipt`: the number of the payment that was made by hand."""

    receipt: str = Field(pattern=r"^[\x21-\x7e]{1,200}$")


@routes.get("/v1/transfers/waiting")
@operator_only(Scope.READ)
async def list_waiting(request: web.Request) -> web.Response:
    """Return up to a hundred transfers that need a person, oldest first."""
    read_query(request)
    services = request.app[SERVICES]
    found = await services.money.reads.waiting(services.now() - _UNKNOWN_SINCE, _MOST)
    return answer_json({"items": [waiting_transfer_json(each) for each in found]})


@routes.post("/v1/transfers/{transfer}/retry")
@operator_only(Scope.MONEY)
async def retry(request: web.Request) -> web.Response:
    """Order a payout again that failed."""
    transfer_id = _id_in_path(request)
    facts = await request.app[SERVICES].money.rows.facts(transfer_id, None)
    if facts is None or facts.contract is None:
        raise web.HTTPNotFound(reason="There is no such payout.")

    def decide(contract: Contract, _body: NoBody) -> Plan | Refusal:
        failed = acts.Transfer(facts.id, facts.kind, facts.amount_minor, facts.status, facts.is_retried)
        return acts.pay_out_again(contract, None, failed)

    async def answer(request: web.Request, _used: UsedIdempotencyKey) -> web.Response:
        return answer_json({"id": str(transfer_id), "says": "it is ordered again, as a new transfer"})

    return await write_to_contract(request, UUID(facts.contract["id"]), NoBody, decide, answer, _REFUSALS)


@routes.post("/v1/transfers/{transfer}/approve")
@operator_only(Scope.MONEY)
async def approve(request: web.Request) -> web.Response:
    """Say that a large payout may be sent. Two people have to say so."""
    return await _by_hand(request, lambda hand, transfer_id: hand.approve(transfer_id))


@routes.post("/v1/transfers/{transfer}/send-back")
@operator_only(Scope.MONEY)
async def send_back(request: web.Request) -> web.Response:
    """Give money that belongs to no contract back to who paid it. Two people have to say so."""
    return await _by_hand(request, lambda hand, transfer_id: hand.send_back(transfer_id))


@routes.post("/v1/transfers/{transfer}/assign")
@operator_only(Scope.MONEY)
async def assign(request: web.Request) -> web.Response:
    """Say to which contract money belongs that names none. Two people have to say the same."""
    body = read_body(AssignBody, await read_json(request), body_defaults(request))
    if not is_reference(body.contract):
        raise Unprocessable([("contract", "should be the 8 digits of a contract")])
    return await _by_hand(request, lambda hand, transfer_id: hand.assign(transfer_id, body.contract))


@routes.post("/v1/transfers/{transfer}/paid")
@operator_only(Scope.MONEY)
async def paid(request: web.Request) -> web.Response:
    """Say that somebody has paid by hand what a rail could not. Two people have to say the same."""
    body = read_body(PaidBody, await read_json(request), body_defaults(request))
    return await _by_hand(request, lambda hand, transfer_id: hand.paid(transfer_id, body.receipt))


async def _by_hand(request: web.Request, act: Callable[[ByHand, UUID], Awaitable[str]]) -> web.Response:
    """Let the operator of this key act. What cannot be done is answered with 409 and why."""
    transfer_id, services = _id_in_path(request), request.app[SERVICES]
    operator = acting_operator(request)
    hand = ByHand(services.records.pool, services.composer, operator.key_id, services.now(), person=operator.person)
    try:
        says = await act(hand, transfer_id)
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
