"""Patterns that find a person in a text: the phone number however it is written, and the name.

PostgreSQL and Python both use them,
so they contain nothing that only one of the two knows. Match without regard to case.

>>> import re
>>> re.findall(number_pattern(Msisdn("+254712345678")), "0712 345 678, 254712345678; 0712345679")
['0712 345 678', '254712345678']
"""

import hashlib
import re
from collections.abc import Sequence

from contracts.fields.msisdn import Msisdn, country_code

MARK = "[erased]"

_GAP = "[ \u00a0\u202f().,/-]{0,2}"  # between two digits; our own screens group with U+00A0


def number_pattern(msisdn: Msisdn) -> str:
    """Return a pattern for the number with +, %2B, 00 or nothing before its country code, or in its local form. Its
    digits may be grouped in any way."""
    code = country_code(msisdn)
    lead, rest = _GAP.join(code), _GAP.join(msisdn[1 + len(code) :])
    return rf"(?<![0-9])(?:(?:(?:\+|00|%2B){_GAP})?{lead}{_GAP}0?{_GAP}|0{_GAP})?{rest}(?![0-9])"


def payer_names(msisdn: Msisdn) -> tuple[str, ...]:
    """Return how a rail may name who paid, where it says so in full or by the SHA-256 of the number."""
    digits = msisdn.removeprefix("+")
    hashes = (hashlib.sha256(text.encode()).hexdigest() for text in (digits, msisdn))
    return (msisdn, *hashes)


def person_pattern(msisdn: Msisdn, names: Sequence[str]) -> str:
    """Return a pattern for the number, and for each of the names as a whole word."""
    called = (rf"(?<!\w){re.escape(name)}(?!\w)" for name in sorted(names, key=len, reverse=True))
    return "|".join([number_pattern(msisdn), *called])
