"""How Daraja names who paid or was paid: a number, a masked one, or the SHA-256 of one. Names of people are dropped."""

import re
from typing import Final

_MSISDN = re.compile(r"254[0-9]{9}")
_NATIONAL = re.compile(r"[17][0-9]{8}")
_OPAQUE = re.compile(r"[0-9]{1,6} ?\*{2,9} ?[0-9]{1,6}|[0-9a-f]{64}|[0-9]{5,7}")
COUNTRY: Final = "254"


def read_payer(value: object) -> str | None:
    """Return `+254…` where the whole number is given, a masked number, a hash or a shortcode as it is, or None."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value).strip().removeprefix("+")
    if _MSISDN.fullmatch(text):
        return f"+{text}"
    if _NATIONAL.fullmatch(text):
        return f"+{COUNTRY}{text}"
    return text.lower() if _OPAQUE.fullmatch(text.lower()) else None


def read_party(value: object) -> str | None:
    """Return who is in `254700000022 - Jane Doe`: the number, without the name."""
    return read_payer(value.partition(" - ")[0]) if isinstance(value, str) else None
