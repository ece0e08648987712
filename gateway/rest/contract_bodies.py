"""The body of a new contract: from JSON to what the rules take, or every fault in it with its path."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    ValidationInfo,
)  # fmt: skip
from pydantic_core import ErrorDetails, InitErrorDetails

from contracts.actions import NewContract
from contracts.contract import ContractType, Party, Role
from contracts.fields.free_text import NAME_LETTERS, PLACE_LETTERS, PRODUCT_LETTERS
from contracts.fields.money import MAX_MAJOR, Currency, Money
from contracts.fields.msisdn import Msisdn
from contracts.fields.quantity import Quantity, parse_quantity
from contracts.refusals import BadInput, Why
from contracts.terms import SILENCE_DAYS, Terms
from gateway.rest import json_fields
from gateway.rest.json_fields import INPUT_FAULTS, REFUSED, BodyDefaults, defaults_of
from gateway.rest.request import Unprocessable, safe_name
from values.frozen import replace

MAX_PARTIES = 10
MAX_SILENCE_DAYS = 90

_SHAPES = {
    "missing": "is required",
    "model_type": "should be an object",
    "list_type": "should be a list",
    "too_long": f"should have at most {MAX_PARTIES} entries",
}

Read = TypeVar("Read", bound=BaseModel)
Fault = tuple[tuple[int | str, ...], str]  # where, and what it should be


def read_offer(sent: Any, defaults: BodyDefaults) -> NewContract:
    """The contract that the JSON value `sent` asks for, its people still unknown; or Unprocessable."""
    body = read_body(OfferBody, sent, defaults)
    return NewContract(body.type, body.terms, tuple(body.parties))


def read_body(model: type[Read], sent: Any, defaults: BodyDefaults) -> Read:
    """The JSON value `sent` as `model`; or Unprocessable with all that is wrong with it."""
    try:
        return model.model_validate(sent, context=defaults)
    except ValidationError as refused:
        raise Unprocessable([_in_a_path(error) for error in refused.errors(include_url=False)]) from None


def with_known(offer: NewContract, people: Sequence[dict[str, Any]]) -> NewContract:
    """The same with the ids and languages of those of its people whom the record knows."""
    rows = {row["msisdn"]: row for row in people}
    return replace(offer, parties=tuple(_known(party, rows.get(party.msisdn)) for party in offer.parties))


class Body(BaseModel):
    """Every name is known, and every value of its own kind."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class PartyBody(Body):
    msisdn: Annotated[
        Msisdn,
        json_fields.string(json_fields.read_msisdn),
        Field(validation_alias=AliasChoices("msisdn", "phone", "phone_number")),
    ]
    role: Annotated[Role, json_fields.one_of(Role)]
    name: Annotated[str | None, json_fields.free_text(NAME_LETTERS, shortest=1, may_be_null=True)] = None


class TermsBody(Body):
    """The total is one of `total_minor` and `total_amount`; the unit may stand in `quantity`."""

    product: Annotated[str, json_fields.free_text(PRODUCT_LETTERS)]
    quantity: Annotated[str, PlainValidator(json_fields.read_quantity)]
    unit: Annotated[str | None, json_fields.string(lambda typed, _defaults: typed, may_be_null=True)] = None
    total_minor: Annotated[int | None, PlainValidator(json_fields.read_minor)] = None
    total_amount: Annotated[Decimal | None, PlainValidator(json_fields.read_major)] = None
    currency: Annotated[Currency | None, json_fields.one_of(Currency, may_be_null=True)] = None
    delivery_place: Annotated[
        str,
        json_fields.free_text(PLACE_LETTERS),
        Field(validation_alias=AliasChoices("delivery_place", "delivery_location")),
    ]
    delivery_date: Annotated[
        date,
        json_fields.string(json_fields.read_date),
        Field(validation_alias=AliasChoices("delivery_date", "delivery_deadline")),
    ]
    silence_days: Annotated[int, PlainValidator(json_fields.whole_number(1, MAX_SILENCE_DAYS))] = SILENCE_DAYS


def _read_party(sent: object, info: ValidationInfo) -> Party:
    body = PartyBody.model_validate(sent, context=info.context)
    return Party(None, body.msisdn, body.role, body.name, None, None)


def _read_terms(sent: object, info: ValidationInfo) -> Terms:
    defaults = defaults_of(info)
    body = TermsBody.model_validate(sent, context=defaults)
    quantity = quantity_of(body.quantity, body.unit)
    total = total_of(body.total_minor, body.total_amount, body.currency or defaults.currency)
    if isinstance(quantity, Quantity) and isinstance(total, Money):
        return Terms(body.product, quantity, total, body.delivery_place, body.delivery_date, body.silence_days)
    raise _wrong_at([fault for fault in (quantity, total) if isinstance(fault, tuple)])


def _can_agree(parties: list[Party]) -> list[Party]:
    """The parties, if they are different people and both sides are there."""
    seats: dict[Msisdn, int] = {}
    faults: list[Fault] = [
        ((at, "msisdn"), f"is the same phone as that of parties[{seats[party.msisdn]}]")
        for at, party in enumerate(parties)
        if seats.setdefault(party.msisdn, at) != at
    ]
    if not {Role.BUYER, Role.SELLER} <= {party.role for party in parties}:
        faults.append(((), "should have at least one buyer and one seller"))
    if faults:
        raise _wrong_at(faults)
    return parties


class OfferBody(Body):
    type: Annotated[ContractType, json_fields.one_of(ContractType)] = ContractType.AGRICULTURAL_SUPPLY
    parties: Annotated[
        list[Annotated[Party, PlainValidator(_read_party)]], Field(max_length=MAX_PARTIES), AfterValidator(_can_agree)
    ]
    terms: Annotated[Terms, PlainValidator(_read_terms)]


def quantity_of(quantity: str, unit: str | None) -> Quantity | Fault:
    """Fifty bags, as "50 bags" or as "50" of unit "bags"; said in both places it should be the same."""
    try:
        if unit is None:
            return parse_quantity(quantity)
        if not unit.strip()[:1].isalpha():  # "5" of unit "000 kg" would be read as five thousand
            return ("unit",), "should be a word like bags or kg"
        if not any(letter.isalpha() for letter in quantity):
            return parse_quantity(f"{quantity} {unit}")
        spoken = parse_quantity(quantity)
        is_same = spoken == parse_quantity(f"{spoken.amount} {unit}")
        return spoken if is_same else (("unit",), "is not the unit that quantity says")
    except BadInput as bad:
        return ("unit" if bad.why in (Why.NO_UNIT, Why.TOO_LONG) else "quantity",), INPUT_FAULTS[bad.why]


def total_of(total_minor: int | None, total_amount: Decimal | None, currency: Currency) -> Money | Fault:
    """One of the two, of a currency that has such decimals."""
    scale = 10**currency.exponent
    if total_minor is not None and total_amount is not None:
        return ("total_amount",), "is given beside total_minor, and one of them is enough"
    if total_amount is not None:
        name, minor = "total_amount", total_amount * scale
    elif total_minor is not None:
        name, minor = "total_minor", Decimal(total_minor)
    else:
        return ("total_minor",), "is required, or total_amount"
    if minor != int(minor):
        return (name,), f"has more decimals than {currency.value} has"
    return Money(int(minor), currency) if minor <= MAX_MAJOR * scale else ((name,), INPUT_FAULTS[Why.TOO_BIG])


def _known(party: Party, row: dict[str, Any] | None) -> Party:
    return replace(party, phone_id=UUID(row["id"]), language=row["language"]) if row else party


def _wrong_at(faults: Sequence[Fault]) -> ValidationError:
    """Raised inside a validator it becomes part of the outer error, its places under the outer place."""
    lines = [InitErrorDetails(type=json_fields.fault(why), loc=place, input=None) for place, why in faults]
    return ValidationError.from_exception_data("body", lines)


def _in_a_path(error: ErrorDetails) -> tuple[str, str]:
    """`parties[1].msisdn` and what it should be. A name that is not ours is repeated only where it is harmless."""
    place = list(error["loc"])
    if error["type"] == REFUSED:
        return _path(place), error["msg"]
    if error["type"] != "extra_forbidden":
        return _path(place), _SHAPES.get(error["type"], "is not as it should be")
    if name := safe_name(str(place.pop())):
        return _path([*place, name]), "is not known here"
    return _path(place), "holds a name that is not known here"


def _path(place: Sequence[int | str]) -> str:
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return path.removeprefix(".") or "body"
