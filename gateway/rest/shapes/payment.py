"""A payment and its transfers, as answers show them. Amounts are whole minor units."""

from typing import Annotated, Literal

from typing_extensions import TypedDict

from contracts.escrow.escrow import PaymentStatus
from contracts.escrow.number_risk import HoldReason
from contracts.fields.money import Currency
from gateway.rest.openapi.described import A_TIME, AN_ID, described
from gateway.rest.shapes.fields import E164OrErased, Id, Moment, Reference, exact

_MINOR = "{}, in minor units (cents) of `currency`."


@exact
class PaymentView(TypedDict):
    """The money of a contract with escrow."""

    id: Annotated[Id, described("The payment.", AN_ID)]
    contract_id: Annotated[Id, described("The contract.", AN_ID)]
    reference: Annotated[Reference, described("The contract's number of eight digits.", "40718353")]
    status: Annotated[PaymentStatus, described("How far it is; `LOCKED`: all that is due is there.", "LOCKED")]
    currency: Annotated[Currency, described("The currency, by ISO 4217.", "KES")]
    due_minor: Annotated[int, described(_MINOR.format("What the buyer has to pay"), 17_500_000)]
    fee_minor: Annotated[int, described(_MINOR.format("Of it, what the service keeps if all is released"), 87_500)]
    received_minor: Annotated[int, described(_MINOR.format("What has come"), 17_500_000)]
    missing_minor: Annotated[int, described(_MINOR.format("What has not come yet"), 0)]
    held_minor: Annotated[int, described(_MINOR.format("What waits and is nobody's yet"), 17_500_000)]
    released_minor: Annotated[int, described(_MINOR.format("What was decided to be the seller's"), 0)]
    paid_minor: Annotated[int, described(_MINOR.format("Of that, what a rail has moved"), 0)]
    fees_minor: Annotated[int, described(_MINOR.format("What was kept as a fee"), 0)]
    refunded_minor: Annotated[int, described(_MINOR.format("What was decided to be the buyer's again"), 0)]
    returned_minor: Annotated[int, described(_MINOR.format("Of that, what a rail has moved"), 0)]
    created_at: Annotated[Moment, described("When it was made, in UTC.", A_TIME)]
    locked_at: Annotated[Moment | None, described("When all was there, in UTC; null: it was not yet.", A_TIME)]
    ended_at: Annotated[Moment | None, described("When it was over, in UTC; null: it is not.", None)]


@exact
class TransferPart(TypedDict):
    """One movement of money between a phone and the service."""

    id: Annotated[Id, described("The transfer.", AN_ID)]
    kind: Annotated[
        Literal["prompt", "paybill", "release", "refund", "return"], described("Which way it moves.", "prompt")
    ]
    msisdn: Annotated[
        E164OrErased | None, described("In E.164, or a mark if erased; null: not known.", "+254711000001")
    ]
    amount_minor: Annotated[int, described("How much, in minor units of the payment's currency.", 17_500_000)]
    status: Annotated[
        Literal["queued", "held", "sending", "accepted", "unknown", "done", "failed"],
        described("How far it is.", "done"),
    ]
    rail: Annotated[str | None, described("The provider that moves it; null: not chosen yet.", "daraja")]
    own_id: Annotated[str | None, described("Our id of it with the provider.", "vp0198c2a4")]
    receipt: Annotated[str | None, described("The provider's number of it, once it moved.", "TGL8X2K1QW")]
    reason: Annotated[str | None, described("Why it failed, in one word.", None)]
    code: Annotated[str | None, described("Why it failed, as the provider's own code.", None)]
    words: Annotated[str | None, described("Why it failed, in the provider's own words.", None)]
    tries: Annotated[int, described("How often it was ordered.", 1)]
    held_because: Annotated[HoldReason | None, described("Why it waits; null: it does not.", None)]
    retries: Annotated[Id | None, described("The failed transfer that this one orders again.", None)]
    created_at: Annotated[Moment, described("When it was written down, in UTC.", A_TIME)]
    sent_at: Annotated[Moment | None, described("When it was ordered, in UTC.", A_TIME)]
    ended_at: Annotated[Moment | None, described("When its outcome was known, in UTC.", A_TIME)]


@exact
class PaymentWithTransfersView(PaymentView):
    """The money of a contract, with its newest hundred transfers."""

    transfers: Annotated[list[TransferPart], described("The transfers, newest first.")]


@exact
class WaitingTransferView(TypedDict):
    """A transfer that needs a person."""

    id: Annotated[Id, described("The transfer.", AN_ID)]
    kind: Annotated[str, described("Which way it moves: as in a payment's `transfers`.", "release")]
    reference: Annotated[Reference | None, described("The contract's number; null: it names none.", "40718353")]
    account: Annotated[str | None, described("What the payer typed, where that names no contract.", None)]
    msisdn: Annotated[E164OrErased | None, described("The phone in E.164; null: not known.", "+254711000002")]
    amount_minor: Annotated[int, described("How much, in minor units (cents) of `currency`.", 17_500_000)]
    currency: Annotated[str, described("The currency, by ISO 4217.", "KES")]
    status: Annotated[str, described("How far it is: as in a payment's `transfers`.", "failed")]
    rail: Annotated[str | None, described("The provider that moves it; null: not chosen yet.", "daraja")]
    receipt: Annotated[str | None, described("The provider's number of it, once it moved.", None)]
    reason: Annotated[str | None, described("Why it failed, in one word.", "not_registered")]
    held_because: Annotated[str | None, described("Why it waits; null: it does not.", None)]
    approvals: Annotated[int, described("How many operators have said what shall become of it.", 0)]
    created_at: Annotated[Moment, described("When it was written down, in UTC.", A_TIME)]


@exact
class WaitingTransfersView(TypedDict):
    """Transfers that need a person."""

    items: Annotated[list[WaitingTransferView], described("At most a hundred, oldest first.")]


@exact
class TransferActView(TypedDict):
    """What came of what an operator said about a transfer."""

    id: Annotated[Id, described("The transfer.", AN_ID)]
    says: Annotated[str, described("What came of it, for people.", "kept: one more person has to say the same")]
