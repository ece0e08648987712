"""Whether money may leave to a number now: a number may be in the hands of somebody else.

Who gets a new SIM of somebody else's number, or a new PIN for it, gets all that is paid to it. So after either, money
waits for a cooling time, in which the owner notices that their phone is dead. Nobody is paid on a guess: where nobody
can say when the SIM was changed, money waits too, and is asked about again. Only money waits; reading and answering go
on.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from values.frozen import Frozen

ASK_AGAIN: Final = timedelta(minutes=15)  # after an answer that says nothing
ANSWERS_WITHIN: Final = timedelta(minutes=10)  # a source that calls back; then the others are asked
LOOK_AGAIN: Final = timedelta(minutes=1)  # at an answer that may come at any moment


class Swapped(Frozen):
    """The SIM of the number was changed, last at `at`. Where a source tells only a day or a span, `at` is its end: the
    latest that it can have been."""

    at: datetime


class NotSwapped(Frozen):
    """The SIM was not changed within this time before the question; None: the source does not say how far back it
    looks."""

    within: timedelta | None


class NotKnown(Frozen):
    """The source does not know, or did not answer. `why` is for an operator; it names no number."""

    why: str


SwapAnswer = Swapped | NotSwapped | NotKnown


class NumberCheck(Frozen):
    """One question about a number. `answer`: None while the source, which calls back, has not answered."""

    source: str
    asked_at: datetime
    answer: SwapAnswer | None


class RiskRules(Frozen):
    """`cooling`: how long money waits after a change of SIM or PIN. `believed_for`: how long an answer holds."""

    cooling: timedelta
    believed_for: timedelta


class HoldReason(StrEnum):
    """Why money to a number waits. What an operator should know is in `Hold.note`."""

    SIM_SWAPPED = "sim_swapped"
    PIN_RECOVERED = "pin_recovered"
    NOT_KNOWN = "not_known"
    APPROVAL = "approval"  # it is much: two people have to approve it
    DAY = "day"  # no more may leave to this number today
    RAIL_LIMIT = "rail_limit"  # the rail moves no such amount: it is less than its least, or more than its most


class Hold(Frozen):
    """Money to a number waits. `until`: when it is looked at again; for a change of SIM or PIN it may leave then, if
    nothing else holds it. `since`: when the SIM or PIN was changed, if that is why. `note`: for an operator."""

    until: datetime
    why: HoldReason
    since: datetime | None = None
    note: str = ""


def hold_after_recovery(recovered_at: datetime | None, now: datetime, rules: RiskRules) -> Hold | None:
    """Return the hold of a number whose PIN an operator has let somebody choose anew, last at `recovered_at`."""
    if recovered_at is None or recovered_at + rules.cooling <= now:
        return None
    return Hold(recovered_at + rules.cooling, HoldReason.PIN_RECOVERED, recovered_at)


def hold_after_checks(checks: Sequence[NumberCheck], now: datetime, rules: RiskRules) -> Hold | None:
    """Return the hold that follows from what sources said; None: the SIM was not changed lately.

    `checks`: of one number, newest first, those that were asked within the cooling time and `believed_for`. The newest
    answer of a source replaces its older ones, and never what another source said: one that knows of a change is
    believed before one that does not. A hold for NOT_KNOWN whose `until` is not later than `now` says: ask.
    """
    known = _newest_known(checks)
    swaps = [check.answer.at for check in known if isinstance(check.answer, Swapped)]
    if swaps and (last := max(swaps)) + rules.cooling > now:
        return Hold(last + rules.cooling, HoldReason.SIM_SWAPPED, last)
    if any(_clears(check, now, rules) for check in known):
        return None
    return Hold(_next_question(checks, now), HoldReason.NOT_KNOWN, note=_why_not_known(checks, rules))


def says_enough(answer: SwapAnswer, rules: RiskRules) -> bool:
    """Return whether no other source needs to be asked: it knows of the last change, or of none in the cooling time."""
    return isinstance(answer, Swapped) or (isinstance(answer, NotSwapped) and _reaches_back(answer, rules))


def is_awaited(check: NumberCheck, now: datetime) -> bool:
    """Return whether the answer of a source that calls back may still come."""
    return check.answer is None and now < check.asked_at + ANSWERS_WITHIN


def _newest_known(checks: Sequence[NumberCheck]) -> list[NumberCheck]:
    newest: dict[str, NumberCheck] = {}
    for check in checks:
        if isinstance(check.answer, Swapped | NotSwapped):
            newest.setdefault(check.source, check)
    return list(newest.values())


def _clears(check: NumberCheck, now: datetime, rules: RiskRules) -> bool:
    """Return whether an answer without a recent change is young enough, and looks back far enough."""
    if check.answer is None or now >= check.asked_at + rules.believed_for:
        return False
    return says_enough(check.answer, rules)


def _reaches_back(answer: NotSwapped, rules: RiskRules) -> bool:
    return answer.within is None or answer.within >= rules.cooling


def _next_question(checks: Sequence[NumberCheck], now: datetime) -> datetime:
    """Return when to ask: not while an answer may still come, and not a moment after one that said nothing."""
    if any(is_awaited(check, now) for check in checks):
        return now + LOOK_AGAIN
    if not checks or checks[0].answer is None:
        return now
    return checks[0].asked_at + ASK_AGAIN


def _why_not_known(checks: Sequence[NumberCheck], rules: RiskRules) -> str:
    """Return what the newest word of each source was, for an operator."""
    newest: dict[str, NumberCheck] = {}
    for check in checks:
        newest.setdefault(check.source, check)
    return "; ".join(f"{check.source}: {_as_text(check.answer, rules)}" for check in newest.values())


def _as_text(answer: SwapAnswer | None, rules: RiskRules) -> str:
    match answer:
        case None:
            return "was asked, and has not answered"
        case NotKnown(why=why):
            return why
        case NotSwapped(within=timedelta() as within) if within < rules.cooling:
            return f"looks back {within / timedelta(hours=1):g} hours only, COOLING_HOURS is more"
    return "its answer is too old"
