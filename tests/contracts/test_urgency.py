"""How urgent each kind of message is."""

from datetime import timedelta

import pytest

from contracts.notices import ANSWERS, NoticeKind
from contracts.urgency import MessageClass, urgency_of, waits_for_morning

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
def test_a_reminder_is_critical_but_sent_later_and_for_two_days_only(kind: NoticeKind) -> None:
    urgency = urgency_of(kind)
    assert (urgency.message_class, urgency.priority) == (MessageClass.CRITICAL, 5)
    assert urgency.lifetime == timedelta(days=2)


def test_only_what_time_does_and_reminders_wait_for_the_morning() -> None:
    waiting = {kind for kind in NoticeKind if waits_for_morning(kind.value, urgency_of(kind).message_class.value)}
    of_time = {"expired", "completed_by_time", "completed_in_part", "decision_stands"}
    assert {kind.value for kind in waiting} == {kind.value for kind in REMINDERS} | of_time
    assert not waiting & ANSWERS and NoticeKind.OFFERED not in waiting and NoticeKind.RECOVERY not in waiting


def test_what_waits_for_the_morning_lives_longer_than_any_quiet_hours() -> None:
    """They are less than a day, because they end at a time of the day."""
    lifetimes = [urgency_of(k).lifetime for k in NoticeKind if waits_for_morning(k.value, "critical")]
    assert min(lifetimes) > timedelta(days=1)


def test_no_reminder_is_an_answer() -> None:
    assert not REMINDERS & ANSWERS
