"""However long a text is, only a bounded start of it is read."""

import sys
from collections import Counter

import pytest

from contracts.sms.understand import understand

MOST_CALLS = 5000  # ten for each of the 480 letters that are read


@pytest.mark.parametrize(
    "text",
    [
        "yes " * 500, "አዎ " * 650, "é" * 2000, "1" * 2000, "1 " * 1000, "KES 3,500 " * 200, "kes 1.1.1 " * 200,
        "a1" * 1000, "3," * 1000, "1-" * 1000, "\u0336" * 2000, "😀" * 2000, "yes\u00a0" * 500,
        "received 30 " * 40, "change total 5 " * 32, "change total " * 37, "1 2 " * 120 + "received",
    ],
    ids=lambda text: ascii(text[:10]),
)  # fmt: skip
def test_a_long_text_costs_no_more_than_a_bounded_start_of_it(text: str) -> None:
    """Counted in calls of functions; a pattern that backtracks without end would meet the timeout of the test run."""
    calls = Counter[str]()
    sys.setprofile(lambda _frame, event, _argument: calls.update([event]))
    try:
        understand(text)
    finally:
        sys.setprofile(None)
    assert calls["call"] + calls["c_call"] < MOST_CALLS


@pytest.mark.parametrize("text", ["yes ", "dispute 1 ", "hello "])
def test_what_comes_after_the_start_changes_nothing(text: str) -> None:
    assert understand(text * 200) == understand(text * 2000)
