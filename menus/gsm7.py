"""GSM 03.38: how long a text is on a phone, and how an SMS is cut into segments.

A letter of the default alphabet takes one septet, each of the ten letters of the extension table takes two. With one
letter outside both, the whole text is sent as UCS-2, and its length is counted in UTF-16 code units.

>>> septets("KES [5]"), is_gsm7("ƙasa"), units("ƙasa")
(9, False, 4)
"""

import codecs
import re
import unicodedata
from collections.abc import Callable

SINGLE_SEPTETS, SEGMENT_SEPTETS = 160, 153  # the header that joins segments takes 7 septets of each
SINGLE_UNITS, SEGMENT_UNITS = 70, 67

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = "\f^{}\\[~]|€"

# One pass in C tells whether a text is GSM 7-bit, and how long: this codec writes basic letters as bytes 1-127 and
# extension letters as 128-137. CPython has a fast table only for a codec that maps NUL to byte 0. GSM has no NUL, so
# `septets` refuses it afterwards.
_TABLE = codecs.charmap_build(f"\0{BASIC}{EXTENSION}".ljust(256, "\ufffe"))
_charmap_encode = codecs.charmap_encode
_EXTENDED = bytes(range(128, 138))

_PLAIN = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02b9\u02bb\u02bc\u02bd\u00b4`", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2039", "<"),
    **dict.fromkeys("\u203a", ">"),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2022", "-"),
    **dict.fromkeys("\u2024", "."),
    **dict.fromkeys("\u2026", "..."),
    **dict.fromkeys("\u2044", "/"),
    **dict.fromkeys("\t\u00a0\u1680\u202f\u205f\u3000", " "),
    **{chr(space): " " for space in range(0x2000, 0x200B)},
    **dict.fromkeys("\u200b\u2060\ufeff\u00ad", ""),
}
_TYPOGRAPHIC = re.compile(f"[{re.escape(''.join(_PLAIN))}]")


def septets(text: str) -> int:
    """Return how many septets `text` takes. Raises ValueError if a letter of it is not GSM 7-bit."""
    coded = _charmap_encode(text, "strict", _TABLE)[0]
    if 0 in coded:
        raise ValueError("NUL is not in the GSM alphabet")
    if coded.isascii():
        return len(coded)
    return 2 * len(coded) - len(coded.translate(None, _EXTENDED))


def is_gsm7(text: str) -> bool:
    """Whether every letter is in the default alphabet or the extension table."""
    try:
        septets(text)
    except ValueError:
        return False
    return True


def units(text: str) -> int:
    """Return the length in UTF-16 code units, as UCS-2 is counted: an emoji is two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def plain_punctuation(text: str) -> str:
    """Return `text` in NFC with plain punctuation and spaces instead of typographic ones. Accents stay as they are."""
    if text.isascii():
        return text if "\t" not in text and "`" not in text else text.replace("\t", " ").replace("`", "'")
    plain = _TYPOGRAPHIC.sub(_replace, text)
    return plain if plain.isascii() else unicodedata.normalize("NFC", plain)


def segments(text: str) -> tuple[str, ...]:
    """Return the segments that an SMS with `text` is sent as. Joined they are `text`; an empty text is one segment.

    A letter that takes two septets or two code units is never cut in two.
    """
    try:
        fits = septets(text) <= SINGLE_SEPTETS
    except ValueError:
        return (text,) if units(text) <= SINGLE_UNITS else _cut(text, SEGMENT_UNITS, _units_of)
    return (text,) if fits else _cut(text, SEGMENT_SEPTETS, _septets_of)


def encoding_and_segments(text: str) -> tuple[str, int]:
    """Return the encoding of an SMS with `text`, "gsm7" or "ucs2", and its number of segments.

    >>> encoding_and_segments("Mahindi"), encoding_and_segments("በቆሎ")
    (('gsm7', 1), ('ucs2', 1))
    """
    return ("gsm7" if is_gsm7(text) else "ucs2"), len(segments(text))


def _cut(text: str, room: int, cost: Callable[[str], int]) -> tuple[str, ...]:
    """Return `text` in the longest pieces that cost at most `room` each."""
    pieces, start, used = [], 0, 0
    for at, letter in enumerate(text):
        used += cost(letter)
        if used > room:
            pieces.append(text[start:at])
            start, used = at, cost(letter)
    return (*pieces, text[start:])


def _septets_of(letter: str) -> int:
    return 2 if letter in EXTENSION else 1


def _units_of(letter: str) -> int:
    return 2 if letter > "\uffff" else 1


def _replace(found: re.Match[str]) -> str:
    return _PLAIN[found[0]]
