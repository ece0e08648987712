"""Validators for one JSON value of a body. Text is read as from a phone's keypad; numbers are exact.

The fault text says what the value should be. It never repeats the value, which may be a phone number.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import Field, PlainValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from contracts.fields.countries import check_served
from contracts.fields.dates import parse_date
from contracts.fields.free_text import PRODUCT_LETTERS, parse_free_text
from contracts.fields.money import Currency
from contracts.fields.msisdn import parse_msisdn
from contracts.fields.product import parse_product
from contracts.fields.shown_text import parse_shown_text
from contracts.refusals import BadInput, Why
from values.frozen import Frozen

REFUSED = "refused"  # the error type of our own faults, beside pydantic's types

INPUT_FAULTS: Mapping[Why, str] = {
    Why.EMPTY: "is empty",
    Why.TOO_SHORT: "is too short",
    Why.TOO_LONG: "is too long",
    Why.BAD_LETTERS: "should be words, with no control characters in them",
    Why.HAS_NUMBER: "should have no phone number in it",
    Why.HAS_LINK: "should have no link or internet address in it",
    Why.HAS_OUR_NAME: "should not have the name of this service in it",
    Why.HAS_COMMAND: "should be no word that people answer us with, nor ask for one or for a PIN",
    Why.NOT_SERVED: "is a number of a country that this service does not serve",
    Why.NOT_A_NUMBER: "is no phone number",
    Why.NOT_MOBILE: "is not a mobile number",
    Why.NOT_AN_AMOUNT: 'should be a number, or a decimal string like "3500.50"',
    Why.WRONG_DECIMALS: "has too many decimals",
    Why.TOO_SMALL: "should be above zero",
    Why.TOO_BIG: "is too big",
    Why.NOT_A_QUANTITY: 'should be a number, or a number and a unit like "50 bags"',
    Why.WITH_QUANTITY: "should be the product alone: its quantity has a field of its own",
    Why.NO_UNIT: "is required, here or in quantity",
    Why.NOT_A_DATE: "should be a date like 2026-12-25",
    Why.NO_YEAR: "should have its year: without one it was just past, or is more than ten months off",
    Why.IN_THE_PAST: "is in the past",
    Why.TOO_FAR: "is too far away",
}

_DECIMAL = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,20})?")
_MAYBE_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9:]+)?")
_MOST_WHOLE, _MOST_DECIMALS = 12, 15  # digits; together fewer than the 28 with which Decimal is exact

T = TypeVar("T")


class BodyDefaults(Frozen):
    """What a body means when it leaves this out: `country` of local numbers, `currency`, `zone`; `today` in `zone`.
    `served`: the calling codes of the countries whose numbers are taken."""

    country: str
    currency: Currency
    zone: ZoneInfo
    today: date
    served: frozenset[str] = frozenset()


def defaults_of(info: ValidationInfo) -> BodyDefaults:
    defaults = info.context
    assert isinstance(defaults, BodyDefaults), "every body is read with one"
    return defaults


def fault(why: str) -> PydanticCustomError:
    return PydanticCustomError(REFUSED, why)


def string(
    read: Callable[[str, BodyDefaults], object], *, may_be_null: bool = False, shown_as: Any = str
) -> PlainValidator:
    """Accept a JSON string and convert it with `read`, which raises BadInput or a `fault` for a wrong one. `shown_as`:
    the type that the OpenAPI document shows."""

    def validate(value: object, info: ValidationInfo) -> object:
        if value is None and may_be_null:
            return None
        if not isinstance(value, str):
            raise fault("should be a string")
        return _with_fault(lambda: read(value, defaults_of(info)))

    return PlainValidator(validate, json_schema_input_type=shown_as | None if may_be_null else shown_as)


def free_text(longest: int, *, shortest: int = 2, may_be_null: bool = False) -> PlainValidator:
    return string(
        lambda typed, _defaults: parse_free_text(typed, longest=longest, shortest=shortest), may_be_null=may_be_null,
        shown_as=_letters(shortest, longest),
    )  # fmt: skip


def shown_text(longest: int, *, shortest: int = 2, may_be_null: bool = False) -> PlainValidator:
    """Accept a place or a name: words that are sent to others in our name."""
    return string(
        lambda typed, _defaults: parse_shown_text(typed, longest=longest, shortest=shortest), may_be_null=may_be_null,
        shown_as=_letters(shortest, longest),
    )  # fmt: skip


def product() -> PlainValidator:
    return string(lambda typed, _defaults: parse_product(typed), shown_as=_letters(2, PRODUCT_LETTERS))


def one_of(known: type[StrEnum], *, may_be_null: bool = False) -> PlainValidator:
    def read(typed: str, _defaults: BodyDefaults) -> StrEnum:
        for one in known:
            if one.value.casefold() == typed.casefold():
                return one
        raise fault(f"should be one of {', '.join(known)}")

    return string(read, may_be_null=may_be_null, shown_as=known)


def _letters(shortest: int, longest: int) -> Any:
    return Annotated[str, Field(min_length=shortest, max_length=longest)]


def _read_msisdn(typed: str, defaults: BodyDefaults) -> str:
    return check_served(parse_msisdn(typed, defaults.country), defaults.served)


def _read_date(typed: str, defaults: BodyDefaults) -> date:
    """Return a date written in any of the forms people use; for an ISO time, its day in the zone of `defaults`."""
    if _MOMENT.fullmatch(typed):
        try:
            moment = datetime.fromisoformat(typed)
            typed = (moment.astimezone(defaults.zone) if moment.tzinfo else moment).date().isoformat()
        except (ValueError, OverflowError):
            raise BadInput(Why.NOT_A_DATE) from None
    return parse_date(typed, defaults.today)


MSISDN = string(_read_msisdn, shown_as=_letters(4, 30))
MSISDN_OR_NULL = string(_read_msisdn, may_be_null=True, shown_as=_letters(4, 30))
DATE = string(_read_date)


def _read_quantity(value: object) -> str | Decimal:
    """Return a string as it is, to be read with its unit; a number is exact and needs no reading."""
    return value if isinstance(value, str) else Decimal(_with_fault(lambda: _digits(value, Why.NOT_A_QUANTITY)))


def _read_major(value: object) -> Decimal | None:
    """Return an amount in major units, above zero. Its decimals are compared with the currency later.

    Three decimals in a string are refused: "3.500" is 3,500 to half of the world. A JSON number has one reading.
    """
    if isinstance(value, str):
        if _MAYBE_THOUSANDS.fullmatch(value):
            raise fault(INPUT_FAULTS[Why.WRONG_DECIMALS])
        value = Decimal(value) if _DECIMAL.fullmatch(value) else ""
    return None if value is None else Decimal(_with_fault(lambda: _digits(value, Why.NOT_AN_AMOUNT)))


def _read_minor(value: object) -> int | None:
    """Return an amount in whole minor units, above zero."""
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise fault("should be a whole number of the currency's smallest unit")
    return int(_with_fault(lambda: _digits(value, Why.NOT_AN_AMOUNT)))


def whole_number(least: int, most: int, *, may_be_null: bool = False) -> PlainValidator:
    """Accept a whole JSON number from `least` to `most`."""

    def validate(value: object) -> int | None:
        if value is None and may_be_null:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise fault(f"should be a whole number from {least} to {most}")
        return value

    shown = Annotated[int, Field(ge=least, le=most)]
    return PlainValidator(validate, json_schema_input_type=shown | None if may_be_null else shown)


_POSITIVE = Annotated[float, Field(gt=0)]
QUANTITY = PlainValidator(_read_quantity, json_schema_input_type=_POSITIVE | str)
MAJOR = PlainValidator(_read_major, json_schema_input_type=_POSITIVE | str | None)
MINOR = PlainValidator(_read_minor, json_schema_input_type=Annotated[int, Field(gt=0)] | None)


def _with_fault(read: Callable[[], T]) -> T:
    try:
        return read()
    except BadInput as bad:
        raise fault(INPUT_FAULTS[bad.why]) from None


def _digits(value: object, not_a_number: Why) -> str:
    """Return a number above zero in plain digits, without zeros at the end of its decimals.

    Raise BadInput: `not_a_number` if it is none, TOO_SMALL, TOO_BIG, WRONG_DECIMALS.
    """
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        raise BadInput(not_a_number)
    number = Decimal(value)
    if number <= 0:
        raise BadInput(Why.TOO_SMALL)
    if number.adjusted() >= _MOST_WHOLE:
        raise BadInput(Why.TOO_BIG)
    if number.adjusted() < -_MOST_DECIMALS:
        raise BadInput(Why.WRONG_DECIMALS)
    whole, _, part = f"{number:f}".partition(".")
    part = part.rstrip("0")
    if len(part) > _MOST_DECIMALS:
        raise BadInput(Why.WRONG_DECIMALS)
    return f"{whole}.{part}" if part else whole
