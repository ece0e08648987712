"""How urgent each kind of message is."""

from datetime import timedelta

import pytest

from contracts.notices import ANSWERS, NoticeKind
from contracts.urgency import MessageClass, urgency_of

REMINDERS = {kind for kind in NoticeKind if kind.value.startswith("remind_")} | {NoticeKind.RECEIPT_ASKED}


@pytest.mark.parametrize("kind", sorted(ANSWERS))
def test_an_answer_is_a_service_message(kind: NoticeKind) -> None:
    urgency = urgency_of(kind)
    assert (urgency.message_class, urgency.priority) == (MessageClass.SERVICE, 5)


@pytest.mark.parametrize("kind", sorted(set(NoticeKind) - ANSWERS - REMINDERS))
def test_everything_else_is_critical_and_sent_first(kind: NoticeKind) -> None:
    urgency = urgency_of(kind)
    assert (urgency.message_class, urgency.priority) == (MessageClass.CRITICAL, 1)
    assert urgency.lifetime == timedelta(days=3)


@pytest.mark.parametrize("kind", sorted(REMINDERS))
def test_a_reminder_is_critical_but_sent_later_and_for_a_day_only(kind: NoticeKind) -> None:
    urgency = urgency_of(kind)
    assert (urgency.message_class, urgency.priority) == (MessageClass.CRITICAL, 5)
    assert urgency.lifetime == timedelta(days=1)


def test_no_reminder_is_an_answer() -> None:
    assert not REMINDERS & ANSWERS
