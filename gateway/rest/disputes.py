"""Disputes: an operator opens and reads them, and writes down what a mediator decides. A person's consent is theirs
alone: whatever needs one (a contract, new terms, a receipt) is said by their own phone, never here."""

from typing import Any
from uuid import UUID

from aiohttp import web

from contracts.contract import Contract, Party, Role
from contracts.refusals import Refusal
from contracts.rules import party_acts
from contracts.rules.plan import Plan
from gateway.events import BadWire
from gateway.rest import contracts, views
from gateway.rest.contract_bodies import read_body
from gateway.rest.dispute_bodies import AppealBody, DecisionBody, DisputeBody, MediatorBody
from gateway.rest.idempotency import Decide, Show, Step, asked, do, done_before
from gateway.rest.lists import page_body, read_one_of, read_page, read_query
from gateway.rest.request import Unprocessable, answer_json, operator_only
from gateway.services import SERVICES, Services
from values.ids import new_id

routes = web.RouteTableDef()

STATUSES = ("open", "decided", "appealed", "closed")
_WHY = {
    Refusal.NOT_YOURS: "This person is no buyer or seller of the contract.",
    Refusal.NOT_UNDER_WAY: "The contract is not in a state for this.",
    Refusal.IN_DISPUTE: "The contract is in dispute already.",
    Refusal.NO_APPEAL: "There is no decision to appeal, or it was appealed before.",
    Refusal.ALREADY_SAID: "This person is a party of the contract already.",
}


@routes.post("/v1/disputes")
@operator_only
async def create(request: web.Request) -> web.Response:
    """Report a problem with a contract that is under way. Its deadlines stand still from now on; all are told."""
    services = request.app[SERVICES]
    once, sent = await asked(request)
    show = _opened(services)
    if used := await done_before(request, once):
        return await show(used.act_id, True)
    body = read_body(DisputeBody, sent, contracts.body_defaults(services))
    row = await contracts.find(services.records, body.contract)
    if row is None:
        raise Unprocessable([("contract", "is no contract's id or reference")])
    dispute_id = new_id()
    step = Step(UUID(row["id"]), lambda c: party_acts.complain_for(c, body.by, dispute_id, body.words), show, _WHY)
    return await do(request, once, step)


@routes.get("/v1/disputes")
@operator_only
async def page(request: web.Request) -> web.Response:
    """Disputes newest first; of one `status`, or of one `contract`, by its id or reference."""
    services, query = request.app[SERVICES], read_query(request, "limit", "after", "status", "contract")
    place, status, contract_id = read_page(query), read_one_of(query, "status", STATUSES), None
    if "contract" in query:
        row = await contracts.find(services.records, query["contract"])
        if row is None:
            raise BadWire("contract", "is no contract's id or reference")
        contract_id = UUID(row["id"])
    rows = await services.disputes.page(place.limit + 1, place.after, status, contract_id)
    return answer_json(page_body(rows, place.limit, views.dispute_json))


@routes.get("/v1/disputes/{dispute}")
@operator_only
async def one(request: web.Request) -> web.Response:
    read_query(request)
    return answer_json(views.dispute_json(await named(request)))


@routes.post("/v1/disputes/{dispute}/decision")
@operator_only
async def decide(request: web.Request) -> web.Response:
    """The mediator's word: complete, cancel or split. It stands when nobody appeals in time; a second one at once."""
    services, row = request.app[SERVICES], await named(request)
    once, sent = await asked(request)
    if await done_before(request, once):
        return await _shown(services, row["id"], is_new=False)
    body, now = read_body(DecisionBody, sent, contracts.body_defaults(services)), services.now()
    periods = services.settings.waiting_periods

    def decided(contract: Contract) -> Plan | Refusal:
        split = body.split_of(contract.terms.total)
        return party_acts.decide_dispute(contract, body.decision, split, body.reasons, now, periods)

    return await do(request, once, _step(services, row["contract_id"], row["id"], decided))


@routes.post("/v1/disputes/{dispute}/appeal")
@operator_only
async def appeal(request: web.Request) -> web.Response:
    """Write down that a party does not accept the decision: once, and before it stands."""
    services, row = request.app[SERVICES], await named(request)
    once, sent = await asked(request)
    if await done_before(request, once):
        return await _shown(services, row["id"], is_new=False)
    body = read_body(AppealBody, sent, contracts.body_defaults(services))
    step = _step(services, row["contract_id"], row["id"], lambda c: party_acts.appeal_for(c, body.by, body.words))
    return await do(request, once, step)


@routes.post("/v1/disputes/{dispute}/mediator")
@operator_only
async def mediate(request: web.Request) -> web.Response:
    """Have somebody settle it who is not named in the contract; they are told by SMS from now on."""
    services, row = request.app[SERVICES], await named(request)
    once, sent = await asked(request)
    if await done_before(request, once):
        return await _shown(services, row["id"], is_new=False)
    body = read_body(MediatorBody, sent, contracts.body_defaults(services))
    mediator = Party(None, body.msisdn, Role.MEDIATOR, body.name, None, None)
    step = _step(services, row["contract_id"], row["id"], lambda c: party_acts.assign_mediator(c, mediator))
    return await do(request, once, step)


async def named(request: web.Request) -> dict[str, Any]:
    """The dispute that the path names, or 404."""
    try:
        row = await request.app[SERVICES].disputes.one(UUID(request.match_info["dispute"]))
    except ValueError:
        row = None
    if row is None:
        raise web.HTTPNotFound(reason="There is no such dispute.")
    return row


def _step(services: Services, contract_id: UUID, dispute_id: UUID, decide: Decide) -> Step:
    async def show(_act_id: UUID, is_repeat: bool) -> web.Response:
        return await _shown(services, dispute_id, is_new=not is_repeat)

    return Step(contract_id, decide, show, _WHY)


def _opened(services: Services) -> Show:
    """The dispute that an act opened, whoever of two that sent one key was first."""

    async def show(act_id: UUID, is_repeat: bool) -> web.Response:
        return await _shown(services, await services.disputes.opened_by(act_id), status=201, is_new=not is_repeat)

    return show


async def _shown(services: Services, dispute_id: UUID, *, status: int = 200, is_new: bool = True) -> web.Response:
    row = await services.disputes.one(dispute_id)
    assert row is not None, "disputes are never deleted"
    headers = {"Location": f"/v1/disputes/{dispute_id}"} if status == 201 else {}
    if not is_new:
        headers["Idempotency-Replayed"] = "true"
    return answer_json(views.dispute_json(row), status=status, headers=headers)
