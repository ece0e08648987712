"""An operator has a party asked, by SMS, for the answer that the contract waits for."""

from typing import Annotated

from aiohttp import web

from contracts.contract import Contract
from contracts.refusals import Refusal
from contracts.rules import operator_acts
from contracts.rules.operator_acts import RequestedAnswer
from contracts.rules.plan import Plan
from gateway.operators.scope import Scope
from gateway.rest import json_fields, views
from gateway.rest.contracts import NOT_NOW, contract_id_in_path
from gateway.rest.json_body import Body
from gateway.rest.json_request import answer_json
from gateway.rest.openapi.described import described
from gateway.rest.openapi.operation import Write, writes
from gateway.rest.operator_only import operator_only
from gateway.rest.party_field import PartyName, find_party
from gateway.rest.shapes.contract import AskedPartyView
from gateway.rest.write_once import write_to_contract
from gateway.services import SERVICES
from storage.operator_reads import UsedIdempotencyKey

routes = web.RouteTableDef()

_REFUSALS = {
    **NOT_NOW,
    Refusal.NOT_YOURS: "This person is no buyer or seller of the contract.",
    Refusal.NOT_YOUR_PART: "Only a buyer can say that it is received.",
    Refusal.ALREADY_CONFIRMED: "This person has said yes already.",
    Refusal.NO_LONGER_OPEN: "The contract asks nobody for a yes or no now.",
}


class RequestBody(Body):
    """Whom to ask, and for what."""

    party: PartyName
    ask: Annotated[
        RequestedAnswer,
        json_fields.one_of(RequestedAnswer),
        described("To confirm the contract or its proposal, or to say what was received.", "confirm"),
    ]


@routes.post("/v1/contracts/{contract}/requests")
@operator_only(Scope.WRITE)
@writes(RequestBody, AskedPartyView, refusals=_REFUSALS)
async def request_answer(request: web.Request, write: Write[RequestBody]) -> web.Response:
    """Have a party asked again by SMS; each party at most once an hour."""
    services, contract_id = request.app[SERVICES], await contract_id_in_path(request)
    settings = services.settings

    def decide(contract: Contract, body: RequestBody) -> Plan | Refusal:
        party = find_party(contract, body.party, settings.default_country)
        return operator_acts.request_answer(contract, party, body.ask, services.now(), settings.waiting_periods)

    return await write_to_contract(request, contract_id, write, decide, _answer)


async def _answer(request: web.Request, used: UsedIdempotencyKey) -> web.Response:
    assert used.contract_id, "a request is about a contract"
    entry = await request.app[SERVICES].operator_reads.entry_of_act(used.contract_id, used.act_id)
    return answer_json(views.request_json(entry), status=201)
