"""Change or cancel a contract: one party proposes it, and all others have to agree."""

from collections.abc import Mapping
from datetime import date

from contracts.contract import Contract, Party, Status
from contracts.effects import Confirm, Decline, Propose
from contracts.escrow.rules import with_fee_in_proportion
from contracts.fields.money import Money
from contracts.fields.quantity import Quantity
from contracts.fields.reference import spaced
from contracts.proposal import Proposal, ProposalType
from contracts.readings import contract_of
from contracts.refusals import Refusal
from contracts.terms import Terms
from menus import answers
from menus.office import office_values, with_office
from menus.phrases.disputes import settlement_text
from menus.phrases.money import fee_text, joined
from menus.phrases.stopped_clock import with_stopped_clock
from menus.phrases.waiting_requests import (
    CANCEL_REQUEST_WAITS,
    CHANGE_REQUEST_WAITS,
    OFFICE_REQUEST_WAITS,
    SETTLE_REQUEST_WAITS,
)
from menus.refusal_texts import NO_SUCH_CONTRACT, REFUSAL_TEXTS, other_unit, refusal_end
from menus.screen import Caller, Choice, EffectResult, Json, Screen, ask, begin, choice, end, go, menu, screen
from menus.screens.pin import with_pin
from menus.translate import ProductOf, Text, t
from values.frozen import replace


@screen("change")
def change(caller: Caller, contract_id: str) -> Screen:
    return menu(
        t("What shall change? All others have to agree."),
        choice(t("Quantity"), begin("change.quantity", contract_id=contract_id)),
        choice(t("Total amount"), begin("change.total", contract_id=contract_id)),
        choice(t("Delivery place"), begin("change.place", contract_id=contract_id)),
        choice(t("Delivery day"), begin("change.due", contract_id=contract_id)),
        choice(t("Cancel the contract"), go("change.cancel", contract_id=contract_id)),
    )


@screen("change.quantity", reads=contract_of)
def quantity(caller: Caller, found: Contract | None, contract_id: str) -> Screen:
    """Once a part was received, the unit cannot change any more: only the number is asked for."""
    if found and found.received:
        unit = found.terms.quantity.unit
        received = Quantity(f"{found.received:f}", unit)
        asked = t("{received} came. How much shall it be in all, in {unit}?", received=received, unit=unit)
        return ask(asked, answers.part, keep_as="new_amount", then=_go_to_check(contract_id, "new_amount"))
    asked, then = t("How much, with the unit? For example: 50 bags"), _go_to_check(contract_id, "new_quantity")
    return ask(asked, answers.quantity, keep_as="new_quantity", then=then)


@screen("change.total")
def total(caller: Caller, contract_id: str) -> Screen:
    asked = t("Total amount in {currency}, for all of it? For example: 3500", currency=caller.currency.value)
    return ask(asked, answers.amount, keep_as="new_total", then=_go_to_check(contract_id, "new_total"))


@screen("change.place")
def place(caller: Caller, contract_id: str) -> Screen:
    asked, then = t("Where is it delivered? For example: Bungoma market"), _go_to_check(contract_id, "new_place")
    return ask(asked, answers.place, keep_as="new_place", then=then)


@screen("change.due")
def due(caller: Caller, contract_id: str) -> Screen:
    asked, then = t("Which day is it delivered? For example: 25/12 or tomorrow"), _go_to_check(contract_id, "new_due")
    return ask(asked, answers.due_date, keep_as="new_due", then=then)


@screen("change.check", reads=contract_of)
def check(caller: Caller, found: Contract | None, contract_id: str, changed: str) -> Screen:
    """All terms as they would be then."""
    if found is None:
        return menu(NO_SUCH_CONTRACT)
    value, unit = caller.answers[changed], found.terms.quantity.unit
    if changed == "new_amount" and (value := answers.number_of(value, unit)) is None:
        return menu(other_unit(unit))
    terms = with_fee_in_proportion(found.terms, _changed_terms(found.terms, changed, value))
    if not found.received_fits(terms):
        return menu(REFUSAL_TEXTS[Refusal.LESS_THAN_CAME])
    wanted = Propose(contract_id, "amend", terms.to_json())
    return menu(
        t("New terms: {terms} Ask the others?", terms=terms_sentence(terms)),
        choice(t("Ask them"), with_pin(wanted, then="change.asked")),
    )


@screen("change.cancel", reads=contract_of)
def cancel(caller: Caller, found: Contract | None, contract_id: str) -> Screen:
    if found is None:
        return menu(NO_SUCH_CONTRACT)
    return menu(
        t("Contract {reference} ends when all others agree. Ask them?", reference=spaced(found.reference)),
        choice(t("Ask them"), with_pin(Propose(contract_id, "cancel"), then="change.asked")),
    )


@screen("change.asked")
def asked(caller: Caller, result: EffectResult) -> Screen:
    done = result.contract
    if done is None:
        return refusal_end(result)
    told = t(
        "Contract {reference}: we ask the others by SMS, and tell you the answer.", reference=spaced(done.reference)
    )
    return end(with_stopped_clock(told, done))


@screen("proposal.answered")
def answered(caller: Caller, result: EffectResult) -> Screen:
    done = result.contract
    if done is None:
        return refusal_end(result)
    if done.status is Status.CANCELLED:
        return end(t("Contract {reference} is cancelled, as all agreed.", reference=spaced(done.reference)))
    if done.status is Status.COMPLETED:
        return end(t("Contract {reference} is completed. You both get an SMS.", reference=spaced(done.reference)))
    kept = t("Contract {reference}: your answer is kept. We tell the others.", reference=spaced(done.reference))
    return end(with_stopped_clock(kept, done))


def proposal_question(contract: Contract, caller: Caller) -> Text | None:
    """Return the proposal as a question, if it waits for this caller's answer."""
    proposal = contract.proposal
    if proposal is None or not contract.waits_for(caller.msisdn):
        return None
    to_cancel, to_change = _OFFICE_ASKS if proposal.by_id is None else _PARTY_ASKS
    values = {"reference": spaced(contract.reference), **office_values(caller.office, caller.msisdn)}
    if proposal.type is ProposalType.CANCEL:
        return replace(to_cancel, values=values)
    if proposal.terms is None:
        to_settle = _OFFICE_ASKS_TO_SETTLE if proposal.by_id is None else _PARTY_ASKS_TO_SETTLE
        return replace(to_settle, values={**values, "settlement": settlement_text(contract, proposal)})
    return replace(to_change, values={**values, "terms": terms_sentence(proposal.terms)})


def waiting_request(contract: Contract, caller: Caller) -> Text | None:
    """Return what is proposed, for a caller who made the proposal or has agreed to it: it waits for others."""
    proposal, me = contract.proposal, contract.party(caller.msisdn)
    if proposal is None:
        return None
    cancels = proposal.type is ProposalType.CANCEL
    if proposal.type.only_settles:
        return _ASKED_TO_SETTLE if _is_made_by(proposal, me) else SETTLE_REQUEST_WAITS
    if _is_made_by(proposal, me):
        if cancels:
            return t("You asked to cancel it; it waits for the others.")
        return t("You asked to change it; it waits for the others.")
    if proposal.by_id is None:
        return with_office(OFFICE_REQUEST_WAITS, caller.office, caller.msisdn)
    return CANCEL_REQUEST_WAITS if cancels else CHANGE_REQUEST_WAITS


def take_back_choices(contract: Contract, caller: Caller) -> tuple[Choice, ...]:
    """Return the choice to withdraw the proposal, for the caller who made it."""
    if contract.proposal is None or not _is_made_by(contract.proposal, contract.party(caller.msisdn)):
        return ()
    taken_back = with_pin(Decline(str(contract.id), contract.open_number), then="proposal.taken_back")
    return (choice(t("Take back my request"), taken_back),)


def _is_made_by(proposal: Proposal, party: Party | None) -> bool:
    return party is not None and proposal.by_id is not None and proposal.by_id == party.phone_id


@screen("proposal.taken_back")
def taken_back(caller: Caller, result: EffectResult) -> Screen:
    done = result.contract
    if done is None:
        return refusal_end(result)
    back = t("You took back your request. Contract {reference} stays as it is.", reference=spaced(done.reference))
    return end(with_stopped_clock(back, done))


_PARTY_ASKS = (
    t("{reference}: the other party asks to cancel this contract. Do you agree?"),
    t("{reference}: the other party asks for: {terms} Agree?"),
)
_PARTY_ASKS_TO_SETTLE = t("{reference}: the other party asks to settle the problem. {settlement} Do you agree?")
_OFFICE_ASKS_TO_SETTLE = t("{reference}: {office} asks to settle the problem. {settlement} Do you agree?")
_ASKED_TO_SETTLE = t("You asked to settle it; it waits for the others.")
_OFFICE_ASKS = (
    t("{reference}: {office} asks to cancel this contract. Do you agree?"),
    t("{reference}: {office} asks for: {terms} Agree?"),
)


def answer_choices(contract: Contract) -> tuple[Choice, ...]:
    contract_id, n = str(contract.id), contract.open_number
    return (
        choice(t("Agree"), with_pin(Confirm(contract_id, n), then="proposal.answered")),
        choice(t("Disagree"), with_pin(Decline(contract_id, n), then="proposal.answered")),
    )


def terms_sentence(terms: Terms) -> Text:
    """Return the terms, and the fee where escrow has one."""
    sentence = t(
        "{quantity} {product} for {total}. {place}, {due}.",
        quantity=terms.quantity, product=ProductOf(terms.product, terms.quantity), total=terms.total,
        place=terms.place, due=terms.due,
    )  # fmt: skip
    return joined(sentence, fee_text(terms))


def _go_to_check(contract_id: str, changed: str) -> Json:
    return go("change.check", contract_id=contract_id, changed=changed)


def _changed_terms(terms: Terms, changed: str, value: Json) -> Terms:
    changes: Mapping[str, Json] = {
        "new_quantity": lambda: {"quantity": Quantity(*value)},
        "new_amount": lambda: {"quantity": Quantity(value, terms.quantity.unit)},
        "new_total": lambda: {"total": Money(value, terms.total.currency)},
        "new_place": lambda: {"place": value},
        "new_due": lambda: {"due": date.fromisoformat(value)},
    }
    return replace(terms, **changes[changed]())
