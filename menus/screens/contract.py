"""One contract: all of it, and what this caller can say of it now."""

from contracts.contract import Contract, Role, Status, TimeAct
from contracts.effects import Confirm, Decline
from contracts.fields.reference import spaced
from contracts.readings import contract_of
from menus.phrases.dispute_outcomes import dispute_outcome
from menus.refusal_texts import REFUSAL_TEXTS
from menus.screen import Caller, Choice, EffectResult, Screen, begin, choice, end, go, menu, screen
from menus.screens.change import answer_choices, proposal_question, take_back_choices, waiting_request
from menus.screens.contracts import STATUS_WORDS, terms_text
from menus.screens.delivery import delivery_choices, delivery_status, goods_text
from menus.screens.pin import with_pin
from menus.translate import DisplayedMsisdn, Text, t


@screen("contract", reads=contract_of)
def contract(caller: Caller, found: Contract | None, contract_id: str) -> Screen:
    """One contract, whole; with the answer where it waits for one."""
    if found is None:
        return menu(t("There is no such contract of yours."))
    if proposed := proposal_question(found, caller):
        return menu(proposed, *answer_choices(found))
    if mediated := _mediator_text(found, caller):
        return menu(mediated)
    # What was decided is said with the goods alone, so that it shares a page with the key to appeal.
    terms = goods_text(found) if dispute_outcome(found) else terms_text(found, caller)
    body = t("{terms} {standing}", terms=terms, standing=_status_text(found, caller))
    if not found.waits_for(caller.msisdn):
        return menu(body, *_choices_for(found, caller))
    return menu(
        body,
        choice(t("Confirm"), with_pin(Confirm(contract_id, found.open_number), then="contract.confirmed")),
        choice(t("Decline"), with_pin(Decline(contract_id, found.open_number), then="contract.declined")),
    )


def _choices_for(found: Contract, caller: Caller) -> tuple[Choice, ...]:
    me, contract_id = found.party(caller.msisdn), str(found.id)
    if me is None or me.signature is None:
        return ()
    if found.is_under_way:
        wanted = choice(t("Change or cancel"), go("change", contract_id=contract_id))
        change = take_back_choices(found, caller) if found.proposal else (wanted,)
        problem = choice(t("Report a problem"), begin("problem.words", contract_id=contract_id))
        return (*delivery_choices(found, caller), problem, *change)
    if found.dispute and found.dispute.status == "decided" and not found.dispute.was_appealed:
        return (choice(t("Appeal"), begin("appeal", contract_id=contract_id)),)
    return ()


@screen("contract.confirmed")
def confirmed(caller: Caller, result: EffectResult) -> Screen:
    done = result.contract
    if done is None:
        return _refused(result)
    if done.status is Status.CONFIRMED:
        return end(
            t("Contract {reference} is confirmed by all. You both get an SMS.", reference=spaced(done.reference))
        )
    return end(t("You confirmed contract {reference}. It now waits for the others.", reference=spaced(done.reference)))


@screen("contract.declined")
def declined(caller: Caller, result: EffectResult) -> Screen:
    done = result.contract
    if done is None:
        return _refused(result)
    return end(t("You declined contract {reference}. It is cancelled.", reference=spaced(done.reference)))


def _status_text(contract: Contract, caller: Caller) -> Text:
    if contract.waits_for(caller.msisdn):
        return t("Confirm?")
    said = delivery_status(contract)
    if request := waiting_request(contract, caller):
        return t("{came} {request}", came=said, request=request) if said else request
    if said:
        return said
    if contract.settled:
        quantity = contract.terms.quantity
        return t("It is complete with {received} of {quantity}.", received=contract.settled, quantity=quantity)
    if outcome := dispute_outcome(contract):
        return _decision_text(contract, caller, outcome)
    if contract.status is Status.DISPUTED:
        return t("In dispute: a mediator decides.")
    others = [party for party in contract.parties if party.role.binds and party.msisdn != caller.msisdn]
    if contract.status is Status.PENDING and len(others) > 1:
        return t("It is waiting for the others.")
    return t("It is {standing}.", standing=STATUS_WORDS[contract.status])


def _mediator_text(contract: Contract, caller: Caller) -> Text | None:
    """For whoever settles a dispute that is still to be decided: between whom it is, about what, and what to do."""
    me, dispute = contract.party(caller.msisdn), contract.dispute
    if me is None or me.role is not Role.MEDIATOR or dispute is None or dispute_outcome(contract):
        return None
    return t(
        "{goods} {seller} sells to {buyer}. The problem: {words}. "
        "Hear both, then tell the VoicePact office what you decide.",
        goods=goods_text(contract), seller=_first(Role.SELLER, contract, caller),
        buyer=_first(Role.BUYER, contract, caller), words=" ".join(dispute.words.split()).rstrip("."),
    )  # fmt: skip


def _first(role: Role, contract: Contract, caller: Caller) -> object:
    """The name of the first on that side, else their number."""
    found = next((party for party in contract.parties if party.role is role), None)
    return (found.name or DisplayedMsisdn(found.msisdn, caller.msisdn)) if found else "-"


def _decision_text(contract: Contract, caller: Caller, outcome: Text) -> Text:
    """What was decided, and for whoever it binds until when they may appeal."""
    me = contract.party(caller.msisdn)
    if (
        me is None
        or not me.role.binds
        or contract.deadline is None
        or contract.deadline.act is not TimeAct.CLOSE_DISPUTE
    ):
        return t("A mediator has decided. {outcome}", outcome=outcome)
    day = contract.deadline.at.astimezone(caller.zone).date()
    return t("A mediator has decided. {outcome} Appeal before {day}.", outcome=outcome, day=day)


def _refused(result: EffectResult) -> Screen:
    assert result.refusal is not None
    return end(REFUSAL_TEXTS[result.refusal])
