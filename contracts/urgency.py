"""How urgent a message is: whether it is sent after a STOP, before which others, until when, and whether at night."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

from contracts.notices import ANSWERS, NoticeKind
from values.frozen import Frozen


class MessageClass(StrEnum):
    """Whether a person who sent STOP still gets a message.

    CRITICAL: yes; a contract or a PIN depends on it, or the law requires it. SERVICE (answers): no. PROMOTIONAL: no,
    and nobody gets it in quiet hours.
    """

    CRITICAL = "critical"
    SERVICE = "service"
    PROMOTIONAL = "promotional"


class Urgency(Frozen):
    """`priority`: 1 is sent before 5, and 5 before 9. After `lifetime` the message is not sent any more."""

    message_class: MessageClass
    priority: int
    lifetime: timedelta


OFFICE_WROTE: Final = "office_wrote"  # the kind of a message in an operator's own words, which no notice brings
_CRITICAL = Urgency(MessageClass.CRITICAL, 1, timedelta(days=3))
_ANSWER = Urgency(MessageClass.SERVICE, 5, timedelta(days=1))
_REMINDER = Urgency(MessageClass.CRITICAL, 5, timedelta(days=2))  # of which quiet hours may take nearly one
_REMINDS = frozenset(
    {
        NoticeKind.REMIND_ANSWER, NoticeKind.REMIND_DELIVERY, NoticeKind.REMIND_EXPIRY, NoticeKind.REMIND_RECEIPT,
        NoticeKind.REMIND_REST,
        NoticeKind.RECEIPT_ASKED,
    }
)  # fmt: skip

# What time does while its readers sleep. They did not ask for it now and can do nothing about it before they get up.
# Answers, what a person did, what needs an answer of somebody, and all about a PIN never wait.
_OF_TIME = frozenset(
    {
        NoticeKind.EXPIRED, NoticeKind.COMPLETED_BY_TIME, NoticeKind.COMPLETED_IN_PART, NoticeKind.DECISION_STANDS,
    }
)  # fmt: skip


def waits_for_morning(kind: str, message_class: str) -> bool:
    """Whether a message is held in the quiet hours of its reader: reminders are, and what time did, what an operator
    writes, and advertisements.

    `kind` and `message_class` are as `sms_logs` stores them.
    """
    is_unasked = kind in _REMINDS or kind in _OF_TIME or kind == OFFICE_WROTE
    return message_class == MessageClass.PROMOTIONAL or is_unasked


def urgency_of_own_words(message_class: MessageClass) -> Urgency:
    """Return how urgent a message in an operator's own words is: it waits for the morning, and goes after all that a
    contract depends on."""
    return Urgency(message_class, 9 if message_class is MessageClass.PROMOTIONAL else 5, timedelta(days=2))


def urgency_of(kind: NoticeKind) -> Urgency:
    """Return how urgent a notice is. Answers are useless after a day and reminders after two; everything else is
    sent first."""
    if kind in ANSWERS:
        return _ANSWER
    return _REMINDER if kind in _REMINDS else _CRITICAL
