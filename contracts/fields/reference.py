"""A contract's reference: eight digits that a person reads out and types on a keypad.

The last is a Damm check digit. Luhn lets 09 and 90 be swapped; Damm's table catches every single wrong digit and every
swap of neighbours, the two slips people make, and needs no letter for an eleventh value as ISBN-10 does.

>>> find_reference("YES 4071 8353"), is_reference("40178353")
('40718353', False)
"""

import re
import secrets

from contracts.fields.letters import normalize_text

# A totally anti-symmetric quasigroup of order 10 (H. M. Damm, 2004); row: digit so far, column: next digit.
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
_SHAPE = re.compile(r"[1-9][0-9]{7}")
# Looks ahead without consuming, so that "2026 4071 8353" is tried at 2026 and again at 4071.
_IN_TEXT = re.compile(r"(?<![0-9+])(?=([1-9][0-9]{3})[ -]?([0-9]{4})(?![0-9]))")


def new_reference() -> str:
    """Eight random digits, never sequential: the first 1-9, so that no spreadsheet drops a zero; the last a check."""
    body = str(1_000_000 + secrets.randbelow(9_000_000))
    return f"{body}{_checked(body)}"


def is_reference(text: str) -> bool:
    """Whether `text` is exactly eight ASCII digits whose check digit holds."""
    return _SHAPE.fullmatch(text) is not None and _checked(text) == 0


def find_reference(text: str) -> str | None:
    """The first reference in free text, one space or dash in its middle allowed; None when there is none."""
    return next(iter(references_in(text)), None)


def references_in(text: str) -> tuple[str, ...]:
    """Every reference in free text, in its order, each once."""
    found = (found[1] + found[2] for found in _IN_TEXT.finditer(normalize_text(text)))
    return tuple(dict.fromkeys(filter(is_reference, found)))


def spaced(reference: str) -> str:
    """For screens: `1234 5678`, joined with U+00A0 so that a pager never splits it."""
    return f"{reference[:4]}\u00a0{reference[4:]}"


def _checked(digits: str) -> int:
    """Damm's interim digit after `digits`: the check digit to append, or 0 when the last one already checks."""
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return interim
