"""Which contracts an operator asks for."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from contracts.contract import ContractType
from contracts.fields.msisdn import Msisdn
from gateway.rest.lists import PageQuery
from gateway.rest.openapi.described import A_PARTY, described
from gateway.rest.query_fields import CONTRACT_STATUS, ID, MOMENT, MSISDN, REFERENCE, WORDS, exactly_one_of
from storage.contract_lists import ContractFilter


class ContractsQuery(PageQuery):
    """Which contracts to list: those that have everything that is asked for."""

    status: Annotated[str | None, CONTRACT_STATUS, described("Only with this status.", "PENDING")] = None
    type: Annotated[
        str | None, exactly_one_of(tuple(ContractType)), described("Only of this type.", "agricultural_supply")
    ] = None
    msisdn: Annotated[Msisdn | None, MSISDN, described("Only of this phone, in any spelling.", "+254711000001")] = None
    party: Annotated[UUID | None, ID, described("Only of the person with this id.", A_PARTY)] = None
    reference: Annotated[str | None, REFERENCE, described("Only the one with this number.", "40718353")] = None
    q: Annotated[
        str | None,
        WORDS,
        described(
            "Only with all these words in the product and the place of its terms, or in one text that a party or an"
            " operator wrote about it. Whole words, in any case.",
            "white maize",
        ),
    ] = None
    since: Annotated[
        datetime | None,
        MOMENT,
        described("Only made then or later: a time (ISO 8601, with its zone) or a day.", "2026-07-01T00:00:00Z"),
    ] = None
    updated_since: Annotated[
        datetime | None, MOMENT, described("Only changed then or later, written like `since`.", "2026-07-01")
    ] = None
    clock: Annotated[
        str | None,
        exactly_one_of(("stopped",)),
        described("`stopped`: only those whose clock stands: a party wrote, and a person should look.", "stopped"),
    ] = None

    @property
    def wanted(self) -> ContractFilter:
        return ContractFilter(
            status=self.status, type=self.type, msisdn=self.msisdn, party=self.party, reference=self.reference,
            clock_stopped=self.clock is not None, since=self.since, updated_since=self.updated_since, words=self.q,
        )  # fmt: skip
