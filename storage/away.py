"""Whether a server is away: then its callers are refused at once, instead of each waiting for its own timeout.

A call that fails proves little: a row may be locked, or one query slow. So after a few failures in a row, without a
success between them, a probe of its own asks the server. Only if the probe fails too is the server away, until a probe
succeeds: no caller has to try it out.
"""

import asyncio
from collections.abc import Awaitable, Callable

_FAILURES = 3  # in a row, before the probe
PROBE_SECONDS = 1.0
_PROBES_EVERY_SECONDS = 0.25


class AwayError(OSError):
    """The server is away: nothing was sent to it."""


class AwayWatch:
    """What is known of one server. `probe` asks it something small, and raises if it does not answer."""

    def __init__(self, probe: Callable[[], Awaitable[object]]) -> None:
        self.is_away = False
        self._probe = probe
        self._failures = 0
        self._probing: asyncio.Task[None] | None = None

    def check(self) -> None:
        """Raise AwayError if the server is away."""
        if self.is_away:
            raise AwayError("the server does not answer")

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self) -> None:
        """Count a call that had no answer: the connection broke or was refused, or its time was over."""
        self._failures += 1
        if self._failures >= _FAILURES and self._probing is None:
            self._probing = asyncio.create_task(self._probe_until_back())
            self._probing.add_done_callback(self._end_probing)

    async def close(self) -> None:
        """End the probes."""
        if self._probing:
            self._probing.cancel()
            await asyncio.wait([self._probing])

    async def _probe_until_back(self) -> None:
        while not await self._answers():
            self.is_away = True
            await asyncio.sleep(_PROBES_EVERY_SECONDS)

    def _end_probing(self, _task: "asyncio.Task[None]") -> None:
        self.is_away, self._failures, self._probing = False, 0, None

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await self._probe()
        except Exception:  # whatever went wrong, callers could not use the server either
            return False
        return True
