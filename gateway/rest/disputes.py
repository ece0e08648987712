"""Disputes: an operator opens and reads them, and records what a mediator decides.

What needs a person's consent (a contract, new terms, a receipt) is not here: people say that on their own phones.
"""

from typing import Any
from uuid import UUID

from aiohttp import web

from contracts.contract import Contract, Party, Role
from contracts.refusals import Refusal
from contracts.rules import operator_acts
from contracts.rules.plan import Plan
from gateway.events import BadWire
from gateway.operators.scope import OperatorRole, Scope
from gateway.rest import views
from gateway.rest.contracts import find_contract
from gateway.rest.dispute_bodies import AppealBody, DecisionBody, DisputeBody, MediatorBody
from gateway.rest.json_body import NoBody
from gateway.rest.json_request import Unprocessable, answer_json
from gateway.rest.lists import page_body, read_one_of, read_page, read_query
from gateway.rest.operator_only import operator_only
from gateway.rest.request_log import add_to_log
from gateway.rest.write_once import write_once, write_to_contract
from gateway.services import SERVICES
from storage.operator_reads import UsedIdempotencyKey
from values.ids import new_id

routes = web.RouteTableDef()

STATUSES = ("open", "decided", "appealed", "closed")
_REFUSALS = {
    Refusal.NOT_YOURS: "This person is no buyer or seller of the contract.",
    Refusal.NOT_UNDER_WAY: "The contract is not in a state for this.",
    Refusal.IN_DISPUTE: "The contract is in dispute already.",
    Refusal.NO_OPEN_DISPUTE: "The dispute does not wait for a decision.",
    Refusal.NOT_YOUR_REPORT: "A party reported this problem: only they take it back, on their own phone.",
    Refusal.NO_APPEAL: "There is no decision to appeal, or it was appealed before.",
    Refusal.ALREADY_SAID: "This person is a party of the contract already.",
}


@routes.post("/v1/disputes")
@operator_only(Scope.WRITE)
async def create(request: web.Request) -> web.Response:
    """Report a problem with a contract that is under way. Its deadlines stop until it is settled; all are told."""
    dispute_id = new_id()

    async def decide(body: DisputeBody) -> Plan | Refusal:
        row = await find_contract(request.app[SERVICES].records, body.contract)
        if row is None:
            raise Unprocessable([("contract", "is no contract's id or reference")])
        services = request.app[SERVICES]
        return operator_acts.complain_for(
            Contract.from_row(row), body.by, dispute_id, body.words, services.now(), services.settings.waiting_periods
        )

    return await write_once(request, DisputeBody, decide, _answer_opened, _REFUSALS)


@routes.get("/v1/disputes")
@operator_only(Scope.READ)
async def list_disputes(request: web.Request) -> web.Response:
    """Return disputes newest first: all, or those with one `status` or about one `contract` (id or reference); with
    `escalated=true` those that still wait for a decision that did not come in time."""
    services, query = request.app[SERVICES], read_query(request, "limit", "after", "status", "contract", "escalated")
    escalated = read_one_of(query, "escalated", ("true", "false")) == "true"
    page, status, contract_id = read_page(query), read_one_of(query, "status", STATUSES), None
    if "contract" in query:
        row = await find_contract(services.records, query["contract"])
        if row is None:
            raise BadWire("contract", "is no contract's id or reference")
        contract_id = UUID(row["id"])
    found = await services.disputes.page(page.limit, page.after, status, contract_id, escalated=escalated)
    return answer_json(page_body(found, views.dispute_json))


@routes.get("/v1/disputes/{dispute}")
@operator_only(Scope.READ)
async def read_dispute(request: web.Request) -> web.Response:
    read_query(request)
    return answer_json(views.dispute_json(await dispute_in_path(request)))


@routes.post("/v1/disputes/{dispute}/decision")
@operator_only(Scope.WRITE, OperatorRole.ARBITER, OperatorRole.ADMIN)
async def decide(request: web.Request) -> web.Response:
    """Record the mediator's decision: complete, cancel or split. The first holds when nobody appeals in time; the
    one after an appeal holds at once."""
    services, row = request.app[SERVICES], await dispute_in_path(request)

    def plan(contract: Contract, body: DecisionBody) -> Plan | Refusal:
        split = body.split_minor_of(contract.terms.total)
        return operator_acts.decide_dispute(
            contract, body.decision, split, body.reasons, services.now(), services.settings.waiting_periods
        )

    return await write_to_contract(request, row["contract_id"], DecisionBody, plan, _answer, _REFUSALS)


@routes.post("/v1/disputes/{dispute}/appeal")
@operator_only(Scope.WRITE)
async def appeal(request: web.Request) -> web.Response:
    """Record that a party does not accept the decision: once, and before the decision holds."""
    services, row = request.app[SERVICES], await dispute_in_path(request)
    return await write_to_contract(
        request, row["contract_id"], AppealBody,
        lambda contract, body: operator_acts.appeal_for(
            contract, body.by, body.words, services.now(), services.settings.waiting_periods
        ), _answer, _REFUSALS,
    )  # fmt: skip


@routes.post("/v1/disputes/{dispute}/withdrawal")
@operator_only(Scope.WRITE)
async def withdraw(request: web.Request) -> web.Response:
    """Take back a problem that an operator reported for nobody, before it is decided. The contract goes on."""
    services, row = request.app[SERVICES], await dispute_in_path(request)
    return await write_to_contract(
        request, row["contract_id"], NoBody,
        lambda contract, _body: operator_acts.withdraw_dispute(
            contract, services.now(), services.settings.waiting_periods
        ), _answer, _REFUSALS,
    )  # fmt: skip


@routes.post("/v1/disputes/{dispute}/mediator")
@operator_only(Scope.WRITE)
async def name_mediator(request: web.Request) -> web.Response:
    """Name a mediator who is no party of the contract; they get its SMS from now on."""
    row = await dispute_in_path(request)
    return await write_to_contract(
        request, row["contract_id"], MediatorBody,
        lambda contract, body: operator_acts.assign_mediator(
            contract, Party(None, body.msisdn, Role.MEDIATOR, body.name, None, None)
        ), _answer, _REFUSALS,
    )  # fmt: skip


async def dispute_in_path(request: web.Request) -> dict[str, Any]:
    """Return the dispute that the path names by id; raise 404 if there is none."""
    try:
        row = await request.app[SERVICES].disputes.one(UUID(request.match_info["dispute"]))
    except ValueError:
        row = None
    if row is None:
        raise web.HTTPNotFound(reason="There is no such dispute.")
    add_to_log(request, dispute_id=str(row["id"]), contract_id=str(row["contract_id"]))
    return row


async def _answer(request: web.Request, _used: UsedIdempotencyKey) -> web.Response:
    return answer_json(views.dispute_json(await dispute_in_path(request)))


async def _answer_opened(request: web.Request, used: UsedIdempotencyKey) -> web.Response:
    """The id is read back: of two requests with one key, the other may have opened it."""
    disputes = request.app[SERVICES].disputes
    row = await disputes.one(await disputes.opened_by(used.act_id))
    assert row is not None, "disputes are never deleted"
    return answer_json(views.dispute_json(row), status=201, headers={"Location": f"/v1/disputes/{row['id']}"})
