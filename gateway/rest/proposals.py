"""Proposals: an operator asks every buyer and seller for new terms, or for cancelling. It holds when all have agreed on
their own phones."""

from aiohttp import web

from contracts.refusals import Refusal
from contracts.rules import operator_acts
from gateway.operators.scope import Scope
from gateway.rest import views
from gateway.rest.contracts import NOT_NOW, contract_id_in_path
from gateway.rest.json_body import NoBody
from gateway.rest.json_request import answer_json
from gateway.rest.lists import PageQuery, page_body
from gateway.rest.openapi.operation import Write, reads, writes
from gateway.rest.operator_only import operator_only
from gateway.rest.proposal_body import ProposalBody
from gateway.rest.shapes.contract import ProposalView
from gateway.rest.shapes.fields import Page
from gateway.rest.write_once import write_to_contract
from gateway.services import SERVICES
from storage.operator_reads import UsedIdempotencyKey

routes = web.RouteTableDef()

_HIGHEST_N = 2**31 - 2  # of PostgreSQL's integer, less the one that the query adds
_REFUSALS = {
    **NOT_NOW,
    Refusal.ALREADY_PROPOSED: "There is a proposal that waits for answers, and there can be one at a time.",
    Refusal.NOTHING_CHANGES: "These are the terms that hold already.",
    Refusal.NO_OPEN_DISPUTE: "This settles a dispute, and there is none that waits for a decision.",
    Refusal.LESS_THAN_CAME: "The buyer has received more than that, or in another unit.",
}
_WITHDRAW_REFUSALS = {
    Refusal.NO_LONGER_OPEN: "It is settled already.",
    Refusal.NOT_YOURS: "A party proposed it.",
    Refusal.ALREADY_CONFIRMED: "Somebody has agreed to it already.",
}


@routes.post("/v1/contracts/{contract}/proposals")
@operator_only(Scope.WRITE)
@writes(ProposalBody, ProposalView, refusals=_REFUSALS)
async def propose(request: web.Request, write: Write[ProposalBody]) -> web.Response:
    """Propose new terms or an end. Every buyer and seller is asked by SMS; it holds when all have agreed on their
    phones, and one "no" ends it."""
    contract_id, now = await contract_id_in_path(request), request.app[SERVICES].now()
    return await write_to_contract(
        request, contract_id, write,
        lambda contract, body: operator_acts.propose(
            contract, body.type, body.proposed_terms(contract.terms), now, body.share(contract.terms.total)
        ),
        _answer_made,
    )  # fmt: skip


@routes.get("/v1/contracts/{contract}/proposals")
@operator_only(Scope.READ)
@reads(PageQuery, Page[ProposalView])
async def list_proposals(request: web.Request, query: PageQuery) -> web.Response:
    """List what was proposed, by whom, and who gave which answer; newest first."""
    contract_id = await contract_id_in_path(request)
    found = await request.app[SERVICES].operator_reads.proposals(contract_id, query.limit, query.after)
    return answer_json(page_body(found, views.proposal_json))


@routes.delete("/v1/contracts/{contract}/proposals/{n:[0-9]{1,10}}")
@operator_only(Scope.WRITE)
@writes(NoBody, ProposalView, status=200, refusals=_WITHDRAW_REFUSALS)
async def withdraw_proposal(request: web.Request, write: Write[NoBody]) -> web.Response:
    """Take an operator's proposal back while nobody has agreed to it."""
    contract_id, n = await contract_id_in_path(request), int(request.match_info["n"])
    if n > _HIGHEST_N or await request.app[SERVICES].operator_reads.proposal(contract_id, n) is None:
        raise web.HTTPNotFound(reason="There is no such proposal.")
    return await write_to_contract(
        request, contract_id, write, lambda contract, _body: operator_acts.withdraw(contract, n), _answer
    )  # fmt: skip


async def _answer_made(request: web.Request, used: UsedIdempotencyKey) -> web.Response:
    return await _answer(request, used, status=201)


async def _answer(request: web.Request, used: UsedIdempotencyKey, status: int = 200) -> web.Response:
    assert used.contract_id, "a proposal is about a contract"
    rows = request.app[SERVICES].operator_reads
    entry = await rows.entry_of_act(used.contract_id, used.act_id)
    row = await rows.proposal(used.contract_id, entry["details"]["n"])
    assert row, "proposals are never deleted"
    return answer_json(views.proposal_json(row), status=status)
