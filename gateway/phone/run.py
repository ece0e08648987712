"""`voicepact phone`: finds the service, opens the terminal or the script, and runs one handset until it ends."""

import asyncio
import signal
from contextlib import ExitStack, suppress
from pathlib import Path

from rich.console import Console

from contracts.fields.msisdn import Msisdn, parse_msisdn
from contracts.refusals import BadInput
from gateway.commands.startup import StartError
from gateway.phone.anonymize import Anonymizer
from gateway.phone.display import Display, FramedDisplay, PlainDisplay
from gateway.phone.handset import Handset
from gateway.phone.line_input import TerminalInput, open_line_input
from gateway.phone.network import ServiceAddress, announced_address, open_network
from gateway.phone.recording import open_recording
from gateway.settings import Settings
from menus.refusal_texts import BAD_INPUT_TEXTS
from menus.translate import translate


async def run_phone(
    settings: Settings, msisdn: str, *, url: str | None = None, token: str | None = None, simulator: str | None = None,
    simulator_key: str = "", data_dir: Path, record: Path | None = None,
) -> None:  # fmt: skip
    """Return when the person quits or presses Ctrl-C, or at the end of the input. Raise StartError if the handset
    cannot begin."""
    caller = _parse_caller(msisdn, settings.default_country)
    code = settings.at_ussd_service_code
    own_token = settings.webhook_token.get_secret_value()

    def address() -> ServiceAddress:
        if url is None and simulator is not None:
            return ServiceAddress(None, "", simulator, simulator_key)
        if url is None:
            return announced_address(data_dir)
        return ServiceAddress(url, token or own_token, simulator, simulator_key)

    if url is not None and not (token or own_token or simulator):
        raise StartError("--url: needs --token as well, the service's WEBHOOK_TOKEN")
    async with open_network(address, caller, code) as network:
        with ExitStack() as stack, suppress(asyncio.CancelledError):
            anonymizer = Anonymizer(caller, settings.default_country, code)
            recording = stack.enter_context(open_recording(record, anonymizer))
            lines = stack.enter_context(open_line_input())
            console = Console(highlight=False, emoji=False)
            display: Display = PlainDisplay(console)
            _stop_on(signal.SIGTERM, signal.SIGHUP)
            if isinstance(lines, TerminalInput):
                display = FramedDisplay(console, caller, code)
                # A script starts its background jobs with SIGINT ignored, and asyncio leaves it ignored. Ctrl-C at this
                # terminal has to end the phone all the same.
                _stop_on(signal.SIGINT)
            await Handset(network, lines, display, recording, code).run()


def _parse_caller(text: str, country: str) -> Msisdn:
    try:
        return parse_msisdn(text, country)
    except BadInput as bad:
        raise StartError(f"{text}: {translate(BAD_INPUT_TEXTS[bad.why], 'en')}") from None


def _stop_on(*signals: signal.Signals) -> None:
    """Let these signals end the phone as Ctrl-C does."""
    task = asyncio.current_task()
    assert task is not None
    for number in signals:
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
