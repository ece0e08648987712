"""Events, and the webhooks that they are posted to, as answers show them."""

from typing import Annotated, Any, Literal

from typing_extensions import TypedDict

from gateway.rest.openapi.described import A_PARTY, A_TIME, AN_ID, described
from gateway.rest.shapes.fields import Id, Moment, Reference, exact

A_POSITION = "1042"
_DATA = {
    "actor": {"id": A_PARTY, "role": "buyer"}, "channel": "sms", "details": {"role": "buyer"},
    "after": {"status": "CONFIRMED", "version": 3, "terms_version": 1},
}  # fmt: skip


@exact
class EventContractPart(TypedDict):
    """The contract that an event is about."""

    id: Annotated[Id, described("The contract.", AN_ID)]
    reference: Annotated[Reference, described("The contract's number of eight digits.", "40718353")]


@exact
class EventView(TypedDict):
    """Something that happened."""

    id: Annotated[str, described("Its place in the feed, from 1; events stand in this order.", A_POSITION)]
    type: Annotated[str, described("What happened: one of the types in docs/events.md.", "contract.confirm")]
    version: Annotated[int, described("Of the shape of events. A field that goes makes a new one.", 1)]
    at: Annotated[Moment, described("When it happened, in UTC.", A_TIME)]
    contract: Annotated[EventContractPart | None, described("The contract it is about; null: it is about none.")]
    data: Annotated[dict[str, Any], described("What the type says; docs/events.md has an example of each.", _DATA)]


@exact
class EventsView(TypedDict):
    """Events, oldest first."""

    items: Annotated[list[EventView], described("At most `limit` events.")]
    next: Annotated[str, described("What to give as `after` next time, also where nothing is new.", A_POSITION)]
    more: Annotated[bool, described("Whether there are further ones already.", False)]


@exact
class WebhookView(TypedDict):
    """An address to which events are posted."""

    id: Annotated[Id, described("The webhook.", AN_ID)]
    url: Annotated[str, described("The address.", "https://shop.example/voicepact")]
    types: Annotated[list[str] | None, described("The types that it gets; null: all.", ["contract.confirmed"])]
    status: Annotated[Literal["active", "disabled"], described("Whether events are sent.", "active")]
    why: Annotated[str | None, described("Why it is disabled; null: it is not.", None)]
    cursor: Annotated[str, described("The newest event that was looked at for it.", A_POSITION)]
    waiting: Annotated[int, described("How many events wait to be sent, counted up to 1000.", 0)]
    failed: Annotated[int, described("How many were given up, counted up to 1000.", 0)]
    created_at: Annotated[Moment, described("When it was added, in UTC.", A_TIME)]
    old_secret_signs_until: Annotated[
        Moment | None, described("Until when the secret before this one signs too, in UTC; null: there is none.", None)
    ]


@exact
class WebhookWithSecretView(WebhookView):
    """An address to which events are posted, with its secret, which is shown this once."""

    secret: Annotated[
        str, described("What signs, as Standard Webhooks has it.", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")
    ]


@exact
class ReplayView(TypedDict):
    """What is sent once more."""

    events: Annotated[int, described("How many events.", 42)]


@exact
class WebhookAttemptView(TypedDict):
    """One try to post an event."""

    event: Annotated[str, described("The event's id.", A_POSITION)]
    at: Annotated[Moment, described("When it was tried, in UTC.", A_TIME)]
    due_at: Annotated[Moment | None, described("When it is sent again, in UTC; null: it is not.", None)]
    http_status: Annotated[int | None, described("The status of the answer; null: there was none.", 200)]
    why: Annotated[str | None, described("Why it failed; null: it did not.", None)]
    took_ms: Annotated[int, described("How long it took, in milliseconds.", 31)]
    status: Annotated[
        Literal["pending", "delivered", "failed"],
        described("What the event is for this webhook now; `failed`: it was given up.", "delivered"),
    ]
    tries: Annotated[int, described("How often it was tried by now.", 1)]
