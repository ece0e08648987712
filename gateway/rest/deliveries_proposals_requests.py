"""The rest of a contract's life: an operator reports deliveries, proposes, and has people asked on their own phones.

Each of these leads to somebody's word, and is none itself: see docs/decisions/0007-an-operator-asks-and-reports.md.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from aiohttp import web

from contracts.contract import Contract
from contracts.refusals import Refusal
from contracts.rules import operator_acts
from contracts.rules.plan import Plan
from gateway.rest import contracts, views
from gateway.rest.contract_bodies import read_body
from gateway.rest.idempotency import Show, Step, asked, do, done_before
from gateway.rest.life_bodies import DeliveryBody, ProposalBody, RequestBody, party_named
from gateway.rest.lists import page_body, read_page, read_query
from gateway.rest.request import answer_json, operator_of, operator_only
from gateway.services import SERVICES

routes = web.RouteTableDef()

_HIGHEST_N = 2**31 - 2
_STANDS = {
    Refusal.NOT_UNDER_WAY: "The contract is not confirmed by all yet, or is over.",
    Refusal.IN_DISPUTE: "The contract is in dispute.",
}
_WHY_NO_REPORT = {
    **_STANDS,
    Refusal.NOT_YOURS: "This person is no seller of the contract.",
    Refusal.NOT_YOUR_PART: "This person is no seller of the contract.",
    Refusal.ALREADY_SAID: "The seller has said so, and the buyer's silence counts.",
}
_WHY_NO_PROPOSAL = {
    **_STANDS,
    Refusal.ALREADY_PROPOSED: "There is a proposal that waits for answers, and there can be one at a time.",
    Refusal.NOTHING_CHANGES: "These are the terms that hold already.",
    Refusal.LESS_THAN_CAME: "The buyer has received more than that, or in another unit.",
}
_WHY_NOT_WITHDRAWN = {
    Refusal.NO_LONGER_OPEN: "It is settled already.",
    Refusal.NOT_YOURS: "A party proposed it.",
    Refusal.ALREADY_CONFIRMED: "Somebody has agreed to it already.",
}
_WHY_NOT_ASKED = {
    **_STANDS,
    Refusal.NOT_YOURS: "This person is no buyer or seller of the contract.",
    Refusal.NOT_YOUR_PART: "Only a buyer can say that it is received.",
    Refusal.ALREADY_CONFIRMED: "This person has said yes already.",
    Refusal.NO_LONGER_OPEN: "The contract asks nobody for a yes or no now.",
}


@routes.post("/v1/contracts/{contract}/deliveries")
@operator_only
async def report(request: web.Request) -> web.Response:
    """Write down that a seller delivered. All are told; the seller is asked to say so, the buyer what has come."""
    services, row = request.app[SERVICES], await contracts.named(request)
    (once, sent), show = await asked(request), _delivery(request)
    if used := await done_before(request, once):
        return await show(used.act_id, True)
    body, operator = read_body(DeliveryBody, sent, contracts.body_defaults(services)), operator_of(request)

    def decide(contract: Contract) -> Plan | Refusal:
        seller = party_named(contract, body.party, services.settings.default_country)
        return operator_acts.report_delivered(
            contract, seller, operator, services.now(), services.settings.waiting_periods
        )

    step = Step(UUID(row["id"]), decide, show, _WHY_NO_REPORT)
    return await do(request, once, step)


@routes.get("/v1/contracts/{contract}/deliveries")
@operator_only
async def deliveries(request: web.Request) -> web.Response:
    """What was said and reported of deliveries, newest first."""
    place, row = read_page(read_query(request, "limit", "after")), await contracts.named(request)
    found = await request.app[SERVICES].operator_reads.deliveries(UUID(row["id"]), place.limit + 1, place.after)
    return answer_json(page_body(found, place.limit, views.delivery_json))


@routes.post("/v1/contracts/{contract}/proposals")
@operator_only
async def propose(request: web.Request) -> web.Response:
    """Ask every buyer and seller for new terms, or for an end. It holds when all have agreed, from their own phones."""
    services, row = request.app[SERVICES], await contracts.named(request)
    (once, sent), show = await asked(request), _proposal(request, UUID(row["id"]))
    if used := await done_before(request, once):
        return await show(used.act_id, True)
    body = read_body(ProposalBody, sent, contracts.body_defaults(services))
    step = Step(
        UUID(row["id"]),
        lambda c: operator_acts.propose(c, body.kind.kind, body.wanted(c.terms)),
        show,
        _WHY_NO_PROPOSAL,
    )
    return await do(request, once, step)


@routes.get("/v1/contracts/{contract}/proposals")
@operator_only
async def proposals(request: web.Request) -> web.Response:
    """What was proposed, by whom, and who has answered what; newest first."""
    place, row = read_page(read_query(request, "limit", "after")), await contracts.named(request)
    found = await request.app[SERVICES].operator_reads.proposals(UUID(row["id"]), place.limit + 1, place.after)
    return answer_json(page_body(found, place.limit, views.proposal_json))


@routes.delete("/v1/contracts/{contract}/proposals/{n:[0-9]{1,10}}")
@operator_only
async def withdraw(request: web.Request) -> web.Response:
    """Take back what an operator proposed, while nobody has agreed to it."""
    services, row, n = request.app[SERVICES], await contracts.named(request), int(request.match_info["n"])
    if n > _HIGHEST_N or await services.operator_reads.proposal(UUID(row["id"]), n) is None:
        raise web.HTTPNotFound(reason="There is no such proposal.")
    (once, _), show = await asked(request, has_body=False), _proposal(request, UUID(row["id"]), status=200)
    if used := await done_before(request, once):
        return await show(used.act_id, True)
    step = Step(UUID(row["id"]), lambda c: operator_acts.withdraw(c, n), show, _WHY_NOT_WITHDRAWN)
    return await do(request, once, step)


@routes.post("/v1/contracts/{contract}/requests")
@operator_only
async def ask(request: web.Request) -> web.Response:
    """Have a person asked again, by SMS, for the word that the contract waits for; once an hour each."""
    services, row = request.app[SERVICES], await contracts.named(request)
    (once, sent), show = await asked(request), _request(request, UUID(row["id"]))
    if used := await done_before(request, once):
        return await show(used.act_id, True)
    body = read_body(RequestBody, sent, contracts.body_defaults(services))

    def decide(contract: Contract) -> Plan | Refusal:
        party = party_named(contract, body.party, services.settings.default_country)
        return operator_acts.request_answer(
            contract, party, body.ask, services.now(), services.settings.waiting_periods
        )

    step = Step(UUID(row["id"]), decide, show, _WHY_NOT_ASKED)
    return await do(request, once, step)


def _delivery(request: web.Request) -> Show:
    async def show(act_id: UUID, is_repeat: bool) -> web.Response:
        row = await request.app[SERVICES].operator_reads.delivery(act_id)  # its id is its act's
        return _answer(views.delivery_json(row), 201, is_repeat)

    return show


def _proposal(request: web.Request, contract_id: UUID, *, status: int = 201) -> Show:
    async def show(act_id: UUID, is_repeat: bool) -> web.Response:
        rows = request.app[SERVICES].operator_reads
        entry = await rows.entry_of_act(contract_id, act_id)
        row = await rows.proposal(contract_id, entry["details"]["n"])
        assert row, "proposals are never deleted"
        return _answer(views.proposal_json(row), status, is_repeat)

    return show


def _request(request: web.Request, contract_id: UUID) -> Show:
    async def show(act_id: UUID, is_repeat: bool) -> web.Response:
        entry = await request.app[SERVICES].operator_reads.entry_of_act(contract_id, act_id)
        return _answer(views.request_json(entry), 201, is_repeat)

    return show


def _answer(body: Mapping[str, Any], status: int, is_repeat: bool) -> web.Response:
    return answer_json(body, status=status, headers={"Idempotency-Replayed": "true"} if is_repeat else {})
