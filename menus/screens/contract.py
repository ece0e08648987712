"""One contract: all of it, and what this caller can say of it now."""

from contracts.effects import Confirm, Decline
from contracts.lifecycle import Contract, Status
from contracts.readings import contract_of
from contracts.reference import spaced
from menus.refusals import REFUSAL
from menus.screen import Caller, Choice, Outcome, Screen, begin, choice, end, go, menu, screen
from menus.screens.change import asked_of, to_answer
from menus.screens.contracts import STANDING, terms_of
from menus.screens.delivery import of_delivery
from menus.screens.pin import with_pin
from menus.words import Text, t


@screen("contract", reads=contract_of)
def contract(caller: Caller, found: Contract | None, contract_id: str) -> Screen:
    """One contract, whole; with the answer where it waits for one."""
    if found is None:
        return menu(t("There is no such contract of yours."))
    if proposed := asked_of(found, caller):
        return menu(proposed, *to_answer(found))
    body = t("{terms} {standing}", terms=terms_of(found, caller), standing=_standing(found, caller))
    if not found.waits_for(caller.msisdn):
        return menu(body, *_what_may_be_said(found, caller))
    return menu(
        body,
        choice(t("Confirm"), with_pin(Confirm(contract_id, found.asks), then="contract.confirmed")),
        choice(t("Decline"), with_pin(Decline(contract_id, found.asks), then="contract.declined")),
    )


def _what_may_be_said(found: Contract, caller: Caller) -> tuple[Choice, ...]:
    me, contract_id = found.party(caller.msisdn), str(found.id)
    if me is None or me.signature is None:
        return ()
    if found.is_under_way:
        change = () if found.proposal else (choice(t("Change or cancel"), go("change", contract_id=contract_id)),)
        problem = choice(t("Report a problem"), begin("problem.words", contract_id=contract_id))
        return (*of_delivery(found, caller), problem, *change)
    if found.dispute and found.dispute.status == "decided" and not found.dispute.was_appealed:
        return (choice(t("Appeal"), begin("appeal", contract_id=contract_id)),)
    return ()


@screen("contract.confirmed")
def confirmed(caller: Caller, outcome: Outcome) -> Screen:
    done = outcome.contract
    if done is None:
        return _refused(outcome)
    if done.status is Status.CONFIRMED:
        return end(
            t("Contract {reference} is confirmed by all. You both get an SMS.", reference=spaced(done.reference))
        )
    return end(t("You confirmed contract {reference}. It now waits for the others.", reference=spaced(done.reference)))


@screen("contract.declined")
def declined(caller: Caller, outcome: Outcome) -> Screen:
    done = outcome.contract
    if done is None:
        return _refused(outcome)
    return end(t("You declined contract {reference}. It is cancelled.", reference=spaced(done.reference)))


def _standing(contract: Contract, caller: Caller) -> Text:
    if contract.waits_for(caller.msisdn):
        return t("Do you confirm?")
    if contract.is_under_way and contract.delivered_at:
        return t("The seller says it is delivered.")
    return t("It is {standing}.", standing=STANDING[contract.status])


def _refused(outcome: Outcome) -> Screen:
    assert outcome.refusal is not None
    return end(REFUSAL[outcome.refusal])
