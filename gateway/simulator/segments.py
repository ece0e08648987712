"""How many parts a text takes, counted by the provider's side, so that it can disagree with ours."""

from typing import Final

GSM7: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_ESCAPED: Final = frozenset("\f^{}\\[~]|€")


def count_parts(text: str) -> int:
    """At least 1: 160 septets or 70 UTF-16 units alone, 153 or 67 in each of several (3GPP TS 23.038 and 23.040)."""
    if all(letter in GSM7 or letter in GSM7_ESCAPED for letter in text):
        return _parts([2 if letter in GSM7_ESCAPED else 1 for letter in text], alone=160, joined=153)
    return _parts([2 if ord(letter) > 0xFFFF else 1 for letter in text], alone=70, joined=67)


def _parts(sizes: list[int], alone: int, joined: int) -> int:
    """A letter of two never straddles two parts, which is why dividing the sum is not enough."""
    if sum(sizes) <= alone:
        return 1
    parts, room = 1, joined
    for size in sizes:
        if size > room:
            parts, room = parts + 1, joined
        room -= size
    return parts
