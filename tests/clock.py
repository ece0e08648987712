"""The clock of the service in tests: on whatever day they run, it begins on Monday 23 November 2026, ten in Nairobi.

So a day that is typed without its year is the same day in every run, and no test begins at night.
"""

import time
from datetime import UTC, datetime, timedelta

STARTS_AT = datetime(2026, 11, 23, 7, tzinfo=UTC)
_BEGAN = time.monotonic()  # of the whole run: what is opened second in a test finds a later time
IN_A_MONTH = f"{datetime.now(UTC) + timedelta(days=30):%d/%m/%Y}"  # typed to a service that has the machine's clock


class ServiceClock:
    """A clock that goes on as the machine's does; a test may let time pass on it.

    It moves no other clock: the database's own (legal holds) and the lifetimes in the session store are real.
    """

    def __init__(self, starts_at: datetime | None = None) -> None:
        began = time.monotonic()
        self._at_zero = (starts_at or STARTS_AT + timedelta(seconds=began - _BEGAN)) - timedelta(seconds=began)
        self._passed = timedelta()

    def __call__(self) -> datetime:
        return self._at_zero + self._passed + timedelta(seconds=time.monotonic())

    def passes(self, passed: timedelta) -> None:
        """Let this much time pass at once."""
        self._passed += passed

    def goes_back(self) -> None:
        """Take back what has passed at once, for a story that is played again from its beginning."""
        self._passed = timedelta()
