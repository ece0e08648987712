"""How a new contract is paid: the money waits with VoicePact, or the two pay each other.

That is chosen on the page on which all terms are read back, and not asked before: so the keys that people dial at once
(`*483*2*1*…#`) keep their meaning, and who pays by themselves has no hop more.
"""

from contracts.escrow.shares import smallest_unit
from contracts.fields.money import Money
from menus import answers
from menus.screen import Caller, Choice, Go, Screen, ask, choice, go, keeping, screen
from menus.translate import t

_INSTEAD = "instead"  # the money waits, and another amount was typed in place of one that cannot wait


@screen("new.escrow_amount")
def escrow_amount(caller: Caller, then: str) -> Screen:
    """Ask again for an amount that cannot wait with VoicePact."""
    rules, currency = caller.escrow, caller.currency
    if rules is None:  # it was turned off meanwhile
        asked = t("Total amount in {currency}, for all of it? For example: 3500", currency=currency.value)
        return ask(asked, answers.amount, keep_as="amount", then=go(then))
    least, most = (Money(major * smallest_unit(currency), currency) for major in (rules.smallest, rules.largest))
    asked = t("VoicePact holds whole amounts from {least} to {most}. Total amount?", least=least, most=most)
    return ask(asked, answers.escrow_amount, keep_as="escrow_amount", then=keeping(go(then), escrow=_INSTEAD))


def holds(caller: Caller) -> bool:
    """Whether the answers say that the money shall wait."""
    return caller.escrow is not None and bool(caller.answers.get("escrow"))


def total(caller: Caller) -> Money | None:
    """Return the total of the answers; None if the money shall wait, and another amount is still to be asked."""
    is_replaced = holds(caller) and caller.answers["escrow"] == _INSTEAD
    if holds(caller) and not is_replaced and not _can_wait(caller):
        return None
    return Money(caller.answers["escrow_amount" if is_replaced else "amount"], caller.currency)


def other_payment(caller: Caller) -> tuple[Choice, ...]:
    """Return the choice to pay in the other way than now, for the page on which all terms are read back."""
    if caller.escrow is None:
        return ()
    if holds(caller):
        return (choice(t("Pay each other"), keeping(go("new.check"), escrow=False)),)
    return (choice(t("VoicePact holds the money"), _hold(caller, then="new.check")),)


def _hold(caller: Caller, then: str) -> Go:
    """Return the way on for who wants the money to wait: by the amount again, if that cannot wait."""
    return keeping(go(then), escrow=True) if _can_wait(caller) else go("new.escrow_amount", then=then)


def _can_wait(caller: Caller) -> bool:
    """Whether the amount that was typed first can wait."""
    typed = Money(caller.answers["amount"], caller.currency)
    return caller.escrow is not None and caller.escrow.refusal_of(typed) is None
