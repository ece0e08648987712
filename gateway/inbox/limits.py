"""How often a phone is answered. Two machines could answer each other for ever; a person is told when to write again.

What a text decides always counts, and is told to everybody else: only the answer to its sender may wait. A text that
was to decide and did not, because it is asked back or refused, has answers of its own beyond that limit: who sent a
YES must not believe that it counted.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from contracts.notices import ANSWERS, Notice, NoticeKind
from contracts.sms.vocabulary import UNCLEAR_FORM, Intent
from gateway.inbox.mo_context import MoContext
from gateway.inbox.subject import named_contracts
from storage.acts.rows import MessageRow
from storage.record_rows import MoFactsRow
from values.frozen import replace

# An auto-responder answers each of our answers. A person who asks more often than this needs a person.
ANSWERS_IN_HOUR: Final = 8
ANSWERS_IN_DAY: Final = 24
# Beyond those, to texts that were to decide something.
DECIDING_IN_HOUR: Final = 8
DECIDING_IN_DAY: Final = 24
MOST_IN_DAY: Final = ANSWERS_IN_DAY + DECIDING_IN_DAY

_DECIDES: Final = frozenset({Intent.YES, Intent.NO, Intent.AGREE, Intent.REFUSE, Intent.DISPUTE, *UNCLEAR_FORM})
_NEARLY_DECIDES: Final = frozenset(
    {
        Intent.MEANT_YES, Intent.MEANT_NO, Intent.UNSURE, Intent.NOT_RECEIVED, Intent.PROBLEM, *UNCLEAR_FORM.values(),
    }
)  # fmt: skip

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
Compose = Callable[[Iterable[Notice], datetime], Sequence[MessageRow]]


def within_limits(notices: Sequence[Notice], context: MoContext, compose: Compose) -> list[MessageRow]:
    """Return the messages for `notices`, as far as their sender is answered now.

    Past the limit there is one line that says when to write again, once until then. A text that was to decide is
    answered all the same, as far as there are answers left for those, unless the answer is what that phone was told
    last: that still stands. An answer that repeats the one of the last minute is left out if the text is a repeat to
    the same number of ours: that phone only missed our acknowledgement.
    """
    facts, now, is_deciding = context.facts, context.now, _is_deciding(context)
    usual, beyond = _usual_and_beyond(facts.answered_at)
    until = _full_until(usual, now, ANSWERS_IN_HOUR, ANSWERS_IN_DAY)
    if until is None:
        rows = compose(notices, now)
        return [row for row in rows if not (row.kind in ANSWERS and facts.is_copy and row.text == facts.last_answer)]
    has_more = is_deciding and _full_until(beyond, now, DECIDING_IN_HOUR, DECIDING_IN_DAY) is None
    is_first_stop = not facts.opted_out
    kept = [n for n in notices if n.kind not in ANSWERS or has_more or (n.kind is NoticeKind.STOPPED and is_first_stop)]
    is_told = _is_told_since(facts, facts.answered_at[0]) if is_deciding else _is_told(facts, usual, now)
    if len(kept) < len(notices) and not is_told:
        kept.append(replace(context.answer(NoticeKind.ANSWERS_PAUSED), until=until))
    return [
        row for row in compose(kept, now) if not (is_deciding and row.kind in ANSWERS and row.text == facts.last_said)
    ]


def _is_deciding(context: MoContext) -> bool:
    """Whether the text was to decide something: by its word, or by one that may mean it, with the number of a
    contract of theirs."""
    intent = context.meaning.intent
    return intent in _DECIDES or (intent in _NEARLY_DECIDES and bool(named_contracts(context)))


def _usual_and_beyond(answered_at: Sequence[datetime]) -> tuple[list[datetime], list[datetime]]:
    """Divide the times of our answers into those within the usual limit and those beyond it, both newest first."""
    usual: list[datetime] = []
    beyond: list[datetime] = []
    for at in reversed(answered_at):
        is_full = _full_until(usual, at, ANSWERS_IN_HOUR, ANSWERS_IN_DAY) is not None
        (beyond if is_full else usual).insert(0, at)
    return usual, beyond


def _full_until(newest_first: Sequence[datetime], now: datetime, in_hour: int, in_day: int) -> datetime | None:
    """Return when there is an answer left again; None: now."""
    ends = [
        recent[most - 1] + period
        for most, period in ((in_hour, _HOUR), (in_day, _DAY))
        if len(recent := [at for at in newest_first if at > now - period]) >= most
    ]
    return max(ends, default=None)


def _is_told(facts: MoFactsRow, usual: Sequence[datetime], now: datetime) -> bool:
    """Whether the phone was told of this pause: since our last usual answer, or, unless the day's answers are used up,
    within the hour."""
    in_day = sum(at > now - _DAY for at in usual)
    is_of_hour = facts.paused_at is not None and in_day < ANSWERS_IN_DAY and facts.paused_at > now - _HOUR
    return is_of_hour or _is_told_since(facts, usual[0])


def _is_told_since(facts: MoFactsRow, at: datetime) -> bool:
    return facts.paused_at is not None and facts.paused_at >= at
