"""How a contract is paid, and where its money stands, in a few words for screens and SMS."""

from contracts.contract import Contract, Role
from contracts.escrow.escrow import Escrow
from contracts.escrow.money_lines import MoneyLine
from contracts.fields.money import Money
from contracts.fields.msisdn import Msisdn
from contracts.terms import Terms
from menus.translate import Text, t
from values.frozen import replace


def payment_terms(terms: Terms) -> Text | None:
    """Return how the contract is paid and what that costs; None where the two pay each other."""
    return held_for(fee_of(terms)) if terms.payment else None


def held_for(fee: Money) -> Text:
    """Return that the money waits, and that `fee` is taken from it."""
    if not fee.minor:
        return t("VoicePact holds the money until delivery.")
    return t("VoicePact holds the money until delivery. Fee {fee}, from the seller.", fee=fee)


def with_payment(text: Text, terms: Terms) -> Text:
    """Return `text`, and how the contract is paid if its money waits with us."""
    return joined(text, payment_terms(terms))


def with_money(text: Text, contract: Contract, reader: Msisdn) -> Text:
    """Return `text`, and where the contract's money stands if it waits with us."""
    return joined(text, money_standing(contract, reader))


def fee_text(terms: Terms) -> Text | None:
    """Return the fee alone; None where there is none."""
    return t("Fee {fee}.", fee=fee_of(terms)) if terms.fee_minor else None


def fee_of(terms: Terms) -> Money:
    return Money(terms.fee_minor, terms.total.currency)


def money_standing(contract: Contract, reader: Msisdn, *, says_failed: bool = True) -> Text | None:
    """Return what of the contract's money came, waits, is paid out, could not be and goes back; None without escrow,
    and until all have confirmed. Without `says_failed`, what could not be paid is said elsewhere."""
    escrow = contract.escrow
    if escrow is None:
        return None
    party = contract.party(reader)
    buys = party is not None and party.role is Role.BUYER
    missing = _missing(escrow, buys=buys) if contract.status_goes_on and escrow.missing else ()
    failed = _failed(escrow, party.role if party else None) if says_failed else ()
    said = [text for text in (*missing, *_held_and_moved(escrow, says_held=not missing), *failed) if text]
    return joined(*said) if said else None


def _missing(escrow: Escrow, *, buys: bool) -> tuple[Text | None, ...]:
    came = escrow.received - escrow.refunded
    in_part = t("{came} of {total} has come.", came=_money(escrow, came), total=_money(escrow, escrow.due))
    asks = t("To pay: {money}.", money=_money(escrow, escrow.missing)) if buys else t("The money is not all here yet.")
    return (in_part if came else None, asks)


def _held_and_moved(escrow: Escrow, *, says_held: bool) -> tuple[Text | None, ...]:
    """Every sum that is not zero. What is decided and what a rail has moved are told apart."""
    failed = {one.kind for one in escrow.failed}
    owed = 0 if "release" in failed else escrow.owed
    going_back = 0 if "refund" in failed else escrow.going_back
    return (
        t("{money} waits with us.", money=_money(escrow, escrow.held)) if escrow.held and says_held else None,
        t("{money} is on its way to the seller.", money=_money(escrow, owed)) if owed else None,
        t("The seller got {money}.", money=_money(escrow, escrow.paid)) if escrow.paid else None,
        t("{money} goes back to the buyer.", money=_money(escrow, going_back)) if going_back else None,
        t("The buyer got {money} back.", money=_money(escrow, escrow.returned)) if escrow.returned else None,
    )


def _failed(escrow: Escrow, reader: Role | None) -> tuple[Text, ...]:
    """Say each payout that failed and was not ordered again: to whom it is owed also what they can do."""
    return tuple(
        replace(
            _FAILED_FOR_READER if _OWNERS[one.kind] is reader else _FAILED_FOR_OTHERS[one.kind],
            values={"money": _money(escrow, one.amount)},
        )
        for one in escrow.failed
    )


_OWNERS = {"release": Role.SELLER, "refund": Role.BUYER}
_FAILED_FOR_READER = t("We could not pay you {money}: see Payments.")
_FAILED_FOR_OTHERS = {
    "release": t("{money} could not be paid to the seller yet."),
    "refund": t("{money} could not be paid back to the buyer yet."),
}


def money_line(line: MoneyLine) -> Text:
    """Return one line of the list: what matters most to this caller, and the sum."""
    standing, minor = _first_of(line)
    money = t("{product} {total}", product=line.product, total=_money(line.escrow, minor))
    return t("{standing}: {line}", standing=standing, line=money)


def _first_of(line: MoneyLine) -> tuple[Text, int]:
    escrow = line.escrow
    own_kind = "release" if line.role is Role.SELLER else "refund"
    if failed := next((one for one in escrow.failed if one.kind == own_kind), None):
        return t("failed"), failed.amount
    if line.goes_on and escrow.missing:
        return (t("to pay") if line.role is Role.BUYER else t("not here yet")), escrow.missing
    if escrow.held:
        return t("waits"), escrow.held
    if line.role is Role.BUYER and escrow.refunded:
        return (t("goes back"), escrow.going_back) if escrow.going_back else (t("paid back"), escrow.returned)
    if escrow.owed:
        return t("on its way"), escrow.owed
    if escrow.paid:
        return t("paid"), escrow.paid
    return (t("paid back"), escrow.returned) if escrow.returned else (t("not paid"), escrow.due)


def joined(first: Text, *others: Text | None) -> Text:
    """Return these sentences one after the other."""
    for other in filter(None, others):
        first = t("{terms} {standing}", terms=first, standing=other)
    return first


def _money(escrow: Escrow, minor: int) -> Money:
    return Money(minor, escrow.currency)
