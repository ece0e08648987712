"""The body of a proposal: the changes of the terms, or cancelling the contract."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Never

from contracts.escrow.rules import with_fee_in_proportion
from contracts.fields.free_text import PLACE_LETTERS
from contracts.fields.money import Money
from contracts.fields.quantity import Quantity
from contracts.proposal import ProposalType
from contracts.terms import Terms
from gateway.rest import json_fields
from gateway.rest.amounts import SELLER_AMOUNT, SPLIT_MINOR, quantity_of, share_of, total_of
from gateway.rest.contract_body import DATE_NAMES, PLACE_NAMES
from gateway.rest.json_body import Body, Path
from gateway.rest.json_request import Unprocessable
from gateway.rest.openapi.described import described
from values.frozen import replace


class ProposalKind(StrEnum):
    """`terms` is the name in a request, `amend` the name in an answer. Both are accepted. `complete` and `split` settle
    a dispute."""

    TERMS = "terms"
    AMEND = "amend"
    CANCEL = "cancel"
    COMPLETE = "complete"
    SPLIT = "split"


class ChangesBody(Body):
    """The terms that are to change. The currency cannot."""

    product: Annotated[str | None, json_fields.product(), described("The goods or the service.", "white maize")] = None
    quantity: Annotated[
        str | Decimal | None,
        json_fields.QUANTITY,
        described("How much; a number alone keeps the agreed unit.", 40),
    ] = None
    unit: Annotated[
        str | None,
        json_fields.string(lambda typed, _defaults: typed),
        described("The unit; alone it keeps the agreed number.", "bags"),
    ] = None
    total_minor: Annotated[
        int | None, json_fields.MINOR, described("The whole price in minor units (cents).", 14_000_000)
    ] = None
    total_amount: Annotated[
        Decimal | None, json_fields.MAJOR, described("The same in major units (shillings), instead.", "140000")
    ] = None
    delivery_place: Annotated[
        str | None, json_fields.shown_text(PLACE_LETTERS), PLACE_NAMES, described("Where.", "Nakuru")
    ] = None
    delivery_date: Annotated[
        date | None, json_fields.DATE, DATE_NAMES, described("Until when, as in a new contract.", "2027-02-01")
    ] = None

    def apply_to(self, terms: Terms) -> Terms:
        """Return `terms` with these changes; raise Unprocessable if they do not fit together."""
        changed = replace(
            terms,
            product=self.product or terms.product,
            quantity=self._quantity(terms.quantity),
            total=self._total(terms.total),
            place=self.delivery_place or terms.place,
            due=self.delivery_date or terms.due,
        )
        return with_fee_in_proportion(terms, changed)

    def _quantity(self, agreed: Quantity) -> Quantity:
        """A number alone keeps the agreed unit; a unit alone keeps the agreed number."""
        if self.quantity is None and self.unit is None:
            return agreed
        quantity = self.quantity or Decimal(agreed.amount)
        has_unit = isinstance(quantity, str) and any(letter.isalpha() for letter in quantity)
        found = quantity_of(quantity, self.unit or (None if has_unit else agreed.unit))
        return found if isinstance(found, Quantity) else _refuse(*found)

    def _total(self, agreed: Money) -> Money:
        if self.total_minor is None and self.total_amount is None:
            return agreed
        found = total_of(self.total_minor, self.total_amount, agreed.currency)
        return found if isinstance(found, Money) else _refuse(*found)


class ProposalBody(Body):
    """New terms, or an end."""

    kind: Annotated[ProposalKind, json_fields.one_of(ProposalKind), described("What is proposed.", "terms")]
    terms: Annotated[
        ChangesBody | None,
        described("What is to change, if the kind is `terms`.", {"quantity": 40, "total_amount": "140000"}),
    ] = None
    split_minor: Annotated[int | None, json_fields.MINOR, SPLIT_MINOR] = None
    seller_amount: Annotated[Decimal | None, json_fields.MAJOR, SELLER_AMOUNT] = None

    @property
    def type(self) -> ProposalType:
        return ProposalType.AMEND if self.kind is ProposalKind.TERMS else ProposalType(self.kind.value)

    def share(self, total: Money) -> int | None:
        """Return what the seller gets of `total`, in minor units; None if it proposes no split. Raise Unprocessable if
        the amount is missing, not needed, or not below the total."""
        return share_of(
            total, is_split=self.kind is ProposalKind.SPLIT, minor=self.split_minor, major=self.seller_amount
        )

    def proposed_terms(self, terms: Terms) -> Terms | None:
        """Return the complete terms that would replace `terms`; None for cancelling. Raise Unprocessable if changes
        are missing, or given for cancelling."""
        if self.type is not ProposalType.AMEND:
            if self.terms is not None:
                raise Unprocessable([("terms", "is only for new terms")])
            return None
        if self.terms is None or not self.terms.model_fields_set:
            raise Unprocessable([("terms", "is required for new terms: what is to change")])
        return self.terms.apply_to(terms)


def _refuse(path: Path, why: str) -> Never:
    raise Unprocessable([(f"terms.{path[0]}", why)])
