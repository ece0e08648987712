"""Contracts as an operator makes and reads them."""

from typing import Any
from uuid import UUID

import structlog
from aiohttp import web

from contracts import actions
from contracts.fields.reference import is_reference
from gateway.rest import views
from gateway.rest.contract_bodies import read_offer, with_known
from gateway.rest.idempotency import asked, done_before, signed_by
from gateway.rest.json_fields import BodyDefaults
from gateway.rest.lists import page_body, read_msisdn, read_page, read_query, read_status
from gateway.rest.request import answer_json, operator_of, operator_only
from gateway.services import SERVICES, Services
from storage.acts.rows import ApiOnce
from storage.records import Records

log = structlog.get_logger()
routes = web.RouteTableDef()

_REFERENCE_TRIES = 5  # of nine million; a second collision in a row is already a rare thing


@routes.post("/v1/contracts")
@operator_only
async def create(request: web.Request) -> web.Response:
    """Write a contract down and ask its buyers and sellers by SMS. A repeat with the same Idempotency-Key makes nothing
    and gets the contract as it stands, even when the body would be refused by now."""
    services = request.app[SERVICES]
    once, sent = await asked(request)
    made_before = await _made_before(request, once)
    return made_before or await _make(request, once, read_offer(sent, body_defaults(services)))


@routes.get("/v1/contracts")
@operator_only
async def page(request: web.Request) -> web.Response:
    """Contracts newest first; of one `status`, or of one `msisdn`."""
    services = request.app[SERVICES]
    query = read_query(request, "limit", "after", "status", "msisdn")
    place = read_page(query)
    msisdn = read_msisdn(query, services.settings.default_country)
    rows = await services.records.contracts_page(place.limit + 1, place.after, read_status(query), msisdn)
    return answer_json(page_body(rows, place.limit, lambda row: views.contract_json(row["contract"])))


@routes.get("/v1/contracts/{contract}")
@operator_only
async def one(request: web.Request) -> web.Response:
    read_query(request)
    return answer_json(views.contract_json(await named(request)))


@routes.get("/v1/contracts/{contract}/audit")
@operator_only
async def audit(request: web.Request) -> web.Response:
    """The chain of what was done, first entry first, whole."""
    read_query(request)
    row = await named(request)
    entries = await request.app[SERVICES].records.audit_entries(UUID(row["id"]))
    return answer_json({"items": [views.audit_entry_json(entry) for entry in entries], "next": None})


async def named(request: web.Request) -> dict[str, Any]:
    """The contract that the path names by id or reference, or 404."""
    row = await find(request.app[SERVICES].records, request.match_info["contract"])
    if row is None:
        raise web.HTTPNotFound(reason="There is no such contract.")
    return row


async def find(records: Records, name: str) -> dict[str, Any] | None:
    """The contract with this id or reference."""
    if is_reference(name):
        return await records.contract_by_reference(name)
    contract_id = _uuid(name)
    return await records.contract(contract_id) if contract_id else None


def _uuid(text: str) -> UUID | None:
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text.lower() else None  # not one in braces, or without its dashes


async def _make(request: web.Request, once: ApiOnce, offer: actions.NewContract) -> web.Response:
    """The contract, made now or meanwhile by the same request."""
    services = request.app[SERVICES]
    now = services.now()
    for _ in range(_REFERENCE_TRIES):
        facts = await services.records.facts(None, None, [party.msisdn for party in offer.parties])
        plan = actions.create_contract(
            with_known(offer, list(facts.others)), None, now, services.settings.waiting_periods
        )
        plan = signed_by(plan, operator_of(request))
        messages = services.composer.compose(plan.notices, now)
        if await actions.carry_out(services.records, plan, channel="api", now=now, messages=messages, api=once):
            assert plan.about
            log.info("contract made", contract_id=str(plan.about.id), told=len(messages))
            return await _created(services, plan.about.id, is_new=True)
        if made_before := await _made_before(request, once):
            return made_before
    raise RuntimeError("a new reference was taken each time")


async def _made_before(request: web.Request, once: ApiOnce) -> web.Response | None:
    """The answer to a key that has been used; Unprocessable when it was used for something else."""
    used = await done_before(request, once)
    if used is None:
        return None
    assert used.contract_id, "this very request made one"
    return await _created(request.app[SERVICES], used.contract_id, is_new=False)


async def _created(services: Services, contract_id: UUID, *, is_new: bool) -> web.Response:
    """Read back, so that the first answer and every repeat are the same bytes while the contract is."""
    row = await services.records.contract(contract_id)
    assert row is not None, "contracts are never deleted"
    headers = {"Location": f"/v1/contracts/{contract_id}"}
    if not is_new:
        headers["Idempotency-Replayed"] = "true"
    return answer_json(views.contract_json(row), status=201, headers=headers)


def body_defaults(services: Services) -> BodyDefaults:
    settings, today = services.settings, services.now().astimezone(services.settings.zone).date()
    return BodyDefaults(settings.default_country, settings.currency, settings.zone, today)
