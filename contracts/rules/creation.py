"""A new contract: made by one of its parties, who confirms it by that, or by an operator, who confirms nothing."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from contracts.contract import Contract, ContractType, Party, Role, Signature, Status
from contracts.effects import MakeContract
from contracts.escrow.rules import EscrowRules
from contracts.fields.money import Currency, Money
from contracts.fields.msisdn import Msisdn, country_code
from contracts.fields.quantity import Quantity
from contracts.fields.reference import new_reference
from contracts.notices import NoticeKind, notice_to
from contracts.proof.statements import canonical_form_of, form_row, new_salt
from contracts.refusals import Refusal
from contracts.rules import offers
from contracts.rules.offers import OfferRules
from contracts.rules.plan import Actor, Plan
from contracts.rules.plan_rows import answer_confirmation, audit_row, deadline_columns
from contracts.rules.waiting import WaitingPeriods, answer_deadline
from contracts.terms import Terms
from storage.acts.rows import AuditRow, ContractRow, PartyRow, PersonRow
from storage.record_rows import DecisionFacts
from values.frozen import Frozen, replace
from values.ids import new_id


class NewContract(Frozen):
    """What a new contract is made from; its `parties` have no signature yet."""

    type: ContractType
    terms: Terms
    parties: tuple[Party, ...]


def make(
    effect: MakeContract, facts: DecisionFacts, actor: Actor, now: datetime, periods: WaitingPeriods,
    offer_rules: OfferRules, escrow_rules: EscrowRules | None = None,
) -> Plan | Refusal:  # fmt: skip
    """Return what it writes that a party makes a contract on a screen; a Refusal if a limit on offers is reached, or
    its money cannot wait with us."""
    if reached := offers.limit_reached(facts, offer_rules, now):
        return reached.refusal
    other = next((row for row in facts.others if row["msisdn"] == effect.other), None)
    own_role, other_role = (Role.BUYER, Role.SELLER) if effect.role == "buyer" else (Role.SELLER, Role.BUYER)
    terms = Terms(
        effect.product,
        Quantity(effect.quantity, effect.unit),
        Money(effect.total_minor, Currency(effect.currency)),
        effect.place,
        date.fromisoformat(effect.due),
    )
    if effect.escrow:
        if escrow_rules is None or escrow_rules.refusal_of(terms.total):
            return Refusal.NOT_FOR_ESCROW
        terms = escrow_rules.with_escrow(terms)
    parties = (
        Party(facts.phone_id, actor.msisdn, own_role, facts.name, actor.language, None),
        Party(
            UUID(other["id"]) if other else None, Msisdn(effect.other), other_role, None,
            (other["language"] if other else None) or _language_presumed(Msisdn(effect.other), actor), None,
        ),
    )  # fmt: skip
    plan = create_contract(NewContract(ContractType.AGRICULTURAL_SUPPLY, terms, parties), actor, now, periods)
    return _as_offer(plan, actor.msisdn, facts, offer_rules, now, periods)


def _as_offer(
    plan: Plan, maker: Msisdn, facts: DecisionFacts, offer_rules: OfferRules, now: datetime, periods: WaitingPeriods
) -> Plan:
    """Return `plan` with the row that counts the offer. A stranger's offer says so, and waits for the morning."""
    assert plan.about, "a contract is made"
    own, other = sorted(plan.about.parties, key=lambda party: party.msisdn != maker)
    assert own.phone_id and other.phone_id, "each party of a new contract has an id"
    sent_from = offers.sent_from(facts, other.msisdn, offer_rules, now, periods.zone)
    notices = tuple(
        replace(notice, not_before=sent_from, by_stranger=not offers.is_known(facts)) for notice in plan.notices
    )
    return replace(plan, offer=offers.offer_row(facts, own.phone_id, other.phone_id), notices=notices)


def _language_presumed(msisdn: Msisdn, maker: Actor) -> str | None:
    """Return the language that a person is presumed to read: that of the maker, from the same country."""
    return maker.language if country_code(msisdn) == country_code(maker.msisdn) else None


def create_contract(new: NewContract, actor: Actor | None, now: datetime, periods: WaitingPeriods) -> Plan:
    """Return what making the contract writes.

    `actor`: the party who makes it, and confirms it by that; None: an operator makes it, and every party is asked.
    """
    parties = tuple(
        replace(p, phone_id=p.phone_id or new_id(), signature=_first_signature(p, actor), salt=new_salt())
        for p in new.parties
    )
    contract = Contract(
        new_id(), new_reference(), 1, Status.PENDING, new.type, new.terms, parties, now,
        deadline=answer_deadline(now, periods),
    )  # fmt: skip
    form = form_row(canonical_form_of(contract, contract.terms_version))
    contract = replace(contract, form_hashes={form.terms_version: form.sha256})
    maker = contract.party(actor.msisdn) if actor else None
    newcomers = {p.msisdn for p in new.parties if p.phone_id is None}
    return Plan(
        people=tuple(_newcomer(p) for p in parties if p.msisdn in newcomers),
        contract=_contract_row(contract),
        parties=tuple(
            PartyRow(p.role.value, p.name, p.signature and p.signature.value, p.phone_id, None, p.salt) for p in parties
        ),
        confirmation=answer_confirmation(contract.id, maker, actor, "confirm") if maker and actor else None,
        form=form,
        audit=_audit_rows(contract, maker, actor),
        notices=tuple(
            notice_to(p, NoticeKind.OFFERED, contract, maker.msisdn if maker else None)
            for p in parties
            if p.signature is Signature.PENDING
        ),
        about=contract,
    )


def _newcomer(party: Party) -> PersonRow:
    """Return the row of a party whom we did not know. Their language, if they have one, is presumed."""
    assert party.phone_id, "every party has got one"
    return PersonRow(party.phone_id, party.msisdn, party.language, language_presumed=True if party.language else None)


def _first_signature(party: Party, actor: Actor | None) -> Signature | None:
    if not party.role.binds:
        return None
    return Signature.SIGNED if actor and party.msisdn == actor.msisdn else Signature.PENDING


def _contract_row(contract: Contract) -> ContractRow:
    terms = contract.terms
    return ContractRow(
        contract.id, contract.reference, contract.type.value, terms.to_json(), terms.total.minor,
        terms.total.currency.value, *deadline_columns(contract),
    )  # fmt: skip


def _audit_rows(contract: Contract, maker: Party | None, actor: Actor | None) -> tuple[AuditRow, ...]:
    details: dict[str, Any] = {
        "reference": contract.reference,
        "type": contract.type.value,
        "terms": contract.terms.to_json(),
        "sha256": contract.form_hashes[contract.terms_version],
    }
    if maker is None or actor is None:
        return (AuditRow("contract.made", contract.id, None, None, {**details, "role": "operator"}),)
    return (
        AuditRow("contract.made", contract.id, maker.phone_id, maker.msisdn, {**details, "role": maker.role.value}),
        audit_row("contract.confirm", contract.id, maker.phone_id, actor, role=maker.role.value),
    )
