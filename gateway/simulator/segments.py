"""Count the segments of an SMS on the provider's side, independently of menus/gsm7.py, so that the two can disagree."""

from typing import Final

GSM7: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_ESCAPED: Final = frozenset("\f^{}\\[~]|€")


def count_segments(text: str) -> int:
    """Return the number of segments, at least 1. One alone holds 160 septets or 70 UTF-16 units; each of several holds
    153 or 67 (3GPP TS 23.038 and 23.040)."""
    if all(letter in GSM7 or letter in GSM7_ESCAPED for letter in text):
        return _segments([2 if letter in GSM7_ESCAPED else 1 for letter in text], alone=160, joined=153)
    return _segments([2 if ord(letter) > 0xFFFF else 1 for letter in text], alone=70, joined=67)


def _segments(sizes: list[int], alone: int, joined: int) -> int:
    """A letter of two septets or units is never split between two segments, so dividing the sum is not enough."""
    if sum(sizes) <= alone:
        return 1
    segments, room = 1, joined
    for size in sizes:
        if size > room:
            segments, room = segments + 1, joined
        room -= size
    return segments
