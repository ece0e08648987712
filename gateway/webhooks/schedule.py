"""When an event is sent again that its receiver has not taken. Pure."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from gateway.outbox.retry import growing_wait
from storage.webhooks import AttemptRow, WaitingDelivery
from values.frozen import Frozen

GONE: Final = 410  # the receiver wants no more events
_AWAY: Final = frozenset({429, 502, 503, 504})  # nobody is there, or they are busy: like no answer at all


class RetryTimes(Frozen):
    """The first wait, each further one twice the one before up to `longest`, and for how long."""

    first: timedelta = timedelta(seconds=5)
    longest: timedelta = timedelta(hours=1)
    gives_up_after: timedelta = timedelta(days=3)


class ReceiverAnswer(Frozen):
    """What came back from an endpoint. `status`: HTTP; None if no answer came. `why`: what was wrong."""

    status: int | None
    why: str | None
    took_ms: int
    retry_after: str | None = None

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_away(self) -> bool:
        """Whether nobody was there, so that other events would not be taken, either."""
        return self.status is None or self.status in _AWAY


def attempt_of(
    endpoint_id: UUID, waiting: WaitingDelivery, answer: ReceiverAnswer, now: datetime, times: RetryTimes, jitter: float
) -> AttemptRow:  # fmt: skip
    """Return what to record of a try. `jitter`, 0 to 1, makes a wait longer by up to a quarter."""
    row = AttemptRow(
        endpoint_id, waiting.position, "delivered", now, answer.took_ms, answer.status, answer.why
    )  # fmt: skip
    if answer.is_taken:
        return row
    if now - (waiting.since or now) >= times.gives_up_after:
        return AttemptRow(row.endpoint_id, row.position, "failed", now, row.took_ms, row.http_status, row.why)
    wait = growing_wait(waiting.tries + 1, times.first, times.longest)
    if answer.retry_after and answer.retry_after.isdecimal():
        wait = max(wait, min(timedelta(seconds=int(answer.retry_after[:9])), times.longest))
    due_at = now + wait * (1 + jitter / 4)
    return AttemptRow(row.endpoint_id, row.position, "pending", now, row.took_ms, row.http_status, row.why, due_at)
