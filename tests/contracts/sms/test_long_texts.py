"""A text as long as somebody makes it holds nobody up."""

import time

import pytest

from contracts.sms.understand import understand


@pytest.mark.parametrize(
    "text",
    [
        "yes " * 500, "አዎ " * 650, "é" * 2000, "1" * 2000, "1 " * 1000, "KES 3,500 " * 200, "kes 1.1.1 " * 200,
        "a1" * 1000, "3," * 1000, "1-" * 1000, "\u0336" * 2000, "😀" * 2000, "yes\u00a0" * 500,
        "received 30 " * 40, "change total 5 " * 32, "change total " * 37, "1 2 " * 120 + "received",
    ],
    ids=lambda text: ascii(text[:10]),
)  # fmt: skip
def test_a_long_text_is_read_in_a_millisecond(text: str) -> None:
    def took() -> float:
        began = time.thread_time()
        understand(text)
        return time.thread_time() - began

    assert min(took() for _ in range(20)) < 0.001
