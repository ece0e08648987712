"""A background job that asks each rail what it allows: when the process starts, and once a day."""

from collections.abc import Mapping
from typing import Final

from gateway.background.repeat import JobState, repeat
from gateway.payments.port import Rail

_A_DAY_SECONDS: Final = 86_400.0
_AGAIN_SECONDS: Final = 600.0


class RailLimitsJob:
    """Each process that sends runs one: a rail keeps its limits in memory."""

    def __init__(self, rails: Mapping[str, Rail]) -> None:
        self._rails = rails

    async def run(self, job: JobState) -> None:
        async def work() -> float:
            for rail in self._rails.values():
                await rail.read_limits()
            return _A_DAY_SECONDS

        await repeat(job, work, _AGAIN_SECONDS)
