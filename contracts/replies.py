"""What a person says by SMS. A consent is never guessed: a text is a yes only if it is nothing but a yes."""

import re
from dataclasses import dataclass
from enum import Enum

from contracts.numerals import tidy
from contracts.reference import find_reference

_YES = frozenset(["yes", "ndiyo", "ndio"])
_NO = frozenset(["no", "hapana"])
_WORD = re.compile(r"[^\W\d_]+")
_DIGITS = re.compile(r"\d[\d -]*")


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
    """`YES`, `NO`, `NDIYO`, `HAPANA`, alone or with a reference, in any case and punctuation; all else is OTHER.

    >>> understand("yes-57240007").reference
    '57240007'
    """
    plain = tidy(text)
    words = [word.casefold() for word in _WORD.findall(plain)]
    if len(words) != 1 or words[0] not in _YES | _NO:
        return Said(Intent.OTHER)
    intent = Intent.YES if words[0] in _YES else Intent.NO
    digits = _DIGITS.findall(plain)
    reference = find_reference(" ".join(digits)) if len(digits) == 1 else None
    return Said(intent, reference, digits[0].strip()[:16] if digits and not reference else None)
