"""Letters that no font has are drawn as a box with their Unicode number in it, as fonts of last resort do.

The boxes are a font too, made for one paper, so that they stand in a line and wrap like any letter. In the text each
such letter is replaced by one from Unicode's private range: a missing mark or direction control does not act then.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from fontTools.fontBuilder import FontBuilder  # type: ignore[import-untyped]
from fontTools.pens.transformPen import TransformPen  # type: ignore[import-untyped]
from fontTools.pens.ttGlyphPen import TTGlyphPen  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from gateway.evidence.paper_fonts import FontFile

PAGE_COUNT: Final = "\U000f0000"  # fpdf2 replaces this letter by the number of pages: no text can have it
_FIRST: Final = 0xF0001

# In 1000ths of the font's size. Digits are drawn in half size.
_UNITS, _SCALE, _STROKE, _PADDING, _SIDE = 1000, 0.56, 36, 60, 40
_BOTTOM, _TOP = -160, 860
_BASELINES: Final = (420, -60)  # of the upper and the lower row of digits
_EPOCH: Final = 2_082_844_800  # 1970, in seconds since 1904 as fonts count them


class BoxedLetters:
    """`undrawn`: the different letters to draw as boxes; `text`: all that stands on the paper."""

    def __init__(self, undrawn: str, text: str) -> None:
        self._undrawn = undrawn
        self._replaced = {ord(letter): _FIRST + place for place, letter in enumerate(undrawn)}
        self.count = sum(text.count(letter) for letter in undrawn)

    def shown(self, text: str) -> str:
        """Return the text to draw, with a private letter in place of each that is drawn as a box."""
        return text.translate(self._replaced)

    @contextmanager
    def font(self, digits: FontFile) -> Iterator[FontFile | None]:
        """Give the font of the boxes, with the digits of a font that has them; None if no letter needs one. It is in a
        file as long as the context is open: HarfBuzz reads no other."""
        if not self._undrawn:
            yield None
            return
        with TemporaryDirectory() as folder:
            path = Path(folder) / "boxes.ttf"
            with TTFont(digits.path, fontNumber=digits.face, lazy=True) as opened:
                _build([f"{ord(letter):04X}" for letter in self._undrawn], opened).save(path)
            yield FontFile("Boxes", str(path))


def _build(numbers: Sequence[str], digits: TTFont) -> FontBuilder:
    glyphs, widths = {}, {}
    for number in ("", *numbers):
        name = f"box{number}" if number else ".notdef"
        glyphs[name], widths[name] = _box(number, digits)
    font = FontBuilder(_UNITS, isTTF=True)
    font.setupGlyphOrder(list(glyphs))
    font.setupCharacterMap({_FIRST + place: f"box{number}" for place, number in enumerate(numbers)})
    font.setupGlyf(glyphs)
    font.setupHorizontalMetrics({name: (width, _SIDE) for name, width in widths.items()})
    font.setupHorizontalHeader(ascent=_TOP, descent=_BOTTOM)
    font.setupNameTable({"familyName": "Boxes", "styleName": "Regular", "fullName": "Boxes", "psName": "Boxes"})
    font.setupOS2(sCapHeight=_TOP, sTypoAscender=_TOP, sTypoDescender=_BOTTOM)
    font.setupPost()
    font.updateHead(created=_EPOCH, modified=_EPOCH)  # so the same letters give the same bytes at any time
    font.font.recalcTimestamp = False
    return font


def _box(number: str, digits: TTFont) -> tuple[object, int]:
    """Return the glyph of a box with a hexadecimal number in two rows, and its width."""
    glyphs, names = digits.getGlyphSet(), digits.getBestCmap()
    even = number.zfill(len(number) + len(number) % 2)
    half = len(even) // 2
    column = round(_SCALE * max(glyphs[names[ord(digit)]].width for digit in "0123456789ABCDEF"))
    width = 2 * _PADDING + max(half, 1) * column
    pen = TTGlyphPen(None)
    _rectangle(pen, _SIDE, _BOTTOM, _SIDE + width, _TOP)
    _rectangle(pen, _SIDE + width - _STROKE, _BOTTOM + _STROKE, _SIDE + _STROKE, _TOP - _STROKE)
    for row, baseline in zip((even[:half], even[half:]), _BASELINES, strict=True):
        for place, digit in enumerate(row):
            glyph = glyphs[names[ord(digit)]]
            left = _SIDE + _PADDING + place * column + (column - _SCALE * glyph.width) / 2
            glyph.draw(TransformPen(pen, (_SCALE, 0, 0, _SCALE, left, baseline)))
    return pen.glyph(), width + 2 * _SIDE


def _rectangle(pen: TTGlyphPen, left: int, bottom: int, right: int, top: int) -> None:
    """Draw a rectangle. With `left` and `right` exchanged it is cut out of what is round it."""
    pen.moveTo((left, bottom))
    pen.lineTo((left, top))
    pen.lineTo((right, top))
    pen.lineTo((right, bottom))
    pen.closePath()
