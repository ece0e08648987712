"""contract.pdf: the contract for people to read. All of it is in the other files of the pack too."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from gateway.evidence.boxed_letters import BoxedLetters
from gateway.evidence.evidence_record import EvidenceRecord
from gateway.evidence.paper import Paper
from gateway.evidence.paper_fonts import FontFile, fonts_for
from gateway.evidence.paper_sections import sections, strings_in
from values.frozen import Frozen


class PdfOptions(Frozen):
    """`verify_url`: the address in the QR code; `zone`: the time zone of all times; `fonts`: what may be drawn with, in
    the order in which they are asked for a letter. The first draws everything that it can."""

    verify_url: str
    zone: ZoneInfo
    fonts: Sequence[FontFile]


def draw_pdf(record: EvidenceRecord, options: PdfOptions) -> bytes:
    """Return the PDF: the same bytes for the same record and the same fonts."""
    lines = sections(record, options.zone)
    text = "".join(string for line in lines for string in strings_in(line))
    fonts, undrawn = fonts_for(text, options.fonts)
    boxed = BoxedLetters(undrawn, text)
    with boxed.font(options.fonts[0]) as boxes:
        paper = Paper(record, options.verify_url, fonts, boxed, boxes)
        for line in lines:
            paper.draw(line)
        return bytes(paper.output())
