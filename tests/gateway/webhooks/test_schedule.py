"""When an event is sent again: waits grow from seconds to an hour, for three days."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest

from gateway.webhooks.schedule import ReceiverAnswer, RetryTimes, attempt_of
from storage.webhooks import WaitingDelivery

NOW = datetime(2026, 12, 1, tzinfo=UTC)
ENDPOINT, LANE = uuid4(), uuid4()


def test_a_receiver_that_is_down_is_tried_for_three_days() -> None:
    now, tries, at = NOW, 0, list[datetime]()
    while True:
        waiting = WaitingDelivery(1, LANE, tries, at[0] if at else None, now, 1)
        attempt = attempt_of(ENDPOINT, waiting, ReceiverAnswer(None, "no answer", 10), now, RetryTimes(), 0.0)
        at.append(now)
        if attempt.due_at is None:
            break
        now, tries = attempt.due_at, tries + 1
    assert attempt.status == "failed"
    waits = [later - before for before, later in pairwise(at)]
    assert waits[:3] == [timedelta(seconds=5), timedelta(seconds=10), timedelta(seconds=20)]
    assert max(waits) == timedelta(hours=1)
    assert timedelta(days=3) <= at[-1] - at[0] <= timedelta(days=3, hours=1)


@pytest.mark.parametrize(("status", "expected"), [(200, "delivered"), (204, "delivered"), (302, "pending"),
                                                   (400, "pending"), (500, "pending"), (410, "pending")])  # fmt: skip
def test_only_a_2xx_is_a_delivery(status: int, expected: str) -> None:
    waiting = WaitingDelivery(1, LANE, 0, None, NOW, 1)
    assert attempt_of(ENDPOINT, waiting, ReceiverAnswer(status, None, 10), NOW, RetryTimes(), 0.5).status == expected


@pytest.mark.parametrize(("given", "seconds"), [
    ("30", 30), ("1", 5), ("9" * 40, 3600), ("Wed, 21 Oct 2026 07:28:00 GMT", 5), ("-3", 5), ("²", 5),
])  # fmt: skip
def test_a_wait_that_the_receiver_asks_for_counts_up_to_an_hour(given: str, seconds: int) -> None:
    waiting = WaitingDelivery(1, LANE, 0, None, NOW, 1)
    attempt = attempt_of(ENDPOINT, waiting, ReceiverAnswer(503, None, 10, given), NOW, RetryTimes(), 0.0)
    assert attempt.due_at == NOW + timedelta(seconds=seconds)
