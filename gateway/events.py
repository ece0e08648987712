"""What a provider's requests become and what its calls are made from, in our own names and no provider's spelling."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum

from contracts.fields.msisdn import Msisdn
from values.frozen import Frozen, Hidden


class BadWire(ValueError):  # noqa: N818 - it reads as what happened
    """A request that cannot be what its route claims. `field` is what is wrong, `why` what it should be."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field
        self.why = why


class Wire(Frozen):
    """A form post: its decoded pairs, in the order sent. The repr hides the values, because a PIN may be in them."""

    pairs: Hidden[tuple[tuple[str, str], ...]]

    def form(self) -> dict[str, str]:
        """Return the pairs as a mapping. Raise BadWire for a name that is sent twice: frameworks differ in which of the
        two they take."""
        form = dict(self.pairs)
        if len(form) != len(self.pairs):
            names = [name for name, _ in self.pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise BadWire(twice, "is sent twice")
        return form


class UssdInput(Frozen):
    """The request of one hop. `history` is all that was typed in this session, joined with `*`; at first empty."""

    provider: str
    session_id: str
    msisdn: Hidden[Msisdn]
    service_code: str
    network_code: str
    history: Hidden[str]


class UssdReply(Frozen):
    """The screen to show next; with `ends` it is the last one, and the provider hangs up."""

    text: Hidden[str]
    ends: bool


class HttpReply(Frozen):
    """The answer to a provider's request, sent with status 200. `content_type` is the whole value of that header."""

    content_type: str
    body: Hidden[bytes]


class UssdEnd(Frozen):
    """A provider's notification that a session is over. `cost` is in the provider's spelling."""

    provider: str
    session_id: str
    msisdn: Hidden[Msisdn]
    network_code: str
    status: str  # Success, Incomplete, Failed, or a word that is new to us
    hops: int | None
    duration_ms: int | None
    cost: str | None
    ended_at: datetime | None


class MoSms(Frozen):
    """A message from a phone (MO). `sender` is None if it is no msisdn; `raw_sender` is what was sent. `network_code`:
    of the sender's network; empty if the provider names none. `told_at`: `sent_at` as the provider gave it, also where
    it is not believed."""

    provider: str
    message_id: str
    sender: Hidden[Msisdn | None]
    raw_sender: Hidden[str]
    to: str
    text: Hidden[str]
    sent_at: datetime | None
    link_id: str | None = None
    network_code: str = ""
    told_at: datetime | None = None


class DlrState(Enum):
    """What a delivery report means. SUBMITTED is on its way; UNKNOWN changes nothing; all others are final."""

    SUBMITTED = "submitted"
    DELIVERED = "delivered"
    FAILED = "failed"
    REJECTED = "rejected"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


class Dlr(Frozen):
    """A delivery report. `status` and `reason` are the provider's own words. A reason that says that the recipient has
    opted out is kept, and opts nobody out: a report may be wrong."""

    provider: str
    message_id: str
    state: DlrState
    status: str
    reason: str | None
    msisdn: Hidden[Msisdn | None]
    network_code: str | None


class ProviderAccount(Frozen):
    """Our account with one provider. `base_url` replaces the provider's host (`http://127.0.0.1:8001`). `country`, two
    ISO letters, is assumed for numbers without a country code. `report_url` is where delivery reports go, for a
    provider that must be told with each message."""

    username: str
    api_key: Hidden[str]
    sender_id: str | None = None
    base_url: str | None = None
    country: str = "KE"
    report_url: Hidden[str | None] = None  # the hooks' token is in it


class MtSms(Frozen):
    """One text (MT) to one or more recipients, in one provider call."""

    to: Hidden[tuple[Msisdn, ...]]
    text: Hidden[str]
    sender_id: str | None = None


class HttpCall(Frozen):
    """A request to a provider. Whoever sends it encodes `form`. The headers hold a key, so the repr hides them."""

    method: str
    url: str
    headers: Hidden[Mapping[str, str]]
    form: Hidden[Mapping[str, str]]


class HttpAnswer(Frozen):
    """A provider's answer to a call; `retry_after` is the value of that header, if there was one."""

    status: int
    content_type: str
    body: Hidden[bytes]
    retry_after: str | None = None


class Accepted(Frozen):
    """The provider took the message. `cost` is in the provider's spelling (`KES 0.8000`), None if it names none."""

    message_id: str
    cost: str | None


class Rejected(Frozen):
    """The provider will not take this message, now or later. `why` tells an operator what to change. `opted_out`:
    it says that the recipient has opted out at the provider."""

    why: str
    opted_out: bool = False


class TryLater(Frozen):
    """The provider may take the message later. `why` is for the log and the row. `cause` is "busy" (too many calls),
    "account" (no money, a wrong key) or "down". `after_seconds`: the wait that the provider asked for. `is_of_sender`:
    the account's fault is its sender id, so the message may be taken from another one."""

    why: str
    cause: str = "down"
    after_seconds: float | None = None
    is_of_sender: bool = False


class Unsure(Frozen):
    """The provider may or may not have taken the message: sent again it may arrive twice, not sent again never.

    `is_unreadable`: an answer came, and nobody can read it. Such a provider is down for every message."""

    why: str
    is_unreadable: bool = False


MtOutcome = Accepted | Rejected | TryLater | Unsure
