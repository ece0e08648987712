"""From an effect to what it writes: look (one read), decide (no I/O), carry out (one statement).

`decide` gives a `Plan`, or a `Refusal`, which is an answer too. Between look and carry_out a contract may move on; then
carry_out says so, nothing is written, and the caller looks again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol, TypeVar
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
from contracts.rules.plan import Actor, Plan, answer_confirmation, audit_row, new_contract_details
from contracts.rules.plan_rows import deadline_columns
from contracts.rules.waiting import WaitingPeriods, until_answered
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
    """Now, as an aware time."""

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
    """What `effect` is decided on; with `pin`, a try is counted first (once per hop)."""
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
    """What `effect` writes. With a PIN that was right the caller adds `proved_pin_row`; `pin_hash` is ChoosePin's."""
    match effect:
        case MakeContract():
            return _make(effect, facts, actor, now, periods)
        case Confirm() | Decline():
            yes = isinstance(effect, Confirm)
            return _on_contract(facts, lambda found: party_acts.answer(found, actor, now, periods, yes=yes, n=effect.n))
        case SayDelivered():
            return _on_contract(facts, lambda found: party_acts.say_delivered(found, actor, now, periods))
        case Receive(_, quantity):
            part = Decimal(quantity) if quantity else None
            return _on_contract(facts, lambda found: party_acts.receive(found, actor, part, now, periods))
        case Complain(_, words):
            return _on_contract(facts, lambda found: party_acts.complain(found, actor, words))
        case Propose(_, kind, terms):
            wanted = Terms.from_json(terms) if terms else None
            return _on_contract(facts, lambda found: party_acts.propose(found, actor, ProposalType(kind), wanted))
        case Appeal(_, words):
            return _on_contract(facts, lambda found: party_acts.appeal(found, actor, words))
        case ChoosePin(changing):
            if facts.has_pin and not changing:
                return Refusal.HAS_PIN
            person = acts.PersonRow(facts.phone_id or new_id(), actor.msisdn, actor.language, pin_hash=pin_hash)
            return Plan(people=(person,), audit=(audit_row("pin.proposed", None, facts.phone_id, actor),))
        case SetLanguage(language):
            person = acts.PersonRow(facts.phone_id or new_id(), actor.msisdn, language)
            said = audit_row("language.chosen", None, facts.phone_id, actor, language=language)
            return Plan(people=(person,), audit=(said,))
        case UseRecovery():
            return Plan(audit=(audit_row("pin.recovered", None, facts.phone_id, actor),))
        case ProvePin():
            return Plan(audit=(audit_row("pin.proved", None, facts.phone_id, actor),))


def _on_contract(facts: DecisionFacts, move: Callable[[Contract], Plan | Refusal]) -> Plan | Refusal:
    return move(Contract.from_row(facts.contract)) if facts.contract else Refusal.NOT_YOURS


def create_contract(new: "NewContract", actor: Actor | None, now: datetime, periods: WaitingPeriods) -> Plan:
    """A new contract. `actor` is the party who makes it and so consents; None: somebody writes it down for both."""
    parties = tuple(
        Party(p.phone_id or new_id(), p.msisdn, p.role, p.name, p.language, _first_word(p, actor), new_salt())
        for p in new.parties
    )
    newcomers = {p.msisdn for p in new.parties if p.phone_id is None}
    contract = Contract(
        new_id(), new_reference(), 1, Status.PENDING, new.type, new.terms, parties, now,
        deadline=until_answered(now, periods),
    )  # fmt: skip
    form = form_row(canonical_form_of(contract, contract.terms_version))
    contract = replace(contract, form_hashes={form.terms_version: form.sha256})
    by = contract.party(actor.msisdn) if actor else None
    maker = by.msisdn if by else None
    audit = [
        acts.AuditRow("contract.made", contract.id, by.phone_id if by else None, maker, new_contract_details(contract))
    ]
    confirmation = None
    if by and actor:
        audit.append(audit_row("contract.confirm", contract.id, by.phone_id, actor, role=by.role.value))
        confirmation = answer_confirmation(contract.id, by, actor, "confirm")
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
        confirmation=confirmation,
        form=form,
        audit=tuple(audit),
        notices=tuple(
            notice_to(p, NoticeKind.OFFERED, contract, maker) for p in parties if p.signature is Signature.PENDING
        ),
        about=contract,
    )  # fmt: skip


class NewContract(Frozen):
    """What a new contract is made of; `parties` have no signature yet."""

    type: ContractType
    terms: Terms
    parties: tuple[Party, ...]


def proved_pin_row(facts: DecisionFacts, actor: Actor, now: datetime) -> acts.PersonRow:
    """The row that says: this person has just typed the right PIN."""
    assert facts.phone_id and facts.pin_hash, "a PIN was checked"
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
    """Do it, once for its cause (exactly one of hop, mo, api). False: done before, or decided on what has moved."""
    act_id, said, form = new_id(), plan.confirmation, plan.form
    if said:
        assert plan.about and records.signer, "a word is on a contract, and the service has a key"
        said, unkept = sign_confirmation(plan.about, said, records.signer, act_id, channel, now)
        form = form or unkept
    return await records.apply(
        acts.Act(
            act_id=act_id, at=now, channel=channel, hop=hop, mo=mo, api=api,
            people=(*plan.people, person) if person else plan.people,
            contract=plan.contract, parties=plan.parties, move=plan.move, signatures=plan.signatures,
            confirmation=said, form=form, proposal=plan.proposal, delivery=plan.delivery, dispute=plan.dispute,
            request=plan.request, audit=plan.audit, messages=tuple(messages),
        )
    )  # fmt: skip


def _make(effect: MakeContract, facts: DecisionFacts, actor: Actor, now: datetime, periods: WaitingPeriods) -> Plan:
    other = next((o for o in facts.others if o["msisdn"] == effect.other), None)
    mine, theirs = (Role.BUYER, Role.SELLER) if effect.role == "buyer" else (Role.SELLER, Role.BUYER)
    terms = Terms(
        effect.product,
        Quantity(effect.quantity, effect.unit),
        Money(effect.total_minor, Currency(effect.currency)),
        effect.place,
        date.fromisoformat(effect.due),
    )
    return create_contract(
        NewContract(
            ContractType.AGRICULTURAL_SUPPLY,
            terms,
            (
                Party(facts.phone_id, actor.msisdn, mine, None, actor.language, None),
                Party(
                    UUID(other["id"]) if other else None,
                    Msisdn(effect.other), theirs, None, other["language"] if other else None, None,
                ),
            ),
        ),
        actor,
        now,
        periods,
    )  # fmt: skip


def _first_word(party: Party, actor: Actor | None) -> Signature | None:
    if not party.role.binds:
        return None
    return Signature.SIGNED if actor and party.msisdn == actor.msisdn else Signature.PENDING
