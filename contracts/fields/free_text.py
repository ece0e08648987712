"""Text that people write: a product, a place, a name, a problem.

>>> parse_free_text("  white   maize ", longest=PRODUCT_LETTERS)
'white maize'
"""

import unicodedata

from contracts.refusals import BadInput, Why

# The most letters of each text, by USSD, SMS and REST alike. A test compares them with the database's CHECKs.
PRODUCT_LETTERS = 30  # the screens and SMS that show a product and a place must hold both
PLACE_LETTERS = 40
NAME_LETTERS = 60
OWN_NAME_LETTERS = 30  # by USSD: an offer with it and the number should stay one SMS
PROBLEM_LETTERS = 500  # of a dispute, and of an appeal
PROBLEM_LETTERS_BY_USSD = 120
REASONS_LETTERS = 1000  # of a mediator's decision
WORDS_LETTERS = 1000  # of a text about a delivery, as it is signed
HOLD_REASON_LETTERS = 500  # of a legal hold
FILE_NAME_LETTERS = 200

_ALLOWED = "\t\r\n\u200c\u200d"  # white space, and the joiners Arabic script needs between letters
# A text direction override could show the other party a text that is not the stored one. So every character that shows
# nothing itself is refused: control (Cc), format (Cf), surrogate (Cs), private use (Co), unassigned (Cn).
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def parse_free_text(text: str, *, longest: int, shortest: int = 2) -> str:
    """Return `text` in NFC, trimmed, with single spaces. `longest` and `shortest` count characters.

    Raise BadInput: EMPTY, BAD_LETTERS (a control character, or no letter at all), TOO_SHORT, TOO_LONG.
    """
    if any(_is_invisible(letter) for letter in text):
        raise BadInput(Why.BAD_LETTERS)
    trimmed = unicodedata.normalize("NFC", " ".join(text.split()))
    if not trimmed:
        raise BadInput(Why.EMPTY)
    if not any(letter.isalpha() for letter in trimmed):
        raise BadInput(Why.BAD_LETTERS)
    if len(trimmed) < shortest:
        raise BadInput(Why.TOO_SHORT)
    if len(trimmed) > longest:
        raise BadInput(Why.TOO_LONG)
    return trimmed


def _is_invisible(letter: str) -> bool:
    return unicodedata.category(letter) in _INVISIBLE and letter not in _ALLOWED
