"""What is read of people, their contracts and their sessions, and what is written of a session: plain rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CallerRow:
    """A person we know by their phone; `waiting` counts contracts that wait for their answer (100 at most)."""

    id: UUID
    language: str | None
    has_pin: bool
    waiting: int


@dataclass(frozen=True, slots=True)
class LineRow:
    """One of a caller's contracts, as much of it as a list shows; `waits` for their answer."""

    id: UUID
    status: str
    product: str
    total_minor: int
    currency: str
    waits: bool
    role: str


@dataclass(frozen=True, slots=True)
class StandRow:
    """All that an effect is decided on, in one read. `granted`: a PIN may be tried now, and this try is counted."""

    phone_id: UUID | None
    language: str | None
    has_pin: bool
    contract: Json | None
    others: Sequence[Json]
    pin_hash: str | None = field(default=None, repr=False)
    granted: bool = False


@dataclass(frozen=True, slots=True)
class Hop:
    """Which hop this is: the key under which it acts once."""

    provider: str
    session_id: str
    key: bytes


@dataclass(frozen=True, slots=True)
class AnswerableRow:
    """A sender (`phone_id` None: new to us), and each contract they may mean with our last texts to them about it.

    `answers_in_...`: how often we answered this phone of late; `last_answer`: what we said within the last minute;
    `helped`: with our help, within a day. `opted_sent_at`: when the last STOP or START was sent, by its provider.
    `is_repeat`: it sent the same text within ten minutes. By contract id, where it is so: `parts` that came in them; a
    yes to what is proposed is `unread`, so perhaps for something else; it is `pressed` with proposals."""

    phone_id: UUID | None
    language: str | None
    opted_out: bool
    opted_sent_at: datetime | None
    helped: bool
    answers_in_hour: int
    answers_in_day: int
    last_answer: str | None = field(repr=False)
    contracts: list[tuple[Json, tuple[str, ...]]]
    parts: Mapping[str, tuple[Decimal, ...]]
    is_repeat: bool
    unread: frozenset[str]
    pressed: frozenset[str]


@dataclass(frozen=True, slots=True)
class SessionRow:
    provider: str
    session_id: str
    msisdn: str = field(repr=False)
    network_code: str
    status: str
    hops: int | None
    duration_ms: int | None
    cost: str | None
    ended_at: datetime


@dataclass(frozen=True, slots=True, eq=False)
class PinTry:
    """`hop_key` in hex."""

    msisdn: str = field(repr=False)
    provider: str
    session_id: str
    hop_key: str
    at: datetime
    contract_id: UUID | None
    others: Sequence[str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """An effect that is wanted under `hop`; `tries` counts this one."""

    hop: Hop
    sealed: bytes = field(repr=False)
    tries: int
