"""Whether money is taken that somebody is about to pay by themselves, with a contract's reference as account. Pure.

Some rails ask before they take it. What is refused never leaves the payer. What is taken and fits nothing lands in
suspense, or goes back: that is safe, and slower for the payer.
"""

from enum import StrEnum

from contracts.contract import Contract
from contracts.escrow.shares import smallest_unit
from contracts.fields.money import Money


class NotTaken(StrEnum):
    """Why the money is refused; a rail turns it into its own code."""

    NO_CONTRACT = "no_contract"  # the account names none whose money waits with us
    NOT_NOW = "not_now"  # the contract is not confirmed by all yet, or it is over
    AMOUNT = "amount"  # more than is missing, nothing, or no whole units


def why_not_take(contract: Contract | None, money: Money) -> NotTaken | None:
    """Return why `money` for `contract` (None: the account names none) is refused; None if it is taken."""
    if contract is None or contract.terms.payment is None:
        return NotTaken.NO_CONTRACT
    if contract.escrow is None or not contract.status_goes_on:
        return NotTaken.NOT_NOW
    is_whole = money.minor > 0 and money.minor % smallest_unit(money.currency) == 0
    if money.currency is not contract.escrow.currency or not is_whole or money.minor > contract.escrow.missing:
        return NotTaken.AMOUNT
    return None
