"""The drawing of a contract on A4: its heading, its lines, and what stands at the foot of each page."""

from collections.abc import Iterable, Sequence
from typing import Final

import segno
from fpdf import FPDF
from fpdf.enums import TextDirection, TextMode, XPos, YPos
from fpdf.util import Padding

from contracts.fields.reference import spaced
from contracts.proof.canonical import sha256_hex
from gateway.evidence.boxed_letters import PAGE_COUNT, BoxedLetters
from gateway.evidence.evidence_record import EvidenceRecord
from gateway.evidence.paper_fonts import FontFile
from gateway.evidence.paper_sections import Fact, Head, Line, Remark, Shown

_INK: Final = (25, 32, 40)
_GREY: Final = (105, 115, 125)
_LINE: Final = (215, 220, 225)
_LEFT, _WIDTH, _LABEL = 20.0, 170.0, 38.0
_QR_MM = 34.0


class Paper(FPDF):
    """A paper with its heading. `draw` adds a line; `output` gives the PDF."""

    def __init__(
        self, record: EvidenceRecord, verify_url: str, fonts: Sequence[FontFile], boxed: BoxedLetters,
        boxes: FontFile | None,
    ) -> None:  # fmt: skip
        super().__init__(format="A4")
        contract, self._boxed = record.contract, boxed
        self._reference, self._sha256 = spaced(contract.reference), sha256_hex(record.form)
        self.set_creation_date(record.entries[-1]["at"] if record.entries else contract.created_at)
        self.set_title(f"VoicePact contract {contract.reference}")
        self.alias_nb_pages(PAGE_COUNT)
        self._add_fonts([*fonts, *([boxes] if boxes else [])])
        self.set_margins(_LEFT, 18, _LEFT)
        self.set_auto_page_break(True, 24)
        self._style(9, _GREY)
        self.add_page()
        self._heading(f"{contract.status.value.capitalize()}  ·  {contract.type.value.replace('_', ' ')}", verify_url)

    def header(self) -> None:
        self._select_font()

    def footer(self) -> None:
        self.set_y(-20)
        self._style(7, _GREY)
        if self._boxed.count:
            self._row(
                f"Letters that no font here has, drawn as a box with their Unicode number: {self._boxed.count}. "
                "The JSON files of this pack have the letters."
            )
        self._row(f"Contract {self._reference}   SHA-256 of contract.json: {self._sha256}")
        self._row(f"Page {self.page_no()} of {PAGE_COUNT}")

    def draw(self, line: Line) -> None:
        """Add a line, on a new page if it does not fit."""
        match line:
            case Head(text):
                self._head(text)
            case Fact(label, text):
                self._fact(label, self._boxed.shown(text))
            case Remark(text, size, is_under_fact):
                self._style(size, _GREY)
                self.set_x(_LEFT + is_under_fact * _LABEL)
                self._row(text, 3.5 if is_under_fact else 4.5)
            case Shown(text):
                self._shown(self._boxed.shown(text))

    def _add_fonts(self, fonts: Sequence[FontFile]) -> None:
        for font in fonts:
            self.add_font(font.name, "", font.path, collection_font_number=font.face)
        main, *others = (font.name for font in fonts)
        self._main_font = main
        self.set_fallback_fonts(others, exact_match=False)

    def _heading(self, status: str, verify_url: str) -> None:
        top = self.get_y()
        self._qr(verify_url, _LEFT + _WIDTH - _QR_MM, top)
        self._style(9, _GREY)
        self._row("VoicePact  ·  what is kept of an agreement by phone")
        self._style(22, _INK, heavy=True)
        self._row(f"Contract {self._reference}", 12)
        self._style(11, _INK)
        self._row(status, 7)
        self._style(8, _GREY)
        note = "Scan to ask whether this is on record. What counts is contract.json; this page is made from it."
        self.multi_cell(_WIDTH - _QR_MM - 8, 4, note, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_y(max(self.get_y(), top + _QR_MM + 2))

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

    def _row(self, text: str, height: float = 4.5) -> None:
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

    def _fact(self, label: str, text: str) -> None:
        if self.will_page_break(12):
            self.add_page()
        self._style(9, _GREY)
        self.cell(_LABEL, 6, label)
        self._style(10, _INK)
        self.multi_cell(_WIDTH - _LABEL, 6, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _shown(self, text: str) -> None:
        """Draw a screen or a message as it was shown: from right to left if it begins so."""
        self._style(9, _INK)
        self.set_text_shaping(True)
        self.set_fill_color(245, 246, 248)
        self.set_x(_LEFT + _LABEL)
        self.multi_cell(
            _WIDTH - _LABEL, 4.8, text, fill=True, align="L", padding=Padding(1.5, 3, 1.5, 3), new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )  # fmt: skip
        self.ln(1.2)

    def _qr(self, url: str, left: float, top: float) -> None:
        rows = [list(row) for row in segno.make(url, error="m", micro=False).matrix]
        size = _QR_MM / len(rows)
        self.set_fill_color(0, 0, 0)
        for down, row in enumerate(rows):
            for begin, length in _runs(row):
                self.rect(left + begin * size, top + down * size, length * size, size, style="F")


def _runs(row: Iterable[int]) -> Iterable[tuple[int, int]]:
    """The runs of dark modules in a row: where each begins, and how many modules it has."""
    begin, cells = 0, [*row, 0]
    for at, dark in enumerate(cells):
        if not dark:
            if at > begin:
                yield begin, at - begin
            begin = at + 1
