"""The `party` field of a body: one person of the contract, by id, role or phone number."""

from typing import Annotated
from uuid import UUID

from contracts.contract import Contract, Party, Role
from contracts.fields.msisdn import parse_msisdn
from contracts.refusals import BadInput
from gateway.rest import json_fields
from gateway.rest.json_request import Unprocessable
from gateway.rest.openapi.described import described

WHO = "A party's id, phone number, or role if only one party has it."
PARTY_OR_NULL = json_fields.string(lambda typed, _defaults: typed.strip(), may_be_null=True)
PartyName = Annotated[str, json_fields.string(lambda typed, _defaults: typed.strip()), described(WHO, "seller")]


def find_party(contract: Contract, name: str, country: str) -> Party | None:
    """Return the party that `name` means, or None if nobody of this contract is meant.

    Raise Unprocessable if `name` can be nobody, or is a role that several parties have. `country` (ISO) is that of
    local numbers.
    """
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
