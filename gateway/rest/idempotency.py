"""What an operator does to a contract, in one act, once for its Idempotency-Key. The audit names the operator's key in
each entry of the act."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID, uuid4

import structlog
from aiohttp import web

from contracts import actions
from contracts.contract import Contract
from contracts.refusals import Refusal
from contracts.rules.plan import Plan
from gateway.http import problem
from gateway.rest.request import Unprocessable, fingerprint, idempotency_key, operator_of, read_json
from gateway.services import SERVICES
from storage.acts.apply import PartyAskedTooSoon
from storage.acts.rows import ApiOnce
from storage.operator_reads import UsedIdempotencyKey
from values.frozen import Frozen, replace

log = structlog.get_logger()

Decide = Callable[[Contract], Plan | Refusal]
Show = Callable[[UUID, bool], Awaitable[web.Response]]


class Step(Frozen):
    """One thing to do to a contract. `show`: from the act's id, and whether it was done before, to the answer, which is
    read back so that a repeat gets the same; `why`: what refusals mean here."""

    contract_id: UUID
    decide: Decide
    show: Show
    why: Mapping[Refusal, str]


async def asked(request: web.Request, *, has_body: bool = True) -> tuple[ApiOnce, Any]:
    """The key under which it happens once, and the body. A key of our own has a space in it: nobody sends that."""
    key = idempotency_key(request)
    sent = await read_json(request) if has_body else None
    return ApiOnce(key or f"ours {uuid4()}", fingerprint(request, sent)), sent


async def done_before(request: web.Request, once: ApiOnce) -> UsedIdempotencyKey | None:
    """What this very request did, if it was done; Unprocessable when its key was used for something else."""
    used = await request.app[SERVICES].operator_reads.find_idempotency_key(once.key)
    if used and used.fingerprint != once.fingerprint:
        raise Unprocessable([("Idempotency-Key", "was used before with another body")])
    return used


def signed_by(plan: Plan, operator: str) -> Plan:
    """The same, with the operator's key named in all that the audit keeps of it."""
    return replace(
        plan, audit=tuple(replace(row, details={**row.details, "operator": operator}) for row in plan.audit)
    )  # fmt: skip


async def do(request: web.Request, once: ApiOnce, step: Step) -> web.Response:
    """Carry out `step` on the contract as it is now; answer 409 if a rule refuses it, 429 if it comes too soon."""
    return await actions.retry_when_changed(lambda: _attempt(request, once, step))


async def _attempt(request: web.Request, once: ApiOnce, step: Step) -> web.Response | None:
    """Return the answer; None if the contract changed before the decision on it was written."""
    row = await request.app[SERVICES].records.contract(step.contract_id)
    assert row is not None, "contracts are never deleted"
    plan = step.decide(Contract.from_row(row))
    outcome = _refused(step, plan) if isinstance(plan, Refusal) else await _carry_out(request, once, plan)
    # A request with the same key may have been carried out first, and be the reason why this one is refused.
    if used := await done_before(request, once):
        return await step.show(used.act_id, outcome is not True)
    return outcome if isinstance(outcome, web.Response) else None


async def _carry_out(request: web.Request, once: ApiOnce, plan: Plan) -> bool | web.Response:
    """Whether it happened. False: it was done before, or the contract has moved on; 429: not for a while."""
    services, now = request.app[SERVICES], request.app[SERVICES].now()
    plan, messages = signed_by(plan, operator_of(request)), services.composer.compose(plan.notices, now)
    try:
        happened = await actions.carry_out(
            services.records, plan, channel="api", now=now, messages=messages, api=once
        )  # fmt: skip
    except PartyAskedTooSoon:
        assert plan.request, "only who is asked can be asked too soon"
        return _too_soon(
            await services.operator_reads.seconds_until_next_ask(plan.request.contract_id, plan.request.phone_id, now)
        )
    if happened:
        log.info("operator", contract=str(plan.about and plan.about.id), did=plan.audit[0].action, told=len(messages))
    return happened


def _refused(step: Step, why: Refusal) -> web.Response:
    return problem(409, step.why.get(why, "This cannot be done now."), reason=why.value)


def _too_soon(seconds: int) -> web.Response:
    answer = problem(429, "This person was asked less than an hour ago.", reason="asked_lately")
    answer.headers["Retry-After"] = str(seconds)
    return answer
