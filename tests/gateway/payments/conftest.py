"""What every test of money needs."""

import pytest
import structlog


@pytest.fixture(autouse=True)
def logs_of_this_test() -> None:
    """A test before may have closed the file that log lines went to."""
    structlog.reset_defaults()
