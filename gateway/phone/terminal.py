"""`voicepact phone`: a handset in the terminal. It dials, shows screens, takes answers, sends and gets SMS.

Where its standard input is no terminal it plays the lines it reads there, and ends with them.
"""

import asyncio
import signal
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

from rich.console import Console

from contracts.fields.msisdn import Msisdn, parse_msisdn
from contracts.refusals import BadInput
from gateway.commands.startup import StartError
from gateway.phone.keys import Keys, TerminalKeys, open_keys
from gateway.phone.masks import Masks
from gateway.phone.network import (
    POLL_SECONDS,
    SHORTCODE,
    Call,
    Network,
    NoAnswerError,
    Sms,
    Where,
    connected,
    running_on,
)
from gateway.phone.record import Recording, recording
from gateway.phone.screen import Face, Framed, Plain, Shown
from gateway.settings import Settings
from menus.refusal_texts import BAD_INPUT_TEXTS
from menus.translate import translate

HELP: Final = (
    "/sms TEXT sends an SMS to the service",
    "/hangup   ends the call",
    "/redial   dials anew",
    "/quit     puts the phone away (Ctrl-C and Ctrl-D do, too)",
    "//TEXT    answers /TEXT",
)
_IDLE: Final = "Enter dials again, sms TEXT sends a text, q quits"
_TEXTS_KEPT: Final = 3  # shown of those that came before the phone was there
_SAY_GOODBYE_SECONDS: Final = 2.0


async def run_phone(
    settings: Settings, msisdn: str, *, url: str | None = None, token: str | None = None, simulator: str | None = None,
    data_dir: Path, record: Path | None = None,
) -> None:  # fmt: skip
    """Until the person quits, Ctrl-C, or the end of the input. Raises StartError where it cannot begin."""
    caller = _caller(msisdn, settings.default_country)
    code = settings.at_ussd_service_code
    own_token = settings.webhook_token.get_secret_value()

    def where() -> Where:
        if url is None and simulator is not None:
            return Where(None, "", simulator)
        if url is None:
            return running_on(data_dir)
        return Where(url, token or own_token, simulator)

    if url is not None and not (token or own_token or simulator):
        raise StartError("--url: needs --token as well, the service's WEBHOOK_TOKEN")
    async with connected(where, caller, code) as network:
        with ExitStack() as stack, suppress(asyncio.CancelledError):
            kept = stack.enter_context(recording(record, Masks(caller, settings.default_country, code)))
            keys = stack.enter_context(open_keys())
            console = Console(highlight=False, emoji=False)
            face: Face = Plain(console)
            _stop_on(signal.SIGTERM, signal.SIGHUP)
            if isinstance(keys, TerminalKeys):
                face = Framed(console, caller, code)
                # A script's background jobs are started deaf to Ctrl-C, and what they start is, too: asyncio leaves it
                # so. Who sits at this terminal means this phone.
                _stop_on(signal.SIGINT)
            await Handset(network, keys, face, kept, code).run()


class Handset:
    """One phone: at most one call at a time, and texts at any time."""

    def __init__(self, network: Network, keys: Keys, face: Face, kept: Recording, service_code: str) -> None:
        self._network = network
        self._keys = keys
        self._face = face
        self._kept = kept
        self._service_code = service_code
        self._call: Call | None = None
        self._screen = Shown("END ")
        self._unanswered: str | None = None  # why the last hop was not
        self._texts_seen = 0
        self._ids_seen: set[str] = set()

    async def run(self) -> None:
        """Dial, and go on until there is no more to type. Raises StartError if that leaves a hop unanswered."""
        self._face.note("/help lists what this phone can do")
        if not self._network.brings_sms:
            self._face.note("without the double of Africa's Talking, SMS to this phone cannot be shown")
        await self._read_old_texts()
        texts = asyncio.create_task(self._read_texts())
        try:
            await self._dial()
            while (typed := await self._keys.line("> ", hidden=self._screen.asks_secret)) is not None:
                if not await self._take(typed):
                    return
            if self._unanswered:
                raise StartError(self._unanswered)
            await self._hang_up()
            await asyncio.sleep(self._keys.lingers_seconds if self._network.brings_sms else 0)
        finally:
            texts.cancel()
            await self._hang_up()

    async def _take(self, typed: str) -> bool:
        """Do what a line says; False when it says to quit."""
        if typed.startswith("//"):
            typed = typed[1:]
        elif typed.startswith("/"):
            return await self._command(*_split(typed[1:]))
        if self._call is not None:
            await self._answer(typed)
            return True
        word, rest = _split(typed)
        if word in ("", "q", "quit", "sms"):
            return await self._command({"": "redial", "q": "quit"}.get(word, word), rest)
        self._say(f"the call has ended: {_IDLE}")
        return True

    async def _command(self, word: str, rest: str) -> bool:
        match word:
            case "quit" | "q":
                return False
            case "hangup" if self._call is None:
                self._say("there is no call")
            case "hangup":
                await self._hang_up()
                self._say(f"you hung up: {_IDLE}")
            case "redial":
                await self._hang_up()
                await self._dial()
            case "sms" if rest:
                await self._send(rest)
            case "sms":
                self._say("sms TEXT: the text is missing")
            case "help":
                for line in HELP:
                    self._say(line)
            case _:
                self._say(f"/{word} is no command; /help lists them, and //{word} answers /{word}")
        return True

    async def _dial(self) -> None:
        self._call = Call()
        self._kept.dialled()
        self._face.note(f"dialling {self._service_code}")
        await self._hop(self._call)

    async def _answer(self, typed: str) -> None:
        """The next hop; or, where the last one had no answer, that one again."""
        assert self._call is not None
        if self._unanswered:
            if typed.strip():
                self._say("Enter tries again, /hangup gives up")
                return
        else:
            self._kept.typed(typed)
            self._face.typed("****" if self._screen.is_secret(typed) else typed)
            self._call.typed(typed)
        await self._hop(self._call)

    async def _hop(self, call: Call) -> None:
        try:
            with self._keys.busy("USSD code running\u2026"):
                reply = await self._network.hop(call)
        except NoAnswerError as fault:
            self._unanswered = str(fault)
            self._say(f"connection problem: {fault}. Enter tries again, /hangup gives up")
            return
        call.hops += 1
        self._unanswered = None
        self._screen = Shown(reply, after_secret=self._screen.asks_secret)
        self._kept.shown(self._screen)
        with self._keys.above():
            self._face.screen(self._screen)
        if self._screen.ends:
            await self._hang_up()
            self._say(_IDLE)

    async def _hang_up(self) -> None:
        """The call is over, and the service is told so; that it may not hear it is no matter."""
        call, self._call = self._call, None
        self._unanswered = None
        if call is None:
            return
        if not self._screen.ends:
            self._kept.hung_up()
        self._screen = Shown("END ")
        with suppress(NoAnswerError, TimeoutError):
            async with asyncio.timeout(_SAY_GOODBYE_SECONDS):
                await self._network.end(call)

    async def _send(self, text: str) -> None:
        self._kept.sent(text)
        try:
            await self._network.send_sms(text)
        except NoAnswerError as fault:
            self._say(f"the SMS was not sent: {fault}")
        else:
            self._say(f"SMS to {SHORTCODE}: {text}")

    async def _read_old_texts(self) -> None:
        with suppress(NoAnswerError):
            found = self._new(await self._network.texts(0, 0))
            if len(found) > _TEXTS_KEPT:
                self._say(f"{len(found) - _TEXTS_KEPT} older SMS are not shown")
            for sms in found[-_TEXTS_KEPT:]:
                self._show(sms)

    async def _read_texts(self) -> None:
        """Show each text as it arrives, for as long as the phone is there."""
        while self._network.brings_sms:
            try:
                found = await self._network.texts(self._texts_seen, POLL_SECONDS)
            except NoAnswerError:
                self._texts_seen = 0  # a double that began anew counts anew
                await asyncio.sleep(1)
                continue
            for sms in self._new(found):
                self._show(sms)

    def _new(self, found: list[Sms]) -> list[Sms]:
        fresh = [sms for sms in found if sms.message_id not in self._ids_seen]
        self._ids_seen.update(sms.message_id for sms in fresh)
        self._texts_seen = max([self._texts_seen, *(sms.n for sms in found)])
        return fresh

    def _show(self, sms: Sms) -> None:
        self._kept.received(sms.text)
        with self._keys.above():
            self._face.sms(sms)

    def _say(self, text: str) -> None:
        with self._keys.above():
            self._face.note(text)


def _caller(text: str, country: str) -> Msisdn:
    try:
        return parse_msisdn(text, country)
    except BadInput as bad:
        raise StartError(f"{text}: {translate(BAD_INPUT_TEXTS[bad.why], 'en')}") from None


def _split(text: str) -> tuple[str, str]:
    """The first word, in small letters, and the rest."""
    word, _, rest = text.strip().partition(" ")
    return word.lower(), rest.strip()


def _stop_on(*signals: signal.Signals) -> None:
    """These end the phone as Ctrl-C does."""
    task = asyncio.current_task()
    assert task is not None
    for number in signals:
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
