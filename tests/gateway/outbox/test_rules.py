"""The pure rules of the outbox: waits, circuit breakers, routes, quiet hours."""

from datetime import UTC, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.rules.quiet_hours import held_until
from gateway.events import Accepted, Rejected, TryLater, Unsure
from gateway.outbox.breaker import CircuitBreaker
from gateway.outbox.retry import UNCONFIRMED_FOR, WAITS, next_wait, requeued, result_of_try
from gateway.outbox.routes import Route, Routes
from storage.outbox import ClaimedRow

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
NIGHT = (time(21), time(7))
UTC_ZONE = ZoneInfo("UTC")


def make_claimed(message_class: str = "critical", tries: int = 1) -> ClaimedRow:
    return ClaimedRow(uuid4(), "+254712345678", "hello", None, tries, "offered", message_class, NOON)


@pytest.mark.parametrize(
    ("cause", "tries", "seconds"),
    [
        ("busy", 1, 5), ("busy", 2, 10), ("busy", 7, 300), ("busy", 500, 300),
        ("down", 1, 15), ("down", 2, 30), ("down", 9, 3600),
        ("account", 1, 60), ("account", 3, 240), ("account", 20, 1800),
    ],
)  # fmt: skip
def test_each_kind_of_refusal_has_its_own_waits(cause: str, tries: int, seconds: int) -> None:
    assert next_wait(TryLater("no", cause), tries, 1000, 0.0) == timedelta(seconds=seconds)


@given(
    st.sampled_from(sorted(WAITS)), st.integers(1, 900), st.floats(0, 1), st.none() | st.floats(0, 1e9),
)  # fmt: skip
def test_a_wait_grows_and_is_bounded(cause: str, tries: int, jitter: float, after: float | None) -> None:
    outcome = TryLater("no", cause, after)
    wait, again = next_wait(outcome, tries, 1000, jitter), next_wait(outcome, tries + 1, 1000, jitter)
    assert wait and again and timedelta(seconds=5) <= wait <= again <= WAITS[cause][1] * 1.25


def test_a_provider_that_says_when_is_believed() -> None:
    assert next_wait(TryLater("no", "busy", 40.0), 1, 8, 0.0) == timedelta(seconds=40)
    assert next_wait(TryLater("no", "busy", 86_400.0), 1, 8, 0.0) == timedelta(minutes=5), "within reason"


def test_enough_is_enough() -> None:
    last = result_of_try(make_claimed(tries=8), TryLater("HTTP 500"), "at", NOON, 8, 0.0)
    assert (last.status, last.outcome, last.due_at) == ("failed", "later", None)
    assert last.why == "given up: HTTP 500"


@pytest.mark.parametrize(
    ("message_class", "tries", "status"),
    [
        ("critical", 1, "unconfirmed"), ("critical", 7, "unconfirmed"), ("critical", 8, "failed"),
        ("service", 1, "unconfirmed"), ("service", 2, "failed"), ("promotional", 1, "failed"),
    ],
)  # fmt: skip
def test_a_lost_answer_is_settled_by_class(message_class: str, tries: int, status: str) -> None:
    result = result_of_try(make_claimed(message_class, tries), Unsure("no answer"), "at", NOON, 8, 0.0)
    assert (result.status, result.outcome) == (status, "unsure")
    assert result.due_at == (NOON + UNCONFIRMED_FOR if status == "unconfirmed" else None)
    assert "no answer" in (result.why or "")


@pytest.mark.parametrize(
    ("message_class", "tries", "status"),
    [
        ("critical", 7, "unconfirmed"), ("service", 7, "unconfirmed"), ("service", 8, "failed"),
        ("promotional", 1, "failed"),
    ],
)  # fmt: skip
def test_an_answer_nobody_can_read_waits_like_a_provider_that_is_down(
    message_class: str, tries: int, status: str
) -> None:
    outcome = Unsure("HTTP 200, unreadable body", is_unreadable=True)
    result = result_of_try(make_claimed(message_class, tries), outcome, "at", NOON, 8, 0.0)
    assert (result.status, result.due_at) == (status, NOON + UNCONFIRMED_FOR if status == "unconfirmed" else None)


def test_an_outcome_is_recorded_whole() -> None:
    taken = result_of_try(make_claimed(), Accepted("ATXid_1", "KES 0.8000"), "at", NOON, 8, 0.0)
    assert (taken.status, taken.message_id, taken.cost, taken.provider) == ("submitted", "ATXid_1", "KES 0.8000", "at")
    refused = result_of_try(make_claimed(), Rejected("406 UserInBlacklist"), "at", NOON, 8, 0.0)
    assert (refused.status, refused.why, refused.due_at) == ("rejected", "406 UserInBlacklist", None)


def test_what_is_put_back_was_no_try() -> None:
    back = requeued(make_claimed(), NOON, NOON + timedelta(hours=9), "held for quiet hours")
    assert (back.status, back.is_try, back.due_at) == ("queued", False, NOON + timedelta(hours=9))


def test_a_breaker_opens_probes_and_closes() -> None:
    breaker = CircuitBreaker()
    for second in range(5):
        assert breaker.allows(second)
        breaker.record_failure(second)
    assert not breaker.allows(5) and breaker.seconds_until_probe(5) == pytest.approx(1)
    assert breaker.allows(6), "one probe"
    assert not breaker.allows(6.1), "and one only"
    breaker.record_failure(6.2)
    assert not breaker.allows(10) and breaker.allows(10.3), "each time it waits twice as long"
    breaker.record_success()
    assert all(breaker.allows(11) for _ in range(3)) and breaker.seconds_until_probe(11) == 0


def test_calls_under_way_when_it_opens_do_not_open_it_further() -> None:
    breaker = CircuitBreaker()
    for _ in range(40):
        breaker.record_failure(0.0)
    assert breaker.seconds_until_probe(0.0) == 2.0


def test_a_probe_that_was_never_sent_blocks_for_a_while_only() -> None:
    breaker = CircuitBreaker(failures=5, opened=1)
    assert breaker.allows(1) and not breaker.allows(2) and breaker.allows(32)


def test_a_good_answer_between_failures_counts_from_the_start() -> None:
    breaker = CircuitBreaker()
    for n in range(40):
        breaker.record_success() if n % 4 == 3 else breaker.record_failure(n)
    assert breaker.allows(40)


KNOWN = {"africastalking": 1, "twilio": 2}


def test_the_longest_prefix_decides() -> None:
    uganda, kampala = Route("+256", ("twilio",), "UG"), Route("+25641", ("africastalking",), "KLA", 5.0)
    routes = Routes([uganda, kampala], KNOWN, 20.0)
    assert routes.for_number("+256712345678") is uganda
    assert routes.for_number("+256414123456") is kampala
    rest = routes.for_number("+254712345678")
    assert (rest.providers, rest.sender_id, rest.per_second) == (("africastalking", "twilio"), None, 20.0)


def test_a_route_to_a_provider_without_an_account_is_refused() -> None:
    with pytest.raises(ValueError, match="nexmo is no provider with an account here"):
        Routes([Route("+254", ("nexmo",))], KNOWN, None)


@pytest.mark.parametrize(
    ("msisdn", "at", "until"),
    [
        ("+254712345678", "2026-11-21T17:59Z", None),  # 20:59 in Nairobi
        ("+254712345678", "2026-11-21T18:00Z", "2026-11-22T04:00Z"),
        ("+254712345678", "2026-11-22T03:59Z", "2026-11-22T04:00Z"),
        ("+254712345678", "2026-11-22T04:00Z", None),
        ("+234801234567", "2026-11-21T19:59Z", None),  # 20:59 in Lagos
        ("+27821234567", "2026-11-21T19:00Z", "2026-11-22T05:00Z"),
        ("+4915112345678", "2026-11-21T21:00Z", "2026-11-22T07:00Z"),  # nobody's clock: the service's
    ],
)
def test_people_sleep_by_their_own_clock(msisdn: str, at: str, until: str | None) -> None:
    held = held_until(msisdn, datetime.fromisoformat(at), NIGHT, UTC_ZONE)
    assert held == (datetime.fromisoformat(until) if until else None)


def test_quiet_hours_may_lie_within_a_day_or_not_be() -> None:
    siesta, none = (time(13), time(15)), (time(7), time(7))
    assert held_until("+1", NOON + timedelta(hours=2), siesta, UTC_ZONE) == NOON + timedelta(hours=3)
    assert held_until("+1", NOON, siesta, UTC_ZONE) is None
    assert held_until("+1", NOON, none, UTC_ZONE) is None


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)), st.times(), st.times())  # noqa: DTZ001 - made aware below
def test_what_is_held_is_held_to_the_end_of_the_quiet(at: datetime, begins: time, ends: time) -> None:
    now = at.replace(tzinfo=UTC)
    until = held_until("+254712345678", now, (begins, ends), UTC_ZONE)
    if until is not None:
        assert now < until <= now + timedelta(days=1)
        assert until.astimezone(ZoneInfo("Africa/Nairobi")).time() == ends
        assert held_until("+254712345678", until, (begins, ends), UTC_ZONE) is None
