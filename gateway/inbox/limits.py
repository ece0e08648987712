"""How often a phone is answered. Two machines could answer each other for ever; a person is told when to write again.

What a text decides always counts, and is told to everybody else: only the answer to its sender may wait.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from contracts.notices import ANSWERS, Notice, NoticeKind
from gateway.inbox.mo_context import MoContext
from storage.acts.rows import MessageRow
from storage.record_rows import MoFactsRow
from values.frozen import replace

# An auto-responder answers each of our answers. A person who asks more often than this needs a person.
ANSWERS_IN_HOUR: Final = 8
ANSWERS_IN_DAY: Final = 24

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
Compose = Callable[[Iterable[Notice], datetime], Sequence[MessageRow]]


def within_limits(notices: Sequence[Notice], context: MoContext, compose: Compose) -> list[MessageRow]:
    """Return the messages for `notices`, as far as their sender is answered now.

    Past the limit there is one line that says when to write again, once until then. An answer that repeats the one of
    the last minute is left out if the text is a repeat to the same number of ours: that phone only missed our
    acknowledgement.
    """
    facts, until = context.facts, paused_until(context.facts, context.now)
    if until is None:
        rows = compose(notices, context.now)
        return [row for row in rows if not (row.kind in ANSWERS and facts.is_copy and row.text == facts.last_answer)]
    is_first_stop = not facts.opted_out
    kept = [n for n in notices if n.kind not in ANSWERS or (n.kind is NoticeKind.STOPPED and is_first_stop)]
    if len(kept) < len(notices) and not _is_told(facts, context.now):
        kept.append(replace(context.answer(NoticeKind.ANSWERS_PAUSED), until=until))
    return list(compose(kept, context.now))


def paused_until(facts: MoFactsRow, now: datetime) -> datetime | None:
    """Return when the phone is answered again; None: now."""
    ends = [
        newest_first[most - 1] + period
        for most, period in ((ANSWERS_IN_HOUR, _HOUR), (ANSWERS_IN_DAY, _DAY))
        if len(newest_first := [at for at in facts.answered_at if at > now - period]) >= most
    ]
    return max(ends, default=None)


def _is_told(facts: MoFactsRow, now: datetime) -> bool:
    """Whether the phone was told of this pause: since our last answer, or, unless the day's answers are used up, within
    the hour."""
    if facts.paused_at is None:
        return False
    in_day = sum(at > now - _DAY for at in facts.answered_at)
    return facts.paused_at >= facts.answered_at[0] or (in_day < ANSWERS_IN_DAY and facts.paused_at > now - _HOUR)
