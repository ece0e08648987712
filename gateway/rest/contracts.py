"""Contracts: an operator makes, lists and reads them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from aiohttp import web

from contracts.fields.reference import is_reference
from contracts.refusals import Refusal
from contracts.rules import creation
from contracts.rules.plan import Plan
from gateway.http import problem
from gateway.operators.scope import Scope
from gateway.rest import views
from gateway.rest.contract_body import ContractBody
from gateway.rest.contracts_query import ContractsQuery
from gateway.rest.etags import answer_contract, answer_if_new
from gateway.rest.json_request import answer_json
from gateway.rest.lists import page_body
from gateway.rest.openapi.operation import Write, declares, reads, writes
from gateway.rest.operator_only import operator_of, operator_only
from gateway.rest.query import NoQuery
from gateway.rest.request_log import add_to_log
from gateway.rest.shapes.contract import AuditEntryView, ContractView
from gateway.rest.shapes.fields import Page, WholeList
from gateway.rest.write_once import write_once
from gateway.services import SERVICES
from storage import sessions
from storage.operator_reads import UsedIdempotencyKey
from storage.records import Records

routes = web.RouteTableDef()

NOT_NOW: Mapping[Refusal, str] = {
    Refusal.NOT_UNDER_WAY: "The contract is not confirmed by all yet, or is over.",
    Refusal.IN_DISPUTE: "The contract is in dispute.",
}


@routes.post("/v1/contracts")
@operator_only(Scope.WRITE)
@writes(ContractBody, ContractView, is_located=True)
async def create_contract(request: web.Request, write: Write[ContractBody]) -> web.Response:
    """Make a contract and ask its buyers and sellers by SMS to confirm it. 429: the key made too many within an
    hour."""
    if refused := await refuse_too_many(request):
        return refused
    return await write_once(request, write, lambda body: plan_contract(request, body), _answer_made)


@routes.get("/v1/contracts")
@operator_only(Scope.READ)
@reads(ContractsQuery, Page[ContractView])
async def list_contracts(request: web.Request, query: ContractsQuery) -> web.Response:
    """List contracts, newest first. All, or those that have everything that is asked for. With `updated_since` and no
    `q`, `msisdn`, `party` or `clock` those that changed last come first."""
    found = await request.app[SERVICES].records.contracts_page(query.limit, query.after, query.wanted)
    return answer_json(page_body(found, lambda row: views.contract_json(row["contract"])))


@routes.get("/v1/contracts/{contract}")
@operator_only(Scope.READ)
@declares(NoQuery, {200: ContractView, 304: None})
async def read_contract(request: web.Request, _query: NoQuery) -> web.Response:
    """Read one contract, by id or reference."""
    return answer_if_new(request, await contract_in_path(request))


@routes.get("/v1/contracts/{contract}/audit")
@operator_only(Scope.READ)
@reads(NoQuery, WholeList[AuditEntryView])
async def read_audit(request: web.Request, _query: NoQuery) -> web.Response:
    """Read the contract's whole audit chain, oldest entry first."""
    entries = await request.app[SERVICES].records.audit_entries(await contract_id_in_path(request))
    return answer_json({"items": [views.audit_entry_json(entry) for entry in entries], "next": None})


async def plan_contract(request: web.Request, body: ContractBody) -> Plan:
    """Return the plan that makes the contract. Raise Unprocessable if its money shall wait with us and cannot."""
    services = request.app[SERVICES]
    facts = await services.records.facts(None, None, [party.msisdn for party in body.parties])
    new = body.new_contract(list(facts.others), services.settings.escrow_rules)
    return creation.create_contract(new, None, services.now(), services.settings.waiting_periods)


async def refuse_too_many(request: web.Request) -> web.Response | None:
    """Count one more contract of this API key. Return 429 if it may not be made now. Without the session store none is
    counted: a limit is not worth that nobody can make a contract."""
    services = request.app[SERVICES]
    most = services.settings.api_contracts_per_hour
    try:
        wait = await services.shared_limits.retry_after_seconds(
            "contracts", operator_of(request), most=most, seconds=3600
        )
    except sessions.UNAVAILABLE:
        return None
    if not wait:
        return None
    answer = problem(429, "This key has made too many contracts within an hour.", reason="too_many_contracts")
    answer.headers["Retry-After"] = str(wait)
    return answer


async def contract_in_path(request: web.Request) -> dict[str, Any]:
    """Return the contract that the path names by id or reference; raise 404 if there is none."""
    row = await find_contract(request.app[SERVICES].records, request.match_info["contract"])
    if row is None:
        raise web.HTTPNotFound(reason="There is no such contract.")
    add_to_log(request, contract_id=row["id"])
    return row


async def contract_id_in_path(request: web.Request) -> UUID:
    return UUID((await contract_in_path(request))["id"])


async def find_contract(records: Records, name: str) -> dict[str, Any] | None:
    """Return the contract with the id or reference `name`."""
    if is_reference(name):
        return await records.contract_by_reference(name)
    contract_id = _parse_id(name)
    return await records.contract(contract_id) if contract_id else None


def _parse_id(text: str) -> UUID | None:
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text.lower() else None  # UUID() also takes braces, and digits without dashes


async def _answer_made(request: web.Request, used: UsedIdempotencyKey) -> web.Response:
    assert used.contract_id, "this request made a contract"
    row = await request.app[SERVICES].records.contract(used.contract_id)
    assert row is not None, "contracts are never deleted"
    headers = {"Location": f"/v1/contracts/{used.contract_id}"}
    return answer_contract(row, status=201, headers=headers)
