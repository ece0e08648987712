"""What a dispute is: a reported problem, what was said about it, how the mediator decided, and how it ended."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from contracts.proposal import Proposal
from values.frozen import Frozen, Hidden


class Decision(StrEnum):
    """How a mediator decides: the contract is completed, cancelled, or completed with the total split between both."""

    COMPLETE = "complete"
    CANCEL = "cancel"
    SPLIT = "split"


class DisputeEnd(StrEnum):
    """What ended a dispute: the mediator's decision, the two sides by themselves, or who had reported the problem."""

    DECIDED = "decided"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


class Reply(Frozen):
    """What the party with the `phone_id` `by_id` wrote about a problem after it was reported."""

    by_id: UUID
    words: Hidden[str]


class Dispute(Frozen):
    """A reported problem, what was said about it, and how it ended.

    `status`: open, decided (it may still be appealed), appealed or closed. `opened_by`: the `phone_id` of the party who
    reported it; None: an operator did. `split_minor`: what the seller gets of the total, in minor units, if the
    decision is SPLIT. `escalated_at`: when the office and the parties were last told that nobody had decided. `ended`:
    None until it is closed; `settlement`: the proposal that all agreed to, if that closed it. `appeal`: who
    appealed, in which words.
    """

    id: UUID
    status: str
    opened_by: UUID | None
    words: Hidden[str]
    decision: Decision | None = None
    split_minor: int | None = None
    reasons: Hidden[str | None] = None
    was_appealed: bool = False
    replies: tuple[Reply, ...] = ()
    escalated_at: datetime | None = None
    ended: DisputeEnd | None = None
    settlement: Proposal | None = None
    appeal: Reply | None = None

    @property
    def waits_for_decision(self) -> bool:
        """Whether a mediator has to decide, for the first time or after an appeal."""
        return self.status in ("open", "appealed")

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """Read the dispute in a row of the view contract_records."""
        return cls(
            UUID(row["id"]), row["status"], UUID(row["opened_by"]) if row["opened_by"] else None, row["words"],
            Decision(row["decision"]) if row["decision"] else None, row["split_minor"], row["reasons"],
            row["appealed_at"] is not None,
            tuple(Reply(UUID(reply["by"]), reply["words"]) for reply in row["replies"]),
            datetime.fromisoformat(row["escalated_at"]) if row["escalated_at"] else None,
            appeal=Reply(UUID(row["appealed_by"]), row["appeal_words"]) if row["appealed_by"] else None,
        )  # fmt: skip
