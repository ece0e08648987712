"""Letters as people type them: one spelling for what looks alike, and one for words that are compared.

>>> fold_word("REÇU"), fold_word("ƙafa")
('recu', 'kafa')
"""

import re
import unicodedata
from itertools import chain

_HAUSA_HOOKS = str.maketrans("ɓɗƙƴ", "bdky")
# Amharic letters that sound alike, in all seven orders of each row; one word is spelled with any of them.
_AMHARIC_ROWS = (("ሐ", "ሀ"), ("ኀ", "ሀ"), ("ሠ", "ሰ"), ("ዐ", "አ"), ("ፀ", "ጸ"))
_AMHARIC = {ord(one) + order: ord(other) + order for one, other in _AMHARIC_ROWS for order in range(7)}
_AMHARIC_LONG = str.maketrans("ሃኣ", "ሀአ")  # the first and fourth orders of these rows sound alike, too
_WIDE = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}  # full-width letters and marks of some phones
_MARKS = {ord(mark): plain for plain, marks in ((" ", "፡"), (".", "።٫"), (",", "،፣٬"), (":", "፥")) for mark in marks}
_QUOTES = dict.fromkeys(map(ord, "\u201c\u201d\u201e\u00ab\u00bb"), '"')
_PLAIN = _WIDE | _MARKS | _QUOTES
_ETHIOPIC = {numeral: value for value, numeral in enumerate("፩፪፫፬፭፮፯፰፱", 1)} | {
    numeral: value * 10 for value, numeral in enumerate("፲፳፴፵፶፷፸፹፺፻", 1)
}
_ETHIOPIC_NUMBER = re.compile(f"[{''.join(_ETHIOPIC)}]+")
# Marks that no phone shows, beside those of category Cf: variation selectors (they come with copied digits), joiners
# and fillers, and the frame that makes a keycap of a digit.
_INVISIBLE = frozenset(
    map(chr, chain(range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0), (0x034F, 0x20E3, 0x115F, 0x1160, 0x3164, 0xFFA0)))
)
_RIGHT_TO_LEFT_OVERRIDE = "\u202e"
_ACCENTS = str.maketrans("àáâãäçèéêëìíîïñòóôõöùúûü", "aaaaaceeeeiiiinooooouuuu")


def normalize_text(text: str) -> str:
    """`text` in NFC and trimmed, with single spaces, without invisible marks, every script's digits as 0-9.

    Full-width letters become ASCII, and the plain marks of Ethiopic and Arabic script become ours. This is the one
    function that tidies what is typed: menu keys, fields and SMS. An override that shows digits from right to left
    stays in the text, so that it is read as no number: whoever sees 3500 must not find that 0053 was typed.

    >>> normalize_text(" \\u0660\\u0667\\u0661\\u0662\\u00a0345\\u200f ")
    '0712 345'
    """
    if not text.isascii():
        text = "".join(map(_normal, unicodedata.normalize("NFC", text).translate(_PLAIN)))
        text = _ETHIOPIC_NUMBER.sub(_ethiopic_number, text)
    return " ".join(text.split())


def fold_word(word: str) -> str:
    """`word` in lower case, without the accents and hooks that a keypad may lack, so that its spellings compare equal.

    Only letters that our languages use are folded: no strange spelling is taken for a word of ours. Apostrophes stay.
    """
    folded = word.casefold()
    return folded if folded.isascii() else folded.translate(_HAUSA_HOOKS).translate(_ACCENTS)


def fold_amharic(word: str) -> str:
    """`word` with one spelling for Amharic letters that sound alike.

    >>> fold_amharic("ዓርብ") == fold_amharic("አርብ")
    True
    """
    return word.translate(_AMHARIC).translate(_AMHARIC_LONG)


def without_marks_around(text: str) -> str:
    """`text` without the quotes, brackets and exclamation marks around it."""
    return text.strip("\"'()[]! ")


def _ethiopic_number(numerals: re.Match[str]) -> str:
    """Write "፪፻፶" as 250 and "፴፭፻" as 3500; what is no number below 10,000 stays as it is."""
    total, last = 0, 1000
    for value in (_ETHIOPIC[numeral] for numeral in numerals[0]):
        if value == 100 and total < 100:
            total, last = max(total, 1) * 100, 100
        elif value < last:
            total, last = total + value, 10 if value >= 10 else 1
        else:
            return numerals[0]
    return str(total)


def _normal(letter: str) -> str:
    if letter.isdecimal():
        return str(unicodedata.decimal(letter))
    if letter in "\u2019\u02bc":  # 3’500
        return "'"
    is_invisible = unicodedata.category(letter) == "Cf" or letter in _INVISIBLE
    return "" if is_invisible and letter != _RIGHT_TO_LEFT_OVERRIDE else letter
