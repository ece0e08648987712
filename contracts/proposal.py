"""What is proposed in a contract: new terms or an end, that every bound party has to agree to."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from contracts.terms import Terms
from values.frozen import Frozen


class ProposalType(StrEnum):
    """What a proposal asks for: new terms (AMEND) or an end (CANCEL). To settle a dispute also that the contract counts
    as completed (COMPLETE), or as completed with the total split between both sides (SPLIT)."""

    AMEND = "amend"
    CANCEL = "cancel"
    COMPLETE = "complete"
    SPLIT = "split"

    @property
    def only_settles(self) -> bool:
        """Whether this can be proposed in a dispute only."""
        return self in (ProposalType.COMPLETE, ProposalType.SPLIT)


class Proposal(Frozen):
    """New terms, or an end, that every bound party has to agree to.

    `n`: its number in the contract, and the version of the terms once they are accepted. `by_id`: who proposed it;
    None: an operator. `consented`: the `phone_id` of everybody who has agreed, the proposer included. `split_minor`:
    what the seller gets of the total, in minor units, if it proposes a SPLIT.
    """

    n: int
    type: ProposalType
    terms: Terms | None
    by_id: UUID | None
    consented: frozenset[UUID]
    split_minor: int | None = None

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """Read the proposal in a row of the view contract_records."""
        return cls(
            row["n"], ProposalType(row["kind"]), Terms.from_json(row["terms"]) if row["terms"] else None,
            UUID(row["by_id"]) if row["by_id"] else None, frozenset(map(UUID, row["consented"])), row["split_minor"],
        )  # fmt: skip
