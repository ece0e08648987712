"""My contracts: the list, and all the terms of one."""

from contracts.contract import Contract, Role
from contracts.fields.reference import spaced
from contracts.readings import ContractLine, contracts_of
from menus.phrases.contract_status import contract_line
from menus.phrases.due import due_phrase
from menus.phrases.party_names import other_side
from menus.screen import Caller, Screen, begin, choice, go, menu, screen
from menus.translate import ProductOf, Text, t


@screen("contracts", reads=contracts_of)
def contracts(caller: Caller, found: list[ContractLine]) -> Screen:
    """The contracts of the caller, first those that wait for their answer."""
    if not found:
        return menu(t("You have no contracts yet."), choice(t("New contract"), begin("new.role")))
    return menu(
        t("My contracts"),
        *(choice(contract_line(line), go("contract", contract_id=line.contract_id)) for line in found),
    )


def terms_text(contract: Contract, caller: Caller) -> Text:
    """Return all terms of the contract, and whether this caller buys or sells."""
    me = contract.party(caller.msisdn)
    terms = contract.terms
    values = {
        "reference": spaced(contract.reference),
        "other": other_side(contract, caller.msisdn),
        "quantity": terms.quantity,
        "product": ProductOf(terms.product, terms.quantity),
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
