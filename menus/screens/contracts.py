"""My contracts: the list, one of them, and the answer to it."""

from contracts.effects import Confirm, Decline
from contracts.lifecycle import Contract, Role, Status
from contracts.readings import Line, contract_of, contracts_of
from contracts.reference import spaced
from menus.refusals import REFUSAL
from menus.screen import Caller, Outcome, Screen, choice, end, go, menu, screen
from menus.screens.pin import with_pin
from menus.words import Number, Text, t

STANDING = {
    Status.PENDING: t("waiting for the other party"),
    Status.CONFIRMED: t("confirmed by all"),
    Status.ACTIVE: t("under way"),
    Status.COMPLETED: t("completed"),
    Status.CANCELLED: t("cancelled"),
    Status.EXPIRED: t("expired"),
    Status.DISPUTED: t("in dispute"),
}


@screen("contracts", reads=contracts_of)
def contracts(caller: Caller, found: list[Line]) -> Screen:
    """The caller's contracts, those that wait for them first."""
    if not found:
        return menu(t("You have no contracts yet."), choice(t("New contract"), go("new.role")))
    return menu(
        t("My contracts"),
        *(choice(in_a_line(line), go("contract", contract_id=line.contract_id)) for line in found),
    )


@screen("contract", reads=contract_of)
def contract(caller: Caller, found: Contract | None, contract_id: str) -> Screen:
    """One contract, whole; with the answer where it waits for one."""
    if found is None:
        return menu(t("There is no such contract of yours."))
    body = t("{terms} {standing}", terms=terms_of(found, caller), standing=_standing(found, caller))
    if not found.waits_for(caller.msisdn):
        return menu(body)
    return menu(
        body,
        choice(t("Confirm"), with_pin(Confirm(contract_id), then="contract.confirmed")),
        choice(t("Decline"), with_pin(Decline(contract_id), then="contract.declined")),
    )


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


def terms_of(contract: Contract, caller: Caller) -> Text:
    """The contract as one of its parties reads it: all of the terms, and on which side they stand."""
    me = contract.party(caller.msisdn)
    other = next((p for p in contract.parties if p is not me and p.role.binds), None)
    terms = contract.terms
    values = {
        "reference": spaced(contract.reference),
        "other": (other.name or Number(other.msisdn, caller.msisdn)) if other else "-",
        "quantity": terms.quantity,
        "product": terms.product,
        "total": terms.total,
        "place": terms.place,
        "due": terms.due,
    }
    if me and me.role is Role.SELLER:
        return t(
            "{reference}: you sell {quantity} {product} to {other} for {total}. Delivery: {place}, {due}.", **values
        )
    if me and me.role is Role.BUYER:
        return t(
            "{reference}: you buy {quantity} {product} from {other} for {total}. Delivery: {place}, {due}.", **values
        )
    return t("{reference}: {quantity} {product} for {total}. Delivery: {place}, {due}.", **values)


def in_a_line(line: Line) -> Text:
    """Enough to know it by; its standing first, because what is last is cut where a page is narrow."""
    goods = t("{product} {total}", product=line.product, total=line.total)
    if line.waits:
        return t("answer: {line}", line=goods)
    return t("{standing}: {line}", line=goods, standing=_SHORT[line.status])


_SHORT = {
    Status.PENDING: t("waiting"),
    Status.CONFIRMED: t("confirmed"),
    Status.ACTIVE: t("under way"),
    Status.COMPLETED: t("completed"),
    Status.CANCELLED: t("cancelled"),
    Status.EXPIRED: t("expired"),
    Status.DISPUTED: t("in dispute"),
}


def _standing(contract: Contract, caller: Caller) -> Text:
    if contract.waits_for(caller.msisdn):
        return t("Do you confirm?")
    return t("It is {standing}.", standing=STANDING[contract.status])


def _refused(outcome: Outcome) -> Screen:
    assert outcome.refusal is not None
    return end(REFUSAL[outcome.refusal])
