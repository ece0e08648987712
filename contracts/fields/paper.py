"""A contract's number and its short code, as they stand on a paper and are typed together."""

import re

from contracts.fields.letters import normalize_text
from contracts.fields.reference import EIGHT_DIGITS
from contracts.proof.short_code import parse_code
from contracts.refusals import BadInput, Why

_FIRST_DIGITS = re.compile(rf"[\W_]*(?P<reference>{EIGHT_DIGITS.pattern})")


def parse_paper(typed: str) -> tuple[str, str]:
    """Return the number (eight digits; its check digit may be wrong) and the code. Raise BadInput for anything else.

    >>> parse_paper("4071 8353 bcdf-ghjk-lmnp")
    ('40718353', 'BCDFGHJKLMNP')
    """
    text = normalize_text(typed)
    if not text:
        raise BadInput(Why.EMPTY)
    found = _FIRST_DIGITS.match(text)
    code = parse_code(text[found.end() :]) if found else None
    if found is None or code is None:
        raise BadInput(Why.NOT_A_PAPER)
    return re.sub(r"\D", "", found["reference"]), code
