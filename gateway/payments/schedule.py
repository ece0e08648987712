"""When a transfer is sent, asked about, given up or told to an operator. Pure: times are aware, amounts minor units."""

from datetime import datetime, timedelta
from typing import Final

from values.frozen import Frozen

# How long after the last question the next one is asked. A prompt's callback comes within half a minute of it.
_ASKS: Final = tuple(timedelta(seconds=seconds) for seconds in (60, 60, 120, 300, 600, 1800))
_ASKS_AT_LAST: Final = timedelta(hours=1)
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=10)

PROMPT_TRIES: Final = 3  # that the rail did not take; then the buyer is told, who can ask for another

# After so many questions, over so long, money that a rail does not find never came: somebody told of it with a lie.
NOT_FOUND_QUESTIONS: Final = 10
NOT_FOUND_AFTER: Final = timedelta(hours=24)

PROMPT_QUESTIONS: Final = 3  # without an outcome, before a prompt counts as not answered


class Patience(Frozen):
    """`prompt`: a prompt of which nobody knows anything for so long counts as not answered (if it was paid after all,
    it is counted then). `told_paid`: one that the rail has called paid, without saying how much or under which receipt,
    is given up after so long: the daily reconciliation has looked for its money by then. `missing`: a payout that a
    rail does not know for so long never reached it. `escalate`: after this an operator is told of a transfer without
    an outcome."""

    prompt: timedelta = timedelta(minutes=15)
    told_paid: timedelta = timedelta(hours=26)
    missing: timedelta = timedelta(minutes=15)
    escalate: timedelta = timedelta(hours=1)


DEFAULT_PATIENCE: Final = Patience()


def next_question(asked: int, now: datetime) -> datetime:
    """Return when to ask about a transfer that was asked about `asked` times."""
    return now + (_ASKS[asked] if asked < len(_ASKS) else _ASKS_AT_LAST)


def next_try(tries: int, now: datetime, after_seconds: float | None) -> datetime:
    """Return when to send again what the rail did not take; `after_seconds`: the wait that it asked for."""
    doubled: timedelta = _FIRST_WAIT * 2 ** min(tries, 10)
    wait = min(doubled, _LONGEST_WAIT)
    return now + max(wait, timedelta(seconds=min(after_seconds or 0, 3600)))
