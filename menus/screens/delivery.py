"""Confirm delivery: the seller reports the goods delivered, the buyer reports what was received."""

from contracts.contract import Contract, Role, Status
from contracts.effects import Receive, SayDelivered
from contracts.fields.quantity import Quantity
from contracts.fields.reference import spaced
from contracts.readings import Deliveries, contract_of, deliveries_of
from contracts.refusals import Refusal
from contracts.rules.waiting import buyer_silence_counts, receipt_assumed_at, waits_for_receipt
from menus import answers
from menus.phrases.contract_status import contract_line
from menus.phrases.money import joined, with_money
from menus.refusal_texts import NO_SUCH_CONTRACT, REFUSAL_TEXTS, other_unit, refusal_end
from menus.screen import Caller, Choice, EffectResult, Menu, Screen, ask, begin, choice, end, go, menu, screen
from menus.screens.payments import pay_choices
from menus.screens.pin import with_pin
from menus.translate import ProductOf, Text, t


@screen("delivery", reads=deliveries_of)
def delivery(caller: Caller, found: Deliveries) -> Screen:
    """The contract whose goods may be delivered now; the list of them where there are several."""
    return delivery_page(found.only, caller) if found.only else listed(caller, found)


@screen("delivery.list", reads=deliveries_of)
def listed(caller: Caller, found: Deliveries) -> Screen:
    """The list, also of only one: the keys of a dial like `*483*3*1#` choose from it."""
    if not found.lines:
        return menu(t("You have no delivery to confirm now."))
    return menu(
        t("Which delivery?"),
        *(choice(contract_line(line), go("delivery.one", contract_id=line.contract_id)) for line in found.lines),
    )


@screen("delivery.one", reads=contract_of)
def one(caller: Caller, found: Contract | None, contract_id: str) -> Screen:
    return delivery_page(found, caller) if found else menu(NO_SUCH_CONTRACT)


def delivery_page(found: Contract, caller: Caller) -> Menu:
    """Return what was reported of the delivery so far, and what this caller can report."""
    status, goods = delivery_status(found), goods_text(found)
    body = with_money(joined(goods, status), found, caller.msisdn)
    choices = delivery_choices(found, caller)
    if found.awaits_receipt_of(caller.msisdn):
        choices += (choice(t("Report a problem"), begin("problem.words", contract_id=str(found.id))),)
    return menu(body, *choices)


def goods_text(contract: Contract) -> Text:
    """Return the contract in short: its reference, the goods and the total."""
    terms = contract.terms
    return t(
        "{reference}: {quantity} {product}, {total}.",
        reference=spaced(contract.reference), quantity=terms.quantity,
        product=ProductOf(terms.product, terms.quantity), total=terms.total,
    )  # fmt: skip


def delivery_status(contract: Contract) -> Text | None:
    """Return what was reported of the delivery so far; None if nothing was, or the contract is over."""
    if not contract.is_under_way:
        return None
    reported = _reported(contract)
    if reported and contract.clock_stopped_at:
        return t("{came} There is a question: silence does not count now.", came=reported)
    return reported


def _reported(contract: Contract) -> Text | None:
    if not contract.received:
        return t("The seller says it is delivered.") if contract.delivered_at else None
    quantity = contract.terms.quantity
    came = t("{received} of {quantity} came so far.", received=contract.received, quantity=quantity)
    return t("{came} The seller says the rest is delivered.", came=came) if waits_for_receipt(contract) else came


def delivery_choices(contract: Contract, caller: Caller) -> tuple[Choice, ...]:
    """Return what this caller can report of the delivery while the contract is under way."""
    me, contract_id = contract.party(caller.msisdn), str(contract.id)
    if me is None or not contract.is_under_way:
        return ()
    if contract.money_is_missing:
        return _before_money(contract, caller, me.role)
    if me.role is Role.SELLER:
        return (choice(t("It is delivered"), with_pin(SayDelivered(contract_id), then="delivery.said")),)
    if me.role is Role.BUYER:
        return (
            choice(t("I received all of it"), with_pin(Receive(contract_id), then="delivery.received")),
            choice(t("I received a part"), begin("delivery.part", contract_id=contract_id)),
        )
    return ()


def _before_money(contract: Contract, caller: Caller, role: Role) -> tuple[Choice, ...]:
    """Return what there is to do while the money is missing: the buyer pays, and the seller's key says to wait."""
    if role is Role.SELLER:
        return (choice(t("It is delivered"), go("delivery.too_early")),)
    return pay_choices(contract, caller)


@screen("delivery.too_early")
def too_early(caller: Caller) -> Screen:
    return menu(REFUSAL_TEXTS[Refusal.MONEY_MISSING])


@screen("delivery.part", reads=contract_of)
def part(caller: Caller, found: Contract | None, contract_id: str) -> Screen:
    if found is None:
        return end(NO_SUCH_CONTRACT)
    return ask(
        t("How much did you receive now, in {unit}?", unit=found.terms.quantity.unit),
        answers.part,
        keep_as="part",
        then=go("delivery.check", contract_id=contract_id),
    )


@screen("delivery.check", reads=contract_of)
def check(caller: Caller, found: Contract | None, contract_id: str) -> Screen:
    if found is None:
        return menu(NO_SUCH_CONTRACT)
    unit = found.terms.quantity.unit
    came = answers.number_of(caller.answers["part"], unit)
    if came is None:
        return menu(other_unit(unit))
    quantity = Quantity(came, unit)
    return menu(
        t("{reference}: you received {quantity} now. Correct?", reference=spaced(found.reference), quantity=quantity),
        choice(t("Confirm"), with_pin(Receive(contract_id, came), then="delivery.received")),
    )


@screen("delivery.said")
def delivery_reported(caller: Caller, result: EffectResult) -> Screen:
    done = result.contract
    if done is None:
        return refusal_end(result)
    if not buyer_silence_counts(done):
        return end(
            t(
                "Contract {reference}: we tell the buyer by SMS that the goods are delivered, and tell you the answer.",
                reference=spaced(done.reference),
            )
        )
    day = receipt_assumed_at(done).astimezone(caller.zone).date()
    return end(
        t(
            "Contract {reference}: we tell the buyer by SMS. No answer by {day}: the goods count as received.",
            reference=spaced(done.reference), day=day,
        )
    )  # fmt: skip


@screen("delivery.received")
def received(caller: Caller, result: EffectResult) -> Screen:
    done = result.contract
    if done is None:
        return refusal_end(result)
    if done.status is Status.COMPLETED:
        return end(t("Contract {reference} is completed. You both get an SMS.", reference=spaced(done.reference)))
    return end(t("Contract {reference}: a part has come. We tell the seller by SMS.", reference=spaced(done.reference)))
