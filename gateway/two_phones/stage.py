"""All that is on the page: three phones, the story, the trouble, and what the service was seen doing.

There is one stage in the process. Everybody who opens the page sees the same phones.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import aiohttp

from contracts.fields.msisdn import Msisdn
from gateway.phone.network import POLL_SECONDS
from gateway.phone.service_link import SimulatorLink
from gateway.two_phones.browser_phone import NO_ANSWER, BrowserPhone
from gateway.two_phones.double_control import DoubleControl, SeenCallback
from gateway.two_phones.office import StageOffice
from gateway.two_phones.people import HOLDERS, new_msisdn
from gateway.two_phones.scene import Scene
from gateway.two_phones.story import Shown, Story
from gateway.two_phones.story_steps import GRACE_COMES_IN_STEP
from gateway.two_phones.trouble import Trouble
from storage.embedded.unplug import EmbeddedSockets
from values.frozen import Frozen, Hidden

_LINES_KEPT: Final = 60
_TIMEOUT = aiohttp.ClientTimeout(total=POLL_SECONDS + 15)


class StagePlaces(Frozen):
    """Where the stage finds what it needs. `service_url`: the service itself; `double_url`, `double_key`: the simulator
    of the providers; `sockets`: the folder of the embedded servers, None where they are not ours. `no_story`: why the
    story cannot be played here; empty if it can."""

    service_url: str
    api_key: Hidden[str]
    double_url: str
    double_key: Hidden[str]
    service_code: str
    country: str
    sockets: Path | None = None
    no_story: str = ""


class SeenLine(Frozen):
    """A line of what the service was seen doing. `wire`: the same as it was on the wire; empty if it was not."""

    n: int
    at: datetime
    text: str
    wire: str = ""


class Stage:
    """`version` grows with every change; `wait` waits for the next one. `third_is_shown`: whether Grace's phone is."""

    def __init__(self, places: StagePlaces, shown: Callable[["Stage"], Shown]) -> None:
        self.places, self.version, self.third_is_shown = places, 0, False
        self.lines: deque[SeenLine] = deque(maxlen=_LINES_KEPT)
        self._http = aiohttp.ClientSession(timeout=_TIMEOUT)
        self._double = DoubleControl(self._http, places.double_url, places.double_key)
        self._office = StageOffice(self._http, places.service_url, places.api_key)
        self.phones = {name: BrowserPhone(holder, self._link, self.changed) for name, holder in HOLDERS.items()}
        self.trouble = Trouble(self._double, EmbeddedSockets(places.sockets) if places.sockets else None)
        self.story = Story(self._begin_story, lambda: shown(self), self.changed)
        self._arrival, self.is_closed, self._count = asyncio.Event(), False, 0
        self._seeing: asyncio.Task[None] | None = None

    def open(self) -> None:
        for phone in self.phones.values():
            phone.listen()
        self._seeing = asyncio.create_task(self._see())

    def end_watching(self) -> None:
        """Let everybody go who waits for a change: the service stops."""
        self.is_closed = True
        self.changed()

    async def close(self) -> None:
        await self.story.close()
        for phone in self.phones.values():
            await phone.close()
        if self._seeing:
            self._seeing.cancel()
            await asyncio.gather(self._seeing, return_exceptions=True)
        await self.trouble.end()
        await self._http.close()

    def changed(self) -> None:
        self.version += 1
        arrival, self._arrival = self._arrival, asyncio.Event()
        arrival.set()

    async def wait(self, seen: int, seconds: float) -> None:
        """Return once there is a newer version than `seen`, or after so many seconds."""
        if self.version == seen and not self.is_closed:
            try:
                async with asyncio.timeout(seconds):
                    await self._arrival.wait()
            except TimeoutError:
                return

    async def until(self, claim: Callable[[], bool], seconds: float) -> None:
        """Wait until a claim is true; raise TimeoutError if it is not after so many seconds."""
        async with asyncio.timeout(seconds):
            while not claim():
                await self._arrival.wait()

    def show_third(self, *, is_shown: bool) -> None:
        self.third_is_shown = is_shown
        self.changed()

    @property
    def has_third(self) -> bool:
        """Whether Grace's phone is on the page: somebody wants it, or the story has come to her."""
        return self.third_is_shown or self.story.current >= GRACE_COMES_IN_STEP

    async def speak(self, phone: BrowserPhone, language: str) -> None:
        """Choose the language of a phone, as its owner does: by SMS."""
        phone.language = language
        await phone.send_sms(f"LANG {language}")

    async def make_trouble(self, name: str) -> None:
        """Do what a button of trouble says, and add a line about it."""
        try:
            if name == "cut":
                cut = [phone.holder.name for phone in self.phones.values() if await phone.cut()]
                self.add_line(f"the network cut the call of {' and '.join(cut)}" if cut else "nobody is in a call")
            elif name == "forge":
                await self._forge()
            else:
                self.add_line(await self.trouble.turn(name))
        except (OSError, *NO_ANSWER) as fault:
            self.add_line(f"that did not work: {type(fault).__name__}")

    def add_line(self, text: str, wire: str = "") -> None:
        self._count += 1
        self.lines.append(SeenLine(self._count, datetime.now(UTC), text, wire))
        self.changed()

    async def _forge(self) -> None:
        payer = next((phone for phone in self.phones.values() if phone.prompt), self.phones["buyer"])
        await self._double.forge(payer.msisdn, payer.prompt)

    def _link(self, msisdn: Msisdn, network_code: str) -> SimulatorLink:
        places = self.places
        return SimulatorLink(
            self._http, places.double_url, places.double_key, msisdn, places.service_code, network_code
        )

    async def _begin_story(self) -> Scene:
        """Give everybody a new number, so that nobody has a PIN or a contract from before."""
        now = datetime.now(UTC)
        for phone in self.phones.values():
            await phone.become(new_msisdn(phone.holder, now.date()), phone.network_code)
        self.third_is_shown = False
        return Scene(
            dict(self.phones), self._double, self._office, self.places.service_code, self.story.beat, self.until, now
        )

    async def _see(self) -> None:
        """Add a line for each callback that the simulator posted. What was before the page is not news."""
        after = 0
        while True:
            try:
                found = await self._double.wire(after, POLL_SECONDS)
            except NO_ANSWER:
                await asyncio.sleep(1)
                continue
            for seen in found:
                after = seen.n
                self.add_line(self._line(seen), f"POST {seen.hook} {seen.status or 'no answer'}, {seen.took_ms} ms")

    def _line(self, seen: SeenCallback) -> str:
        who = next((phone.holder.name for phone in self.phones.values() if phone.msisdn == seen.msisdn), "somebody")
        if seen.is_forged:
            return "a forged callback says: paid. It is kept, M-Pesa is asked, and no money moves"
        if seen.repeats:
            return "the same callback again: same answer, no effect" if seen.is_same else "the same callback again"
        if seen.status != 200:
            return f"no answer for {who}" if seen.msisdn else "no answer to the provider"
        route = seen.hook.partition("/")[2]
        return _SEEN.get(route, "the provider told us something").format(who=who)


_SEEN: Final = {
    "ussd": "screen to {who}",
    "ussd/events": "{who}’s call is over",
    "sms": "SMS from {who}, stored and acted on",
    "sms/reports": "report on an SMS to {who}",
    "payments/stk": "M-Pesa tells how the prompt ended",
    "payments/confirmation": "M-Pesa tells of money that came",
    "payments/result": "M-Pesa tells what became of our order",
}
