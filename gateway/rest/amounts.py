"""Quantities and money in a body, where one value may be spread over two fields, such as 50 and "bags"."""

from decimal import Decimal

from contracts.fields.money import MAX_MAJOR, Currency, Money
from contracts.fields.quantity import Quantity, exact_quantity, parse_part, parse_quantity, parse_unit
from contracts.refusals import BadInput, Why
from gateway.rest.json_body import Fault
from gateway.rest.json_fields import INPUT_FAULTS
from gateway.rest.json_request import Unprocessable
from gateway.rest.openapi.described import described

SPLIT_MINOR = described("What the seller gets, in minor units (cents) of the contract's currency.", 10_000_050)
SELLER_AMOUNT = described("The same in major units (shillings), as a number or a string, instead.", "100000.50")


def quantity_of(quantity: str | Decimal, unit: str | None) -> Quantity | Fault:
    """Return the quantity for "50 bags", or for "50" or 50 with the unit "bags". If both fields name a unit, it must be
    the same one."""
    try:
        named = None if unit is None else parse_unit(unit)
    except BadInput as bad:
        not_a_unit = bad.why is Why.NOT_A_QUANTITY
        return ("unit",), "should be a word like bags or kg" if not_a_unit else INPUT_FAULTS[bad.why]
    try:
        found = _read_quantity(quantity, named)
    except BadInput as bad:
        return ("unit" if bad.why in (Why.NO_UNIT, Why.TOO_LONG) else "quantity",), INPUT_FAULTS[bad.why]
    return found if named in (None, found.unit) else (("unit",), "is not the unit that quantity says")


def _read_quantity(quantity: str | Decimal, unit: str | None) -> Quantity:
    """Return the quantity with its own unit, or else with `unit`. A JSON number is exact and has one reading."""
    if isinstance(quantity, Decimal):
        return exact_quantity(quantity, unit or "")
    try:
        return parse_quantity(quantity)
    except BadInput as bad:
        if bad.why is not Why.NO_UNIT or unit is None:
            raise
    return exact_quantity(Decimal(parse_part(quantity)[0]), unit)


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


def share_of(total: Money, *, is_split: bool, minor: int | None, major: Decimal | None) -> int | None:
    """Return what the seller gets of `total`, in minor units; None if it is no split. Raise Unprocessable if the amount
    (`split_minor` or `seller_amount`) is missing, not needed, or not below the total."""
    given = [name for name, value in (("split_minor", minor), ("seller_amount", major)) if value is not None]
    if not is_split:
        if given:
            raise Unprocessable([(given[0], "is only for a split")])
        return None
    if len(given) != 1:
        raise Unprocessable([("split_minor", "is required for a split, or seller_amount, and one of them is enough")])
    found = to_minor(minor, major, total.currency)
    if found is None:
        raise Unprocessable([(given[0], f"has more decimals than {total.currency.value} has")])
    if not 0 < found < total.minor:
        raise Unprocessable([(given[0], "should be above zero and below the contract's total")])
    return found
