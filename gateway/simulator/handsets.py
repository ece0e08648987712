"""What the simulator remembers: the SMS it accepted and the inbox of each handset, up to a limit, in memory only."""

import asyncio
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from values.frozen import Frozen, Hidden

ACCEPTED_KEPT: Final = 50_000
INBOX_KEPT: Final = 200
HANDSETS_KEPT: Final = 20_000
SESSIONS_KEPT: Final = 10_000


class AcceptedSms(Frozen):
    """One SMS for one recipient. `n` counts from 1 without gaps, so that a reader can ask for what came after it."""

    n: int
    message_id: str
    sender: str
    to: Hidden[str]
    text: Hidden[str]
    accepted_at: datetime

    def to_json(self) -> dict[str, object]:
        """Return what the control API shows: n, id, from, to, text, accepted_at (ISO 8601)."""
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
    """A USSD session as the provider sees it, for the notification at its end."""

    started_at: datetime
    hops: int = 0
    typed: str = field(default="", repr=False)
    last_reply: str = field(default="", repr=False)
    failed: bool = False

    def status(self) -> str:
        """Return Success after an END, Failed after a wrong reply, else Incomplete."""
        if self.failed or not self.last_reply.startswith(("CON", "END")):
            return "Failed"
        return "Success" if self.last_reply.startswith("END") else "Incomplete"


class Handsets:
    """All simulated phones; the oldest is forgotten when there are too many."""

    def __init__(self) -> None:
        self.accepted: deque[AcceptedSms] = deque(maxlen=ACCEPTED_KEPT)
        self._count = 0
        self._inboxes: OrderedDict[str, deque[AcceptedSms]] = OrderedDict()
        self._counts: dict[str, int] = {}
        self._sessions: OrderedDict[str, SimulatedSession] = OrderedDict()
        self._arrival = asyncio.Event()
        self._closed = False

    def accept(self, message_id: str, sender: str, to: str, text: str) -> AcceptedSms:
        """Keep an SMS that the provider accepted."""
        self._count += 1
        taken = AcceptedSms(self._count, message_id, sender, to, text, datetime.now(UTC))
        self.accepted.append(taken)
        return taken

    def deliver(self, taken: AcceptedSms) -> None:
        """Put the SMS into its handset's inbox, with that inbox's own `n`, and wake whoever waits for one."""
        inbox = self._inboxes.setdefault(taken.to, deque(maxlen=INBOX_KEPT))
        self._inboxes.move_to_end(taken.to)
        n = self._counts[taken.to] = self._counts.get(taken.to, 0) + 1
        inbox.append(AcceptedSms(n, taken.message_id, taken.sender, taken.to, taken.text, taken.accepted_at))
        if len(self._inboxes) > HANDSETS_KEPT:
            forgotten, _ = self._inboxes.popitem(last=False)
            del self._counts[forgotten]
        self._wake()

    def inbox(self, msisdn: str, after: int = 0) -> list[AcceptedSms]:
        """Return what the handset received after SMS number `after`, oldest first."""
        return [sms for sms in self._inboxes.get(msisdn, ()) if sms.n > after]

    async def wait_for(self, msisdn: str, after: int, seconds: float) -> list[AcceptedSms]:
        """Return `inbox`; if that is empty, wait up to `seconds` for the next SMS."""
        try:
            async with asyncio.timeout(seconds):
                while not (found := self.inbox(msisdn, after)) and not self._closed:
                    await self._arrival.wait()
        except TimeoutError:
            return []
        return found

    def close(self) -> None:
        """End all waiting, so that a long poll does not hold up the stop."""
        self._closed = True
        self._wake()

    def session(self, session_id: str) -> SimulatedSession:
        """Return the USSD session with this id; a new one begins now."""
        session = self._sessions.setdefault(session_id, SimulatedSession(datetime.now(UTC)))
        if len(self._sessions) > SESSIONS_KEPT:
            self._sessions.popitem(last=False)
        return session

    def end(self, session_id: str) -> SimulatedSession:
        """Return the session and forget it."""
        return self._sessions.pop(session_id, None) or SimulatedSession(datetime.now(UTC))

    def _wake(self) -> None:
        arrival, self._arrival = self._arrival, asyncio.Event()
        arrival.set()
