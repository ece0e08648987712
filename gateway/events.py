"""What a provider's wire becomes, and what leaves through it: the edge's own words, no provider's spelling."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum

from contracts.fields.msisdn import Msisdn
from values.frozen import Frozen, Hidden


class BadWire(ValueError):  # noqa: N818 - it reads as what happened
    """A request that cannot be what its route claims; `field` names what is wrong, `why` says what it should be."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field
        self.why = why


class Wire(Frozen):
    """A form post as it came: decoded pairs in the order sent. Its repr hides the values (a PIN may ride in them)."""

    pairs: Hidden[tuple[tuple[str, str], ...]]

    def form(self) -> dict[str, str]:
        """The pairs as a mapping; a name sent twice raises BadWire, because frameworks differ in which they take."""
        form = dict(self.pairs)
        if len(form) != len(self.pairs):
            names = [name for name, _ in self.pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise BadWire(twice, "is sent twice")
        return form


class UssdInput(Frozen):
    """One hop. `history`: all that was typed in this session so far, joined with `*`; empty when they just dialled."""

    provider: str
    session_id: str
    msisdn: Hidden[Msisdn]
    service_code: str
    network_code: str
    history: Hidden[str]


class UssdReply(Frozen):
    """What the phone shows next. `ends` hangs up."""

    text: Hidden[str]
    ends: bool


class HttpReply(Frozen):
    """The answer to a provider's request, always with status 200: `content_type` is the whole header's value."""

    content_type: str
    body: Hidden[bytes]


class UssdEnd(Frozen):
    """The provider's word that a session is over."""

    provider: str
    session_id: str
    msisdn: Hidden[Msisdn]
    network_code: str
    status: str  # Success | Incomplete | Failed, or what the provider invents next
    hops: int | None
    duration_ms: int | None
    cost: str | None
    ended_at: datetime | None


class MoSms(Frozen):
    """A message from a phone. `sender` is E.164 where it is a number, else None and `raw_sender` says what it was."""

    provider: str
    message_id: str
    sender: Hidden[Msisdn | None]
    raw_sender: Hidden[str]
    to: str
    text: Hidden[str]
    sent_at: datetime | None
    link_id: str | None = None


class DlrState(Enum):
    """A delivery report's meaning for us; SUBMITTED is on its way, the others but UNKNOWN are final."""

    SUBMITTED = "submitted"
    DELIVERED = "delivered"
    FAILED = "failed"
    REJECTED = "rejected"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


class Dlr(Frozen):
    """A delivery report; `status` and `reason` keep the provider's own words. `opted_out`: it says that this person
    told the provider to stop us."""

    provider: str
    message_id: str
    state: DlrState
    status: str
    reason: str | None
    msisdn: Hidden[Msisdn | None]
    network_code: str | None
    opted_out: bool = False


class ProviderAccount(Frozen):
    """Who we are to one provider. `base_url` replaces its host (`http://127.0.0.1:8001`); `country` (ISO, two letters)
    is where a number without its country code is from; `report_url` is where delivery reports shall go, for a provider
    that is told with each message."""

    username: str
    api_key: Hidden[str]
    sender_id: str | None = None
    base_url: str | None = None
    country: str = "KE"
    report_url: Hidden[str | None] = None  # the hooks' token is in it


class MtSms(Frozen):
    """One text to one or more phones, in one provider call."""

    to: Hidden[tuple[Msisdn, ...]]
    text: Hidden[str]
    sender_id: str | None = None


class HttpCall(Frozen):
    """A request ready to send; `form` is encoded by whoever sends it. Headers carry a key, so its repr hides them."""

    method: str
    url: str
    headers: Hidden[Mapping[str, str]]
    form: Hidden[Mapping[str, str]]


class HttpAnswer(Frozen):
    """What came back: status, media type, body, and its Retry-After where it had one."""

    status: int
    content_type: str
    body: Hidden[bytes]
    retry_after: str | None = None


class Accepted(Frozen):
    """The provider took it. `cost` in the provider's own words (`KES 0.8000`), where it says one."""

    message_id: str
    cost: str | None


class Rejected(Frozen):
    """The provider will not take it, now or later, unless a person changes something. `why` is for that person.
    `opted_out`: because whom it is for told the provider to stop us."""

    why: str
    opted_out: bool = False


class TryLater(Frozen):
    """The provider may take it later; `why` is for the log and the row. `cause`: "busy" where it is asked too fast,
    "account" where money or a key is missing, else "down". `after_seconds`: when it says itself to come again."""

    why: str
    cause: str = "down"
    after_seconds: float | None = None


class Unsure(Frozen):
    """The provider may or may not have taken it: sending again may tell a person twice, not sending may tell nobody."""

    why: str


MtOutcome = Accepted | Rejected | TryLater | Unsure
