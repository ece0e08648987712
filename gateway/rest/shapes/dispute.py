"""A dispute and its files, as answers show them."""

from typing import Annotated, Literal

from typing_extensions import TypedDict

from contracts.dispute import Decision, DisputeEnd
from gateway.rest.openapi.described import A_PARTY, A_SHA256, A_TIME, AN_ID, described
from gateway.rest.shapes.contract import ProposalPart
from gateway.rest.shapes.fields import DecimalText, Id, Moment, Reference, Sha256, exact


@exact
class OfContractPart(TypedDict):
    """The contract that it is about."""

    id: Annotated[Id, described("The contract.", AN_ID)]
    reference: Annotated[Reference, described("Its number of eight digits.", "40718353")]


@exact
class ReplyPart(TypedDict):
    """What a party wrote after the problem was reported."""

    by: Annotated[Id, described("The party.", A_PARTY)]
    words: Annotated[str, described("What they wrote.", "Only three bags were wet")]


@exact
class DecisionPart(TypedDict):
    """How the mediator decided."""

    by: Annotated[Id | None, described("The mediator; null: an operator wrote the decision down.", None)]
    decision: Annotated[Decision, described("What was decided.", "split")]
    split_minor: Annotated[int | None, described("What the seller gets, in minor units, of a split.", 10_000_050)]
    seller_amount: Annotated[DecimalText | None, described("The same in major units.", "100000.50")]
    reasons: Annotated[str, described("Why.", "Half of it was good")]
    decided_at: Annotated[Moment, described("When, in UTC.", A_TIME)]
    stands_at: Annotated[Moment | None, described("Until when it can be appealed, in UTC; null: no longer.", A_TIME)]


@exact
class AppealPart(TypedDict):
    """That a party does not accept the decision."""

    by: Annotated[Id | None, described("The party who appealed.", A_PARTY)]
    words: Annotated[str, described("Why.", "Nobody looked at the bags")]
    appealed_at: Annotated[Moment, described("When, in UTC.", A_TIME)]


@exact
class DisputeFileView(TypedDict):
    """A file of evidence, without its content."""

    id: Annotated[Id, described("The file.", AN_ID)]
    name: Annotated[str, described("Its name.", "bags.jpg")]
    media_type: Annotated[str, described("Its media type, as the sender named it.", "image/jpeg")]
    size: Annotated[int, described("Its size in bytes.", 48_213)]
    sha256: Annotated[
        Sha256,
        described("SHA-256 of its content, hex.", A_SHA256),
    ]
    added_at: Annotated[Moment, described("When it was added, in UTC.", A_TIME)]


@exact
class DisputeView(TypedDict):
    """A reported problem, what was said about it, and how it ended."""

    id: Annotated[Id, described("The dispute.", AN_ID)]
    contract: Annotated[OfContractPart, described("The contract.")]
    status: Annotated[Literal["open", "decided", "appealed", "closed"], described("How far it is.", "open")]
    words: Annotated[str, described("What the problem is.", "Half of the bags are wet")]
    opened_by: Annotated[Id | None, described("The party who reported it; null: an operator.", A_PARTY)]
    opened_at: Annotated[Moment, described("When, in UTC.", A_TIME)]
    decide_by: Annotated[Moment | None, described("When it escalates if nobody decides, in UTC.", A_TIME)]
    escalated_at: Annotated[Moment | None, described("When all were last told that nobody decided, in UTC.", None)]
    replies: Annotated[list[ReplyPart], described("What the parties wrote since, oldest first.")]
    decision: Annotated[DecisionPart | None, described("The decision; null: none yet.")]
    appeal: Annotated[AppealPart | None, described("The appeal; null: none.")]
    closed_at: Annotated[Moment | None, described("When it was closed, in UTC; null: it is not.", None)]
    ended: Annotated[DisputeEnd | None, described("What ended it; null: nothing yet.", None)]
    settlement: Annotated[ProposalPart | None, described("The proposal that settled it.")]
    files: Annotated[list[DisputeFileView], described("The evidence files, oldest first.")]
