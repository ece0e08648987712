"""How a paper speaks: its language, and the time zone of its times."""

from datetime import datetime
from typing import Final
from unicodedata import bidirectional
from zoneinfo import ZoneInfo

from menus.translate import SOURCE, Text, t, translate
from values.frozen import Frozen, replace

_DAY: Final = t("{day}")


class Speaker(Frozen):
    """`language` is one of ours."""

    language: str
    zone: ZoneInfo

    def say(self, text: Text, **values: object) -> str:
        """Return a text with these values, beside those that it has."""
        return translate(replace(text, values={**text.values, **values}), self.language)

    def moment(self, at: datetime) -> str:
        """Return a day and a time."""
        local = at.astimezone(self.zone)
        if self.language == SOURCE:
            return f"{local:%d %b %Y %H:%M}"
        return f"{self.say(_DAY, day=local.date())} {local:%H:%M}"


def isolated(text: str) -> str:
    """Return a text of a person for the middle of a line. An Arabic name would else draw the number behind it before
    itself, as one text from right to left. Unicode's marks for it: first strong isolate, pop directional isolate."""
    return f"\u2068{text}\u2069" if any(bidirectional(letter) in ("R", "AL") for letter in text) else text
