"""Payments: the money of the caller's contracts that waits with VoicePact, or did; to pay it, and to be paid again."""

from collections.abc import Iterator

from contracts.contract import Contract, Role
from contracts.effects import ClaimPayout, Pay
from contracts.escrow.money_lines import MoneyLine, MoneyPage, Movement
from contracts.fields.reference import spaced
from contracts.readings import payment_of, payments_of
from menus.phrases.fail_reasons import FAIL_REASONS
from menus.phrases.money import joined, money_line, money_standing
from menus.refusal_texts import NO_SUCH_CONTRACT, refusal_end
from menus.screen import Caller, Choice, EffectResult, Screen, choice, do, end, go, menu, screen
from menus.screens.pin import with_pin
from menus.translate import Text, t


@screen("payments", reads=payments_of)
def payments(caller: Caller, found: list[MoneyLine]) -> Screen:
    """The caller's contracts with escrow, newest first."""
    if not found:
        return menu(t("VoicePact holds no money of yours. You can choose it when you make a contract."))
    return menu(
        t("Payments"),
        *(choice(money_line(line), go("payments.one", contract_id=line.contract_id)) for line in found),
    )


@screen("payments.one", reads=payment_of)
def payment(caller: Caller, found: MoneyPage | None, contract_id: str) -> Screen:
    """Where the money of one contract stands, and each of its movements."""
    if found is None:
        return menu(NO_SUCH_CONTRACT)
    contract = found.contract
    heading = t(
        "{reference}: {product}, {total}.",
        reference=spaced(contract.reference), product=contract.terms.product, total=contract.terms.total,
    )  # fmt: skip
    body = joined(
        heading, money_standing(contract, caller.msisdn, says_failed=False), *_movements(found, caller)
    )  # fmt: skip
    return menu(
        body,
        *pay_choices(contract, caller),
        *_claim_choices(contract, caller),
        choice(t("The contract"), go("contract", contract_id=contract_id)),
    )


def pay_choices(contract: Contract, caller: Caller) -> tuple[Choice, ...]:
    """Return the choice to pay what is missing, for the buyer. No PIN of ours: the request on the phone asks for that
    of their mobile money."""
    me, escrow = contract.party(caller.msisdn), contract.escrow
    if me is None or me.role is not Role.BUYER or escrow is None:
        return ()
    if not contract.status_goes_on or not escrow.missing or escrow.prompted:
        return ()
    return (choice(t("Pay now"), do(Pay(str(contract.id)), then="payments.asked")),)


def _claim_choices(contract: Contract, caller: Caller) -> tuple[Choice, ...]:
    if not _own_failed(contract, caller):
        return ()
    return (choice(t("Pay me again"), with_pin(ClaimPayout(str(contract.id)), then="payments.claimed")),)


def _own_failed(contract: Contract, caller: Caller) -> bool:
    me, escrow = contract.party(caller.msisdn), contract.escrow
    if me is None or escrow is None or not me.role.binds:
        return False
    own_kind = "release" if me.role is Role.SELLER else "refund"
    return any(failed.kind == own_kind for failed in escrow.failed)


def _movements(found: MoneyPage, caller: Caller) -> Iterator[Text]:
    """Say each movement with its day. One that failed is said only while its money still waits to be sent again."""
    escrow = found.contract.escrow
    failed = {one.kind for one in escrow.failed} if escrow else set()
    for movement in found.movements:
        if movement.status != "failed" or movement.kind in failed:
            yield _movement(movement, caller)


def _movement(movement: Movement, caller: Caller) -> Text:
    values = {
        "day": movement.at.astimezone(caller.zone).date(), "money": movement.money,
        "receipt": f" ({movement.receipt})" if movement.receipt else "",
        "reason": FAIL_REASONS[movement.reason] if movement.reason else "",
    }  # fmt: skip
    to_seller = movement.kind == "release"
    if movement.status == "failed":
        text = _FAILED[to_seller]
    elif movement.status == "held":
        text = t("{day}: {money} waits for a check by us.")
    elif movement.status != "done":
        text = _ASKED if movement.kind == "prompt" else _ON_ITS_WAY[to_seller]
    else:
        text = _PAID_IN if movement.kind in ("prompt", "paybill") else _PAID_OUT[to_seller]
    return Text(text.source, values)


_ASKED = t("{day}: a request for {money} is on the buyer's phone.")
_PAID_IN = t("{day}: {money} paid in{receipt}.")
# By whether the money goes to the seller.
_ON_ITS_WAY = {True: t("{day}: {money} to the seller, not there yet."), False: t("{day}: {money} back, not there yet.")}
_PAID_OUT = {True: t("{day}: {money} to the seller{receipt}."), False: t("{day}: {money} back to the buyer{receipt}.")}
_FAILED = {
    True: t("{day}: {money} not paid to the seller: {reason}."),
    False: t("{day}: {money} not paid back: {reason}."),
}


@screen("payments.asked")
def asked(caller: Caller, result: EffectResult) -> Screen:
    done = result.contract
    if done is None:
        return refusal_end(result)
    return end(
        t(
            "{reference}: a request to pay comes to your phone now. Enter your mobile money PIN there, never here.",
            reference=spaced(done.reference),
        )
    )


@screen("payments.claimed")
def claimed(caller: Caller, result: EffectResult) -> Screen:
    done = result.contract
    if done is None:
        return refusal_end(result)
    return end(t("Contract {reference}: we pay you again, and tell you by SMS.", reference=spaced(done.reference)))
