"""What moved of the money of a contract, in words."""

from typing import Final

from contracts.fields.money import Money
from menus.translate import Text, t

HEAD: Final = t("The money")
STANDS: Final = t("How it stands")
AS_TOLD: Final = t(
    "That money moved is as the provider of mobile money told it. Ask that provider, with the numbers of its receipts."
)


def movement_text(debit: str, credit: str, money: Money) -> Text:
    """Return a movement from one account of the ledger to another, such as "KES 3,500 was paid to the seller"."""
    match debit, credit:
        case _, "payable":
            return t("{money} is to go to the seller", money=money)
        case _, "refundable":
            return t("{money} is to go back to the buyer", money=money)
        case _, "fees":
            return t("{money} is the fee of the service", money=money)
        case "payable", _:
            return t("{money} was paid to the seller", money=money)
        case "refundable", _:
            return t("{money} was paid back to the buyer", money=money)
        case _:
            return t("{money} came for this contract", money=money)


def with_receipt(what: Text, receipt: str, rail: str) -> Text:
    """Return a movement with the provider's number of it."""
    return t("{what}; receipt {receipt} of {rail}", what=what, receipt=receipt, rail=rail)
