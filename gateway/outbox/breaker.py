"""A circuit breaker: after a few failures in a row a provider is left alone for a while, then asked by one message."""

from dataclasses import dataclass

_FAILURES = 5
_FIRST_SECONDS, _LONGEST_SECONDS = 2.0, 300.0
_PROBE_SECONDS = 30.0  # what became of a probe is known by then, or it was never sent


@dataclass(slots=True)
class CircuitBreaker:
    """Times are of any clock that only goes on, in seconds."""

    failures: int = 0
    opened: int = 0  # times in a row, each twice as long as the one before
    closed_until: float = 0.0
    probe_until: float = 0.0

    def allows(self, now: float) -> bool:
        """Whether a call may be made now. Half open it lets one through, whose outcome decides."""
        if self.failures < _FAILURES:
            return True
        if now < max(self.closed_until, self.probe_until):
            return False
        self.probe_until = now + _PROBE_SECONDS
        return True

    def went_well(self) -> None:
        """The provider answered, whatever it said of the message."""
        self.failures, self.opened, self.probe_until = 0, 0, 0.0

    def went_wrong(self, now: float) -> None:
        """No answer, or one that says it is out of order."""
        if self.failures >= _FAILURES and not self.probe_until:
            return  # a call that was under way already when it opened
        self.failures += 1
        if self.failures >= _FAILURES:
            self.closed_until = now + min(_FIRST_SECONDS * 2**self.opened, _LONGEST_SECONDS)
            self.opened, self.probe_until = self.opened + 1, 0.0

    def opens_in(self, now: float) -> float:
        """Seconds until it may be tried; 0 where it may now."""
        return max(self.closed_until - now, 0.0) if self.failures >= _FAILURES else 0.0
