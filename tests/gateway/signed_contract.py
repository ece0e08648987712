"""A contract with every kind of answer that is signed."""

from uuid import UUID, uuid4

import orjson

from contracts import actions
from contracts.effects import (
    Appeal,
    Complain,
    Confirm,
    Decline,
    Effect,
    Propose,
    Receive,
    SayDelivered,
    contract_id_of,
)
from contracts.fields.msisdn import Msisdn
from contracts.rules.plan import Actor, Plan
from storage.acts.rows import MoOnce
from tests.gateway.contracts_by_rest import make_confirmed_contract
from tests.gateway.operator_client import BUYER, SELLER, Operator

SIGNED_ANSWERS = (
    "confirm", "confirm", "confirm", "confirm", "confirm", "decline", "delivered", "received_part", "complain",
    "decide", "appeal", "decide",
)  # fmt: skip


async def make_signed_contract(operator: Operator) -> str:
    """Return its reference. Its terms were answered by SMS, decisions came from the operator, the rest by USSD."""
    contract_id = await confirmed_contract_id(operator)
    kept = await operator.services.records.contract(UUID(contract_id))
    assert kept
    await act_behind_pin(operator, BUYER, Propose(contract_id, "amend", {**kept["terms"], "quantity": "40"}))
    await act_behind_pin(operator, SELLER, Confirm(contract_id, 2))
    await act_behind_pin(operator, SELLER, Propose(contract_id, "cancel"))
    await act_behind_pin(operator, BUYER, Decline(contract_id, 3))
    await act_behind_pin(operator, SELLER, SayDelivered(contract_id))
    await act_behind_pin(operator, BUYER, Receive(contract_id, "12.5"))
    await act_behind_pin(operator, BUYER, Complain(contract_id, "The rest was wet, says Amina."))
    await decide_dispute(operator, contract_id, {"decision": "cancel", "reasons": "Amina is right"})
    await act_behind_pin(operator, SELLER, Appeal(contract_id, "It rained on Amina's lorry."))
    await decide_dispute(operator, contract_id, {"decision": "split", "seller_amount": "70000", "reasons": "Both are"})
    return str(kept["reference"])


async def confirmed_contract_id(operator: Operator) -> str:
    return str((await make_confirmed_contract(operator))["id"])


async def act_behind_pin(operator: Operator, msisdn: str, effect: Effect) -> None:
    """Carry out `effect` for this number as if by USSD after the PIN, without its screens."""
    records, now, once = operator.services.records, operator.services.now(), uuid4().hex
    actor = Actor(
        Msisdn(msisdn), "sw", "ussd", "africastalking", "63902", f"session {once[:4]}", "menus 1", ("Je, ni sawa?",)
    )
    facts = await records.facts(actor.msisdn, contract_id_of(effect), [])
    plan = actions.decide(effect, facts, actor, now, operator.services.settings.waiting_periods)
    assert isinstance(plan, Plan), plan
    messages, cause = operator.services.composer.compose(plan.notices, now), MoOnce("africastalking", once)
    assert await actions.carry_out(records, plan, channel="ussd", now=now, mo=cause, messages=messages)


async def decide_dispute(operator: Operator, contract_id: str, body: dict[str, str]) -> None:
    """Record a decision of the contract's dispute."""
    (dispute,) = (await operator.get(f"/v1/disputes?contract={contract_id}")).json["items"]
    path, sent = f"/v1/disputes/{dispute['id']}/decision", {"Content-Type": "application/json"}
    answer = await operator.ask("POST", path, orjson.dumps(body), sent)
    assert answer.status == 200, answer.body
