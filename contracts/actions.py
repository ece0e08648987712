"""From an effect to what it writes: read the facts (one query), decide (no I/O), carry out (one statement).

`decide` returns a Plan, or a Refusal, which is an answer too. If the contract changes between the reading and the
writing, `carry_out` writes nothing and returns False; `retry_when_changed` begins again with the reading.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol, TypeVar
from uuid import UUID

from contracts import effects
from contracts.contract import Contract, ContractType, Party, ProposalType, Role, Signature, Status
from contracts.effects import (
    Appeal,
    ChoosePin,
    Complain,
    Confirm,
    Decline,
    Effect,
    MakeContract,
    OnContract,
    Propose,
    ProvePin,
    Receive,
    SayDelivered,
    SetLanguage,
    UseRecovery,
)
from contracts.fields.money import Currency, Money
from contracts.fields.msisdn import Msisdn
from contracts.fields.quantity import Quantity
from contracts.fields.reference import new_reference
from contracts.notices import NoticeKind, notice_to
from contracts.proof.statements import canonical_form_of, form_row, new_salt, sign_confirmation
from contracts.refusals import Refusal
from contracts.rules import party_acts
from contracts.rules.plan import Actor, Plan
from contracts.rules.plan_rows import answer_confirmation, audit_row, deadline_columns
from contracts.rules.waiting import WaitingPeriods, answer_deadline
from contracts.terms import Terms
from storage.acts import rows as acts
from storage.record_rows import DecisionFacts, Hop
from storage.records import Records
from values.frozen import Frozen, replace
from values.ids import new_id

_TRIES = 50
_PAUSE_SECONDS = 0.04

T = TypeVar("T")


class Clock(Protocol):
    """Returns the time now, as an aware datetime."""

    def __call__(self) -> datetime: ...


async def retry_when_changed(attempt: Callable[[], Awaitable[T | None]], tries: int = _TRIES) -> T:
    """Return the first result of `attempt` that is not None.

    `attempt` reads the facts, decides and carries out. It returns None if nothing was written because the contract
    changed after the facts were read; after a short pause it is called again. Raise TimeoutError after `tries` calls.
    """
    for _ in range(tries):
        if (result := await attempt()) is not None:
            return result
        await asyncio.sleep(_PAUSE_SECONDS)
    raise TimeoutError("the contract changed each time before the decision on it was written")


async def read_facts(
    records: Records, effect: Effect, actor: Actor, hop: Hop, now: datetime, *, pin: bool
) -> DecisionFacts:
    """Read what `effect` is decided on. With `pin` a try of the PIN is counted first, once per hop."""
    contract_id, others = effects.contract_id_of(effect), effects.other_msisdns(effect)
    if pin:
        facts = await records.try_pin(actor.msisdn, hop, now, contract_id, others)
        return facts or DecisionFacts(None, None, False, None, [])
    return await records.facts(actor.msisdn, contract_id, others)


def decide(
    effect: Effect,
    facts: DecisionFacts,
    actor: Actor,
    now: datetime,
    periods: WaitingPeriods,
    pin_hash: str | None = None,
) -> Plan | Refusal:
    """Return what `effect` writes. `pin_hash`: of the PIN that comes with ChoosePin.

    Whether a PIN is right is checked by the caller, who then adds `proved_pin_row` to what is carried out.
    """
    match effect:
        case MakeContract():
            return _make(effect, facts, actor, now, periods)
        case ChoosePin(changing):
            if facts.has_pin and not changing:
                return Refusal.HAS_PIN
            person = acts.PersonRow(facts.phone_id or new_id(), actor.msisdn, actor.language, pin_hash=pin_hash)
            return _plan_on_person("pin.proposed", facts, actor, person)
        case SetLanguage(language):
            person = acts.PersonRow(facts.phone_id or new_id(), actor.msisdn, language)
            return _plan_on_person("language.chosen", facts, actor, person, language=language)
        case UseRecovery():
            return _plan_on_person("pin.recovered", facts, actor)
        case ProvePin():
            return _plan_on_person("pin.proved", facts, actor)
        case _:
            if facts.contract is None:
                return Refusal.NOT_YOURS
            return _decide_on_contract(effect, Contract.from_row(facts.contract), actor, now, periods)


def _decide_on_contract(
    effect: OnContract, contract: Contract, actor: Actor, now: datetime, periods: WaitingPeriods
) -> Plan | Refusal:
    match effect:
        case Confirm() | Decline():
            yes = isinstance(effect, Confirm)
            return party_acts.answer(contract, actor, now, periods, yes=yes, n=effect.n)
        case SayDelivered():
            return party_acts.say_delivered(contract, actor, now, periods)
        case Receive(_, quantity):
            return party_acts.receive(contract, actor, Decimal(quantity) if quantity else None, now, periods)
        case Complain(_, words):
            return party_acts.complain(contract, actor, words)
        case Propose(_, kind, terms):
            new_terms = Terms.from_json(terms) if terms else None
            return party_acts.propose(contract, actor, ProposalType(kind), new_terms)
        case Appeal(_, words):
            return party_acts.appeal(contract, actor, words)


def _plan_on_person(
    action: str, facts: DecisionFacts, actor: Actor, *people: acts.PersonRow, **details: str
) -> Plan:  # fmt: skip
    return Plan(people=people, audit=(audit_row(action, None, facts.phone_id, actor, **details),))


class NewContract(Frozen):
    """What a new contract is made from; its `parties` have no signature yet."""

    type: ContractType
    terms: Terms
    parties: tuple[Party, ...]


def create_contract(new: NewContract, actor: Actor | None, now: datetime, periods: WaitingPeriods) -> Plan:
    """Return what making the contract writes.

    `actor`: the party who makes it, and confirms it by that; None: an operator makes it, and every party is asked.
    """
    parties = tuple(
        replace(p, phone_id=p.phone_id or new_id(), signature=_first_signature(p, actor), salt=new_salt())
        for p in new.parties
    )
    newcomers = {p.msisdn for p in new.parties if p.phone_id is None}
    contract = Contract(
        new_id(), new_reference(), 1, Status.PENDING, new.type, new.terms, parties, now,
        deadline=answer_deadline(now, periods),
    )  # fmt: skip
    form = form_row(canonical_form_of(contract, contract.terms_version))
    maker = contract.party(actor.msisdn) if actor else None
    by, made_by = (maker.msisdn, maker.phone_id) if maker else (None, None)
    audit = [acts.AuditRow("contract.made", contract.id, made_by, by, _details(contract, form.sha256))]
    confirmation = None
    if maker and actor:
        audit.append(audit_row("contract.confirm", contract.id, maker.phone_id, actor, role=maker.role.value))
        confirmation = answer_confirmation(contract.id, maker, actor, "confirm")
    contract = replace(contract, form_hashes={form.terms_version: form.sha256})
    return Plan(
        people=tuple(acts.PersonRow(p.phone_id, p.msisdn) for p in parties if p.phone_id and p.msisdn in newcomers),
        contract=acts.ContractRow(
            contract.id, contract.reference, contract.type.value, contract.terms.to_json(),
            contract.terms.total.minor, contract.terms.total.currency.value, *deadline_columns(contract),
        ),
        parties=tuple(
            acts.PartyRow(p.role.value, p.name, p.signature and p.signature.value, p.phone_id, None, p.salt)
            for p in parties
        ),
        confirmation=confirmation, form=form, audit=tuple(audit),
        notices=tuple(
            notice_to(p, NoticeKind.OFFERED, contract, by) for p in parties if p.signature is Signature.PENDING
        ),
        about=contract,
    )  # fmt: skip


def proved_pin_row(facts: DecisionFacts, actor: Actor, now: datetime) -> acts.PersonRow:
    """Return the row that says: this person has typed the right PIN at `now`."""
    assert facts.phone_id and facts.pin_hash, "there is a PIN that was checked"
    return acts.PersonRow(facts.phone_id, actor.msisdn, actor.language, facts.pin_hash, now)


async def carry_out(
    records: Records,
    plan: Plan,
    *,
    channel: str,
    now: datetime,
    messages: Sequence[acts.MessageRow] = (),
    person: acts.PersonRow | None = None,
    hop: acts.HopOnce | None = None,
    mo: acts.MoOnce | None = None,
    api: acts.ApiOnce | None = None,
) -> bool:
    """Write `plan` with its `messages`, once for its cause: exactly one of `hop`, `mo` and `api`.

    Return False, with nothing written, if the cause was carried out before, or the contract has changed since `plan`
    was decided. A confirmation is signed here.
    """
    act_id, confirmation, form = new_id(), plan.confirmation, plan.form
    if confirmation:
        assert plan.about and records.signer, "a confirmation is about a contract, and the service has a key"
        confirmation, new_form = sign_confirmation(plan.about, confirmation, records.signer, act_id, channel, now)
        form = form or new_form
    return await records.apply(
        acts.Act(
            act_id=act_id, at=now, channel=channel, hop=hop, mo=mo, api=api,
            people=(*plan.people, person) if person else plan.people,
            contract=plan.contract, parties=plan.parties, change=plan.change, signatures=plan.signatures,
            confirmation=confirmation, form=form, proposal=plan.proposal, delivery=plan.delivery, dispute=plan.dispute,
            request=plan.request, audit=plan.audit, messages=tuple(messages),
        )
    )  # fmt: skip


def _make(effect: MakeContract, facts: DecisionFacts, actor: Actor, now: datetime, periods: WaitingPeriods) -> Plan:
    other = next((row for row in facts.others if row["msisdn"] == effect.other), None)
    own_role, other_role = (Role.BUYER, Role.SELLER) if effect.role == "buyer" else (Role.SELLER, Role.BUYER)
    terms = Terms(
        effect.product,
        Quantity(effect.quantity, effect.unit),
        Money(effect.total_minor, Currency(effect.currency)),
        effect.place,
        date.fromisoformat(effect.due),
    )
    parties = (
        Party(facts.phone_id, actor.msisdn, own_role, None, actor.language, None),
        Party(
            UUID(other["id"]) if other else None, Msisdn(effect.other), other_role, None,
            other["language"] if other else None, None,
        ),
    )  # fmt: skip
    return create_contract(NewContract(ContractType.AGRICULTURAL_SUPPLY, terms, parties), actor, now, periods)


def _first_signature(party: Party, actor: Actor | None) -> Signature | None:
    if not party.role.binds:
        return None
    return Signature.SIGNED if actor and party.msisdn == actor.msisdn else Signature.PENDING


def _details(contract: Contract, form_sha256: str) -> dict[str, Any]:
    """Return what the audit says of a new contract."""
    return {
        "reference": contract.reference,
        "type": contract.type.value,
        "terms": contract.terms.to_json(),
        "sha256": form_sha256,
    }
