"""The clock that counts silence after a delivery: an operator stops it for a party who called, or starts it again."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final

from aiohttp import web

from contracts.contract import Contract
from contracts.fields.free_text import REASONS_LETTERS
from contracts.refusals import Refusal
from contracts.rules import operator_acts
from contracts.rules.plan import Plan
from gateway.operators.scope import Scope
from gateway.rest import json_fields
from gateway.rest.contracts import NOT_NOW, contract_id_in_path, contract_in_path
from gateway.rest.etags import answer_contract
from gateway.rest.json_body import Body
from gateway.rest.json_request import Unprocessable
from gateway.rest.openapi.described import described
from gateway.rest.openapi.operation import Write, writes
from gateway.rest.operator_only import operator_only
from gateway.rest.party_field import PARTY_OR_NULL, WHO, find_party
from gateway.rest.shapes.contract import ContractView
from gateway.rest.write_once import write_to_contract
from gateway.services import SERVICES
from storage.operator_reads import UsedIdempotencyKey

routes = web.RouteTableDef()

_REFUSALS: Final[Mapping[Refusal, str]] = {
    **NOT_NOW,
    Refusal.NOT_YOURS: "This person is no buyer or seller of the contract.",
    Refusal.NOTHING_CHANGES: "The clock does not count the silence of this person, or runs already.",
}


class ClockAct(StrEnum):
    STOP = "stop"
    START = "start"


class ClockBody(Body):
    """`party`: who called, only to stop. `reason`: what they said, or why silence may count again."""

    act: Annotated[ClockAct, json_fields.one_of(ClockAct), described("Stop the clock, or start it again.", "stop")]
    reason: Annotated[
        str, json_fields.free_text(REASONS_LETTERS), described("What they said.", "The lorry is on its way")
    ]
    party: Annotated[str | None, PARTY_OR_NULL, described(f"Who called, only to stop. {WHO}", "buyer")] = None


@routes.post("/v1/contracts/{contract}/clock")
@operator_only(Scope.WRITE)
@writes(ClockBody, ContractView, status=200, refusals=_REFUSALS)
async def set_clock(request: web.Request, write: Write[ClockBody]) -> web.Response:
    """Stop the clock for a party who called, or let silence count again for its whole period. All get an SMS."""
    services, contract_id = request.app[SERVICES], await contract_id_in_path(request)

    def decide(contract: Contract, body: ClockBody) -> Plan | Refusal:
        if body.act is ClockAct.START:
            if body.party is not None:
                raise Unprocessable([("party", "is only for stop")])
            return operator_acts.start_clock(contract, body.reason, services.now(), services.settings.waiting_periods)
        if body.party is None:
            raise Unprocessable([("party", "is required for stop")])
        caller = find_party(contract, body.party, services.settings.default_country)
        return operator_acts.stop_clock(contract, caller, body.reason, services.now())

    return await write_to_contract(request, contract_id, write, decide, _answer)


async def _answer(request: web.Request, _used: UsedIdempotencyKey) -> web.Response:
    return answer_contract(await contract_in_path(request))
