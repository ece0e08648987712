"""How much hangs on a message: whether it goes out after a STOP, what it goes before, and until when it is of use."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from contracts.notices import Kind


class MessageClass(StrEnum):
    """CRITICAL: a contract or a PIN hangs on it, or the law wants it. SERVICE: an answer, a reminder. PROMOTIONAL: an
    advertisement; it keeps quiet hours."""

    CRITICAL = "critical"
    SERVICE = "service"
    PROMOTIONAL = "promotional"


@dataclass(frozen=True, slots=True)
class Urgency:
    """`priority` 1 goes before 5 before 9; after `lifetime` the message is not sent any more."""

    message_class: MessageClass
    priority: int
    lifetime: timedelta


_CRITICAL = Urgency(MessageClass.CRITICAL, 1, timedelta(days=3))
_ANSWER = Urgency(MessageClass.SERVICE, 5, timedelta(days=1))

_BINDS = frozenset(
    {
        Kind.OFFERED, Kind.MADE, Kind.CONFIRMED, Kind.WAITS_FOR_OTHERS, Kind.CONFIRMED_BY_OTHER, Kind.DECLINED,
        Kind.RECOVERY,
    }
)  # fmt: skip


def urgency_of(kind: Kind) -> Urgency:
    """What goes out after a STOP is what a contract or a PIN hangs on, and nothing else."""
    return _CRITICAL if kind in _BINDS else _ANSWER
