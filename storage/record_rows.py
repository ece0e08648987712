"""Plain rows about people, contracts, sessions, PIN tries and promises, for storage/records.py."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from values.frozen import Frozen, Hidden, field

Json = dict[str, Any]


class CallerRow(Frozen):
    """A person whose phone we know. `waiting`: how many offers and proposals wait for them, 20 at most; `more_wait`:
    there are more than these."""

    id: UUID
    language: str | None
    has_pin: bool
    waiting: int
    pin_only: bool = False
    language_presumed: bool = False
    more_wait: bool = False


class ContractLineRow(Frozen):
    """One of a caller's contracts, as a list shows it. `waits`: whether it waits for the caller's answer.
    `awaits_receipt`: whether a delivery was reported and the caller, a buyer, has not said yet what came."""

    id: UUID
    status: str
    product: str
    total_minor: int
    currency: str
    waits: bool
    role: str
    awaits_receipt: bool = False


class DiallerRow(Frozen):
    """A person who dials, and the contracts that wait for a word of theirs, the newest 20, newest first. `only`: the
    whole contract, where it is the only one. `is_more`: more than these wait."""

    caller: CallerRow
    lines: tuple[ContractLineRow, ...]
    only: Hidden[Json | None]
    is_more: bool


class DecisionFacts(Frozen):
    """All that an effect is decided on, in one read. `granted`: a PIN may be tried now, and this try is counted.
    `pin_tries`: in a row, this one included; `locked_until`: after this try. `name`: how the person is
    called. `offer`: what an offer to `others` is decided on, as SQL's offer_facts gives it."""

    phone_id: UUID | None
    language: str | None
    has_pin: bool
    contract: Hidden[Json | None]
    others: Hidden[Sequence[Json]]
    pin_hash: Hidden[str | None] = None
    granted: bool = False
    pin_tries: int = 0
    locked_until: datetime | None = None
    name: Hidden[str | None] = None
    offer: Json | None = None


class Hop(Frozen):
    """Which hop this is. Its `key` is a keyed hash; a hop acts only once under it."""

    provider: str
    session_id: str
    key: bytes


class MoFactsRow(Frozen):
    """The sender of an MO (`phone_id` None: new to us; `language_presumed`: they did not choose it), and the contracts
    it may be about, each with our last texts to this phone about it.

    `answered_at`: when we answered this phone within a day, newest first; `paused_at`: when it was last told that we
    answer no more for now; `last_answer`: the answer of the last minute; `last_said`: our last text
    to it, if it is of the last ten minutes. `opted_sent_at`: when the last STOP or START
    was sent (provider's clock, None if it gave none or one ahead of ours). `is_presumed_out`: refusals of a provider,
    and no word of its owner, have opted this phone out. `is_repeat`: this phone sent the same text within ten minutes;
    `is_copy`: and to the same number of ours. `parts`: by contract id, quantities that came within ten minutes.
    `unread`: ids of contracts for which a YES is not to be trusted, because the last SMS to this phone did not show the
    open proposal. `pressed`: ids of contracts about which this phone proposed three times within an hour. `withdrawn`:
    ids of contracts without an open problem, of which this phone took one back. `text_ids`: by contract id, those of
    the texts beside it; `english`: each of these in English, where it was in another language. `waiting_unseen`,
    `open_unseen`: more contracts may wait for this phone's answer, or are not over, than were looked at: a text without
    a number may mean one of these.
    """

    phone_id: UUID | None
    language: str | None
    opted_out: bool
    opted_sent_at: datetime | None
    answered_at: Sequence[datetime]
    paused_at: datetime | None
    last_answer: Hidden[str | None]
    contracts: Hidden[list[tuple[Json, tuple[str, ...]]]]
    parts: Mapping[str, tuple[Decimal, ...]]
    is_repeat: bool
    unread: frozenset[str]
    pressed: frozenset[str]
    language_presumed: bool = False
    withdrawn: frozenset[str] = frozenset()
    is_presumed_out: bool = False
    is_copy: bool = False
    text_ids: Mapping[str, tuple[UUID, ...]] = field(default_factory=dict)
    english: Hidden[Mapping[str, tuple[str | None, ...]]] = field(default_factory=dict)
    waiting_unseen: bool = False
    open_unseen: bool = False
    last_said: Hidden[str | None] = None


class SessionRow(Frozen):
    """How a USSD session ended, as the provider reports it."""

    provider: str
    session_id: str
    msisdn: Hidden[str]
    network_code: str
    status: str
    hops: int | None
    duration_ms: int | None
    cost: str | None
    ended_at: datetime


class PinTry(Frozen, eq=False):
    """A PIN that a hop tries, before it is checked. `hop_key`: in hex. `others`: msisdns that the effect names."""

    msisdn: Hidden[str]
    provider: str
    session_id: str
    hop_key: str
    at: datetime
    contract_id: UUID | None
    others: Hidden[Sequence[str]]


class PromiseRow(Frozen):
    """An effect to be done later for `hop`, encrypted. `tries` includes this one."""

    hop: Hop
    encrypted: Hidden[bytes]
    tries: int
