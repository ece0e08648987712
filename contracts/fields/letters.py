"""Letters as people type them: one spelling for what looks alike, and one for words that are compared.

>>> fold_word("REÇU"), fold_word("ƙafa")
('recu', 'kafa')
"""

import unicodedata

_HAUSA_HOOKS = str.maketrans("ɓɗƙƴ", "bdky")
_ACCENTS = str.maketrans("àáâãäçèéêëìíîïñòóôõöùúûü", "aaaaaceeeeiiiinooooouuuu")


def normalize_text(text: str) -> str:
    """`text` in NFC and trimmed, with single spaces, without invisible marks, every script's decimal digits as 0-9.

    >>> normalize_text(" \\u0660\\u0667\\u0661\\u0662\\u00a0345\\u200f ")
    '0712 345'
    """
    if not text.isascii():
        text = "".join(map(_normal, unicodedata.normalize("NFC", text)))
    return " ".join(text.split())


def fold_word(word: str) -> str:
    """`word` in lower case, without the accents and hooks that a keypad may lack, so that its spellings compare equal.

    Only letters that our languages use are folded: no strange spelling is taken for a word of ours. Apostrophes stay.
    """
    return word.casefold().translate(_HAUSA_HOOKS).translate(_ACCENTS)


def _normal(letter: str) -> str:
    if letter.isdecimal():
        return str(unicodedata.decimal(letter))
    if letter in "\u2019\u02bc":  # 3’500
        return "'"
    return "" if unicodedata.category(letter) == "Cf" else letter
