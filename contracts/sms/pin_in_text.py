"""A PIN that somebody writes to us: it is neither stored, nor signed, nor sent back.

Who is asked for their PIN on a call writes it in an SMS all the same: beside the word, beside a yes, or alone.
"""

import re

from contracts.fields.letters import fold_word, normalize_text
from contracts.fields.reference import EIGHT_DIGITS
from contracts.sms.vocabulary import POLITE, WORD, YES

_NAMES = frozenset("pin pini siri sirri password passcode ፒን".split())  # noqa: SIM905 - a list of words
_DIGITS = re.compile(r"(?<![0-9])[0-9](?:[ .-]?[0-9]){3,5}(?![0-9])")  # four, perhaps mistyped, perhaps one by one
_REFERENCE = re.compile(rf"({EIGHT_DIGITS.pattern})")


def without_pin(text: str) -> str:
    """Return `text` with a star for each digit of what may be a PIN; as it is if none may be.

    >>> without_pin("my pin is 4826"), without_pin("4826"), without_pin("YES 4826"), without_pin("PIN yes 40718353")
    ('my pin is ****', '****', 'YES ****', 'PIN yes 40718353')
    >>> without_pin("3500 for 50 bags"), without_pin("RECEIVED 4826")
    ('3500 for 50 bags', 'RECEIVED 4826')
    """
    words = {fold_word(word) for word in WORD.findall(re.sub(r"[0-9]", " ", normalize_text(text)))} - POLITE
    if not (words & _NAMES or words <= YES):
        return text
    parts = _REFERENCE.split(normalize_text(text))
    masked = [part if at % 2 else _DIGITS.sub(_stars, part) for at, part in enumerate(parts)]
    return "".join(masked) if "".join(parts) != "".join(masked) else text


def _stars(found: re.Match[str]) -> str:
    return re.sub(r"[0-9]", "*", found[0])
