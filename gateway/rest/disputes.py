"""Disputes: an operator opens and reads them, and writes down what a mediator decides. A person's consent is theirs
alone: whatever needs one (a contract, new terms, a delivery) is said by their own phone, never here."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import structlog
from aiohttp import web

from contracts import actions, moves
from contracts.lifecycle import Contract, Party, Refusal, Role
from contracts.plans import Plan
from gateway.events import BadWire
from gateway.parts import PARTS, Parts
from gateway.rest import contracts, shapes
from gateway.rest.asking import Unprocessable, answer_json, fingerprint, idempotency_key, operator_only, read_json
from gateway.rest.bodies import read_body
from gateway.rest.dispute_bodies import AppealBody, DecisionBody, DisputeBody, MediatorBody
from gateway.rest.pages import page_of, read_one_of, read_page, read_query
from gateway.wires import problem
from storage.acts import ApiOnce

log = structlog.get_logger()
routes = web.RouteTableDef()

STATUSES = ("open", "decided", "appealed", "closed")
_TRIES_WHEN_MOVED = 50
_RETRY_SECONDS = 0.04

_WHY = {
    Refusal.NOT_YOURS: "This person is no buyer or seller of the contract.",
    Refusal.NOT_UNDER_WAY: "The contract is not in a state for this.",
    Refusal.IN_DISPUTE: "The contract is in dispute already.",
    Refusal.NO_APPEAL: "There is no decision to appeal, or it was appealed before.",
    Refusal.ALREADY_SAID: "This person is a party of the contract already.",
}

Decide = Callable[[Contract], Plan | Refusal]


@routes.post("/v1/disputes")
@operator_only
async def create(request: web.Request) -> web.Response:
    """Report a problem with a contract that is under way. Its deadlines stand still from now on; all are told."""
    parts = request.app[PARTS]
    once, sent = await _asked(request)
    # The id follows from the key, so that a repeat finds what the first one made.
    dispute_id = uuid5(NAMESPACE_URL, f"voicepact:dispute:{once.key}")
    if await _is_repeat(parts, once):
        return await _shown(parts, dispute_id, status=201, is_new=False)
    body = read_body(DisputeBody, sent, contracts.house(parts))
    row = await contracts.find(parts.records, body.contract)
    if row is None:
        raise Unprocessable([("contract", "is no contract's id or reference")])
    return await _do(
        parts, once, UUID(row["id"]), dispute_id, lambda c: moves.complain_for(c, body.by, dispute_id, body.words),
        status=201,
    )  # fmt: skip


@routes.get("/v1/disputes")
@operator_only
async def page(request: web.Request) -> web.Response:
    """Disputes newest first; of one `status`, or of one `contract`, by its id or reference."""
    parts, query = request.app[PARTS], read_query(request, "limit", "after", "status", "contract")
    asked, status, contract_id = read_page(query), read_one_of(query, "status", STATUSES), None
    if "contract" in query:
        row = await contracts.find(parts.records, query["contract"])
        if row is None:
            raise BadWire("contract", "is no contract's id or reference")
        contract_id = UUID(row["id"])
    rows = await parts.disputes.page(asked.limit + 1, asked.after, status, contract_id)
    return answer_json(page_of(rows, asked.limit, shapes.dispute))


@routes.get("/v1/disputes/{dispute}")
@operator_only
async def one(request: web.Request) -> web.Response:
    read_query(request)
    return answer_json(shapes.dispute(await named(request)))


@routes.post("/v1/disputes/{dispute}/decision")
@operator_only
async def decide(request: web.Request) -> web.Response:
    """The mediator's word: complete, cancel or split. It stands when nobody appeals in time; a second one at once."""
    parts, row = request.app[PARTS], await named(request)
    once, sent = await _asked(request)
    if await _is_repeat(parts, once):
        return await _shown(parts, row["id"], is_new=False)
    body, now = read_body(DecisionBody, sent, contracts.house(parts)), parts.now()
    patience = parts.settings.patience

    def decided(contract: Contract) -> Plan | Refusal:
        split = body.split_of(contract.terms.total)
        return moves.decide_dispute(contract, body.decision, split, body.reasons, now, patience)

    return await _do(parts, once, row["contract_id"], row["id"], decided)


@routes.post("/v1/disputes/{dispute}/appeal")
@operator_only
async def appeal(request: web.Request) -> web.Response:
    """Write down that a party does not accept the decision: once, and before it stands."""
    parts, row = request.app[PARTS], await named(request)
    once, sent = await _asked(request)
    if await _is_repeat(parts, once):
        return await _shown(parts, row["id"], is_new=False)
    body = read_body(AppealBody, sent, contracts.house(parts))
    return await _do(
        parts, once, row["contract_id"], row["id"], lambda c: moves.appeal_for(c, body.by, body.words)
    )  # fmt: skip


@routes.post("/v1/disputes/{dispute}/mediator")
@operator_only
async def mediate(request: web.Request) -> web.Response:
    """Have somebody settle it who is not named in the contract; they are told by SMS from now on."""
    parts, row = request.app[PARTS], await named(request)
    once, sent = await _asked(request)
    if await _is_repeat(parts, once):
        return await _shown(parts, row["id"], is_new=False)
    body = read_body(MediatorBody, sent, contracts.house(parts))
    mediator = Party(None, body.msisdn, Role.MEDIATOR, body.name, None, None)
    return await _do(
        parts, once, row["contract_id"], row["id"], lambda c: moves.assign_mediator(c, mediator)
    )  # fmt: skip


async def named(request: web.Request) -> dict[str, Any]:
    """The dispute that the path names, or 404."""
    try:
        row = await request.app[PARTS].disputes.one(UUID(request.match_info["dispute"]))
    except ValueError:
        row = None
    if row is None:
        raise web.HTTPNotFound(reason="There is no such dispute.")
    return row


async def _asked(request: web.Request) -> tuple[ApiOnce, Any]:
    key = idempotency_key(request)
    sent = await read_json(request)
    return ApiOnce(key or f"ours {uuid4()}", fingerprint(request, sent)), sent


async def _is_repeat(parts: Parts, once: ApiOnce) -> bool:
    """Whether this very request has been done; Unprocessable when its key was used for something else."""
    used = await parts.records.api_request(once.key)
    if used and used[0].hex() != once.fingerprint:
        raise Unprocessable([("Idempotency-Key", "was used before with another body")])
    return used is not None


async def _do(
    parts: Parts, once: ApiOnce, contract_id: UUID, dispute_id: UUID, decide: Decide, *, status: int = 200
) -> web.Response:
    """Have it happen, in one act, to the contract as it is when it happens."""
    for _ in range(_TRIES_WHEN_MOVED):
        row, now = await parts.records.contract(contract_id), parts.now()
        assert row is not None, "contracts are never deleted"
        plan = decide(Contract.from_row(row))
        if not isinstance(plan, Refusal):
            messages = parts.wording.messages(plan.notices, now)
            if await actions.carry_out(parts.records, plan, channel="api", now=now, messages=messages, api=once):
                log.info("dispute", dispute=str(dispute_id), did=plan.audit[0].action, told=len(messages))
                return await _shown(parts, dispute_id, status=status)
        if await _is_repeat(parts, once):  # its twin was first, and may be why this one is refused
            return await _shown(parts, dispute_id, status=status, is_new=False)
        if isinstance(plan, Refusal):
            return problem(409, _WHY.get(plan, "This cannot be done now."), reason=plan.value)
        await asyncio.sleep(_RETRY_SECONDS)
    raise TimeoutError("the contract moved each time it was decided on")


async def _shown(parts: Parts, dispute_id: UUID, *, status: int = 200, is_new: bool = True) -> web.Response:
    row = await parts.disputes.one(dispute_id)
    assert row is not None, "disputes are never deleted"
    headers = {"Location": f"/v1/disputes/{dispute_id}"} if status == 201 else {}
    if not is_new:
        headers["Idempotency-Replayed"] = "true"
    return answer_json(shapes.dispute(row), status=status, headers=headers)
