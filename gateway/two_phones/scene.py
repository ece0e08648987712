"""What the story does with the phones: it reads screens and presses keys as a person does, at a pace one can follow.

It finds a choice by its words in the language of the phone, so it plays in every language, and where a page is cut in
two it presses the key for more. A call that is cut is dialled again; a hop without an answer is sent again.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final
from uuid import uuid4

from gateway.phone.received_screen import MORE
from gateway.two_phones.browser_phone import BrowserPhone
from gateway.two_phones.double_control import DoubleControl
from gateway.two_phones.office import StageOffice
from gateway.two_phones.people import MONEY_PIN, PIN, Holder
from gateway.two_phones.story_words import STORY_WORDS, StoryWords
from menus.gsm7 import plain_punctuation
from menus.translate import Text, t, translate

WAITS_SECONDS: Final = 240.0  # for what the service or a provider has to do
_GO_ON, _MY_CONTRACTS = t("Go on"), t("My contracts")
_MOST_PAGES, _MOST_TRIES = 12, 60
Beat = Callable[[float], Awaitable[None]]


class OffScriptError(Exception):
    """A screen is not what the story expects. The message says which choice is missing."""


class Scene:
    """`phones`, `double`, `office`: who takes part. `reference`: of the contract, once there is one.

    `beat`: waits as long as the pace says, and as long as the story is paused. `until`: waits for a claim to be true;
    raises TimeoutError.
    """

    def __init__(
        self, phones: dict[Holder, BrowserPhone], double: DoubleControl, office: StageOffice,
        service_code: str, beat: Beat,
        until: Callable[[Callable[[], bool], float], Awaitable[None]], now: datetime,
    ) -> None:  # fmt: skip
        self.phones, self.double, self.office, self.now = phones, double, office, now
        self.reference = ""
        self._service_code, self.beat, self._until = service_code, beat, until
        self._seen: dict[Holder, int] = {"buyer": 0, "seller": 0, "arbiter": 0}

    def words(self, holder: Holder) -> StoryWords:
        return STORY_WORDS[self.phones[holder].language]

    async def dials(self, holder: Holder) -> None:
        """Dial, and read the first screen: the menu, also where a call was cut before."""
        phone = self.phones[holder]
        await self._types(phone, self._service_code)
        await phone.dial(self._service_code, self._service_code)
        await self._answered(phone)

    async def dials_the_contract(self, holder: Holder) -> None:
        """Dial, and be at the contract that waits for this person: a call opens with it, but after one that was cut it
        opens with the menu."""
        await self.dials(holder)
        if key := _key_of(self.phones[holder], _MY_CONTRACTS):
            await self.answers(holder, key)
            await self.answers(holder, "1")

    async def answers(self, holder: Holder, text: str) -> None:
        """Answer the screen that the phone shows."""
        phone = self.phones[holder]
        if not phone.in_call:
            await self._goes_on(holder)
        await self._types(phone, text)
        phone.draft = ""
        await phone.answer(text)
        await self._answered(phone)

    async def chooses(self, holder: Holder, choice: Text) -> None:
        """Press the key of this choice, on whichever page it is."""
        phone = self.phones[holder]
        if not phone.in_call and not phone.screen.ends:
            await self._goes_on(holder)
        for _ in range(_MOST_PAGES):
            if key := _key_of(phone, choice):
                await self.answers(holder, key)
                return
            if phone.screen.ends or MORE not in phone.screen.keys:
                break
            await self.answers(holder, MORE)
        raise OffScriptError(f"{phone.holder.name}’s phone has no key “{choice.source}” now")

    async def signs(self, holder: Holder) -> None:
        """Type the PIN as often as it is asked for: twice where it is chosen."""
        phone = self.phones[holder]
        if not phone.screen.asks_secret:
            raise OffScriptError(f"{phone.holder.name}’s phone does not ask for a PIN now")
        while phone.screen.asks_secret:
            await self.answers(holder, PIN)

    async def writes(self, holder: Holder, text: str) -> None:
        """Send an SMS to the service, again until it takes it."""
        phone, message_id = self.phones[holder], str(uuid4())
        await self.closes(holder)
        await self._types(phone, text)
        phone.draft = ""
        for _ in range(_MOST_TRIES):
            if await phone.send_sms(text, message_id):
                return
            await self.beat(1)

    async def closes(self, holder: Holder) -> None:
        """Put the phone down: the call that has ended leaves its last screen until then."""
        phone = self.phones[holder]
        if phone.in_call or phone.screen.text:
            await phone.hang_up()

    def forgets_sms(self) -> None:
        """From now on only SMS that come later are new."""
        for holder, phone in self.phones.items():
            self._seen[holder] = len(phone.sms)

    def has_sms(self, holder: Holder, containing: str, times: int = 1) -> bool:
        """Whether so many SMS with these letters have come in this story."""
        return sum(containing in sms.text for sms in self.phones[holder].sms) >= times

    async def reads(self, holder: Holder, containing: str, times: int = 1) -> None:
        """Wait for so many SMS with these letters, and read the newest."""
        await self.until(lambda: self.has_sms(holder, containing, times))
        await self.beat(_seconds_to_read(self.phones[holder].sms[-1].text))

    def has_new_sms(self, holder: Holder) -> bool:
        """Whether an SMS has come since `forgets_sms`."""
        return len(self.phones[holder].sms) > self._seen[holder]

    async def reads_new(self, holder: Holder) -> None:
        """Wait for an SMS that comes after `forgets_sms`, and read it."""
        await self.until(lambda: self.has_new_sms(holder))
        await self.beat(_seconds_to_read(self.phones[holder].sms[-1].text))

    async def pays(self, holder: Holder) -> str:
        """Pay what the mobile money asks for; ask for another request if it is over. Return the receipt."""
        phone = self.phones[holder]
        for _ in range(_MOST_TRIES):
            if phone.prompt is None:
                await self.writes(holder, f"{self.words(holder).pay} {self.reference}")
                await self.until(lambda: phone.prompt is not None)
            await self._types(phone, MONEY_PIN)
            phone.draft = ""
            if receipt := await phone.answer_prompt(MONEY_PIN):
                return receipt
        raise OffScriptError(f"{phone.holder.name}’s mobile money does not pay")

    async def paid_out(self, holder: Holder, count: int) -> str:
        """Wait until so many payouts have come to a phone; return the receipt of the last."""
        msisdn = self.phones[holder].msisdn
        for _ in range(int(WAITS_SECONDS * 4)):
            if len(found := await self.double.paid_to(msisdn)) >= count:
                return found[-1].receipt
            await asyncio.sleep(0.25)
        raise TimeoutError

    async def until(self, claim: Callable[[], bool]) -> None:
        await self._until(claim, WAITS_SECONDS)

    async def _goes_on(self, holder: Holder) -> None:
        """Dial after a call was cut, and go on where it was."""
        await self.dials(holder)
        if key := _key_of(self.phones[holder], _GO_ON):
            await self.answers(holder, key)

    async def _types(self, phone: BrowserPhone, text: str) -> None:
        """Show what is typed, long enough to be read, before it is sent."""
        phone.note, phone.draft = "", text
        await self.beat(0.5 + 0.04 * len(text))

    async def _answered(self, phone: BrowserPhone) -> None:
        """Read the screen; where none came, try again."""
        for _ in range(_MOST_TRIES):
            if not phone.is_unanswered:
                break
            await asyncio.sleep(1)
            await phone.answer("")
        await self.beat(_seconds_to_read(phone.screen.text))


def _key_of(phone: BrowserPhone, choice: Text) -> str:
    """Return the key that the screen has for a choice; empty if it has none."""
    label = plain_punctuation(translate(choice, phone.language))
    found = re.search(rf"^([0-9]+)\. {re.escape(label)}", phone.screen.text, re.MULTILINE)
    return found[1] if found and phone.in_call else ""


def _seconds_to_read(text: str) -> float:
    return 1.2 + 0.022 * len(text)
