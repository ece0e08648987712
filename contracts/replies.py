"""What a person says by SMS. A consent is never guessed: a text is a yes only if it is nothing but a yes."""

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum

from contracts.numerals import tidy
from contracts.reference import find_reference

# In English, Swahili, French, Hausa ("agreed", "I agree") and Amharic. Not Hausa's "eh": the others cry it in surprise;
# nor Amharic's no in Latin letters, "aye", which is an English yes; nor "ok" and its like, which only acknowledge.
_YES = frozenset(["yes", "ndiyo", "ndio", "oui", "yarda", "na yarda", "አዎ", "አዎን"])
_NO = frozenset(["no", "hapana", "non", "a'a", "አይ", "አይደለም"])
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")  # a'a is one word
_DIGITS = re.compile(r"\d(?:[\d -]*\d)?")
_WORD_OR_DIGITS = re.compile(r"[^\W_]+")
_NUMBER_SIGN = re.compile(r"\bno\. ?\d", re.IGNORECASE)  # "No. 12345678" may mean the number, not a no
_LONGEST_SHOWN = 20  # of the digits that name no contract


class Intent(Enum):
    YES = "yes"
    NO = "no"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Said:
    """`reference`: the contract named. `misnamed`: digits that name none (a slip), to be shown back."""

    intent: Intent
    reference: str | None = None
    misnamed: str | None = None


def understand(text: str) -> Said:
    """A yes or no in any language we speak, alone or with a reference, in any case and punctuation; all else is OTHER.

    >>> understand("yes-57240000").reference
    '57240000'
    """
    plain = tidy(text)
    if _NUMBER_SIGN.search(plain):
        return Said(Intent.OTHER)
    said = " ".join(_WORD.findall(plain)).casefold()
    if said not in _YES | _NO or not all(map(_adds_nothing, _WORD_OR_DIGITS.sub("", plain))):
        return Said(Intent.OTHER)
    intent = Intent.YES if said in _YES else Intent.NO
    numbers = _DIGITS.findall(plain)
    if not numbers:
        return Said(intent)
    # A reference and something more (two of them, an amount) names nothing: which was meant is not ours to choose.
    reference = find_reference(plain) if sum(map(str.isdecimal, plain)) == 8 else None
    return Said(intent, reference, None if reference else ", ".join(numbers)[:_LONGEST_SHOWN])


def _adds_nothing(mark: str) -> bool:
    """Spaces and punctuation do; a question is no consent, and a sign (\U0001f44e, \u2260) may turn a word round."""
    return mark == " " or (unicodedata.category(mark)[0] == "P" and "QUESTION" not in unicodedata.name(mark, ""))
