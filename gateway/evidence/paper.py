"""The drawing of a paper on A4: its heading, its lines, and what stands at the foot of each page."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final

import segno
from fpdf import FPDF
from fpdf.enums import TextDirection, TextMode, XPos, YPos
from fpdf.util import Padding

from gateway.evidence.boxed_letters import PAGE_COUNT, BoxedLetters
from gateway.evidence.paper_fonts import FontFile
from gateway.evidence.paper_lines import Fact, Head, Line, NumberedText, Remark, Shown
from gateway.evidence.speaker import Speaker
from menus.paper.headings import BOXED, PAGE
from values.frozen import Frozen

_INK: Final = (25, 32, 40)
_GREY: Final = (105, 115, 125)
_LINE: Final = (215, 220, 225)
_PALE: Final = (238, 240, 242)
_LEFT, _WIDTH, _LABEL, _NUMBER = 20.0, 170.0, 38.0, 8.0
_QR_MM = 34.0
_FIRST_SHAPED: Final = "\u0250"  # the letters before it are Latin, and no marks to be placed


class Heading(Frozen):
    """What stands above the lines: `kind` of paper in small letters, the `title`, the `status` below it, a `note`, and
    the address in the QR code (None: there is none). `foot`: at the foot of each page; `mark`: a word across each."""

    kind: str
    title: str
    status: str
    note: str
    scanned: str | None
    foot: str
    made_at: datetime
    mark: str | None = None


class Paper(FPDF):
    """A paper with its heading. `draw` adds a line; `output` gives the PDF."""

    def __init__(
        self, heading: Heading, speaker: Speaker, fonts: Sequence[FontFile], boxed: BoxedLetters,
        boxes: FontFile | None,
    ) -> None:  # fmt: skip
        super().__init__(format="A4")
        self._speaker, self._boxed, self._foot, self._mark = speaker, boxed, heading.foot, heading.mark
        self.set_creation_date(heading.made_at)
        self.set_title(f"VoicePact: {heading.title}")
        self.set_lang(speaker.language)
        self.alias_nb_pages(PAGE_COUNT)
        self._add_fonts([*fonts, *([boxes] if boxes else [])])
        self.set_margins(_LEFT, 18, _LEFT)
        self.set_auto_page_break(True, 24)
        self._style(9, _GREY)
        self.add_page()
        self._heading(heading)

    def header(self) -> None:
        if self._mark:
            self._draw_mark(self._mark)
        self._select_font()

    def footer(self) -> None:
        self.set_y(-20)
        self._style(7, _GREY)
        if self._boxed.count:
            self._row(self._speaker.say(BOXED, n=self._boxed.count))
        self._row(self._foot)
        self._row(self._speaker.say(PAGE, page=self.page_no(), pages=PAGE_COUNT))

    def draw(self, line: Line) -> None:
        """Add a line, on a new page if it does not fit."""
        match line:
            case Head(text):
                self._head(text)
            case Fact(label, text):
                self._fact(self._boxed.shown(label), self._boxed.shown(text), _LABEL)
            case NumberedText(number, text):
                self._fact(f"{number}.", self._boxed.shown(text), _NUMBER)
            case Remark(text, size, is_under_fact):
                self._style(size, _GREY)
                self.set_x(_LEFT + is_under_fact * _LABEL)
                self._shape_if_needed(text)
                width, height = _WIDTH - is_under_fact * _LABEL, 3.5 if is_under_fact else 4.5
                self.multi_cell(width, height, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            case Shown(text):
                self._shown(self._boxed.shown(text))

    def _add_fonts(self, fonts: Sequence[FontFile]) -> None:
        for font in fonts:
            self.add_font(font.name, "", font.path, collection_font_number=font.face)
        main, *others = (font.name for font in fonts)
        self._main_font = main
        self.set_fallback_fonts(others, exact_match=False)

    def _heading(self, heading: Heading) -> None:
        top, width = self.get_y(), _WIDTH - (_QR_MM + 8 if heading.scanned else 0)
        if heading.scanned:
            self._qr(heading.scanned, _LEFT + _WIDTH - _QR_MM, top)
        self._style(9, _GREY)
        self._row(f"VoicePact  ·  {heading.kind}")
        self._style(22, _INK, heavy=True)
        self._row(heading.title, 12)
        self._style(11, _INK)
        self._row(heading.status, 7)
        self._style(8, _GREY)
        self.multi_cell(width, 4, heading.note, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_y(max(self.get_y(), top + (_QR_MM + 2 if heading.scanned else 0)))

    def _draw_mark(self, mark: str) -> None:
        self._style(110, _PALE)
        with self.rotation(50, self.w / 2, self.h / 2):
            self.set_xy(0, self.h / 2 - 20)
            self.cell(self.w, 40, mark, align="C")
        self._style(9, _GREY)
        self.set_xy(_LEFT, 18)

    def _style(self, size: float, colour: tuple[int, int, int], *, heavy: bool = False) -> None:
        """Set how text is drawn from here on. Making a bold instance of a variable font takes half a minute, so bold
        text is the regular weight with an outline. Our lines run from left to right, whatever a name begins with."""
        self.set_text_shaping(True, direction=TextDirection.LTR)
        self.set_font(self._main_font, size=size)
        self.set_text_color(*colour)
        self.set_draw_color(*colour)
        self.set_line_width(size / 130)
        self.text_mode = TextMode.FILL_STROKE if heavy else TextMode.FILL
        if self.page:
            self._select_font()

    def _select_font(self) -> None:
        """Write the font and its size into the page. fpdf2 2.8.9 does so with the next text, but if that begins with a
        letter of another font, such as an Amharic one, all that follows is drawn in the size of what stood before."""
        self.cell(1, 0, " ", new_x=XPos.LEFT, new_y=YPos.TOP)

    def _shape_if_needed(self, text: str) -> None:
        """Let HarfBuzz shape a text with letters that must be joined or placed. Plain Latin ones stand side by side: to
        shape them too would take 0.7 times as long again for a whole paper."""
        if all(letter < _FIRST_SHAPED for letter in text):
            self.set_text_shaping(False)

    def _row(self, text: str, height: float = 4.5) -> None:
        self._shape_if_needed(text)
        self.cell(0, height, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _head(self, text: str) -> None:
        if self.will_page_break(24):
            self.add_page()
        self.ln(4)
        self._style(12, _INK, heavy=True)
        self._row(text, 8)
        self.set_draw_color(*_LINE)
        self.set_line_width(0.3)
        self.line(_LEFT, self.get_y(), _LEFT + _WIDTH, self.get_y())
        self.ln(1.5)

    def _fact(self, label: str, text: str, beside: float) -> None:
        """Draw a text `beside` so many millimetres of its label."""
        if self.will_page_break(12):
            self.add_page()
        top, page = self.get_y(), self.page
        self._style(9, _GREY)
        self._shape_if_needed(label)
        self.multi_cell(beside - 2, 6, label, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        below = self.get_y() if self.page == page else top
        self.set_xy(_LEFT + beside, top)
        self._style(10, _INK)
        self._shape_if_needed(text)
        self.multi_cell(_WIDTH - beside, 6, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        if self.page == page:
            self.set_y(max(self.get_y(), below))

    def _shown(self, text: str) -> None:
        """Draw a screen or a message as it was shown: from right to left if it begins so."""
        self._style(9, _INK)
        self.set_text_shaping(True)
        self._shape_if_needed(text)
        self.set_fill_color(245, 246, 248)
        self.set_x(_LEFT + _LABEL)
        self.multi_cell(
            _WIDTH - _LABEL, 4.8, text, fill=True, align="L", padding=Padding(1.5, 3, 1.5, 3), new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )  # fmt: skip
        self.ln(1.2)

    def _qr(self, url: str, left: float, top: float) -> None:
        rows = _qr_rows(url)
        size = _QR_MM / len(rows)
        self.set_fill_color(0, 0, 0)
        for down, row in enumerate(rows):
            for begin, length in _runs(row):
                self.rect(left + begin * size, top + down * size, length * size, size, style="F")


@lru_cache(maxsize=8)
def _qr_rows(url: str) -> list[list[int]]:
    """Return the modules of a QR code, which takes as long to compute as half of a page."""
    return [list(row) for row in segno.make(url, error="m", micro=False).matrix]


def _runs(row: Iterable[int]) -> Iterable[tuple[int, int]]:
    """The runs of dark modules in a row: where each begins, and how many modules it has."""
    begin, cells = 0, [*row, 0]
    for at, dark in enumerate(cells):
        if not dark:
            if at > begin:
                yield begin, at - begin
            begin = at + 1
