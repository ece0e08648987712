"""Answers go from the number that their recipient wrote to, by its provider: which way that is, and what ends it.

Pure: no clock but the `now` it is given.
"""

from datetime import datetime, timedelta
from typing import TypeGuard

from gateway.events import MtOutcome, Rejected, TryLater
from gateway.outbox.routes import Route
from storage.outbox import ClaimedRow
from values.frozen import replace

_REFUSED_FOR = timedelta(hours=1)
_MOST_REFUSED = 1000  # numbers come from outside


class RefusedNumbers:
    """The numbers that a provider refused as sender within the hour, because they only receive or are not ours."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], datetime] = {}

    def add(self, provider: str, number: str, now: datetime) -> bool:
        """Note a refusal; return whether it is the first within the hour."""
        is_first = not self.has(provider, number, now)
        if len(self._until) >= _MOST_REFUSED:
            self._until.clear()
        self._until[provider, number] = now + _REFUSED_FOR
        return is_first

    def has(self, provider: str, number: str, now: datetime) -> bool:
        until = self._until.get((provider, number))
        return until is not None and now < until


def providers_in_order(route: Route, message: ClaimedRow) -> tuple[str, ...]:
    """The providers for this message, an answer's own before those of the route; each try begins with the next one."""
    names = route.providers
    if reply := message.reply_provider:
        names = (reply, *(name for name in names if name != reply))
    first = (message.tries - 1) % len(names)
    return (*names[first:], *names[:first])


def sender_of(message: ClaimedRow, provider: str, route: Route) -> str | None:
    """Return the sender id for this message at `provider`; None for that of the account."""
    own = message.sender_id if message.reply_provider in (None, provider) else None
    return own or route.sender_id


def without_reply(message: ClaimedRow) -> ClaimedRow:
    """Return the message as one that goes by its route."""
    return replace(message, sender_id=None, reply_provider=None, drops_reply=True)


def why_not_from_number(outcome: MtOutcome) -> str | None:
    """Return why an answer was refused that may be taken from another number than the one written to; None if it was
    not refused, or for another reason.

    Also one that is refused for good may be taken: the network may have no way from that number, or the recipient, who
    has just asked us something, may have stopped what comes from it.
    """
    return outcome.why if isinstance(outcome, Rejected) or refuses_sender(outcome) else None


def refuses_sender(outcome: MtOutcome) -> TypeGuard[TryLater]:
    """Whether the provider took nothing because it does not send from this number."""
    return isinstance(outcome, TryLater) and outcome.is_of_sender
