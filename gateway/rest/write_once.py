"""What every write to a contract by an operator's program has in common: read the request, decide, carry out in one
act, answer from the record. A route declares its body and its refusals, and gives the decision and the answer.

With an Idempotency-Key the act happens once. A repeat is answered from the record as it is by then, even if the body
would be refused by now. The audit names the operator in each entry of the act.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID, uuid4

from aiohttp import web

from contracts import actions
from contracts.contract import Contract
from contracts.refusals import Refusal
from contracts.rules.plan import Plan
from gateway.http import problem
from gateway.rest.etags import refuse_if_changed
from gateway.rest.json_body import Body, NoBody, body_defaults, read_body
from gateway.rest.json_request import Unprocessable, fingerprint, idempotency_key, read_json
from gateway.rest.openapi.operation import Write
from gateway.rest.operator_only import operator_of
from gateway.rest.request_log import add_to_log
from gateway.services import SERVICES
from storage.acts.apply import PartyAskedTooSoon
from storage.acts.rows import ApiOnce
from storage.operator_reads import UsedIdempotencyKey
from values.frozen import Frozen, replace

B = TypeVar("B", bound=Body)
Answer = Callable[[web.Request, UsedIdempotencyKey], Awaitable[web.Response]]


async def write_to_contract(
    request: web.Request,
    contract_id: UUID,
    write: Write[B],
    decide: Callable[[Contract, B], Plan | Refusal],
    answer: Answer,
) -> web.Response:
    """As `write_once`, on a contract that exists. `decide` gets the contract as it is at that moment, if that is what
    If-Match says."""

    async def decide_now(body: B) -> Plan | Refusal | web.Response:
        row = await request.app[SERVICES].records.contract(contract_id)
        assert row is not None, "contracts are never deleted"
        return refuse_if_changed(request, row) or decide(Contract.from_row(row), body)

    return await write_once(request, write, decide_now, answer)


async def write_once(
    request: web.Request,
    write: Write[B],
    decide: Callable[[B], Awaitable[Plan | Refusal | web.Response]],
    answer: Answer,
) -> web.Response:
    """Carry out what `decide` plans for the body, and return `answer`, which reads the record.

    `decide` runs again when somebody else changed the contract first. A refusal is answered with 409 and its text from
    the route's declaration; 429 says that the person was asked less than an hour ago. Raise BadWire or Unprocessable
    for a wrong request.
    """
    sent = None if write.model is NoBody else await read_json(request)
    # A key of our own has a space in it, which no sender's key can have.
    key = idempotency_key(request) or f"ours {uuid4()}"
    once = ApiOnce(key, fingerprint(request.method, request.path, sent))
    done = await do_once(request, once, lambda: _read(request, write.model, sent), decide, write.refusals)
    if isinstance(done, web.Response):
        return done
    response = await answer(request, done.used)
    if done.is_repeat:
        response.headers["Idempotency-Replayed"] = "true"
    return response


class Done(Frozen):
    """A write that was carried out; `is_repeat`: by an earlier request with the same key."""

    used: UsedIdempotencyKey
    is_repeat: bool


async def do_once(
    request: web.Request,
    once: ApiOnce,
    read: Callable[[], B],
    decide: Callable[[B], Awaitable[Plan | Refusal | web.Response]],
    refusals: Mapping[Refusal, str],
) -> Done | web.Response:
    """Carry out what `decide` plans for the body that `read` returns, or return a problem. A repeat reads no body."""
    if used := await _used(request, once):
        return Done(used, is_repeat=True)
    body = read()

    async def attempt() -> Done | web.Response | None:
        plan = await decide(body)
        refused = _refuse(plan, refusals) if isinstance(plan, Refusal) else plan
        outcome = refused if isinstance(refused, web.Response) else await _carry_out(request, once, refused)
        # A request with the same key may have been carried out first, and be the reason why this one is refused.
        if used := await _used(request, once):
            return Done(used, is_repeat=outcome is not True)
        return outcome if isinstance(outcome, web.Response) else None

    return await actions.retry_when_changed(attempt)


def _read(request: web.Request, model: type[B], sent: Any) -> B:
    return model() if model is NoBody else read_body(model, sent, body_defaults(request))


async def _used(request: web.Request, once: ApiOnce) -> UsedIdempotencyKey | None:
    """Return what this request did, if it was carried out; raise Unprocessable if its key was used for another."""
    used = await request.app[SERVICES].operator_reads.find_idempotency_key(once.key)
    if used and used.fingerprint != once.fingerprint:
        raise Unprocessable([("Idempotency-Key", "was used before with another body")])
    return used


async def _carry_out(request: web.Request, once: ApiOnce, plan: Plan) -> bool | web.Response:
    """Return True if it happened; False if the key was used or the contract changed meanwhile; a response for 429."""
    services, now = request.app[SERVICES], request.app[SERVICES].now()
    plan = _name_operator(plan, operator_of(request))
    messages = services.composer.compose(plan.notices, now)
    try:
        happened = await actions.carry_out(
            services.records, plan, channel="api", now=now, messages=messages, api=once
        )  # fmt: skip
    except PartyAskedTooSoon:
        assert plan.request, "only a plan that asks a person can ask too soon"
        wait = await services.operator_reads.seconds_until_next_ask(
            plan.request.contract_id, plan.request.phone_id, now
        )
        answer = problem(429, "This person was asked less than an hour ago.", reason="asked_lately")
        answer.headers["Retry-After"] = str(wait)
        return answer
    if happened:
        about = {"contract_id": str(plan.about.id)} if plan.about else {}
        add_to_log(request, **about, acted=plan.audit[0].action, messages=len(messages) + len(plan.messages))
    return happened


def _name_operator(plan: Plan, operator: str) -> Plan:
    return replace(
        plan, audit=tuple(replace(row, details={**row.details, "operator": operator}) for row in plan.audit)
    )  # fmt: skip


def _refuse(refusal: Refusal, refusals: Mapping[Refusal, str]) -> web.Response:
    return problem(409, refusals.get(refusal, "This cannot be done now."), reason=refusal.value)
