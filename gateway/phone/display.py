"""How screens and SMS look in the terminal: framed like a feature phone for a person, plain lines for a script."""

from datetime import datetime
from typing import Final, Protocol

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from gateway.phone.received_screen import ReceivedScreen
from gateway.phone.service_link import PaymentPrompt, ReceivedSms
from menus.gsm7 import segments

COLUMNS: Final = 34


class Display(Protocol):
    """`typed` repeats an answer if the terminal has not echoed it."""

    def screen(self, screen: ReceivedScreen) -> None: ...
    def typed(self, text: str) -> None: ...
    def sms(self, sms: ReceivedSms) -> None: ...
    def payment(self, prompt: PaymentPrompt) -> None: ...
    def note(self, text: str) -> None: ...


class FramedDisplay:
    """For a person."""

    def __init__(self, console: Console, msisdn: str, service_code: str) -> None:
        self._console = console
        self._msisdn = msisdn
        self._service_code = service_code

    def screen(self, screen: ReceivedScreen) -> None:
        """Print number and service code, the screen, and below it the state of the call and the screen's length."""
        style = "dim" if screen.ends else "cyan"
        phone = Table(box=box.ROUNDED, show_header=False, width=COLUMNS + 4, border_style=style)
        phone.add_column(overflow="fold")
        phone.add_row(_left_and_right(self._msisdn, Text(self._service_code), "dim"), end_section=True)
        phone.add_row(Text(screen.text, style="bold"), end_section=True)
        length = Text(screen.length, style="dim" if screen.fits else "bold red")
        phone.add_row(_left_and_right(screen.state, length, "green" if not screen.ends else "yellow"))
        self._console.print(phone)

    def typed(self, text: str) -> None:
        """The terminal has echoed it."""

    def sms(self, sms: ReceivedSms) -> None:
        """Print the SMS as a bubble, indented."""
        bubble = Panel(
            Text(sms.text), title=f"SMS from {sms.sender}", title_align="left",
            subtitle=f"{_clock(sms.at)}, {_segments(sms.text)}", subtitle_align="right",
            width=COLUMNS + 8, border_style="magenta", box=box.ROUNDED,
        )  # fmt: skip
        self._console.print(Padding(bubble, (0, 0, 0, 4)))

    def payment(self, prompt: PaymentPrompt) -> None:
        """Print the request of the mobile money as a box of its own: it is not a screen of ours."""
        asked = Panel(
            Text(f"Pay {prompt.amount} to {prompt.business}, account {prompt.reference}?"), title="M-PESA",
            title_align="left", subtitle="/pay or /refuse", subtitle_align="right", width=COLUMNS + 8,
            border_style="green", box=box.HEAVY,
        )  # fmt: skip
        self._console.print(Padding(asked, (0, 0, 0, 4)))

    def note(self, text: str) -> None:
        self._console.print(Text(text, style="dim"))


class PlainDisplay:
    """For a script: screens are indented, answers follow `>`, notes are in brackets."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def screen(self, screen: ReceivedScreen) -> None:
        for line in screen.text.split("\n"):
            self._print(f"  {line}")
        self._print(f"({screen.state}, {screen.length})")

    def typed(self, text: str) -> None:
        self._print(f"> {text}")

    def sms(self, sms: ReceivedSms) -> None:
        self._print(f"sms< {sms.text}")
        self._print(f"(from {sms.sender}, {_clock(sms.at)}, {_segments(sms.text)})")

    def payment(self, prompt: PaymentPrompt) -> None:
        self._print(f"pay< {prompt.amount} to {prompt.business}, account {prompt.reference}?")
        self._print("(/pay or /refuse)")

    def note(self, text: str) -> None:
        self._print(f"({text})")

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, emoji=False, soft_wrap=True)


def _left_and_right(left: str, right: Text, style: str) -> Text:
    """Return one line with `left` at its left end and `right` at its right end."""
    line = Text(left, style=style)
    line.append(" " * max(1, COLUMNS - len(left) - len(right)))
    return line.append_text(right)


def _clock(at: datetime) -> str:
    return f"{at.astimezone():%H:%M:%S}"


def _segments(text: str) -> str:
    count = len(segments(text))
    return f"{count} segment{'s' if count > 1 else ''}"
