"""A PIN that somebody writes to us: it is neither stored, nor signed, nor sent back.

Who is asked for their PIN on a call writes it in an SMS all the same: beside the word, beside a yes, or alone.
"""

import re
from collections.abc import Set
from typing import Final

from contracts.fields.letters import fold_word, normalize_text
from contracts.fields.reference import EIGHT_DIGITS
from contracts.sms.vocabulary import POLITE, WORD, YES
from contracts.sms.word_families import PIN_WORDS

_MOST_WORDS_BESIDE_CODE: Final = 4  # "mon code est 4826"; in a longer text a code may be one of anything
_DIGITS_OF_A_PIN: Final = range(4, 6)  # four, perhaps mistyped; six may be a sum or most of a reference
_YES_WORDS: Final = frozenset(word for phrase in YES for word in phrase.split())
_DIGITS = re.compile(r"(?<![0-9])[0-9](?:[ .-]?[0-9]){3,5}(?![0-9])")  # four, perhaps mistyped, perhaps one by one
_REFERENCE = re.compile(rf"({EIGHT_DIGITS.pattern})")


def without_pin(text: str) -> str:
    """Return `text` with a star for each digit of what may be a PIN; as it is if none may be.

    >>> without_pin("my pin is 4826"), without_pin("4826"), without_pin("YES 4826"), without_pin("PIN yes 40718353")
    ('my pin is ****', '****', 'YES ****', 'PIN yes 40718353')
    >>> without_pin("3500 for 50 bags"), without_pin("RECEIVED 4826")
    ('3500 for 50 bags', 'RECEIVED 4826')
    """
    words = _words_in(text)
    if not (_name_pin(words) or words <= _YES_WORDS):
        return text
    parts = _REFERENCE.split(normalize_text(text))
    masked = [part if at % 2 else _DIGITS.sub(_stars, part) for at, part in enumerate(parts)]
    return "".join(masked) if "".join(parts) != "".join(masked) else text


def is_pin(text: str) -> bool:
    """Whether `text` says that it is a PIN, or is nothing but its digits and perhaps a yes.

    >>> is_pin("mon code est 4826"), is_pin("yes 4826"), is_pin("YES 40718353"), is_pin("received code 30")
    (True, True, False, False)
    """
    digits = sum(map(str.isdecimal, text))
    if digits < _DIGITS_OF_A_PIN[0]:
        return False
    words = _words_in(text)
    says_so = _name_pin(words) or (words <= _YES_WORDS and digits in _DIGITS_OF_A_PIN)
    return says_so and without_pin(text) != text


def _name_pin(words: Set[str]) -> bool:
    return bool(words & PIN_WORDS) or ("code" in words and len(words) <= _MOST_WORDS_BESIDE_CODE)


def _words_in(text: str) -> Set[str]:
    """The words that stand beside digits, too: "pin4826"."""
    return {fold_word(word) for word in WORD.findall(re.sub(r"[0-9]", " ", normalize_text(text)))} - POLITE


def _stars(found: re.Match[str]) -> str:
    return re.sub(r"[0-9]", "*", found[0])
