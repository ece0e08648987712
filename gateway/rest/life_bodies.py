"""What an operator asks of a contract's life: from JSON to what the rules take."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Never
from uuid import UUID

from pydantic import AliasChoices, Field, PlainValidator

from contracts.contract import Contract, Party, ProposalType, Role
from contracts.fields.free_text import PLACE_LETTERS, PRODUCT_LETTERS
from contracts.fields.money import Money
from contracts.fields.msisdn import parse_msisdn
from contracts.fields.quantity import Quantity
from contracts.refusals import BadInput
from contracts.rules.operator_acts import RequestedAnswer
from contracts.terms import Terms
from gateway.rest import json_fields
from gateway.rest.contract_bodies import Body, quantity_of, total_of
from gateway.rest.request import Unprocessable
from values.frozen import replace

_PARTY = json_fields.string(lambda typed, _defaults: typed.strip())


class Proposed(StrEnum):
    """`terms` and `amend` are one thing under the name that is asked, and the one that is shown."""

    TERMS = "terms"
    AMEND = "amend"
    CANCEL = "cancel"

    @property
    def kind(self) -> ProposalType:
        return ProposalType.CANCEL if self is Proposed.CANCEL else ProposalType.AMEND


class DeliveryBody(Body):
    """`party`: the seller who delivered."""

    party: Annotated[str, _PARTY]


class RequestBody(Body):
    party: Annotated[str, _PARTY]
    ask: Annotated[RequestedAnswer, json_fields.one_of(RequestedAnswer)]


class ChangesBody(Body):
    """Of the terms only what is to change. The currency stays."""

    product: Annotated[str | None, json_fields.free_text(PRODUCT_LETTERS)] = None
    quantity: Annotated[str | None, PlainValidator(json_fields.read_quantity)] = None
    unit: Annotated[str | None, json_fields.string(lambda typed, _defaults: typed)] = None
    total_minor: Annotated[int | None, PlainValidator(json_fields.read_minor)] = None
    total_amount: Annotated[Decimal | None, PlainValidator(json_fields.read_major)] = None
    delivery_place: Annotated[
        str | None,
        json_fields.free_text(PLACE_LETTERS),
        Field(validation_alias=AliasChoices("delivery_place", "delivery_location")),
    ] = None
    delivery_date: Annotated[
        date | None,
        json_fields.string(json_fields.read_date),
        Field(validation_alias=AliasChoices("delivery_date", "delivery_deadline")),
    ] = None

    def made_of(self, terms: Terms) -> Terms:
        """`terms` with these changes; or Unprocessable."""
        return replace(
            terms,
            product=self.product or terms.product,
            quantity=self._quantity(terms.quantity),
            total=self._total(terms.total),
            place=self.delivery_place or terms.place,
            due=self.delivery_date or terms.due,
        )

    def _quantity(self, agreed: Quantity) -> Quantity:
        """A bare number is in the unit that was agreed; a bare unit is of the amount that was."""
        if self.quantity is None and self.unit is None:
            return agreed
        spoken = self.quantity or agreed.amount
        has_unit = any(letter.isalpha() for letter in spoken)
        found = quantity_of(spoken, self.unit or (None if has_unit else agreed.unit))
        return found if isinstance(found, Quantity) else _refused(*found)

    def _total(self, agreed: Money) -> Money:
        if self.total_minor is None and self.total_amount is None:
            return agreed
        found = total_of(self.total_minor, self.total_amount, agreed.currency)
        return found if isinstance(found, Money) else _refused(*found)


class ProposalBody(Body):
    """`terms` come with new terms, and not with an end."""

    kind: Annotated[Proposed, json_fields.one_of(Proposed)]
    terms: ChangesBody | None = None

    def wanted(self, terms: Terms) -> Terms | None:
        """The whole terms that are proposed in place of `terms`; None: an end. Or Unprocessable."""
        if self.kind is Proposed.CANCEL:
            if self.terms is not None:
                raise Unprocessable([("terms", "is only for new terms")])
            return None
        if self.terms is None or not self.terms.model_fields_set:
            raise Unprocessable([("terms", "is required for new terms: what is to change")])
        return self.terms.made_of(terms)


def party_named(contract: Contract, name: str, country: str) -> Party | None:
    """The one of a contract's people whom `name` means: an id, a role that one of them has, or a number. None: it could
    be somebody, and is none of them. Or Unprocessable."""
    if name.lower() in set(Role):
        found = [party for party in contract.parties if party.role == name.lower()]
        if len(found) > 1:
            raise Unprocessable([("party", "is a role of several: name one by id or number")])
        return found[0] if found else None
    try:
        return next((party for party in contract.parties if party.phone_id == UUID(name)), None)
    except ValueError:
        pass
    try:
        return contract.party(parse_msisdn(name, country))
    except BadInput:
        raise Unprocessable([("party", "should be a party's id, role or phone number")]) from None


def _refused(place: tuple[int | str, ...], why: str) -> Never:
    raise Unprocessable([(f"terms.{place[0]}", why)])
