"""Quantities and money in a body, where one value may be spread over two fields, such as 50 and "bags"."""

from decimal import Decimal

from contracts.fields.money import MAX_MAJOR, Currency, Money
from contracts.fields.quantity import Quantity, parse_quantity
from contracts.refusals import BadInput, Why
from gateway.rest.json_body import Fault
from gateway.rest.json_fields import INPUT_FAULTS


def quantity_of(quantity: str, unit: str | None) -> Quantity | Fault:
    """Return the quantity for "50 bags", or for "50" with the unit "bags". If both fields name a unit, it must be the
    same one."""
    try:
        if unit is None:
            return parse_quantity(quantity)
        if not unit.strip()[:1].isalpha():  # "5" with the unit "000 kg" would be read as five thousand
            return ("unit",), "should be a word like bags or kg"
        if not any(letter.isalpha() for letter in quantity):
            return parse_quantity(f"{quantity} {unit}")
        found = parse_quantity(quantity)
        is_same = found == parse_quantity(f"{found.amount} {unit}")
        return found if is_same else (("unit",), "is not the unit that quantity says")
    except BadInput as bad:
        return ("unit" if bad.why in (Why.NO_UNIT, Why.TOO_LONG) else "quantity",), INPUT_FAULTS[bad.why]


def total_of(total_minor: int | None, total_amount: Decimal | None, currency: Currency) -> Money | Fault:
    """Return the total, which must be given in exactly one of the two fields."""
    if total_minor is not None and total_amount is not None:
        return ("total_amount",), "is given beside total_minor, and one of them is enough"
    if total_minor is None and total_amount is None:
        return ("total_minor",), "is required, or total_amount"
    name = "total_amount" if total_minor is None else "total_minor"
    minor = to_minor(total_minor, total_amount, currency)
    if minor is None:
        return (name,), f"has more decimals than {currency.value} has"
    is_too_big = minor > MAX_MAJOR * 10**currency.exponent
    return ((name,), INPUT_FAULTS[Why.TOO_BIG]) if is_too_big else Money(minor, currency)


def to_minor(minor: int | None, amount: Decimal | None, currency: Currency) -> int | None:
    """Return whole minor units from one of the two; None if `amount` has more decimals than the currency."""
    if amount is None:
        return minor
    scaled = amount * 10**currency.exponent
    return int(scaled) if scaled == int(scaled) else None
