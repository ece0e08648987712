"""What becomes of a message after a try: pure, from the verdict, how often it was tried, and its class.

A refusal that may pass is tried again after growing waits, by its kind; one that may not is final. An answer that was
lost is waited for (a delivery report may bring it), and then it is the class that decides: what a contract hangs on
goes again rather than never, a service message once more, an advertisement never twice.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from gateway.events import Accepted, MtOutcome, Rejected, TryLater, Unsure
from storage.outbox import ClaimedRow, ResultRow

# The first wait and the longest, by why the provider did not take it; each wait is twice the one before.
WAITS: Mapping[str, tuple[timedelta, timedelta]] = {
    "busy": (timedelta(seconds=5), timedelta(minutes=5)),  # 429: it said so itself, and will be ready soon
    "down": (timedelta(seconds=15), timedelta(hours=1)),
    "account": (timedelta(minutes=1), timedelta(minutes=30)),  # money or a key: a person must see to it
}
SETTLES_WITHIN = timedelta(minutes=10)  # how long a send without an answer waits for its report
TRIES_WHEN_UNSURE: Mapping[str, int] = {"critical": 8, "service": 2, "promotional": 1}


def result_of_try(
    message: ClaimedRow, verdict: MtOutcome, provider: str, now: datetime, most_tries: int, jitter: float, *,
    settles_within: timedelta = SETTLES_WITHIN, waits_factor: float = 1.0,
) -> ResultRow:  # fmt: skip
    """The row to record. `jitter`, 0 to 1, stretches a wait by up to a quarter, so that a provider that comes back is
    not met by everyone at once; `waits_factor` stretches all waits."""
    match verdict:
        case Accepted(message_id, cost):
            return _result(message, now, "submitted", "accepted", provider, message_id=message_id, cost=cost)
        case Rejected(why):
            return _result(message, now, "rejected", "rejected", provider, why=why)
        case Unsure(why):
            again = message.tries < min(TRIES_WHEN_UNSURE[message.message_class], most_tries)
            return _result(
                message, now, "unconfirmed" if again else "failed", "unsure", provider,
                why=why if again else f"nobody knows whether it arrived: {why}",
                due_at=now + settles_within if again else None,
            )  # fmt: skip
        case TryLater(why):
            wait = next_wait(verdict, message.tries, most_tries, jitter)
            return _result(
                message, now, "failed" if wait is None else "queued", "later", provider,
                why=why if wait else f"given up: {why}", due_at=now + wait * waits_factor if wait else None,
            )  # fmt: skip


def requeued(message: ClaimedRow, now: datetime, until: datetime, why: str) -> ResultRow:
    """Unsent, to be claimed again at `until`; it counts as no try."""
    return ResultRow(message.id, message.msisdn, message.tries, now, "queued", is_try=False, why=why, due_at=until)


def next_wait(verdict: TryLater, tries: int, most_tries: int, jitter: float) -> timedelta | None:
    """How long to wait after the `tries`th try; None: it has been tried enough.

    >>> next_wait(TryLater("HTTP 500"), tries=3, most_tries=8, jitter=0.0)
    datetime.timedelta(seconds=60)
    """
    if tries >= most_tries:
        return None
    first, longest = WAITS[verdict.cause]
    wait: timedelta = min(first * 2 ** min(tries - 1, 16), longest)
    if verdict.after_seconds:
        wait = max(wait, timedelta(seconds=min(verdict.after_seconds, longest.total_seconds())))
    return wait * (1 + jitter / 4)


def _result(
    message: ClaimedRow, now: datetime, status: str, outcome: str, provider: str, *, message_id: str | None = None,
    cost: str | None = None, why: str | None = None, due_at: datetime | None = None,
) -> ResultRow:  # fmt: skip
    return ResultRow(
        message.id, message.msisdn, message.tries, now, status, outcome, True, provider, message_id, cost, why, due_at
    )  # fmt: skip
