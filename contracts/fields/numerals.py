"""Numbers as people type them: any script's digits, thousands in groups, one decimal point.

>>> read_decimal("3,500.50"), read_decimal("1 200"), read_decimal("1,20")
(Decimal('3500.50'), Decimal('1200'), None)
"""

import re
from decimal import Decimal

# A comma, space or apostrophe only groups thousands, and a dot only begins decimals. Any other text ("3.500,00", "2,5")
# is not read, because a wrong guess here is a wrong contract.
_NUMBER = re.compile(
    r"(?P<whole>[0-9]+|[1-9][0-9]{0,2}(?:(?P<group>[, '])[0-9]{3})(?:(?P=group)[0-9]{3})*)(?:\.(?P<part>[0-9]+))?"
)


def read_decimal(text: str) -> Decimal | None:
    """Return the number that `text` is, never negative; None when it is no number or could be two.

    `text` comes from `normalize_text`.
    """
    found = _NUMBER.fullmatch(text)
    if found is None or len(text) > 40:
        return None
    whole = re.sub(r"[^0-9]", "", found["whole"])
    return Decimal(f"{whole}.{found['part']}" if found["part"] else whole)


def decimals(number: Decimal) -> int:
    """Return how many digits were typed after the point: 2 for `3500.50`."""
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int), "read_decimal gives finite numbers only"
    return max(0, -exponent)
