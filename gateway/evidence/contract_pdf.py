"""contract.pdf: the contract for people to read. All of it is in the other files of the pack too."""

from collections.abc import Mapping

from contracts.proof.canonical import sha256_hex
from gateway.evidence.boxed_letters import BoxedLetters
from gateway.evidence.evidence_record import EvidenceRecord
from gateway.evidence.pack_options import PackOptions
from gateway.evidence.paper import Paper
from gateway.evidence.paper_fonts import fonts_for
from gateway.evidence.paper_sections import sections, strings_in


def draw_papers(record: EvidenceRecord, options: PackOptions) -> Mapping[str, bytes]:
    """Return all papers of a pack by their names."""
    return {"contract.pdf": draw_pdf(record, options)}


def draw_pdf(record: EvidenceRecord, options: PackOptions) -> bytes:
    """Return the PDF: the same bytes for the same record and the same fonts."""
    scanned = f"{options.ask_url}?sha256={sha256_hex(record.form)}"
    lines = sections(record, options.zone)
    text = "".join(string for line in lines for string in strings_in(line))
    fonts, undrawn = fonts_for(text, options.fonts)
    boxed = BoxedLetters(undrawn, text)
    with boxed.font(options.fonts[0]) as boxes:
        paper = Paper(record, scanned, fonts, boxed, boxes)
        for line in lines:
            paper.draw(line)
        return bytes(paper.output())
