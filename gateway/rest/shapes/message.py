"""SMS, as answers show them."""

from typing import Annotated, Literal

from typing_extensions import TypedDict

from contracts.urgency import MessageClass
from gateway.rest.openapi.described import A_TIME, AN_ID, described
from gateway.rest.shapes.fields import E164OrErased, Id, Moment, exact

MessageStatus = Literal[
    "received", "queued", "sending", "submitted", "delivered", "failed", "rejected", "expired", "unconfirmed"
]


# A field whose name is a keyword of Python.
_WithClass = TypedDict(
    "_WithClass",
    {
        "class": Annotated[
            MessageClass | None, described("Whether it is sent after a STOP; null: it came in.", "critical")
        ]
    },
)


@exact
class MessageView(_WithClass):
    """An SMS, in or out."""

    id: Annotated[Id, described("The message.", AN_ID)]
    direction: Annotated[Literal["in", "out"], described("Whether it came in or went out.", "out")]
    msisdn: Annotated[
        E164OrErased | None,
        described("In E.164, or a mark if erased; null: wiped, or a sender without one.", "+254711000001"),
    ]
    raw_sender: Annotated[str | None, described("A sender that is no phone number, as the provider wrote it.", None)]
    text: Annotated[str, described("The text; empty once it was wiped.", "Contract 4071 8353: …")]
    english: Annotated[str | None, described("The English of a text in another language; null: it is English.", None)]
    status: Annotated[MessageStatus, described("How far it is.", "queued")]
    contract_id: Annotated[Id | None, described("The contract that it is about.", AN_ID)]
    kind: Annotated[str, described("What it says, or what a text that came in was taken for.", "offered")]
    segments: Annotated[int, described("Into how many SMS parts it is cut.", 1)]
    shortcode: Annotated[str | None, described("The number of ours that it came to, or answers from.", "22384")]
    reply_provider: Annotated[str | None, described("Of an answer: the provider that has that number.", None)]
    provider: Annotated[str | None, described("The provider of the last try.", "africastalking")]
    provider_message_id: Annotated[str | None, described("The provider's id of it.", "ATXid_1")]
    tries: Annotated[int, described("How often it was given to a provider.", 1)]
    why: Annotated[str | None, described("Why it was refused last.", None)]
    cost: Annotated[str | None, described("What it cost, in the provider's own words.", "KES 0.8000")]
    language: Annotated[str | None, described("Its language, by ISO 639-1.", "en")]
    estimate: Annotated[str | None, described("What it was reckoned to cost before it went.", "KES 0.8000")]
    encoding: Annotated[Literal["gsm7", "ucs2"] | None, described("The alphabet it is sent in.", "gsm7")]
    created_at: Annotated[Moment, described("When it was written down, in UTC.", A_TIME)]
    due_at: Annotated[Moment | None, described("When it is tried next, in UTC.", None)]
    expires_at: Annotated[Moment | None, described("After this it is not sent any more, in UTC.", A_TIME)]
    submitted_at: Annotated[Moment | None, described("When a provider took it, in UTC.", A_TIME)]
    settled_at: Annotated[Moment | None, described("When its outcome was known, in UTC.", None)]


@exact
class AttemptPart(TypedDict):
    """One try to give a message to a provider."""

    n: Annotated[int, described("The number of the try, from 1.", 1)]
    provider: Annotated[str | None, described("The provider.", "africastalking")]
    outcome: Annotated[
        Literal["accepted", "rejected", "later", "unsure"], described("What the provider answered.", "accepted")
    ]
    why: Annotated[str | None, described("Why not, in the provider's words.", None)]
    provider_message_id: Annotated[str | None, described("The provider's id of it.", "ATXid_1")]
    cost: Annotated[str | None, described("What it cost, in the provider's own words.", "KES 0.8000")]
    at: Annotated[Moment, described("When, in UTC.", A_TIME)]


@exact
class ReportPart(TypedDict):
    """A delivery report of a provider."""

    status: Annotated[str, described("The status in the provider's words.", "Success")]
    state: Annotated[
        Literal["submitted", "delivered", "failed", "rejected", "expired", "unknown"],
        described("What it means.", "delivered"),
    ]
    reason: Annotated[str | None, described("Why it failed, in the provider's words.", None)]
    network_code: Annotated[str | None, described("The network of the phone, as MCC and MNC.", "63902")]
    received_at: Annotated[Moment, described("When the report came, in UTC.", A_TIME)]


@exact
class MessageHistoryView(MessageView):
    """An SMS with every try to send it and every delivery report."""

    resend_of: Annotated[Id | None, described("The message that this one repeats.", None)]
    resent_as: Annotated[Id | None, described("The message that repeats this one.", None)]
    attempts: Annotated[list[AttemptPart], described("The tries, oldest first.")]
    reports: Annotated[list[ReportPart], described("The delivery reports, oldest first.")]
