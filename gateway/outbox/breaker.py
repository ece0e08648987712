"""A circuit breaker: after five failures in a row a provider gets no calls for a while, then one message as a probe."""

from dataclasses import dataclass

_FAILURES = 5
_FIRST_SECONDS, _LONGEST_SECONDS = 2.0, 300.0
_PROBE_SECONDS = 30.0  # by then the outcome of a probe is known, or the probe was never sent


@dataclass(slots=True)
class CircuitBreaker:
    """The state of one provider. All times are seconds of a monotonic clock, passed in as `now`."""

    failures: int = 0
    opened: int = 0  # how often in a row it opened; each time it stays open twice as long
    open_until: float = 0.0
    probe_until: float = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the last calls failed, so that none is made, or only the probe."""
        return self.failures >= _FAILURES

    def allows(self, now: float) -> bool:
        """Return whether a call may be made now. After the pause this lets one call through as the probe."""
        if self.failures < _FAILURES:
            return True
        if now < max(self.open_until, self.probe_until):
            return False
        self.probe_until = now + _PROBE_SECONDS
        return True

    def record_success(self) -> None:
        """The provider answered, even if it refused the message."""
        self.failures, self.opened, self.probe_until = 0, 0, 0.0

    def record_failure(self, now: float) -> None:
        """The provider did not answer, or answered 429 or 5xx."""
        if self.failures >= _FAILURES and not self.probe_until:
            return  # this call was already under way when the breaker opened
        self.failures += 1
        if self.failures >= _FAILURES:
            self.open_until = now + min(_FIRST_SECONDS * 2**self.opened, _LONGEST_SECONDS)
            self.opened, self.probe_until = self.opened + 1, 0.0

    def seconds_until_probe(self, now: float) -> float:
        """Return how many seconds calls are still refused; 0 if a call may be made now."""
        return max(self.open_until - now, 0.0) if self.failures >= _FAILURES else 0.0
