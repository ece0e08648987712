"""Free text answers: a product, a place.

>>> parse_free_text("  white   maize ")
'white maize'
"""

import unicodedata

from contracts.refusals import BadInput, Why

_ALLOWED = "\t\r\n\u200c\u200d"  # white space, and the joiners Arabic script needs between letters
# A text direction override could show the other party other words than those stored, so "other" marks go with controls.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def parse_free_text(text: str, *, longest: int = 40, shortest: int = 2) -> str:
    """`text` trimmed, white space folded to single spaces, in NFC; lengths in characters. `*` is a letter like others.

    Raises BadInput: EMPTY, BAD_LETTERS (control characters, or no letter at all), TOO_SHORT, TOO_LONG.
    """
    if any(_is_unseen(letter) for letter in text):
        raise BadInput(Why.BAD_LETTERS)
    words = unicodedata.normalize("NFC", " ".join(text.split()))
    if not words:
        raise BadInput(Why.EMPTY)
    if not any(letter.isalpha() for letter in words):
        raise BadInput(Why.BAD_LETTERS)
    if len(words) < shortest:
        raise BadInput(Why.TOO_SHORT)
    if len(words) > longest:
        raise BadInput(Why.TOO_LONG)
    return words


def _is_unseen(letter: str) -> bool:
    """Has no shape of its own, or none that is agreed."""
    return unicodedata.category(letter) in _UNSEEN and letter not in _ALLOWED
