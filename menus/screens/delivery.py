"""Confirm delivery: the seller says it is there, the buyer says what has come."""

from contracts.contract import Contract, Role, Status
from contracts.effects import Receive, SayDelivered
from contracts.fields.quantity import Quantity
from contracts.fields.reference import spaced
from contracts.readings import ContractLine, contract_of, contracts_of
from contracts.rules.waiting import silence_of_buyer_counts
from menus import answers
from menus.refusal_texts import REFUSAL_TEXTS
from menus.screen import Caller, Choice, EffectResult, Screen, ask, begin, choice, end, go, menu, screen
from menus.screens.contracts import contract_line
from menus.screens.pin import with_pin
from menus.translate import Text, t

UNDER_WAY = (Status.CONFIRMED, Status.ACTIVE)


@screen("delivery", reads=contracts_of)
def delivery(caller: Caller, found: list[ContractLine]) -> Screen:
    """The contracts of which something may be delivered now."""
    open_ones = [line for line in found if line.status in UNDER_WAY and line.role in (Role.BUYER, Role.SELLER)]
    if not open_ones:
        return menu(t("Nothing is to be delivered: no contract of yours is confirmed by all and under way."))
    return menu(
        t("Which delivery?"),
        *(choice(contract_line(line), go("delivery.one", contract_id=line.contract_id)) for line in open_ones),
    )


@screen("delivery.one", reads=contract_of)
def one(caller: Caller, found: Contract | None, contract_id: str) -> Screen:
    if found is None:
        return menu(t("There is no such contract of yours."))
    said = delivery_status(found)
    goods = goods_text(found)
    body = t("{terms} {standing}", terms=goods, standing=said) if said else goods
    return menu(body, *delivery_choices(found, caller))


def goods_text(contract: Contract) -> Text:
    """The contract in short: its number, the goods and the money."""
    terms = contract.terms
    return t(
        "{reference}: {quantity} {product}, {total}.",
        reference=spaced(contract.reference), quantity=terms.quantity, product=terms.product, total=terms.total,
    )  # fmt: skip


def delivery_status(contract: Contract) -> Text | None:
    """What the two sides have said of it so far; None: nothing, or it is over."""
    if not contract.is_under_way:
        return None
    if not contract.received:
        return t("The seller says it is delivered.") if contract.delivered_at else None
    quantity = contract.terms.quantity
    came = t("{received} of {quantity} came so far.", received=contract.received, quantity=quantity)
    if not silence_of_buyer_counts(contract):
        return came
    return t("{came} The seller says the rest is delivered.", came=came)


def delivery_choices(contract: Contract, caller: Caller) -> tuple[Choice, ...]:
    """What this caller may say of the delivery, where it is the time for it."""
    me, contract_id = contract.party(caller.msisdn), str(contract.id)
    if me is None or not contract.is_under_way:
        return ()
    if me.role is Role.SELLER:
        return (choice(t("It is delivered"), with_pin(SayDelivered(contract_id), then="delivery.said")),)
    if me.role is Role.BUYER:
        return (
            choice(t("I received all of it"), with_pin(Receive(contract_id), then="delivery.received")),
            choice(t("I received a part"), begin("delivery.part", contract_id=contract_id)),
        )
    return ()


@screen("delivery.part", reads=contract_of)
def part(caller: Caller, found: Contract | None, contract_id: str) -> Screen:
    if found is None:
        return end(t("There is no such contract of yours."))
    return ask(
        t("How much did you receive now, in {unit}?", unit=found.terms.quantity.unit),
        answers.part,
        keep_as="part",
        then=go("delivery.check", contract_id=contract_id),
    )


@screen("delivery.check", reads=contract_of)
def check(caller: Caller, found: Contract | None, contract_id: str) -> Screen:
    if found is None:
        return menu(t("There is no such contract of yours."))
    came = caller.answers["part"]
    quantity = Quantity(came, found.terms.quantity.unit)
    return menu(
        t("{reference}: you received {quantity} now. Correct?", reference=spaced(found.reference), quantity=quantity),
        choice(t("Confirm"), with_pin(Receive(contract_id, came), then="delivery.received")),
    )


@screen("delivery.said")
def said(caller: Caller, result: EffectResult) -> Screen:
    done = result.contract
    if done is None:
        assert result.refusal is not None
        return end(REFUSAL_TEXTS[result.refusal])
    return end(
        t(
            "Contract {reference}: we tell the buyer by SMS that it is delivered, and tell you the answer.",
            reference=spaced(done.reference),
        )
    )


@screen("delivery.received")
def received(caller: Caller, result: EffectResult) -> Screen:
    done = result.contract
    if done is None:
        assert result.refusal is not None
        return end(REFUSAL_TEXTS[result.refusal])
    if done.status is Status.COMPLETED:
        return end(t("Contract {reference} is completed. You both get an SMS.", reference=spaced(done.reference)))
    return end(t("Contract {reference}: a part has come. We tell the seller by SMS.", reference=spaced(done.reference)))
