"""A contract, its terms, its parties and what waits in it, as answers show them."""

from typing import Annotated, Any, Literal

from typing_extensions import TypedDict

from contracts.contract import ContractType, Role, Signature, Status, TimeAct
from contracts.fields.money import Currency
from contracts.proposal import ProposalType
from gateway.rest.openapi.described import A_PARTY, A_SHA256, A_TIME, AN_ID, described
from gateway.rest.shapes.fields import Day, DecimalText, E164OrErased, Id, Moment, Reference, Sha256, exact

_STEP = "When it became {}, in UTC; null: it has not."


@exact
class TermsView(TypedDict):
    """What is agreed on: goods, quantity, total, place and date of the delivery."""

    product: Annotated[str, described("The goods or the service.", "white maize")]
    quantity: Annotated[DecimalText, described("How much, in `unit`.", "50")]
    unit: Annotated[str, described("The unit of `quantity`.", "bags")]
    total_minor: Annotated[int, described("The whole price in minor units (cents) of `currency`.", 17_500_050)]
    total_amount: Annotated[DecimalText, described("The same price in major units (shillings).", "175000.50")]
    currency: Annotated[Currency, described("The currency, by ISO 4217.", "KES")]
    delivery_place: Annotated[str, described("Where it is delivered.", "Nakuru")]
    delivery_date: Annotated[Day, described("Until which day it is delivered, ISO 8601.", "2027-01-25")]
    silence_days: Annotated[int, described("After so many days of the buyer's silence the goods count as received.", 7)]
    payment: Annotated[
        Literal["escrow"] | None,
        described("`escrow`: the buyer's money waits with the service; null: the two pay each other.", "escrow"),
    ]
    fee_minor: Annotated[
        int, described("Of the total, what the service keeps, in minor units; 0 without escrow.", 87_500)
    ]


@exact
class PartyView(TypedDict):
    """A person in a contract."""

    id: Annotated[Id, described("The person's id, the same in all contracts.", A_PARTY)]
    msisdn: Annotated[
        E164OrErased, described("The phone number in E.164, or a mark if the person was erased.", "+254711000001")
    ]
    role: Annotated[Role, described("What the person is in this contract.", "buyer")]
    name: Annotated[str | None, described("The name that the operator or the other party gave; null: none.", "Amina")]
    signature: Annotated[
        Signature | None, described("What they answered; null: a mediator or witness is not asked.", "pending")
    ]


@exact
class ProposalPart(TypedDict):
    """A proposal as a contract or a dispute shows it."""

    n: Annotated[int, described("Its number: the `terms_version` that it would make.", 2)]
    kind: Annotated[ProposalType, described("What is proposed.", "amend")]
    terms: Annotated[TermsView | None, described("The complete new terms, if the kind is `amend`.")]
    split_minor: Annotated[
        int | None, described("What the seller would get, in minor units, if the kind is `split`.", None)
    ]
    by: Annotated[Id | None, described("The party who proposed it; null: an operator.", A_PARTY)]
    agreed: Annotated[list[Id], described("The parties who agreed.", [A_PARTY])]
    waiting: Annotated[list[Id], described("The parties whose answer is awaited.", [])]
    made_at: Annotated[Moment, described("When it was made, in UTC.", A_TIME)]


@exact
class ProposalView(ProposalPart):
    """A proposal, and what came of it."""

    status: Annotated[Literal["pending", "accepted", "declined", "lapsed"], described("What came of it.", "pending")]
    declined: Annotated[Id | None, described("The party who said no; null: nobody.", None)]
    settled_at: Annotated[Moment | None, described("When it was settled, in UTC; null: it waits.", None)]


@exact
class OpenDisputePart(TypedDict):
    """The dispute of a contract that is not closed."""

    id: Annotated[Id, described("The dispute.", AN_ID)]
    status: Annotated[Literal["open", "decided", "appealed"], described("How far it is.", "open")]


@exact
class NextStepPart(TypedDict):
    """What time does next."""

    what: Annotated[TimeAct, described("What happens if nobody acts before.", "remind_answer")]
    at: Annotated[Moment, described("When, in UTC.", A_TIME)]


@exact
class StoppedClockPart(TypedDict):
    """That silence does not complete the contract now."""

    stopped_at: Annotated[Moment, described("Since when, in UTC.", A_TIME)]
    by: Annotated[Id | None, described("The party by whose words or request.", A_PARTY)]
    waits_for: Annotated[list[Id], described("The parties whose answers are awaited.", [A_PARTY])]


@exact
class ContractView(TypedDict):
    """A contract as it is now."""

    id: Annotated[Id, described("The contract.", AN_ID)]
    reference: Annotated[Reference, described("Its number of eight digits, which people type on a phone.", "40718353")]
    version: Annotated[int, described("Grows by one with every change; with the id it is the `ETag`.", 1)]
    status: Annotated[Status, described("Where it is in its life.", "PENDING")]
    type: Annotated[ContractType, described("What kind of agreement it is.", "agricultural_supply")]
    source: Annotated[Literal["ussd", "sms", "voice", "api"], described("How it was made.", "api")]
    terms: Annotated[TermsView, described("The terms in force, or offered.")]
    parties: Annotated[list[PartyView], described("The people in it, by role and number.")]
    terms_version: Annotated[int, described("Grows by one when all parties agree to new terms.", 1)]
    sha256: Annotated[
        Sha256 | None,
        described(
            "SHA-256 of the canonical form of these terms (RFC 8785), hex: what the parties signed. Null: made before"
            " such forms were kept.",
            A_SHA256,
        ),
    ]
    received: Annotated[
        DecimalText | None, described("What the buyer received in parts so far, in `terms.unit`.", None)
    ]
    settled: Annotated[
        DecimalText | None,
        described("With how much it was completed by silence, in `terms.unit`, if it was less than all.", None),
    ]
    proposal: Annotated[ProposalPart | None, described("The proposal that waits for answers.")]
    dispute: Annotated[OpenDisputePart | None, described("The dispute that is not closed.")]
    next: Annotated[NextStepPart | None, described("What time does next; null: nothing.")]
    clock: Annotated[StoppedClockPart | None, described("Null: the silence of the parties counts.")]
    created_at: Annotated[Moment, described("When it was made, in UTC.", A_TIME)]
    confirmed_at: Annotated[Moment | None, described(_STEP.format("CONFIRMED"), None)]
    active_at: Annotated[Moment | None, described(_STEP.format("ACTIVE"), None)]
    completed_at: Annotated[Moment | None, described(_STEP.format("COMPLETED"), None)]
    cancelled_at: Annotated[Moment | None, described(_STEP.format("CANCELLED"), None)]
    expired_at: Annotated[Moment | None, described(_STEP.format("EXPIRED"), None)]
    disputed_at: Annotated[Moment | None, described(_STEP.format("DISPUTED"), None)]
    delivered_at: Annotated[Moment | None, described("When the seller said it is all delivered, in UTC.", None)]


@exact
class DeliveryView(TypedDict):
    """What a party said, or an operator reported, about a delivery."""

    id: Annotated[Id, described("The delivery.", AN_ID)]
    party: Annotated[Id, described("The party who said it, or about whom it was reported.", A_PARTY)]
    kind: Annotated[
        Literal["said", "full", "part", "reported"],
        described("`said` by the seller, received in `full` or in `part`, or `reported` by an operator.", "reported"),
    ]
    quantity: Annotated[DecimalText | None, described("How much came, in the contract's unit, of a `part`.", None)]
    channel: Annotated[str | None, described("The way it was said: `ussd`, `sms`, `voice` or `api`.", "api")]
    operator: Annotated[str | None, described("Who reported it: the id of an operator's key.", "3f2b8c1d9e0a4b67")]
    at: Annotated[Moment, described("When, in UTC.", A_TIME)]


@exact
class AskedPartyView(TypedDict):
    """That a party was asked again for the answer that a contract waits for."""

    party: Annotated[Id, described("Who was asked.", A_PARTY)]
    ask: Annotated[Literal["confirm", "receipt"], described("What they were asked for.", "confirm")]
    asked_at: Annotated[Moment, described("When, in UTC.", A_TIME)]


@exact
class AuditEntryView(TypedDict):
    """An action in a contract's audit. Those of one entry have the same `seq` and `hash`."""

    seq: Annotated[int, described("The entry's place in the chain, from 1.", 1)]
    at: Annotated[Moment, described("When it was written, in UTC.", A_TIME)]
    actor_id: Annotated[Id | None, described("The party who acted; null: an operator, or time.", None)]
    channel: Annotated[Literal["ussd", "sms", "voice", "api", "service"], described("By which way it came.", "api")]
    action: Annotated[str, described("What was done.", "contract.made")]
    details: Annotated[dict[str, Any], described("What belongs to the action.", {"operator": "3f2b8c1d9e0a4b67"})]
    prev_hash: Annotated[Sha256, described("The hash of the entry before, hex; 64 zeros for the first.", "0" * 64)]
    hash: Annotated[
        Sha256,
        described("The entry's own hash, hex.", A_SHA256),
    ]
