"""Contracts that tests begin with: confirmed, delivered, in dispute; and what can be read about them."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import orjson

from contracts import actions
from contracts.effects import OnContract
from contracts.fields.msisdn import Msisdn
from contracts.rules.plan import Actor, Plan
from storage.acts.rows import MoOnce
from storage.record_rows import Hop
from tests.gateway.operator_client import BUYER, NOON, SELLER, Operator, RestReply, contract_body

MEDIATOR = "+254711000004"


async def make_confirmed_contract(operator: Operator, *, mediated: bool = False, **changed: Any) -> dict[str, Any]:
    """Make a contract that both parties have confirmed by SMS; `mediated`: it names a mediator."""
    more = [{"msisdn": MEDIATOR, "role": "mediator"}] if mediated else []
    body = contract_body(**changed)
    made = (await operator.post({**body, "parties": [*body["parties"], *more]})).json
    for msisdn in (BUYER, SELLER):
        await operator.sends_sms(msisdn, f"YES {made['reference']}")
    found = await read_contract(operator, made["id"])
    assert found["status"] == "CONFIRMED"
    return found


async def read_contract(operator: Operator, contract: str) -> dict[str, Any]:
    found: dict[str, Any] = (await operator.get(f"/v1/contracts/{contract}")).json
    return found


async def post_json(operator: Operator, path: str, body: Any, key: str | None = None) -> RestReply:
    """POST a JSON body."""
    once = {} if key is None else {"Idempotency-Key": key}
    return await operator.ask("POST", path, orjson.dumps(body), {"Content-Type": "application/json", **once})


async def open_dispute(operator: Operator, **changed: Any) -> dict[str, Any]:
    """Open a dispute over a confirmed contract, by the operator for its buyer."""
    contract = await make_confirmed_contract(operator, **changed)
    words = "Half of the bags are wet"
    opened = await post_json(operator, "/v1/disputes", {"contract": contract["reference"], "words": words, "by": BUYER})
    assert opened.status == 201, opened.body
    found: dict[str, Any] = opened.json
    return found


async def sms_recipients(operator: Operator, contract_id: str, kind: str) -> list[str]:
    """Return the number of each SMS of this kind about the contract, sorted."""
    rows = await operator.services.records.pool.fetch(
        "SELECT f.msisdn FROM sms_logs m JOIN phones f ON f.id = m.phone_id"
        " WHERE m.contract_id = $1 AND m.kind = $2 AND m.direction = 'out' ORDER BY f.msisdn",
        contract_id, kind,
    )  # fmt: skip
    return [row["msisdn"] for row in rows]


async def audit_actions(operator: Operator, contract: str) -> list[tuple[str, str]]:
    """Return channel and action of each audit entry, oldest first."""
    entries = (await operator.get(f"/v1/contracts/{contract}/audit")).json["items"]
    return [(entry["channel"], entry["action"]) for entry in entries]


async def act_by_phone(
    operator: Operator, contract_id: str, by: str, effect: OnContract, at: datetime = NOON
) -> dict[str, Any]:
    """Carry out `effect` for `by` as if by USSD at the time `at`, and return the contract after it."""
    services = operator.services
    actor = Actor(Msisdn(by), "en", "ussd", "africastalking", "63902", "s", "1", ("Is that so?",))
    hop = Hop("africastalking", "s", uuid4().bytes)
    facts = await actions.read_facts(services.records, effect, actor, hop, at, pin=False)
    plan = actions.decide(effect, facts, actor, at, services.settings.waiting_periods)
    assert isinstance(plan, Plan), plan
    assert await actions.carry_out(
        services.records, plan, channel="ussd", now=at, mo=MoOnce("test", uuid4().hex),
        messages=services.composer.compose(plan.notices, at),
    )  # fmt: skip
    return await read_contract(operator, contract_id)
