"""What is read of people, their contracts and their sessions, and what is written of a session: plain rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from values.frozen import Frozen, Hidden

Json = dict[str, Any]


class CallerRow(Frozen):
    """A person we know by their phone; `waiting` counts contracts that wait for their answer (100 at most)."""

    id: UUID
    language: str | None
    has_pin: bool
    waiting: int


class ContractLineRow(Frozen):
    """One of a caller's contracts, as much of it as a list shows; `waits` for their answer."""

    id: UUID
    status: str
    product: str
    total_minor: int
    currency: str
    waits: bool
    role: str


class DecisionFacts(Frozen):
    """All that an effect is decided on, in one read. `granted`: a PIN may be tried now, and this try is counted."""

    phone_id: UUID | None
    language: str | None
    has_pin: bool
    contract: Hidden[Json | None]
    others: Hidden[Sequence[Json]]
    pin_hash: Hidden[str | None] = None
    granted: bool = False


class Hop(Frozen):
    """Which hop this is: the key under which it acts once."""

    provider: str
    session_id: str
    key: bytes


class MoFactsRow(Frozen):
    """A sender (`phone_id` None: new to us), and each contract they may mean with our last texts to them about it.

    `answers_in_...`: how often we answered this phone of late; `last_answer`: what we said within the last minute;
    `helped`: with our help, within a day. `opted_sent_at`: when the last STOP or START was sent, by its provider.
    `is_repeat`: it sent the same text within ten minutes, if it may mean a contract. By contract id, where it is so:
    `parts` that came in them; a yes to what is proposed is `unread`, perhaps for something else; it is `pressed` with
    proposals."""

    phone_id: UUID | None
    language: str | None
    opted_out: bool
    opted_sent_at: datetime | None
    helped: bool
    answers_in_hour: int
    answers_in_day: int
    last_answer: Hidden[str | None]
    contracts: Hidden[list[tuple[Json, tuple[str, ...]]]]
    parts: Mapping[str, tuple[Decimal, ...]]
    is_repeat: bool
    unread: frozenset[str]
    pressed: frozenset[str]


class SessionRow(Frozen):
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
    """`hop_key` in hex."""

    msisdn: Hidden[str]
    provider: str
    session_id: str
    hop_key: str
    at: datetime
    contract_id: UUID | None
    others: Hidden[Sequence[str]]


class PromiseRow(Frozen):
    """An effect that is wanted under `hop`; `tries` counts this one."""

    hop: Hop
    encrypted: Hidden[bytes]
    tries: int
