"""The body of a new contract."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, AliasChoices, Field, PlainValidator, ValidationInfo

from contracts.contract import ContractType, Party, Role
from contracts.escrow.rules import EscrowRules
from contracts.fields.free_text import NAME_LETTERS, PLACE_LETTERS
from contracts.fields.money import Currency, Money
from contracts.fields.msisdn import Msisdn
from contracts.fields.quantity import Quantity
from contracts.rules.creation import NewContract
from contracts.terms import SILENCE_DAYS, Terms
from gateway.rest import json_fields
from gateway.rest.amounts import quantity_of, total_of
from gateway.rest.json_body import MAX_PARTIES, Body, Fault, faults_at
from gateway.rest.json_fields import defaults_of
from gateway.rest.json_request import Unprocessable
from gateway.rest.openapi.described import described
from values.frozen import replace

MAX_SILENCE_DAYS = 90

PLACE_NAMES = Field(validation_alias=AliasChoices("delivery_place", "delivery_location"))
DATE_NAMES = Field(validation_alias=AliasChoices("delivery_date", "delivery_deadline"))


class PaymentChoice(StrEnum):
    """How a contract is paid; without one the two pay each other."""

    ESCROW = "escrow"


class PartyBody(Body):
    """A person of the contract."""

    msisdn: Annotated[
        Msisdn,
        json_fields.MSISDN,
        Field(validation_alias=AliasChoices("msisdn", "phone", "phone_number")),
        described(
            "A mobile number in any spelling; without + and country code it is one of DEFAULT_COUNTRY. Also taken as"
            " `phone` or `phone_number`.",
            "+254711000001",
        ),
    ]
    role: Annotated[
        Role,
        json_fields.one_of(Role),
        described("What they are: buyers and sellers are asked to confirm, others are not.", "buyer"),
    ]
    name: Annotated[
        str | None,
        json_fields.shown_text(NAME_LETTERS, shortest=1, may_be_null=True),
        described("How the others know them.", "Amina"),
    ] = None


class TermsBody(Body):
    """What is agreed on. The total is given in one of `total_minor` and `total_amount`. The unit may be part of
    `quantity`."""

    product: Annotated[str, json_fields.product(), described("The goods or the service.", "white maize")]
    quantity: Annotated[
        str | Decimal, json_fields.QUANTITY, described("How much, up to 3 decimals; `50`, or `50 bags` alone.", 50)
    ]
    unit: Annotated[
        str | None,
        json_fields.string(lambda typed, _defaults: typed, may_be_null=True),
        described("The unit of `quantity`, if that does not name it.", "bags"),
    ] = None
    total_minor: Annotated[
        int | None, json_fields.MINOR, described("The whole price in minor units (cents) of `currency`.", 17_500_050)
    ] = None
    total_amount: Annotated[
        Decimal | None,
        json_fields.MAJOR,
        described("The same in major units (shillings), as a number or a string, instead.", "175000.50"),
    ] = None
    currency: Annotated[
        Currency | None,
        json_fields.one_of(Currency, may_be_null=True),
        described("By ISO 4217; without it, that of DEFAULT_COUNTRY.", "KES"),
    ] = None
    delivery_place: Annotated[
        str,
        json_fields.shown_text(PLACE_LETTERS),
        PLACE_NAMES,
        described("Where it is delivered. Also taken as `delivery_location`.", "Nakuru"),
    ]
    delivery_date: Annotated[
        date,
        json_fields.DATE,
        DATE_NAMES,
        described(
            "Until when: ISO 8601, or as people type it (`25/1`, `tomorrow`); at most two years ahead. Also taken as"
            " `delivery_deadline`.",
            "tomorrow",
        ),
    ]
    silence_days: Annotated[
        int,
        json_fields.whole_number(1, MAX_SILENCE_DAYS),
        described("After so many days of the buyer's silence the goods count as received.", SILENCE_DAYS),
    ] = SILENCE_DAYS
    payment: Annotated[
        PaymentChoice | None,
        json_fields.one_of(PaymentChoice, may_be_null=True),
        described("`escrow`: the buyer's money waits with the service; null: the two pay each other.", "escrow"),
    ] = None


def _read_party(sent: object, info: ValidationInfo) -> Party:
    body = PartyBody.model_validate(sent, context=info.context)
    return Party(None, body.msisdn, body.role, body.name, None, None)


def _read_terms(sent: object, info: ValidationInfo) -> Terms:
    defaults = defaults_of(info)
    body = TermsBody.model_validate(sent, context=defaults)
    quantity = quantity_of(body.quantity, body.unit)
    total = total_of(body.total_minor, body.total_amount, body.currency or defaults.currency)
    if isinstance(quantity, Quantity) and isinstance(total, Money):
        terms = Terms(body.product, quantity, total, body.delivery_place, body.delivery_date, body.silence_days)
        return replace(terms, payment=body.payment.value if body.payment else None)
    raise faults_at([found for found in (quantity, total) if isinstance(found, tuple)])


def _check_parties(parties: list[Party]) -> list[Party]:
    """Return `parties`; fail if two have the same phone, or if there is no buyer or no seller."""
    places: dict[Msisdn, int] = {}
    faults: list[Fault] = [
        ((place, "msisdn"), f"is the same phone as that of parties[{places[party.msisdn]}]")
        for place, party in enumerate(parties)
        if places.setdefault(party.msisdn, place) != place
    ]
    if not {Role.BUYER, Role.SELLER} <= {party.role for party in parties}:
        faults.append(((), "should have at least one buyer and one seller"))
    if faults:
        raise faults_at(faults)
    return parties


class ContractBody(Body):
    """A new contract."""

    type: Annotated[
        ContractType,
        json_fields.one_of(ContractType),
        described("What kind of agreement it is.", "agricultural_supply"),
    ] = ContractType.AGRICULTURAL_SUPPLY
    parties: Annotated[
        list[Annotated[Party, PlainValidator(_read_party, json_schema_input_type=PartyBody)]],
        Field(max_length=MAX_PARTIES),
        AfterValidator(_check_parties),
        described(
            "The people: different phones, at least one buyer and one seller.",
            [
                {"msisdn": "+254711000001", "role": "buyer", "name": "Amina"},
                {"msisdn": "+254711000002", "role": "seller"},
            ],
            minItems=2,
        ),
    ]
    terms: Annotated[
        Terms,
        PlainValidator(_read_terms, json_schema_input_type=TermsBody),
        described(
            "What is agreed on.",
            {
                "product": "white maize", "quantity": 50, "unit": "bags", "total_amount": "175000.50",
                "delivery_place": "Nakuru", "delivery_date": "tomorrow",
            },
        ),
    ]  # fmt: skip

    def new_contract(self, known_people: Sequence[dict[str, Any]], escrow: EscrowRules | None) -> NewContract:
        """Return the contract to make. People on record (`known_people`) get their id and their language. Raise
        Unprocessable if its money shall wait with us and cannot, by the rules `escrow`."""
        rows = {row["msisdn"]: row for row in known_people}
        parties = tuple(_with_id(party, rows.get(party.msisdn)) for party in self.parties)
        return NewContract(self.type, self._paid_by(escrow), parties)

    def _paid_by(self, escrow: EscrowRules | None) -> Terms:
        if self.terms.payment is None:
            return self.terms
        if escrow is None:
            raise Unprocessable([("terms.payment", "escrow is off: ESCROW")])
        if any(sum(party.role is role for party in self.parties) != 1 for role in (Role.BUYER, Role.SELLER)):
            raise Unprocessable([("parties", "should have exactly one buyer and one seller where payment is escrow")])
        if escrow.refusal_of(self.terms.total):
            raise Unprocessable([("terms", f"has a total that cannot wait with us: {_amounts_of(escrow)}")])
        return escrow.with_escrow(self.terms)


def _amounts_of(escrow: EscrowRules) -> str:
    return f"whole {', '.join(sorted(escrow.currencies))} from {escrow.smallest} to {escrow.largest}"


def _with_id(party: Party, row: dict[str, Any] | None) -> Party:
    return replace(party, phone_id=UUID(row["id"]), language=row["language"]) if row else party
