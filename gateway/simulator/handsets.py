"""What the double remembers: texts it took, and the inbox of each handset. All of it bounded, none of it on disk."""

import asyncio
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from values.frozen import Frozen, Hidden

CALLS_KEPT: Final = 50_000
INBOX_KEPT: Final = 200
HANDSETS_KEPT: Final = 20_000
SESSIONS_KEPT: Final = 10_000


class AcceptedSms(Frozen):
    """One text taken for one number. `n` counts from 1 without gaps, so a reader knows where it was."""

    n: int
    message_id: str
    sender: str
    to: Hidden[str]
    text: Hidden[str]
    accepted_at: datetime

    def shown(self) -> dict[str, object]:
        """As the control API shows it: n, id, from, to, text, accepted_at (ISO 8601)."""
        return {
            "n": self.n,
            "id": self.message_id,
            "from": self.sender,
            "to": self.to,
            "text": self.text,
            "accepted_at": self.accepted_at.isoformat(),
        }


@dataclass(slots=True)
class SimulatedSession:
    """A USSD session as the provider sees it, for the event at its end."""

    started_at: datetime
    hops: int = 0
    typed: str = field(default="", repr=False)
    last_reply: str = field(default="", repr=False)
    failed: bool = False

    def status(self) -> str:
        """Their word for how it stands: Success after an END, Failed after a broken reply, else Incomplete."""
        if self.failed or not self.last_reply.startswith(("CON", "END")):
            return "Failed"
        return "Success" if self.last_reply.startswith("END") else "Incomplete"


class Handsets:
    """Every phone of the double's little world; the oldest is forgotten when there are too many."""

    def __init__(self) -> None:
        self.calls: deque[AcceptedSms] = deque(maxlen=CALLS_KEPT)
        self._taken = 0
        self._inboxes: OrderedDict[str, deque[AcceptedSms]] = OrderedDict()
        self._counts: dict[str, int] = {}
        self._sessions: OrderedDict[str, SimulatedSession] = OrderedDict()
        self._arrival = asyncio.Event()
        self._closed = False

    def take(self, message_id: str, sender: str, to: str, text: str) -> AcceptedSms:
        """A text the provider accepted."""
        self._taken += 1
        taken = AcceptedSms(self._taken, message_id, sender, to, text, datetime.now(UTC))
        self.calls.append(taken)
        return taken

    def receive(self, taken: AcceptedSms) -> None:
        """The text reaches its handset, under that handset's own count, and whoever waits for one is woken."""
        inbox = self._inboxes.setdefault(taken.to, deque(maxlen=INBOX_KEPT))
        self._inboxes.move_to_end(taken.to)
        n = self._counts[taken.to] = self._counts.get(taken.to, 0) + 1
        inbox.append(AcceptedSms(n, taken.message_id, taken.sender, taken.to, taken.text, taken.accepted_at))
        if len(self._inboxes) > HANDSETS_KEPT:
            forgotten, _ = self._inboxes.popitem(last=False)
            del self._counts[forgotten]
        self._wake()

    def inbox(self, msisdn: str, after: int = 0) -> list[AcceptedSms]:
        """What the handset received after its `after`th text, oldest first."""
        return [text for text in self._inboxes.get(msisdn, ()) if text.n > after]

    async def wait_for(self, msisdn: str, after: int, seconds: float) -> list[AcceptedSms]:
        """`inbox`, or if that is empty whatever comes within `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                while not (found := self.inbox(msisdn, after)) and not self._closed:
                    await self._arrival.wait()
        except TimeoutError:
            return []
        return found

    def close(self) -> None:
        """Let everyone who waits go, so that a stop is not held up by a long poll."""
        self._closed = True
        self._wake()

    def session(self, session_id: str) -> SimulatedSession:
        """The USSD session of that id, begun now if it is new."""
        session = self._sessions.setdefault(session_id, SimulatedSession(datetime.now(UTC)))
        if len(self._sessions) > SESSIONS_KEPT:
            self._sessions.popitem(last=False)
        return session

    def end(self, session_id: str) -> SimulatedSession:
        """The session, forgotten now."""
        return self._sessions.pop(session_id, None) or SimulatedSession(datetime.now(UTC))

    def _wake(self) -> None:
        arrival, self._arrival = self._arrival, asyncio.Event()
        arrival.set()
