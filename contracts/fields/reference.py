"""A contract's reference: eight digits that a person reads out and types on a keypad.

The last is a Damm check digit. It catches every single wrong digit and every swap of two neighbours, which are the
typing mistakes people make. Luhn's does not catch 09 for 90, and that of ISBN-10 would need a letter.

>>> references_in("YES 4071 8353"), is_reference("40178353")
(('40718353',), False)
"""

import re
import secrets

from contracts.fields.letters import normalize_text

# A totally anti-symmetric quasigroup of order 10 (H. M. Damm, 2004). Row: the digit so far; column: the next digit.
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
REFERENCE = r"[1-9][0-9]{7}"
REFERENCE_IN_TEXT = r"([1-9][0-9]{3})[ -]?([0-9]{4})(?![0-9])"  # in one group or two
# What people may mean as a reference, even where its first digit is 0 or its check digit is wrong.
EIGHT_DIGITS = re.compile(r"(?<!\d)\d{4}[ -]?\d{4}(?!\d)")

_REFERENCE = re.compile(REFERENCE)
# The lookahead consumes nothing, so that "2026 4071 8353" is tried at 2026 and again at 4071.
_IN_TEXT = re.compile(rf"(?<![0-9+])(?={REFERENCE_IN_TEXT})")


def new_reference() -> str:
    """Return eight digits, random and never sequential.

    The first is 1-9, so that no spreadsheet drops a zero; the last is the check digit.
    """
    body = str(1_000_000 + secrets.randbelow(9_000_000))
    return f"{body}{_checked(body)}"


def is_reference(text: str) -> bool:
    """Whether `text` is exactly eight ASCII digits and the check digit is right."""
    return _REFERENCE.fullmatch(text) is not None and _checked(text) == 0


def references_in(text: str) -> tuple[str, ...]:
    """Return the references in free text, in their order, each once. A space or dash may stand in their middle."""
    found = (found[1] + found[2] for found in _IN_TEXT.finditer(normalize_text(text)))
    return tuple(dict.fromkeys(filter(is_reference, found)))


def spaced(reference: str) -> str:
    """Return `1234 5678` for screens, joined with U+00A0 so that a page never ends in its middle."""
    return f"{reference[:4]}\u00a0{reference[4:]}"


def _checked(digits: str) -> int:
    """Return Damm's interim digit after `digits`: the check digit to append, or 0 if `digits` already check."""
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return interim
