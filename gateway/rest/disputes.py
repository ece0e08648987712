"""Disputes: an operator opens and reads them, and records what a mediator decides.

What needs a person's consent (a contract, new terms, a receipt) is not here: people say that on their own phones.
"""

from typing import Annotated, Any
from uuid import UUID

from aiohttp import web

from contracts.contract import Contract, Party, Role
from contracts.refusals import Refusal
from contracts.rules import operator_acts
from contracts.rules.plan import Plan
from gateway.events import BadWire
from gateway.operators.scope import OperatorRole, Scope
from gateway.rest import json_fields, views
from gateway.rest.contracts import find_contract
from gateway.rest.dispute_bodies import AppealBody, DecisionBody, DisputeBody, MediatorBody
from gateway.rest.json_body import NoBody
from gateway.rest.json_request import Unprocessable, answer_json
from gateway.rest.lists import PageQuery, page_body
from gateway.rest.openapi.described import described
from gateway.rest.openapi.operation import Write, reads, writes
from gateway.rest.operator_only import operator_only
from gateway.rest.query import NoQuery
from gateway.rest.query_fields import exactly_one_of
from gateway.rest.request_log import add_to_log
from gateway.rest.shapes.dispute import DisputeView
from gateway.rest.shapes.fields import Page
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
@writes(DisputeBody, DisputeView, refusals=_REFUSALS, is_located=True)
async def open_dispute(request: web.Request, write: Write[DisputeBody]) -> web.Response:
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

    return await write_once(request, write, decide, _answer_opened)


class DisputesQuery(PageQuery):
    """Which disputes to list."""

    status: Annotated[str | None, exactly_one_of(STATUSES), described("Only with this status.", "open")] = None
    contract: Annotated[
        str | None,
        json_fields.string(lambda typed, _defaults: typed),
        described("Only about the contract with this id or reference.", "40718353"),
    ] = None
    escalated: Annotated[
        str | None,
        exactly_one_of(("true", "false")),
        described("`true`: only those that still wait for a decision that did not come in time.", "true"),
    ] = None


@routes.get("/v1/disputes")
@operator_only(Scope.READ)
@reads(DisputesQuery, Page[DisputeView])
async def list_disputes(request: web.Request, query: DisputesQuery) -> web.Response:
    """List disputes, newest first. All, or those with one `status` or about one `contract` (id or reference); with
    `escalated=true` those that still wait for a decision that did not come in time."""
    services, contract_id = request.app[SERVICES], None
    if query.contract is not None:
        row = await find_contract(services.records, query.contract)
        if row is None:
            raise BadWire("contract", "is no contract's id or reference")
        contract_id = UUID(row["id"])
    found = await services.disputes.page(
        query.limit, query.after, query.status, contract_id, escalated=query.escalated == "true"
    )
    return answer_json(page_body(found, views.dispute_json))


@routes.get("/v1/disputes/{dispute}")
@operator_only(Scope.READ)
@reads(NoQuery, DisputeView)
async def read_dispute(request: web.Request, _query: NoQuery) -> web.Response:
    """Read one dispute, with what each side said, its decision, its appeal and its files."""
    return answer_json(views.dispute_json(await dispute_in_path(request)))


@routes.post("/v1/disputes/{dispute}/decision")
@operator_only(Scope.WRITE, OperatorRole.ARBITER, OperatorRole.ADMIN)
@writes(DecisionBody, DisputeView, status=200, refusals=_REFUSALS)
async def decide_dispute(request: web.Request, write: Write[DecisionBody]) -> web.Response:
    """Record the mediator's decision: complete, cancel or split. The first holds when nobody appeals in time; the
    one after an appeal holds at once."""
    services, row = request.app[SERVICES], await dispute_in_path(request)

    def plan(contract: Contract, body: DecisionBody) -> Plan | Refusal:
        split = body.split_minor_of(contract.terms.total)
        return operator_acts.decide_dispute(
            contract, body.decision, split, body.reasons, services.now(), services.settings.waiting_periods
        )

    return await write_to_contract(request, row["contract_id"], write, plan, _answer)


@routes.post("/v1/disputes/{dispute}/appeal")
@operator_only(Scope.WRITE)
@writes(AppealBody, DisputeView, status=200, refusals=_REFUSALS)
async def appeal_decision(request: web.Request, write: Write[AppealBody]) -> web.Response:
    """Record that a party does not accept the decision: once, and before the decision holds."""
    services, row = request.app[SERVICES], await dispute_in_path(request)
    return await write_to_contract(
        request, row["contract_id"], write,
        lambda contract, body: operator_acts.appeal_for(
            contract, body.by, body.words, services.now(), services.settings.waiting_periods
        ), _answer,
    )  # fmt: skip


@routes.post("/v1/disputes/{dispute}/withdrawal")
@operator_only(Scope.WRITE)
@writes(NoBody, DisputeView, status=200, refusals=_REFUSALS)
async def withdraw_dispute(request: web.Request, write: Write[NoBody]) -> web.Response:
    """Take back a problem that an operator reported for nobody, before it is decided. The contract goes on."""
    services, row = request.app[SERVICES], await dispute_in_path(request)
    return await write_to_contract(
        request, row["contract_id"], write,
        lambda contract, _body: operator_acts.withdraw_dispute(
            contract, services.now(), services.settings.waiting_periods
        ), _answer,
    )  # fmt: skip


@routes.post("/v1/disputes/{dispute}/mediator")
@operator_only(Scope.WRITE)
@writes(MediatorBody, DisputeView, status=200, refusals=_REFUSALS)
async def name_mediator(request: web.Request, write: Write[MediatorBody]) -> web.Response:
    """Name a mediator who is no party of the contract; they get its SMS from now on."""
    row = await dispute_in_path(request)
    return await write_to_contract(
        request, row["contract_id"], write,
        lambda contract, body: operator_acts.assign_mediator(
            contract, Party(None, body.msisdn, Role.MEDIATOR, body.name, None, None)
        ), _answer,
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
