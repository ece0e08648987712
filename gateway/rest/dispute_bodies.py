"""What is asked of a dispute: from JSON to what the rules take."""

from decimal import Decimal
from typing import Annotated

from pydantic import PlainValidator

from contracts.contract import Decision
from contracts.fields.free_text import NAME_LETTERS, PROBLEM_LETTERS, REASONS_LETTERS
from contracts.fields.money import Money
from contracts.fields.msisdn import Msisdn
from gateway.rest import json_fields
from gateway.rest.contract_bodies import Body
from gateway.rest.request import Unprocessable


class DisputeBody(Body):
    """`contract` by id or reference; `by`: the party for whom it is opened."""

    contract: Annotated[str, json_fields.string(lambda typed, _defaults: typed.strip())]
    words: Annotated[str, json_fields.free_text(PROBLEM_LETTERS)]
    by: Annotated[Msisdn | None, json_fields.string(json_fields.read_msisdn, may_be_null=True)] = None


class DecisionBody(Body):
    """Of a split, what the seller gets: one of `split_minor` and `seller_amount`."""

    decision: Annotated[Decision, json_fields.one_of(Decision)]
    reasons: Annotated[str, json_fields.free_text(REASONS_LETTERS)]
    split_minor: Annotated[int | None, PlainValidator(json_fields.read_minor)] = None
    seller_amount: Annotated[Decimal | None, PlainValidator(json_fields.read_major)] = None

    def split_of(self, total: Money) -> int | None:
        """What the seller gets of `total`, in minor units; None where it is not split. Or Unprocessable."""
        given = {name for name in ("split_minor", "seller_amount") if getattr(self, name) is not None}
        if self.decision is not Decision.SPLIT:
            if given:
                raise Unprocessable([(given.pop(), "is only for a split")])
            return None
        if len(given) != 1:
            raise Unprocessable(
                [("split_minor", "is required for a split, or seller_amount, and one of them is enough")]
            )
        name = given.pop()
        scale = 10**total.currency.exponent
        minor = Decimal(self.split_minor or 0) if self.seller_amount is None else self.seller_amount * scale
        if minor != int(minor):
            raise Unprocessable([(name, f"has more decimals than {total.currency.value} has")])
        if not 0 < minor < total.minor:
            raise Unprocessable([(name, "should be above zero and below the contract's total")])
        return int(minor)


class AppealBody(Body):
    by: Annotated[Msisdn, json_fields.string(json_fields.read_msisdn)]
    words: Annotated[str, json_fields.free_text(PROBLEM_LETTERS)]


class MediatorBody(Body):
    msisdn: Annotated[Msisdn, json_fields.string(json_fields.read_msisdn)]
    name: Annotated[str | None, json_fields.free_text(NAME_LETTERS, shortest=1, may_be_null=True)] = None
