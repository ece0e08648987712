"""Deliveries of a contract: an operator reports one, and reads what was said and reported.

A report binds nobody: see docs/decisions/0007-an-operator-asks-and-reports.md.
"""

from aiohttp import web

from contracts.contract import Contract
from contracts.refusals import Refusal
from contracts.rules import operator_acts
from contracts.rules.plan import Plan
from gateway.operators.scope import Scope
from gateway.rest import views
from gateway.rest.contracts import NOT_NOW, contract_id_in_path
from gateway.rest.json_body import Body
from gateway.rest.json_request import answer_json
from gateway.rest.lists import PageQuery, page_body
from gateway.rest.openapi.operation import Write, reads, writes
from gateway.rest.operator_only import operator_of, operator_only
from gateway.rest.party_field import PartyName, find_party
from gateway.rest.shapes.contract import DeliveryView
from gateway.rest.shapes.fields import Page
from gateway.rest.write_once import write_to_contract
from gateway.services import SERVICES
from storage.operator_reads import UsedIdempotencyKey

routes = web.RouteTableDef()

_REFUSALS = {
    **NOT_NOW,
    Refusal.NOT_YOURS: "This person is no seller of the contract.",
    Refusal.NOT_YOUR_PART: "This person is no seller of the contract.",
    Refusal.ALREADY_SAID: "The seller has said so, and the buyer's silence counts.",
}


class DeliveryBody(Body):
    """`party`: the seller who delivered."""

    party: PartyName


@routes.post("/v1/contracts/{contract}/deliveries")
@operator_only(Scope.WRITE)
@writes(DeliveryBody, DeliveryView, refusals=_REFUSALS)
async def report_delivery(request: web.Request, write: Write[DeliveryBody]) -> web.Response:
    """Record that a seller delivered. All parties get an SMS: the seller is asked to confirm, the buyer what came."""
    services, contract_id = request.app[SERVICES], await contract_id_in_path(request)
    settings, operator = services.settings, operator_of(request)

    def decide(contract: Contract, body: DeliveryBody) -> Plan | Refusal:
        seller = find_party(contract, body.party, settings.default_country)
        return operator_acts.report_delivered(contract, seller, operator, services.now(), settings.waiting_periods)

    return await write_to_contract(request, contract_id, write, decide, _answer)


@routes.get("/v1/contracts/{contract}/deliveries")
@operator_only(Scope.READ)
@reads(PageQuery, Page[DeliveryView])
async def list_deliveries(request: web.Request, query: PageQuery) -> web.Response:
    """List what parties said and operators reported about deliveries, newest first."""
    contract_id = await contract_id_in_path(request)
    found = await request.app[SERVICES].operator_reads.deliveries(contract_id, query.limit, query.after)
    return answer_json(page_body(found, views.delivery_json))


async def _answer(request: web.Request, used: UsedIdempotencyKey) -> web.Response:
    row = await request.app[SERVICES].operator_reads.delivery(used.act_id)  # a delivery has the id of its act
    return answer_json(views.delivery_json(row), status=201)
