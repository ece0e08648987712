"""When a message is tried again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.retry import next_try

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tries", "seconds"),
    [(1, 15), (2, 30), (3, 60), (4, 120), (5, 240), (8, 1920), (9, 3600), (10, 3600), (1000, 3600)],
)
def test_waits_double_up_to_an_hour(tries: int, seconds: int) -> None:
    assert next_try(NOW, tries, 10_000, 0.0) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(("tries", "again"), [(1, True), (7, True), (8, False), (9, False)])
def test_it_is_given_up_after_the_last_try(tries: int, again: bool) -> None:
    assert (next_try(NOW, tries, 8, 0.5) is not None) == again


def test_a_message_that_may_be_tried_once_is_not_tried_again() -> None:
    assert next_try(NOW, 1, 1, 0.0) is None


@given(st.integers(1, 200), st.floats(0, 1), st.floats(0, 1))
def test_jitter_only_ever_adds_up_to_a_quarter(tries: int, less: float, more: float) -> None:
    less, more = sorted((less, more))
    plain, early, late = (next_try(NOW, tries, 1000, jitter) for jitter in (0.0, less, more))
    assert plain and early and late
    assert NOW < plain <= early <= late <= plain + (plain - NOW) / 4
