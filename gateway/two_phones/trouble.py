"""What a person can make go wrong: callbacks that come twice, late, or from a forger; servers that are away."""

from typing import Final

from gateway.two_phones.double_control import DoubleControl
from storage.embedded.unplug import EmbeddedSockets
from values.frozen import Frozen

DELAY_SECONDS: Final = 8.0


class TroubleButton(Frozen):
    """`lasts`: pressed again it ends. `needs_servers`: it needs the servers that `voicepact serve` runs itself."""

    name: str
    label: str
    lasts: bool = False
    needs_servers: bool = False


BUTTONS: Final = (
    TroubleButton("cut", "Cut the call"),
    TroubleButton("repeat", "Repeat each callback", lasts=True),
    TroubleButton("forge", "Forge a callback"),
    TroubleButton("delay", f"Delay callbacks by {DELAY_SECONDS:.0f}\u00a0s", lasts=True),
    TroubleButton("sessions", "Take the sessions away", lasts=True, needs_servers=True),
    TroubleButton("database", "Take the database away", lasts=True, needs_servers=True),
)


class Trouble:
    """`repeats`, `delays`: what happens to every callback now. `sockets`: None where the servers are not ours."""

    def __init__(self, double: DoubleControl, sockets: EmbeddedSockets | None) -> None:
        self.repeats = self.delays = False
        self.sockets, self._double = sockets, double

    def is_on(self, name: str) -> bool:
        away = self.sockets
        return {
            "repeat": self.repeats, "delay": self.delays, "sessions": bool(away and away.sessions_are_away),
            "database": bool(away and away.database_is_away),
        }.get(name, False)  # fmt: skip

    async def turn(self, name: str) -> str:
        """Begin or end a trouble that lasts; return the line that says so. Raise what aiohttp or the servers raise."""
        if name == "repeat":
            self.repeats = not self.repeats
        elif name == "delay":
            self.delays = not self.delays
        if name in ("repeat", "delay"):
            delay = DELAY_SECONDS if self.delays else 0.0
            await self._double.trouble(repeats=self.repeats, delay_seconds=delay)
        elif self.sockets and name == "sessions":
            if self.sockets.sessions_are_away:
                self.sockets.bring_sessions()
            else:
                await self.sockets.take_sessions()
        elif self.sockets and name == "database":
            if self.sockets.database_is_away:
                self.sockets.bring_database()
            else:
                await self.sockets.take_database()
        return _LINES[name, self.is_on(name)]

    async def end(self) -> None:
        """Leave nothing behind."""
        if self.sockets:
            self.sockets.bring_sessions()
            self.sockets.bring_database()


_LINES: Final = {
    ("repeat", True): "from now on each callback comes twice",
    ("repeat", False): "callbacks come once again",
    ("delay", True): f"from now on callbacks come {DELAY_SECONDS:.0f} s late; calls do not",
    ("delay", False): "callbacks come at once again",
    ("sessions", True): "the session store is gone: callers are told to dial again, SMS go on",
    ("sessions", False): "the session store is back",
    ("database", True): "the database is gone: nothing is agreed on, and nothing is lost",
    ("database", False): "the database is back",
}
