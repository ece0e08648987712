"""An SMS while it is written: what it says, and how that reads in one language."""

from menus.gsm7 import plain_punctuation, segments
from menus.translate import Text, translate
from values.frozen import Frozen, Hidden


class Draft(Frozen):
    """`text`: the `sentence` as it is sent to a reader of one language."""

    sentence: Text
    text: Hidden[str]

    @property
    def segments(self) -> int:
        return len(segments(self.text))


def draft(sentence: Text, language: str) -> Draft:
    return Draft(sentence, written(sentence, language))


def written(sentence: Text, language: str) -> str:
    """Return `sentence` as an SMS is sent."""
    return plain_punctuation(translate(sentence, language))
