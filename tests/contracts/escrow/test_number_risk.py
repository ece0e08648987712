"""When money to a number waits, and until when: by what sources said of its SIM, and by when its PIN was recovered."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.escrow.number_risk import (
    Hold,
    HoldReason,
    NotKnown,
    NotSwapped,
    NumberCheck,
    RiskRules,
    SwapAnswer,
    Swapped,
    hold_after_checks,
    hold_after_recovery,
    says_enough,
)

NOON = datetime(2026, 10, 5, 9, tzinfo=UTC)
RULES = RiskRules(cooling=timedelta(hours=72), believed_for=timedelta(hours=6))
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def said(answer: SwapAnswer | None, ago: timedelta = MINUTE, source: str = "daraja") -> NumberCheck:
    return NumberCheck(source, NOON - ago, answer)


def held(*checks: NumberCheck) -> tuple[HoldReason, timedelta] | None:
    """Return why, and how long from now."""
    hold = hold_after_checks(checks, NOON, RULES)
    return (hold.why, hold.until - NOON) if hold else None


SWAPPED, NOT_KNOWN = HoldReason.SIM_SWAPPED, HoldReason.NOT_KNOWN
CLEAR, UNKNOWN, RECENT = NotSwapped(timedelta(days=89)), NotKnown("HTTP 429"), Swapped(NOON - HOUR)


@pytest.mark.parametrize(
    ("checks", "hold"),
    [
        pytest.param([], (NOT_KNOWN, timedelta(0)), id="nobody was asked: ask now"),
        pytest.param([said(CLEAR)], None, id="not swapped"),
        pytest.param([said(NotSwapped(None))], None, id="not swapped, by a source that names no span"),
        pytest.param([said(NotSwapped(RULES.cooling))], None, id="not swapped in just the cooling time"),
        pytest.param([said(NotSwapped(RULES.cooling - SECOND))], (NOT_KNOWN, 14 * MINUTE), id="looks back too little"),
        pytest.param([said(CLEAR, 6 * HOUR - SECOND)], None, id="still believed"),
        pytest.param([said(CLEAR, 6 * HOUR)], (NOT_KNOWN, -6 * HOUR + 15 * MINUTE), id="believed no more: ask now"),
        pytest.param([said(RECENT)], (SWAPPED, 71 * HOUR), id="swapped an hour ago"),
        pytest.param([said(Swapped(NOON - 72 * HOUR))], None, id="swapped, and cooled at this very second"),
        pytest.param([said(Swapped(NOON - 72 * HOUR + SECOND))], (SWAPPED, SECOND), id="a second less"),
        pytest.param([said(Swapped(NOON + HOUR))], (SWAPPED, 73 * HOUR), id="a clock that is ahead"),
        pytest.param([said(RECENT, 50 * HOUR)], (SWAPPED, 71 * HOUR), id="a change stays one when the answer is old"),
        pytest.param([said(UNKNOWN)], (NOT_KNOWN, 14 * MINUTE), id="not known: asked again soon"),
        pytest.param([said(UNKNOWN, 15 * MINUTE)], (NOT_KNOWN, timedelta(0)), id="not known, and time to ask again"),
        pytest.param([said(UNKNOWN), said(CLEAR, HOUR)], None, id="an answer holds though the next question had none"),
        pytest.param([said(CLEAR), said(RECENT, HOUR)], None, id="the same source now knows better"),
        pytest.param([said(CLEAR, source="camara"), said(RECENT, HOUR)], (SWAPPED, 71 * HOUR), id="another does not"),
        pytest.param([said(None)], (NOT_KNOWN, MINUTE), id="its answer may come at any moment"),
        pytest.param([said(None, 10 * MINUTE)], (NOT_KNOWN, timedelta(0)), id="it came not: ask others"),
        pytest.param([said(None), said(CLEAR, HOUR)], None, id="asked again, and the last answer holds"),
        pytest.param([said(UNKNOWN), said(None, 11 * MINUTE)], (NOT_KNOWN, 14 * MINUTE), id="others were asked"),
    ],
)
def test_money_waits(checks: list[NumberCheck], hold: tuple[HoldReason, timedelta] | None) -> None:
    assert held(*checks) == hold


def test_a_hold_says_since_when_and_to_an_operator_why() -> None:
    hold = hold_after_checks([said(RECENT)], NOON, RULES)
    assert hold == Hold(NOON + 71 * HOUR, SWAPPED, NOON - HOUR)
    checks = [said(None), said(UNKNOWN, HOUR, "camara"), said(NotSwapped(24 * HOUR), HOUR, "other")]
    unknown = hold_after_checks([*checks, said(CLEAR, 7 * HOUR, "old")], NOON, RULES)
    assert unknown and unknown.note == (
        "daraja: was asked, and has not answered; camara: HTTP 429; "
        "other: looks back 24 hours only, COOLING_HOURS is more; old: its answer is too old"
    )


@pytest.mark.parametrize(
    ("ago", "left"),
    [(timedelta(0), 72 * HOUR), (71 * HOUR, HOUR), (72 * HOUR - SECOND, SECOND), (72 * HOUR, None)],
)
def test_a_recovered_pin_starts_the_cooling_time(ago: timedelta, left: timedelta | None) -> None:
    hold = hold_after_recovery(NOON - ago, NOON, RULES)
    assert hold == (left and Hold(NOON + left, HoldReason.PIN_RECOVERED, NOON - ago))


def test_a_pin_that_was_never_recovered_holds_nothing() -> None:
    assert hold_after_recovery(None, NOON, RULES) is None


def test_the_next_source_is_asked_unless_one_said_enough() -> None:
    enough = {answer: says_enough(answer, RULES) for answer in (RECENT, CLEAR, NotSwapped(None), UNKNOWN)}
    assert enough == {RECENT: True, CLEAR: True, NotSwapped(None): True, UNKNOWN: False}
    assert not says_enough(NotSwapped(24 * HOUR), RULES)


ANSWERS = st.one_of(
    st.none(),
    st.builds(NotKnown, st.just("away")),
    st.builds(NotSwapped, st.none() | st.timedeltas(timedelta(0), timedelta(days=100))),
    st.builds(Swapped, st.timedeltas(timedelta(0), timedelta(days=100)).map(lambda ago: NOON - ago)),
)
CHECKS = st.lists(
    st.builds(
        NumberCheck, st.sampled_from("abc"),
        st.timedeltas(timedelta(0), 72 * HOUR).map(lambda ago: NOON - ago), ANSWERS,
    )
).map(lambda checks: sorted(checks, key=lambda check: check.asked_at, reverse=True))  # fmt: skip


@given(CHECKS)
def test_money_never_leaves_without_a_young_answer_that_reaches_back(checks: list[NumberCheck]) -> None:
    young = [check.answer for check in checks if NOON - check.asked_at < RULES.believed_for]
    hold = hold_after_checks(checks, NOON, RULES)
    assert hold or any(answer and says_enough(answer, RULES) for answer in young)
    newest_of_each = {
        check.source: check.answer for check in reversed(checks) if isinstance(check.answer, Swapped | NotSwapped)
    }
    recent = [a.at for a in newest_of_each.values() if isinstance(a, Swapped) and a.at > NOON - RULES.cooling]
    assert not recent or hold == Hold(max(recent) + RULES.cooling, SWAPPED, max(recent))
