"""One contract: its terms, its status, and what this caller can do about it now."""

from contracts.contract import Contract, Role, Status, TimeAct
from contracts.effects import Confirm, Decline
from contracts.fields.reference import spaced
from contracts.readings import contract_of
from menus.phrases.contract_status import STATUS_WORDS
from menus.phrases.dispute_outcomes import open_outcome
from menus.phrases.money import joined, with_money, with_payment
from menus.refusal_texts import NO_SUCH_CONTRACT, refusal_end
from menus.screen import Caller, Choice, EffectResult, Menu, Screen, begin, choice, end, go, menu, screen
from menus.screens.change import answer_choices, proposal_question, take_back_choices, waiting_request
from menus.screens.contracts import terms_text
from menus.screens.delivery import delivery_choices, delivery_status, goods_text
from menus.screens.dispute import dispute_choices, dispute_text
from menus.screens.pin import with_pin
from menus.translate import Text, t


@screen("contract", reads=contract_of)
def contract(caller: Caller, found: Contract | None, contract_id: str) -> Screen:
    """The terms and the status. A caller from whom an answer is awaited can give it here."""
    return contract_page(found, caller) if found else menu(NO_SUCH_CONTRACT)


def contract_page(found: Contract, caller: Caller) -> Menu:
    """Return the page of a contract: what is proposed, if that waits for this caller; or else its terms and status."""
    if proposed := proposal_question(found, caller):
        return menu(proposed, *answer_choices(found))
    if problem := dispute_text(found, caller):
        request = waiting_request(found, caller)
        body = with_money(joined(problem, request), found, caller.msisdn)
        return menu(body, *take_back_choices(found, caller), *dispute_choices(found, caller))
    # A decision stands beside the goods only, not all terms: so it shares a page with the key for an appeal.
    terms = goods_text(found) if open_outcome(found) else _terms(found, caller)
    body = with_money(joined(terms, _status_text(found, caller)), found, caller.msisdn)
    if not found.waits_for(caller.msisdn):
        return menu(body, *_choices_for(found, caller))
    contract_id = str(found.id)
    return menu(
        body,
        choice(t("Confirm"), with_pin(Confirm(contract_id, found.open_number), then="contract.confirmed")),
        choice(t("Decline"), with_pin(Decline(contract_id, found.open_number), then="contract.declined")),
    )


def _terms(found: Contract, caller: Caller) -> Text:
    """Return the terms; how the contract is paid is among them until its money tells where it stands."""
    terms = terms_text(found, caller)
    return terms if found.escrow else with_payment(terms, found.terms)


def _choices_for(found: Contract, caller: Caller) -> tuple[Choice, ...]:
    me = found.party(caller.msisdn)
    money = (choice(t("Payments"), go("payments.one", contract_id=str(found.id))),) if found.escrow and me else ()
    return (*_act_choices(found, caller), *money)


def _act_choices(found: Contract, caller: Caller) -> tuple[Choice, ...]:
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
        return refusal_end(result)
    if done.status is Status.CONFIRMED:
        me = done.party(caller.msisdn)
        if done.escrow and me and me.role is Role.BUYER:
            return end(t("Contract {reference} is confirmed by all. A request to pay comes to your phone now.",
                         reference=spaced(done.reference)))  # fmt: skip
        return end(
            t("Contract {reference} is confirmed by all. You both get an SMS.", reference=spaced(done.reference))
        )
    return end(t("You confirmed contract {reference}. It now waits for the others.", reference=spaced(done.reference)))


@screen("contract.declined")
def declined(caller: Caller, result: EffectResult) -> Screen:
    done = result.contract
    if done is None:
        return refusal_end(result)
    return end(t("You declined contract {reference}. It is cancelled.", reference=spaced(done.reference)))


def _status_text(contract: Contract, caller: Caller) -> Text:
    if contract.waits_for(caller.msisdn):
        return t("Confirm?")
    delivered = delivery_status(contract)
    if request := waiting_request(contract, caller):
        return t("{came} {request}", came=delivered, request=request) if delivered else request
    if delivered:
        return delivered
    if contract.settled:
        quantity = contract.terms.quantity
        return t(
            "The contract ended with {received} of {quantity} received.", received=contract.settled, quantity=quantity
        )
    if outcome := open_outcome(contract):
        return _decision_text(contract, caller, outcome)
    others = [party for party in contract.parties if party.role.binds and party.msisdn != caller.msisdn]
    if contract.status is Status.PENDING and len(others) > 1:
        return t("It is waiting for the others.")
    return t("It is {standing}.", standing=STATUS_WORDS[contract.status])


def _decision_text(contract: Contract, caller: Caller, outcome: Text) -> Text:
    """Return what was decided. A party whom it binds reads until when they may appeal."""
    me, deadline = contract.party(caller.msisdn), contract.deadline
    if me is None or not me.role.binds or deadline is None or deadline.act is not TimeAct.CLOSE_DISPUTE:
        return t("The arbiter has decided. {outcome}", outcome=outcome)
    day = deadline.at.astimezone(caller.zone).date()
    return t("The arbiter has decided. {outcome} Appeal before {day}.", outcome=outcome, day=day)
