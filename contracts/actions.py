"""From an effect to what it writes: read the facts (one query), decide (no I/O), carry out (one statement).

`decide` returns a Plan, or a Refusal, which is an answer too. If the contract changes between the reading and the
writing, `carry_out` writes nothing and returns False; `retry_when_changed` begins again with the reading.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol, TypeVar

from contracts import effects
from contracts.contract import Contract
from contracts.dispute import Decision
from contracts.effects import (
    AnswerDispute,
    Appeal,
    ChoosePin,
    ClaimPayout,
    Complain,
    Confirm,
    DecideDispute,
    Decline,
    Effect,
    MakeContract,
    OnContract,
    Pay,
    Propose,
    ProvePin,
    Receive,
    SayDelivered,
    SetLanguage,
    SetName,
    SetPinOnly,
    UseRecovery,
    WithdrawDispute,
)
from contracts.escrow import acts as money_acts
from contracts.escrow.rules import EscrowRules
from contracts.proof.entries import with_entries
from contracts.proof.statements import sign_confirmation
from contracts.proposal import ProposalType
from contracts.refusals import Refusal
from contracts.rules import creation, party_acts
from contracts.rules.offers import DEFAULT_OFFER_RULES, OfferRules
from contracts.rules.plan import Actor, Plan
from contracts.rules.plan_rows import audit_row
from contracts.rules.waiting import WaitingPeriods
from contracts.terms import Terms
from storage.acts import rows as acts
from storage.acts.money_rows import RailOnce
from storage.record_rows import DecisionFacts, Hop
from storage.records import Records
from storage.signing import SignerPort
from values.frozen import replace
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
    offer_rules: OfferRules = DEFAULT_OFFER_RULES,
    escrow_rules: EscrowRules | None = None,
) -> Plan | Refusal:
    """Return what `effect` writes. `pin_hash`: of the PIN that comes with ChoosePin. `escrow_rules`: of a new contract
    whose money shall wait with us; None: none may.

    Whether a PIN is right is checked by the caller, who then adds `proved_pin_row` to what is carried out.
    """
    match effect:
        case MakeContract():
            return creation.make(effect, facts, actor, now, periods, offer_rules, escrow_rules)
        case ChoosePin(changing):
            if facts.has_pin and not changing:
                return Refusal.HAS_PIN
            person = acts.PersonRow(facts.phone_id or new_id(), actor.msisdn, actor.language, pin_hash=pin_hash)
            return _plan_on_person("pin.proposed", facts, actor, person)
        case SetLanguage(language):
            person = acts.PersonRow(facts.phone_id or new_id(), actor.msisdn, language)
            return _plan_on_person("language.chosen", facts, actor, person, language=language)
        case SetName(name):
            person = acts.PersonRow(facts.phone_id or new_id(), actor.msisdn, name=name)
            return _plan_on_person("name.chosen", facts, actor, person)
        case SetPinOnly(only):
            assert facts.phone_id, "there is a PIN that was checked"
            person = acts.PersonRow(facts.phone_id, actor.msisdn, pin_only=only)
            return _plan_on_person("pin_only.chosen" if only else "pin_only.undone", facts, actor, person)
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
            return party_acts.complain(contract, actor, words, now, periods)
        case AnswerDispute(_, words):
            return party_acts.answer_dispute(contract, actor, words)
        case WithdrawDispute():
            return party_acts.withdraw_dispute(contract, actor, now, periods)
        case DecideDispute(_, decision, reasons, split_minor):
            return party_acts.decide_dispute(contract, actor, Decision(decision), split_minor, reasons, now, periods)
        case Propose(_, kind, terms, split_minor):
            new_terms = Terms.from_json(terms) if terms else None
            return party_acts.propose(contract, actor, ProposalType(kind), new_terms, now, split_minor)
        case Appeal(_, words):
            return party_acts.appeal(contract, actor, words, now, periods)
        case Pay():
            return money_acts.ask_to_pay(contract, actor.msisdn)
        case ClaimPayout():
            return money_acts.claim_payout(contract, actor.msisdn)


def _plan_on_person(
    action: str, facts: DecisionFacts, actor: Actor, *people: acts.PersonRow, **details: str
) -> Plan:  # fmt: skip
    return Plan(people=people, audit=(audit_row(action, None, facts.phone_id, actor, **details),))


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
    rail: RailOnce | None = None,
) -> bool:
    """Write `plan` with its `messages`, once for its cause: exactly one of `hop`, `mo`, `api` and `rail`.

    Return False, with nothing written, if the cause was carried out before, or the contract has changed since `plan`
    was decided. A confirmation is signed here: raise SignerAwayError, with nothing written, if the key cannot sign now.
    """
    act = await act_of(
        await _with_known_parties(records, plan), records.signer, channel=channel, now=now, messages=messages,
        person=person, hop=hop, mo=mo, api=api, rail=rail,
    )  # fmt: skip
    return await records.apply(act)


async def act_of(
    plan: Plan,
    signer: SignerPort | None,
    *,
    channel: str,
    now: datetime,
    messages: Sequence[acts.MessageRow] = (),
    person: acts.PersonRow | None = None,
    hop: acts.HopOnce | None = None,
    mo: acts.MoOnce | None = None,
    api: acts.ApiOnce | None = None,
    rail: RailOnce | None = None,
) -> acts.Act:
    """Return the act that `carry_out` writes, signed and with its audit entries. Every party of `plan` has an id."""
    act_id, confirmation, form = new_id(), plan.confirmation, plan.form
    if confirmation:
        assert plan.about and signer, "a confirmation is about a contract, and the service has a key"
        confirmation, new_form = await sign_confirmation(plan.about, confirmation, signer, act_id, channel, now)
        form = form or new_form
    act = acts.Act(
        act_id=act_id, at=now, channel=channel, hop=hop, mo=mo, api=api, rail=rail,
        people=_with_actors(_with_proved(plan.people, person) if person else plan.people, plan.audit),
        contract=plan.contract, parties=plan.parties, change=plan.change, signatures=plan.signatures,
        confirmation=confirmation, form=form, proposal=plan.proposal, delivery=plan.delivery, dispute=plan.dispute,
        request=plan.request, offer=plan.offer, block=plan.block, money=plan.money or None,
        messages=(*messages, *plan.messages),
    )  # fmt: skip
    return with_entries(act, plan.audit, plan.about)


async def _with_known_parties(records: Records, plan: Plan) -> Plan:
    """Return `plan` with the ids of its new parties, who may be known to us: the audit names them by these."""
    if all(party.phone_id for party in plan.parties):
        return plan
    parties, people = list[acts.PartyRow](), {person.msisdn: person for person in plan.people}
    for party in plan.parties:
        if party.phone_id is None and party.msisdn:
            known = await records.caller(party.msisdn)
            if known:
                people[party.msisdn] = replace(people[party.msisdn], id=known.id)
            party = replace(party, phone_id=people[party.msisdn].id)  # noqa: PLW2901 - the same party, known
        parties.append(party)
    return replace(plan, parties=tuple(parties), people=tuple(people.values()))


def _with_actors(people: Sequence[acts.PersonRow], audit: Sequence[acts.AuditRow]) -> tuple[acts.PersonRow, ...]:
    """Return `people` with those who act in their own chain: the head of that chain is in their row."""
    named = {person.msisdn for person in people}
    own = {row.actor_msisdn: row.actor_id for row in audit if row.chain_id is None}
    missing = ((msisdn, actor) for msisdn, actor in own.items() if msisdn and actor and msisdn not in named)
    return (*people, *(acts.PersonRow(actor, msisdn) for msisdn, actor in missing))


def _with_proved(people: Sequence[acts.PersonRow], person: acts.PersonRow) -> tuple[acts.PersonRow, ...]:
    """Return `people` with `person` added. A person whom the plan changes already gets one row: a statement can write a
    row only once."""
    own = next((each for each in people if each.msisdn == person.msisdn), None)
    if own is None:
        return (*people, person)
    others = (each for each in people if each is not own)
    return (
        *others,
        replace(person, language=own.language or person.language, pin_only=own.pin_only, told_costs=own.told_costs),
    )
