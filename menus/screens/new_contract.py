"""New contract: five questions, the terms read back, and the PIN."""

from datetime import date

from contracts.effects import MakeContract
from contracts.fields.money import Money
from contracts.fields.msisdn import Msisdn
from contracts.fields.quantity import Quantity
from contracts.fields.reference import spaced
from menus import answers
from menus.phrases.money import held_for
from menus.refusal_texts import refusal_end
from menus.screen import Caller, EffectResult, Screen, ask, choice, end, go, keeping, menu, screen
from menus.screens.new_payment import escrow_amount, holds, other_payment, total
from menus.screens.pin import with_pin
from menus.translate import DisplayedMsisdn, ProductOf, Text, t
from values.frozen import replace

# Sessions that began before product and quantity, and place and day, shared a question have neither answer.
_NO_GOODS = {"product": None, "quantity": None}
_NO_DELIVERY = {"place": None, "due": None}


@screen("new.role")
def role(caller: Caller) -> Screen:
    return menu(
        t("Are you the buyer or the seller?"),
        choice(t("Buyer"), keeping(go("new.other"), role="buyer")),
        choice(t("Seller"), keeping(go("new.other"), role="seller")),
    )


@screen("new.other")
def other(caller: Caller) -> Screen:
    asked = t("Phone number of the seller") if caller.answers["role"] == "buyer" else t("Phone number of the buyer")
    return ask(asked, answers.other_msisdn, keep_as="other", then=go("new.product"))


@screen("new.product")
def product(caller: Caller) -> Screen:
    """The product and the quantity in one answer; new.quantity asks for what is not in it."""
    return ask(
        t("What is sold, and how much? For example: 50 bags maize"),
        answers.goods,
        keep_as="goods",
        then=go("new.quantity"),
    )


@screen("new.quantity")
def quantity(caller: Caller) -> Screen:
    goods = caller.answers.get("goods") or _NO_GOODS
    if goods["product"] and goods["quantity"]:
        return amount(caller)
    if goods["quantity"]:
        return ask(t("What is sold? For example: maize"), answers.product, keep_as="product", then=go("new.amount"))
    return ask(
        t("How much, with the unit? For example: 50 bags"), answers.quantity, keep_as="quantity", then=go("new.amount")
    )


@screen("new.amount")
def amount(caller: Caller) -> Screen:
    asked = t("Total amount in {currency}, for all of it? For example: 3500", currency=caller.currency.value)
    return ask(asked, answers.amount, keep_as="amount", then=go("new.place"))


@screen("new.place")
def place(caller: Caller) -> Screen:
    """The place and the day in one answer; new.due asks for what is not in it."""
    return ask(
        t("Where and which day is it delivered? For example: Bungoma market 25/12"),
        answers.place_and_day,
        keep_as="delivery",
        then=go("new.due"),
    )


@screen("new.due")
def due(caller: Caller) -> Screen:
    delivery = caller.answers.get("delivery") or _NO_DELIVERY
    if delivery["place"] and delivery["due"]:
        return check(caller)
    if delivery["due"]:
        asked = t("Where is it delivered? For example: Bungoma market")
        return ask(asked, answers.place, keep_as="place", then=go("new.check"))
    return ask(
        t("Which day is it delivered? For example: 25/12 or tomorrow"),
        answers.due_date,
        keep_as="due",
        then=go("new.check"),
    )


@screen("new.check")
def check(caller: Caller) -> Screen:
    """All terms before the caller confirms them. The other party reads the same terms.

    Back may lead here, after Start again and an answer that leaves something out: then that is asked for first.
    """
    if missing := _missing(caller):
        return missing
    total_now = total(caller)
    if total_now is None:
        return escrow_amount(caller, "new.check")
    wanted = _contract_to_make(caller, total_now)
    return menu(
        _read_back(wanted, total_now, caller),
        choice(t("Confirm"), with_pin(wanted, then="new.made")),
        choice(t("Start again"), go("new.role")),
        *other_payment(caller),
    )


def _read_back(wanted: MakeContract, price: Money, caller: Caller) -> Text:
    """Return all terms as a question, with the fee, if there is one: nobody pays one that they have not read."""
    quantity = Quantity(wanted.quantity, wanted.unit)
    values: dict[str, object] = {
        "other": DisplayedMsisdn(Msisdn(wanted.other), caller.msisdn),
        "quantity": quantity,
        "product": ProductOf(wanted.product, quantity),
        "total": price,
        "place": wanted.place,
        "due": date.fromisoformat(wanted.due),
    }
    if wanted.escrow and caller.escrow:
        values["payment"] = held_for(Money(caller.escrow.fee_for(price), price.currency))
    return replace(_ALL_TERMS[wanted.role, wanted.escrow], values=values)


_ALL_TERMS = {
    ("buyer", False): t(
        "You buy {quantity} {product} from {other} for {total}. Delivery: {place}, {due}. All correct?"
    ),
    ("seller", False): t(
        "You sell {quantity} {product} to {other} for {total}. Delivery: {place}, {due}. All correct?"
    ),
    ("buyer", True): t(
        "You buy {quantity} {product} from {other} for {total}. Delivery: {place}, {due}. {payment} All correct?"
    ),
    ("seller", True): t(
        "You sell {quantity} {product} to {other} for {total}. Delivery: {place}, {due}. {payment} All correct?"
    ),
}


@screen("new.made")
def made(caller: Caller, result: EffectResult) -> Screen:
    contract = result.contract
    if contract is None:
        return refusal_end(result, caller)
    others = next(party for party in contract.parties if party.msisdn != caller.msisdn)
    values = {"reference": spaced(contract.reference), "other": DisplayedMsisdn(others.msisdn, caller.msisdn)}
    if result.is_held:
        return end(t("Contract {reference} is made. It is night: we ask {other} in the morning by SMS.", **values))
    return end(
        t("Contract {reference} is made. We ask {other} by SMS to confirm, and tell you the answer by SMS.", **values)
    )


def _missing(caller: Caller) -> Screen | None:
    """Return the question for a part of the contract that no answer has given; None if there is none."""
    answered, then = caller.answers, go("new.check")
    goods, delivery = answered.get("goods") or _NO_GOODS, answered.get("delivery") or _NO_DELIVERY
    if not (goods["product"] or answered.get("product")):
        return ask(t("What is sold? For example: maize"), answers.product, keep_as="product", then=then)
    if not (goods["quantity"] or answered.get("quantity")):
        asked = t("How much, with the unit? For example: 50 bags")
        return ask(asked, answers.quantity, keep_as="quantity", then=then)
    if not (delivery["place"] or answered.get("place")):
        asked = t("Where is it delivered? For example: Bungoma market")
        return ask(asked, answers.place, keep_as="place", then=then)
    if not (delivery["due"] or answered.get("due")):
        asked = t("Which day is it delivered? For example: 25/12 or tomorrow")
        return ask(asked, answers.due_date, keep_as="due", then=then)
    return None


def _contract_to_make(caller: Caller, price: Money) -> MakeContract:
    """Return the contract of the answers. Each part comes from the answer that asked for two, or from its own."""
    answered = caller.answers
    goods, delivery = answered.get("goods") or _NO_GOODS, answered.get("delivery") or _NO_DELIVERY
    amount_of, unit = goods["quantity"] or answered["quantity"]
    return MakeContract(
        role=answered["role"], other=answered["other"], product=goods["product"] or answered["product"],
        quantity=amount_of, unit=unit, total_minor=price.minor, currency=caller.currency.value,
        place=delivery["place"] or answered["place"], due=delivery["due"] or answered["due"],
        escrow=holds(caller),
    )  # fmt: skip
