"""The fonts that a contract is drawn with. No single file has all letters: each text gets those it needs."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from typing import Final

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from values.frozen import Frozen

# Sans has the letters of English, Swahili, French and Hausa, Ethiopic those of Amharic. Emoji draws in black only.
_SCRIPTS: Final = (
    "Sans", "SansEthiopic", "SansArabic", "SansHebrew", "SansDevanagari", "SansBengali", "SansGujarati", "SansGurmukhi",
    "SansTamil", "SansTelugu", "SansKannada", "SansMalayalam", "SansOriya", "SansSinhala", "SansThai", "SansLao",
    "SansKhmer", "SansMyanmar", "SansGeorgian", "SansArmenian", "SansSymbols", "Emoji",
)  # fmt: skip

# These letters change the order of what stands beside them, or hide, or break a line: on paper they must be seen.
_ALWAYS_BOXED: Final = frozenset("\u202d\u202e\u00ad\u2028\u2029")
_LINE_ENDS: Final = frozenset("\n\r")


class FontFile(Frozen):
    """`face`: which font of the file, if it is a collection of several."""

    name: str
    path: str
    face: int = 0


def installed_fonts() -> tuple[FontFile, ...]:
    """Return the fonts of this machine. Chinese, Japanese and Korean letters need the extra `fonts`, of 15 MB."""
    folder = files("manimgx_fonts")
    fonts = tuple(FontFile(name, str(folder / f"Noto{name}[wght].ttf")) for name in _SCRIPTS)
    if find_spec("noto_cjk_sans_otc") is None:
        return fonts
    simplified_chinese = 2  # the other faces have the same letters in the forms of another country
    return *fonts, FontFile("CJK", str(files("noto_cjk_sans_otc") / "NotoSansCJK-Regular.ttc"), simplified_chinese)


def fonts_for(text: str, fonts: Sequence[FontFile]) -> tuple[Sequence[FontFile], str]:
    """Return the fonts that `text` needs, always with the first, and its letters that none of them can draw.

    A font that is not needed would cost a tenth of a second, that of the extra more than one: fpdf2 puts a part of it
    into the paper all the same.
    """
    left = set(text) - _LINE_ENDS - _ALWAYS_BOXED
    needed: list[FontFile] = []
    for font in fonts:
        drawn = {letter for letter in left if ord(letter) in _letters_of(font)}
        if drawn or not needed:
            needed.append(font)
        left -= drawn
        if not left:
            break
    return needed, "".join(sorted(left | (_ALWAYS_BOXED & set(text))))


@cache
def _letters_of(font: FontFile) -> frozenset[int]:
    with TTFont(font.path, fontNumber=font.face, lazy=True) as opened:
        return frozenset(opened.getBestCmap())
