"""The handset: dials, shows screens, takes answers, sends and shows SMS. Each line that is typed is one of these."""

import asyncio
import functools
from contextlib import suppress
from typing import Final

from gateway.commands.startup import StartError
from gateway.phone.display import Display
from gateway.phone.line_input import LineInput
from gateway.phone.network import POLL_SECONDS, Network
from gateway.phone.received_screen import ReceivedScreen
from gateway.phone.recording import Recording
from gateway.phone.service_link import SHORTCODE, Call, NoAnswerError, PaymentPrompt, ReceivedSms

HELP: Final = (
    "/sms TEXT sends an SMS to the service",
    "/pay      pays what the mobile money asks for, and asks for its PIN; /refuse refuses",
    "/hangup   ends the call",
    "/redial   dials anew",
    "/quit     puts the phone away (Ctrl-C and Ctrl-D do, too)",
    "//TEXT    answers /TEXT",
)
_IDLE: Final = "Enter dials again, sms TEXT sends a text, q quits"
_OLD_SMS_SHOWN: Final = 3  # of those that came before the phone started
_END_TIMEOUT_SECONDS: Final = 2.0


class Handset:
    """One phone: at most one call at a time, and SMS at any time."""

    def __init__(
        self, network: Network, lines: LineInput, display: Display, recording: Recording, service_code: str
    ) -> None:
        self._network = network
        self._lines = lines
        self._display = display
        self._recording = recording
        self._service_code = service_code
        self._call: Call | None = None
        self._screen = ReceivedScreen("END ")
        self._fault: str | None = None  # why the last hop had no answer
        self._sms_seen = 0
        self._ids_seen: set[str] = set()
        self._prompt: PaymentPrompt | None = None  # the newest that was shown, and not answered here

    async def run(self) -> None:
        """Dial, then take lines until there are no more. Raise StartError if the last hop had no answer."""
        await self._note("/help lists what this phone can do")
        if not self._network.shows_sms:
            await self._note("without the simulator of Africa's Talking, SMS to this phone cannot be shown")
        await self._show_old_sms()
        incoming = [asyncio.create_task(self._show_incoming_sms()), asyncio.create_task(self._show_payment_prompts())]
        try:
            await self._dial()
            while (typed := await self._lines.line("> ", hidden=self._screen.asks_secret)) is not None:
                if not await self._take(typed):
                    return
            if self._fault:
                raise StartError(self._fault)
            await self._hang_up()
            await asyncio.sleep(self._lines.lingers_seconds if self._network.shows_sms else 0)
        finally:
            for task in incoming:
                task.cancel()
            await self._hang_up()

    async def _take(self, typed: str) -> bool:
        """Do what a line says. Return False if it says to quit."""
        if typed.startswith("//"):
            typed = typed[1:]
        elif typed.startswith("/"):
            return await self._command(*_split(typed[1:]))
        if self._call is not None:
            await self._answer(typed)
            return True
        word, rest = _split(typed)
        if word in ("", "q", "quit", "sms", "pay", "refuse"):
            return await self._command({"": "redial", "q": "quit"}.get(word, word), rest)
        await self._note(f"the call has ended: {_IDLE}")
        return True

    async def _command(self, word: str, rest: str) -> bool:
        match word:
            case "quit" | "q":
                return False
            case "hangup" if self._call is None:
                await self._note("there is no call")
            case "hangup":
                await self._hang_up()
                await self._note(f"you hung up: {_IDLE}")
            case "redial":
                await self._hang_up()
                await self._dial()
            case "sms" if rest:
                await self._send(rest)
            case "sms":
                await self._note("sms TEXT: the text is missing")
            case "pay" | "refuse":
                await self._answer_prompt(pays=word == "pay")
            case "help":
                for line in HELP:
                    await self._note(line)
            case _:
                await self._note(f"/{word} is no command; /help lists them, and //{word} answers /{word}")
        return True

    async def _dial(self) -> None:
        self._call = Call()
        self._recording.dialled()
        await self._note(f"dialling {self._service_code}")
        await self._hop(self._call)

    async def _answer(self, typed: str) -> None:
        """Send the next hop; or the last one again, if it had no answer."""
        assert self._call is not None
        if self._fault:
            if typed.strip():
                await self._note("Enter tries again, /hangup gives up")
                return
        else:
            self._recording.typed(typed)
            shown = "****" if self._screen.is_secret(typed) else typed
            await self._lines.print(lambda: self._display.typed(shown))
            self._call.add(typed)
        await self._hop(self._call)

    async def _hop(self, call: Call) -> None:
        try:
            async with self._lines.busy("USSD code running\u2026"):
                reply = await self._network.hop(call)
        except NoAnswerError as fault:
            self._fault = str(fault)
            await self._note(f"connection problem: {fault}. Enter tries again, /hangup gives up")
            return
        call.hops += 1
        self._fault = None
        self._screen = ReceivedScreen(reply, after_secret=self._screen.asks_secret)
        self._recording.shown(self._screen)
        await self._lines.print(lambda: self._display.screen(self._screen))
        if self._screen.ends:
            await self._hang_up()
            await self._note(_IDLE)

    async def _hang_up(self) -> None:
        """End the call. Tell the service so; it does not matter if that fails."""
        call, self._call = self._call, None
        self._fault = None
        if call is None:
            return
        if not self._screen.ends:
            self._recording.hung_up()
        self._screen = ReceivedScreen("END ")
        with suppress(NoAnswerError, TimeoutError):
            async with asyncio.timeout(_END_TIMEOUT_SECONDS):
                await self._network.end(call)

    async def _send(self, text: str) -> None:
        self._recording.sent(text)
        try:
            await self._network.send_sms(text)
        except NoAnswerError as fault:
            await self._note(f"the SMS was not sent: {fault}")
        else:
            await self._note(f"SMS to {SHORTCODE}: {text}")

    async def _show_old_sms(self) -> None:
        with suppress(NoAnswerError):
            found = self._unseen(await self._network.received_sms(0, 0))
            if len(found) > _OLD_SMS_SHOWN:
                await self._note(f"{len(found) - _OLD_SMS_SHOWN} older SMS are not shown")
            for sms in found[-_OLD_SMS_SHOWN:]:
                await self._show(sms)

    async def _show_incoming_sms(self) -> None:
        """Show each SMS when it arrives, until the phone ends."""
        while self._network.shows_sms:
            try:
                found = await self._network.received_sms(self._sms_seen, POLL_SECONDS)
            except NoAnswerError:
                self._sms_seen = 0  # a simulator that was restarted counts from 0
                await asyncio.sleep(1)
                continue
            for sms in self._unseen(found):
                await self._show(sms)

    async def _show_payment_prompts(self) -> None:
        """Show each request to pay when it arrives, until the phone ends."""
        seen = set[str]()
        while self._network.shows_sms:
            try:
                found = await self._network.payment_prompts(POLL_SECONDS)
            except NoAnswerError:
                found = []
            new = [prompt for prompt in found if prompt.id not in seen]
            for prompt in new:
                seen.add(prompt.id)
                self._prompt = prompt
                await self._lines.print(functools.partial(self._display.payment, prompt))
            if not new:
                await asyncio.sleep(1)  # the open ones are answered at once

    async def _answer_prompt(self, *, pays: bool) -> None:
        """Ask for the PIN of the mobile money, which goes to the mobile money alone, and pay; or refuse."""
        prompt = self._prompt
        if prompt is None:
            await self._note("nobody asks this phone to pay now")
            return
        pin = await self._lines.line("M-PESA PIN: ", hidden=True) if pays else None
        if pays and not pin:
            return
        try:
            receipt = await self._network.answer_prompt(prompt.id, pin)
        except NoAnswerError as fault:
            await self._note(f"the request to pay was not answered: {fault}")
            return
        self._prompt = None
        await self._note(f"paid {prompt.amount}, receipt {receipt}" if receipt else "not paid")

    def _unseen(self, found: list[ReceivedSms]) -> list[ReceivedSms]:
        unseen = [sms for sms in found if sms.message_id not in self._ids_seen]
        self._ids_seen.update(sms.message_id for sms in unseen)
        self._sms_seen = max([self._sms_seen, *(sms.n for sms in found)])
        return unseen

    async def _show(self, sms: ReceivedSms) -> None:
        self._recording.received(sms.text)
        await self._lines.print(lambda: self._display.sms(sms))

    async def _note(self, text: str) -> None:
        await self._lines.print(lambda: self._display.note(text))


def _split(text: str) -> tuple[str, str]:
    """Return the first word in small letters, and the rest."""
    word, _, rest = text.strip().partition(" ")
    return word.lower(), rest.strip()
