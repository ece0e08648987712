"""What one party wrote, as another party reads it in an SMS of ours: short, on one line, and without links."""

import re
import unicodedata

QUOTED_LETTERS = 40  # letters; with the sentence around them, two segments
_LINK = re.compile(
    r"\S*(?:://|www\.|\b[\w-]+\.(?:com|net|org|info|link|site|online|xyz|app|top|io|ly|me|gl|co)\b)\S*", re.IGNORECASE
)
_SHOWN = ("L", "M", "N", "P", "Z")  # categories of letters, marks, digits, punctuation and spaces: no emoji, no control


def quoted(words: str | None, longest: int = QUOTED_LETTERS) -> str:
    """Return the start of `words`, at most `longest` letters; "" if nothing is left that can be shown.

    >>> quoted("sijapokea   mzigo"), quoted("see http://evil.example/x now"), quoted("\U0001f600")
    ('sijapokea mzigo', 'see ... now', '')
    """
    without_links = _LINK.sub("...", unicodedata.normalize("NFC", words or "").replace('"', "'"))
    plain = " ".join("".join(c if _is_shown(c) else " " for c in without_links).split())
    if not longest or not any(letter.isalnum() for letter in plain):
        return ""
    return plain if len(plain) <= longest else f"{plain[: longest - 3].rstrip()}..."


def _is_shown(letter: str) -> bool:
    return unicodedata.category(letter)[0] in _SHOWN
