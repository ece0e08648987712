"""One phone of the page: the call it has, the screen it shows, its SMS, and what its mobile money asks for."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final
from uuid import uuid4

import aiohttp

from contracts.fields.msisdn import Msisdn
from gateway.phone.network import POLL_SECONDS
from gateway.phone.received_screen import ReceivedScreen
from gateway.phone.service_link import Call, NoAnswerError, PaymentPrompt, ReceivedSms, SimulatorLink
from gateway.two_phones.people import NETWORKS, PhoneHolder

NO_ANSWER: Final = (NoAnswerError, aiohttp.ClientError, TimeoutError)
MakeLink = Callable[[Msisdn, str], SimulatorLink]
_NOTHING = ReceivedScreen("END ")
_SHORTEST_SMS_OF_DIGITS: Final = 5  # shorter ones were meant for a call that has ended: a key, or a PIN
_TRIES_AGAIN_SECONDS = 1.0
_LOOKS_AT_PROMPT_SECONDS = 0.5


class BrowserPhone:
    """What one phone shows, and what its keys do. `changed` is called after every change.

    `note`: a line of the phone itself, shown in place of a screen. `draft`: what stands in the answer field.
    """

    def __init__(self, holder: PhoneHolder, make_link: MakeLink, changed: Callable[[], None]) -> None:
        self.holder = holder
        self.msisdn, self.network_code, self.language = holder.msisdn, holder.network_code, holder.language
        self.screen, self.note, self.draft = _NOTHING, "", ""
        self.sms: list[ReceivedSms] = []
        self.prompt: PaymentPrompt | None = None
        self.prompts = 0  # that have come so far
        self.is_busy = False
        self._is_unanswered = False  # the last hop
        self._make_link, self._changed = make_link, changed
        self._link = make_link(self.msisdn, self.network_code)
        self._call: Call | None = None
        self._one_key = asyncio.Lock()
        self._listening: list[asyncio.Task[None]] = []

    @property
    def network(self) -> str:
        return NETWORKS[self.network_code]

    @property
    def in_call(self) -> bool:
        return self._call is not None

    @property
    def is_unanswered(self) -> bool:
        """Whether the last hop had no answer, so that Send tries it again."""
        return self._is_unanswered

    @property
    def asks_secret(self) -> bool:
        """Whether what is typed now is a PIN, and is not shown."""
        return self.prompt is not None or (self.in_call and self.screen.asks_secret)

    def listen(self) -> None:
        """Take SMS and requests to pay from now on."""
        self._listening = [asyncio.create_task(self._take_sms()), asyncio.create_task(self._take_prompts())]

    async def close(self) -> None:
        for task in self._listening:
            task.cancel()
        await asyncio.gather(*self._listening, return_exceptions=True)

    async def become(self, msisdn: Msisdn, network_code: str) -> None:
        """Put another SIM card in: nothing of the number before is left."""
        if (msisdn, network_code) == (self.msisdn, self.network_code):
            return
        await self.close()
        async with self._one_key:
            await self._end_call()
            if msisdn != self.msisdn:
                self.sms, self.prompt, self.prompts = [], None, 0
            self.screen, self.note, self.draft = _NOTHING, "", ""
            self.msisdn, self.network_code = msisdn, network_code
            self._link = self._make_link(msisdn, network_code)
        self.listen()
        self._changed()

    async def send(self, typed: str, service_code: str) -> None:
        """Do what the key Send does: answer what is asked, or dial, or send an SMS."""
        typed = typed.strip()
        self.draft = ""
        if self.prompt:
            await self.answer_prompt(typed or None)
        elif self.in_call:
            await self.answer(typed)
        elif not typed or typed.startswith("*"):
            await self.dial(typed or service_code, service_code)
        elif typed.isdecimal() and len(typed) < _SHORTEST_SMS_OF_DIGITS:
            self._say(f"The call has ended. Send alone dials {service_code}")
        else:
            await self.send_sms(typed)

    async def dial(self, typed: str, service_code: str) -> None:
        """Begin a call; behind the service code may be the first answers: `*483*2*1#`."""
        ours = service_code.rstrip("#")
        if typed != service_code and not (typed.startswith(f"{ours}*") and typed.endswith("#")):
            self._say(f"Unknown code. Dial {service_code}")
            return
        async with self._one_key:
            await self._end_call()
            self._call = Call()
            self._call.history = typed.removeprefix(ours).strip("*#")
            self.screen = _NOTHING
            await self._hop(self._call)

    async def answer(self, typed: str) -> None:
        """Type an answer; after a hop without an answer, send that one again."""
        async with self._one_key:
            if self._call is None:
                return
            if not self._is_unanswered:
                self._call.add(typed)
            await self._hop(self._call)

    async def hang_up(self) -> None:
        """Press End: refuse what the mobile money asks for, or end the call."""
        self.draft = ""
        if self.prompt:
            await self.answer_prompt(None)
            return
        async with self._one_key:
            await self._end_call()
            self.screen, self.note = _NOTHING, ""
        self._changed()

    async def cut(self) -> bool:
        """Lose the call as a network loses it. Return whether there was one."""
        async with self._one_key:
            had_one = self.in_call
            await self._end_call()
        if had_one:
            self._say("Connection problem. The call was cut.")
        return had_one

    async def send_sms(self, text: str, message_id: str = "") -> bool:
        """Send an SMS to the service. Return whether the service took it. A second try with the same id is the same
        SMS."""
        try:
            await self._link.send_sms(text, message_id or str(uuid4()))
        except NO_ANSWER:
            self._say("The SMS was not sent. Try again.")
            return False
        self._say("SMS sent.")
        return True

    async def answer_prompt(self, pin: str | None) -> str | None:
        """Pay with the PIN of the mobile money, or refuse. Return the receipt; None: it was not paid."""
        prompt, self.prompt = self.prompt, None
        if prompt is None:
            return None
        try:
            receipt = await self._link.answer_prompt(prompt.id, pin)
        except NO_ANSWER:
            receipt = None
        self._say(f"M-PESA: {receipt} confirmed. {prompt.amount} paid." if receipt else "M-PESA: not paid.")
        return receipt

    async def _hop(self, call: Call) -> None:
        self.is_busy, self.note = True, ""
        self._changed()
        try:
            call.last_reply = await self._link.hop(call)
        except NO_ANSWER:
            self._is_unanswered = True
            self._say("Connection problem. Send tries again.")
            return
        finally:
            self.is_busy = False
        call.hops += 1
        self._is_unanswered = False
        self.screen = ReceivedScreen(call.last_reply, after_secret=self.screen.asks_secret)
        if self.screen.ends:
            await self._end_call()
        self._changed()

    async def _end_call(self) -> None:
        """Tell the service that the call is over; it does not matter if that fails."""
        call, self._call, self._is_unanswered = self._call, None, False
        if call:
            with suppress(*NO_ANSWER):
                await self._link.end(call)

    async def _take_sms(self) -> None:
        """Take each SMS when it comes; a simulator that was restarted counts from 0 again."""
        after, link = 0, self._link
        while True:
            try:
                found = await link.received_sms(after, POLL_SECONDS)
            except NO_ANSWER:
                after = 0
                await asyncio.sleep(_TRIES_AGAIN_SECONDS)
                continue
            known = {sms.message_id for sms in self.sms}
            self.sms += [sms for sms in found if sms.message_id not in known]
            after = max([after, *(sms.n for sms in found)])
            if found:
                self._changed()

    async def _take_prompts(self) -> None:
        """Show the newest request to pay as long as it is open."""
        link, shown = self._link, ""
        while True:
            try:
                found = await link.payment_prompts(0 if self.prompt else POLL_SECONDS)
            except NO_ANSWER:
                await asyncio.sleep(_TRIES_AGAIN_SECONDS)
                continue
            newest = found[-1] if found else None
            if newest and newest.id != shown:
                self.prompt, shown = newest, newest.id
                self.prompts += 1
                self._changed()
            elif self.prompt and not newest:
                self.prompt = None
                self._changed()
            await asyncio.sleep(_LOOKS_AT_PROMPT_SECONDS)

    def _say(self, note: str) -> None:
        self.note = note
        self._changed()
