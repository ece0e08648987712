"""The bodies of what an operator writes to a dispute."""

from decimal import Decimal
from typing import Annotated

from contracts.dispute import Decision
from contracts.fields.free_text import NAME_LETTERS, PROBLEM_LETTERS, REASONS_LETTERS
from contracts.fields.money import Money
from contracts.fields.msisdn import Msisdn
from gateway.rest import json_fields
from gateway.rest.amounts import SELLER_AMOUNT, SPLIT_MINOR, share_of
from gateway.rest.json_body import Body
from gateway.rest.openapi.described import described


class DisputeBody(Body):
    """A problem with a contract."""

    contract: Annotated[
        str,
        json_fields.string(lambda typed, _defaults: typed.strip()),
        described("The contract's id or reference.", "40718353"),
    ]
    words: Annotated[
        str, json_fields.free_text(PROBLEM_LETTERS), described("What the problem is.", "Half of the bags are wet")
    ]
    by: Annotated[
        Msisdn | None,
        json_fields.MSISDN_OR_NULL,
        described("The phone of the party who complains; null: the operator reports it.", "+254711000001"),
    ] = None


class DecisionBody(Body):
    """For a split, exactly one of `split_minor` and `seller_amount` says what the seller gets."""

    decision: Annotated[Decision, json_fields.one_of(Decision), described("What is decided.", "split")]
    reasons: Annotated[
        str, json_fields.free_text(REASONS_LETTERS), described("Why; both sides read it.", "Half of it was good")
    ]
    split_minor: Annotated[int | None, json_fields.MINOR, SPLIT_MINOR] = None
    seller_amount: Annotated[Decimal | None, json_fields.MAJOR, SELLER_AMOUNT] = None

    def split_minor_of(self, total: Money) -> int | None:
        """Return what the seller gets of `total`, in minor units; None if the decision is no split. Raise Unprocessable
        if the amount is missing, not needed, or not below the total."""
        return share_of(
            total, is_split=self.decision is Decision.SPLIT, minor=self.split_minor, major=self.seller_amount
        )


class AppealBody(Body):
    """That a party does not accept the decision."""

    by: Annotated[Msisdn, json_fields.MSISDN, described("The phone of a buyer or seller.", "+254711000002")]
    words: Annotated[str, json_fields.free_text(PROBLEM_LETTERS), described("Why.", "Nobody looked at the bags")]


class MediatorBody(Body):
    """Who is to decide the dispute."""

    msisdn: Annotated[Msisdn, json_fields.MSISDN, described("The mediator's phone.", "+254711000003")]
    name: Annotated[
        str | None,
        json_fields.shown_text(NAME_LETTERS, shortest=1, may_be_null=True),
        described("How the parties know them.", "Chief Otieno"),
    ] = None
