"""What every source must be able to do that knows when the SIM of a number was last changed. One file each.

A source makes its own HTTP calls, and keeps nothing but an access token. Whatever goes wrong is an answer, `NotKnown`:
an answer that is late, refused or not understood never means that the SIM was not changed.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Protocol, runtime_checkable

from contracts.escrow.number_risk import NotKnown, SwapAnswer, Swapped
from contracts.fields.msisdn import Msisdn
from values.frozen import Frozen

_CLOCKS_DIFFER: Final = timedelta(days=1)  # at most, and no zone is further away


class Awaited(Frozen):
    """The source has the question, and calls back with this id."""

    request_id: str


class SwapSource(Protocol):
    """Who knows when the SIM of a number was last changed."""

    @property
    def name(self) -> str:
        """How NUMBER_CHECKS, rows and hooks name it."""

    async def ask(self, msisdn: Msisdn, now: datetime) -> SwapAnswer | Awaited:
        """Ask about one number. Never raises for what the source does."""


@runtime_checkable
class SourceThatCallsBack(SwapSource, Protocol):
    """A source whose answer comes as a request to our hook."""

    def read_callback(self, sent: Mapping[str, object], now: datetime) -> tuple[str, SwapAnswer]:
        """Return the request id, and what the source says. Raise BadWire for what is no answer."""


def swapped_at(at: datetime, now: datetime) -> SwapAnswer:
    """Return the answer of a source that names this time for the last change, which was before `now`."""
    return NotKnown("names a day that is still to come") if at > now + _CLOCKS_DIFFER else Swapped(min(at, now))
