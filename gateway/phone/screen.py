"""How a screen and a text look: framed as a feature phone shows them, or as plain lines for a script."""

import re
from datetime import datetime
from typing import Final, Protocol

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from gateway.phone.network import Sms
from gateway.phone.secrets import asks_secret
from menus.gsm7 import SINGLE_SEPTETS, SINGLE_UNITS, is_gsm7, segments, septets, units
from values.frozen import Frozen, Hidden

COLUMNS: Final = 34
WAITS, ENDED = "waiting for an answer", "call ended"

_LISTED = re.compile(r"^([0-9]{1,2})[.)] ", re.MULTILINE)
_NAVIGATION = re.compile(r"(\n(98|00?)\. [^\n]*)+$")
_MORE: Final = "98"


class Shown(Frozen):
    """A reply as the service sent it, `CON ` or `END ` in front. `after_secret`: the one before it asked for one."""

    reply: Hidden[str]
    after_secret: bool = False

    @property
    def ends(self) -> bool:
        return self.reply.startswith("END")

    @property
    def text(self) -> str:
        return self.reply[3:].removeprefix(" ")

    @property
    def keys(self) -> frozenset[str]:
        """The keys it lists, `1. Buyer` and `0. Back` alike."""
        return frozenset(_LISTED.findall(self.text))

    @property
    def asks_secret(self) -> bool:
        """Whether what is typed next may be a PIN or a recovery code."""
        page = _NAVIGATION.sub("", self.text)
        return not self.ends and asks_secret(page, goes_on=_MORE in self.keys, after_secret=self.after_secret)

    def is_secret(self, typed: str) -> bool:
        """Whether `typed` is to be kept secret: a listed key is none."""
        return self.asks_secret and typed.strip() not in self.keys

    @property
    def state(self) -> str:
        return ENDED if self.ends else WAITS

    @property
    def weight(self) -> str:
        """What it weighs, prefix included, and what a phone takes: `89/160`, or `41/70 UCS-2`."""
        if is_gsm7(self.reply):
            return f"{septets(self.reply)}/{SINGLE_SEPTETS}"
        return f"{units(self.reply)}/{SINGLE_UNITS} UCS-2"

    @property
    def fits(self) -> bool:
        return septets(self.reply) <= SINGLE_SEPTETS if is_gsm7(self.reply) else units(self.reply) <= SINGLE_UNITS


class Face(Protocol):
    """Where things are shown. `typed` repeats an answer where the terminal has not echoed it."""

    def screen(self, shown: Shown) -> None: ...
    def typed(self, text: str) -> None: ...
    def sms(self, sms: Sms) -> None: ...
    def note(self, text: str) -> None: ...


class Framed:
    """For a person."""

    def __init__(self, console: Console, msisdn: str, service_code: str) -> None:
        self._console = console
        self._msisdn = msisdn
        self._service_code = service_code

    def screen(self, shown: Shown) -> None:
        """The phone: whose it is and what it dialled, the screen, how the call stands and what the screen weighs."""
        style = "dim" if shown.ends else "cyan"
        phone = Table(box=box.ROUNDED, show_header=False, width=COLUMNS + 4, border_style=style)
        phone.add_column(overflow="fold")
        phone.add_row(_two_ends(self._msisdn, Text(self._service_code), "dim"), end_section=True)
        phone.add_row(Text(shown.text, style="bold"), end_section=True)
        weight = Text(shown.weight, style="dim" if shown.fits else "bold red")
        phone.add_row(_two_ends(shown.state, weight, "green" if not shown.ends else "yellow"))
        self._console.print(phone)

    def typed(self, text: str) -> None:
        """The terminal shows it already."""

    def sms(self, sms: Sms) -> None:
        """A bubble, set in from the edge."""
        bubble = Panel(
            Text(sms.text), title=f"SMS from {sms.sender}", title_align="left",
            subtitle=f"{_clock(sms.at)}, {_parts(sms.text)}", subtitle_align="right",
            width=COLUMNS + 8, border_style="magenta", box=box.ROUNDED,
        )  # fmt: skip
        self._console.print(Padding(bubble, (0, 0, 0, 4)))

    def note(self, text: str) -> None:
        self._console.print(Text(text, style="dim"))


class Plain:
    """For a script: what is shown is indented, what is typed follows `>`, and notes stand in brackets."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def screen(self, shown: Shown) -> None:
        for line in shown.text.split("\n"):
            self._say(f"  {line}")
        self._say(f"({shown.state}, {shown.weight})")

    def typed(self, text: str) -> None:
        self._say(f"> {text}")

    def sms(self, sms: Sms) -> None:
        self._say(f"sms< {sms.text}")
        self._say(f"(from {sms.sender}, {_clock(sms.at)}, {_parts(sms.text)})")

    def note(self, text: str) -> None:
        self._say(f"({text})")

    def _say(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, emoji=False, soft_wrap=True)


def _two_ends(left: str, right: Text, style: str) -> Text:
    """`left` and `right` at the two ends of a line."""
    line = Text(left, style=style)
    line.append(" " * max(1, COLUMNS - len(left) - len(right)))
    return line.append_text(right)


def _clock(at: datetime) -> str:
    return f"{at.astimezone():%H:%M:%S}"


def _parts(text: str) -> str:
    count = len(segments(text))
    return f"{count} segment{'s' if count > 1 else ''}"
