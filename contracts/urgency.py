"""How much hangs on a message: whether it goes out after a STOP, what it goes before, and until when it is of use."""

from datetime import timedelta
from enum import StrEnum

from contracts.notices import ANSWERS, NoticeKind
from values.frozen import Frozen


class MessageClass(StrEnum):
    """CRITICAL: a contract or a PIN hangs on it, or the law wants it. SERVICE: an answer, a reminder. PROMOTIONAL: an
    advertisement; it keeps quiet hours."""

    CRITICAL = "critical"
    SERVICE = "service"
    PROMOTIONAL = "promotional"


class Urgency(Frozen):
    """`priority` 1 goes before 5 before 9; after `lifetime` the message is not sent any more."""

    message_class: MessageClass
    priority: int
    lifetime: timedelta


_CRITICAL = Urgency(MessageClass.CRITICAL, 1, timedelta(days=3))
_ANSWER = Urgency(MessageClass.SERVICE, 5, timedelta(days=1))
_REMINDER = Urgency(MessageClass.CRITICAL, 5, timedelta(days=1))
_REMINDS = frozenset(
    {
        NoticeKind.REMIND_ANSWER, NoticeKind.REMIND_DELIVERY, NoticeKind.REMIND_EXPIRY, NoticeKind.REMIND_RECEIPT,
        NoticeKind.REMIND_REST,
        NoticeKind.RECEIPT_ASKED,
    }
)  # fmt: skip


def urgency_of(kind: NoticeKind) -> Urgency:
    """What only answers somebody, and all else: what a contract or a PIN hangs on. A reminder is of use for a day."""
    if kind in ANSWERS:
        return _ANSWER
    return _REMINDER if kind in _REMINDS else _CRITICAL
