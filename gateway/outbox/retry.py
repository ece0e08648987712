"""What happens to a message after a try. Pure: decided by the outcome, the number of tries and the message class.

A refusal that may pass is tried again after growing waits, which depend on the cause. A refusal that will not pass is
final. When the answer to a send was lost, the message first waits for a delivery report; then its class decides: a
critical message is sent again and may arrive twice, a service message is sent once more, an advertisement never again.
An answer that nobody can read mostly comes from something that stands before the provider: after the wait for a report,
a message is sent again as often as if it had been told to come later, except an advertisement.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from gateway.events import Accepted, MtOutcome, Rejected, TryLater, Unsure
from storage.outbox import ClaimedRow, ResultRow

# The first and the longest wait by the cause of a TryLater; each wait is twice the one before.
WAITS: Mapping[str, tuple[timedelta, timedelta]] = {
    "busy": (timedelta(seconds=5), timedelta(minutes=5)),  # too many calls: it passes soon
    "down": (timedelta(seconds=15), timedelta(hours=1)),
    "account": (timedelta(minutes=1), timedelta(minutes=30)),  # no money or a wrong key: an operator must mend it
}
UNCONFIRMED_FOR = timedelta(minutes=10)  # how long a send without an answer waits for its delivery report
TRIES_WHEN_UNSURE: Mapping[str, int] = {"critical": 8, "service": 2, "promotional": 1}  # by message class


def result_of_try(
    message: ClaimedRow, outcome: MtOutcome, provider: str, now: datetime, most_tries: int, jitter: float, *,
    unconfirmed_for: timedelta = UNCONFIRMED_FOR, waits_factor: float = 1.0,
) -> ResultRow:  # fmt: skip
    """Return what to record of a try. `jitter`, 0 to 1, makes a wait longer by up to a quarter, so that a provider that
    works again does not get all waiting messages at once; `waits_factor` multiplies all waits."""
    match outcome:
        case Accepted(message_id, cost):
            return _result(message, now, "submitted", "accepted", provider, message_id=message_id, cost=cost)
        case Rejected(why):
            return _result(message, now, "rejected", "rejected", provider, why=why)
        case Unsure(why, is_unreadable):
            again = message.tries < _most_when_unsure(message, most_tries, is_unreadable=is_unreadable)
            return _result(
                message, now, "unconfirmed" if again else "failed", "unsure", provider,
                why=why if again else f"nobody knows whether it arrived: {why}",
                due_at=now + unconfirmed_for if again else None,
            )  # fmt: skip
        case TryLater(why):
            wait = next_wait(outcome, message.tries, most_tries, jitter)
            return _result(
                message, now, "failed" if wait is None else "queued", "later", provider,
                why=why if wait else f"given up: {why}", due_at=now + wait * waits_factor if wait else None,
            )  # fmt: skip


def _most_when_unsure(message: ClaimedRow, most_tries: int, *, is_unreadable: bool) -> int:
    if is_unreadable and message.message_class != "promotional":
        return most_tries
    return min(TRIES_WHEN_UNSURE[message.message_class], most_tries)


def requeued(message: ClaimedRow, now: datetime, until: datetime, why: str) -> ResultRow:
    """Return what to record of a message that was claimed and not sent: no try, to be claimed again at `until`."""
    return ResultRow(
        message.id, message.msisdn, message.tries, now, "queued", is_try=False, why=why, due_at=until,
        drops_reply=message.drops_reply,
    )  # fmt: skip


def next_wait(outcome: TryLater, tries: int, most_tries: int, jitter: float) -> timedelta | None:
    """Return how long to wait after try number `tries`; None if that was the last one.

    >>> next_wait(TryLater("HTTP 500"), tries=3, most_tries=8, jitter=0.0)
    datetime.timedelta(seconds=60)
    """
    if tries >= most_tries:
        return None
    first, longest = WAITS[outcome.cause]
    wait = growing_wait(tries, first, longest)
    if outcome.after_seconds:
        wait = max(wait, timedelta(seconds=min(outcome.after_seconds, longest.total_seconds())))
    return wait * (1 + jitter / 4)


def growing_wait(tries: int, first: timedelta, longest: timedelta) -> timedelta:
    """Return `first` after the first try, then each time twice as much, up to `longest`."""
    wait: timedelta = min(first * 2 ** min(tries - 1, 16), longest)
    return wait


def _result(
    message: ClaimedRow, now: datetime, status: str, outcome: str, provider: str, *, message_id: str | None = None,
    cost: str | None = None, why: str | None = None, due_at: datetime | None = None,
) -> ResultRow:  # fmt: skip
    return ResultRow(
        message.id, message.msisdn, message.tries, now, status, outcome, True, provider, message_id, cost, why, due_at,
        message.drops_reply,
    )  # fmt: skip
