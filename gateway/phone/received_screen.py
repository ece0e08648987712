"""A screen as it reached the handset: its text, its keys, its length, and whether it asks for a secret."""

import re
from typing import Final

from gateway.phone.secret_questions import asks_secret
from menus.gsm7 import SINGLE_SEPTETS, SINGLE_UNITS, is_gsm7, septets, units
from values.frozen import Frozen, Hidden

WAITS, ENDED = "waiting for an answer", "call ended"

_LISTED = re.compile(r"^([0-9]{1,2})[.)] ", re.MULTILINE)
_NAVIGATION = re.compile(r"(\n(98|00?)\. [^\n]*)+$")
MORE: Final = "98"


class ReceivedScreen(Frozen):
    """`reply`: what the service sent, CON or END included. `after_secret`: the screen before asked for a secret."""

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
        """The keys that the screen lists: `1. Buyer` and `0. Back` alike."""
        return frozenset(_LISTED.findall(self.text))

    @property
    def asks_secret(self) -> bool:
        """Whether the next answer may be a PIN or a recovery code."""
        page = _NAVIGATION.sub("", self.text)
        return not self.ends and asks_secret(page, goes_on=MORE in self.keys, after_secret=self.after_secret)

    def is_secret(self, typed: str) -> bool:
        """Whether `typed` may be a PIN or a recovery code. The keys that the screen lists are not."""
        return self.asks_secret and typed.strip() not in self.keys

    @property
    def state(self) -> str:
        return ENDED if self.ends else WAITS

    @property
    def length(self) -> str:
        """The screen's length with its prefix, and the longest that a phone shows: `89/160`, or `41/70 UCS-2`."""
        if is_gsm7(self.reply):
            return f"{septets(self.reply)}/{SINGLE_SEPTETS}"
        return f"{units(self.reply)}/{SINGLE_UNITS} UCS-2"

    @property
    def fits(self) -> bool:
        return septets(self.reply) <= SINGLE_SEPTETS if is_gsm7(self.reply) else units(self.reply) <= SINGLE_UNITS
