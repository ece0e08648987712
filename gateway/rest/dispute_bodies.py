"""The bodies of what an operator writes to a dispute."""

from decimal import Decimal
from typing import Annotated

from pydantic import PlainValidator

from contracts.dispute import Decision
from contracts.fields.free_text import NAME_LETTERS, PROBLEM_LETTERS, REASONS_LETTERS
from contracts.fields.money import Money
from contracts.fields.msisdn import Msisdn
from gateway.rest import json_fields
from gateway.rest.amounts import share_of
from gateway.rest.json_body import Body


class DisputeBody(Body):
    """`contract`: id or reference. `by`: the party for whom it is opened; null where the operator opens it."""

    contract: Annotated[str, json_fields.string(lambda typed, _defaults: typed.strip())]
    words: Annotated[str, json_fields.free_text(PROBLEM_LETTERS)]
    by: Annotated[Msisdn | None, json_fields.MSISDN_OR_NULL] = None


class DecisionBody(Body):
    """For a split, exactly one of `split_minor` and `seller_amount` says what the seller gets."""

    decision: Annotated[Decision, json_fields.one_of(Decision)]
    reasons: Annotated[str, json_fields.free_text(REASONS_LETTERS)]
    split_minor: Annotated[int | None, PlainValidator(json_fields.read_minor)] = None
    seller_amount: Annotated[Decimal | None, PlainValidator(json_fields.read_major)] = None

    def split_minor_of(self, total: Money) -> int | None:
        """Return what the seller gets of `total`, in minor units; None if the decision is no split. Raise Unprocessable
        if the amount is missing, not needed, or not below the total."""
        return share_of(
            total, is_split=self.decision is Decision.SPLIT, minor=self.split_minor, major=self.seller_amount
        )


class AppealBody(Body):
    by: Annotated[Msisdn, json_fields.MSISDN]
    words: Annotated[str, json_fields.free_text(PROBLEM_LETTERS)]


class MediatorBody(Body):
    msisdn: Annotated[Msisdn, json_fields.MSISDN]
    name: Annotated[str | None, json_fields.shown_text(NAME_LETTERS, shortest=1, may_be_null=True)] = None
