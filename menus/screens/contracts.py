"""My contracts: the list, and how a contract is said in a line and whole."""

from contracts.contract import Contract, Role, Status
from contracts.fields.reference import spaced
from contracts.readings import ContractLine, contracts_of
from menus.phrases.due import due_phrase
from menus.phrases.party_names import other_side
from menus.screen import Caller, Screen, begin, choice, go, menu, screen
from menus.translate import Text, t

STATUS_WORDS = {
    Status.PENDING: t("waiting for the other party"),
    Status.CONFIRMED: t("confirmed by all"),
    Status.ACTIVE: t("under way"),
    Status.COMPLETED: t("completed"),
    Status.CANCELLED: t("cancelled"),
    Status.EXPIRED: t("expired"),
    Status.DISPUTED: t("in dispute"),
}


@screen("contracts", reads=contracts_of)
def contracts(caller: Caller, found: list[ContractLine]) -> Screen:
    """The caller's contracts, those that wait for them first."""
    if not found:
        return menu(t("You have no contracts yet."), choice(t("New contract"), begin("new.role")))
    return menu(
        t("My contracts"),
        *(choice(contract_line(line), go("contract", contract_id=line.contract_id)) for line in found),
    )


def terms_text(contract: Contract, caller: Caller) -> Text:
    """The contract as one of its parties reads it: all of the terms, and on which side they stand."""
    me = contract.party(caller.msisdn)
    terms = contract.terms
    values = {
        "reference": spaced(contract.reference),
        "other": other_side(contract, caller.msisdn),
        "quantity": terms.quantity,
        "product": terms.product,
        "total": terms.total,
        "place": terms.place,
        "due": due_phrase(terms),
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


def contract_line(line: ContractLine) -> Text:
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
