"""contract.pdf: the contract for people to read, in each language of its parties. All of it is in the other files of
the pack too."""

from collections.abc import Iterator, Mapping, Sequence

from contracts.fields.languages import LANGUAGES
from contracts.fields.reference import spaced
from contracts.proof.canonical import sha256_hex
from gateway.evidence.as_of import as_of
from gateway.evidence.boxed_letters import BoxedLetters
from gateway.evidence.certificate import COUNTRY, NAME, certificate_heading, certificate_lines
from gateway.evidence.evidence_record import EvidenceRecord
from gateway.evidence.pack_options import PackOptions
from gateway.evidence.paper import Heading, Paper
from gateway.evidence.paper_fonts import FontFile, fonts_for
from gateway.evidence.paper_lines import Line, strings_in
from gateway.evidence.paper_sections import sections
from gateway.evidence.speaker import Speaker
from menus.paper import headings as of
from menus.phrases.contract_status import STATUS_WORDS
from menus.translate import SOURCE


def draw_papers(record: EvidenceRecord, options: PackOptions) -> Mapping[str, bytes]:
    """Return all papers of a pack by their names: in English, and in each other language that a party has; and where
    the service is in Kenya, a draft of the certificate for its courts."""
    return dict(_papers(record, options))


def draw_pdf(record: EvidenceRecord, options: PackOptions, language: str = SOURCE) -> bytes:
    """Return the contract as a PDF: the same bytes for the same record and the same fonts."""
    speaker = Speaker(language, options.zone)
    return draw(_heading(record, options, speaker), sections(record, options, language), speaker, options.fonts)


def draw(heading: Heading, lines: Sequence[Line], speaker: Speaker, known_fonts: Sequence[FontFile]) -> bytes:
    """Return a paper with this heading and these lines as a PDF."""
    text = "".join(string for line in lines for string in strings_in(line))
    around = heading.kind + heading.title + heading.status + heading.note + speaker.say(of.PAGE, page=1, pages=1)
    _, undrawn = fonts_for(text, known_fonts)
    fonts, _ = fonts_for(text + around + (speaker.say(of.BOXED, n=1) if undrawn else ""), known_fonts)
    boxed = BoxedLetters(undrawn, text)
    with boxed.font(known_fonts[0]) as boxes:
        paper = Paper(heading, speaker, fonts, boxed, boxes)
        for line in lines:
            paper.draw(line)
        return bytes(paper.output())


def _papers(record: EvidenceRecord, options: PackOptions) -> Iterator[tuple[str, bytes]]:
    spoken = {party.language for party in record.contract.parties}
    for language in LANGUAGES:
        if language == SOURCE:
            yield "contract.pdf", draw_pdf(record, options)
        elif language in spoken:
            yield f"contract-{language}.pdf", draw_pdf(record, options, language)
    if options.country == COUNTRY:
        lines, speaker = certificate_lines(record, options), Speaker(SOURCE, options.zone)
        yield NAME, draw(certificate_heading(record), lines, speaker, options.fonts)


def _heading(record: EvidenceRecord, options: PackOptions, speaker: Speaker) -> Heading:
    contract, digest = record.contract, sha256_hex(record.form)
    title = speaker.say(of.TITLE, reference=spaced(contract.reference))
    standing = speaker.say(STATUS_WORDS[contract.status])
    return Heading(
        kind=speaker.say(of.KEPT), title=title,
        status=f"{standing[0].upper()}{standing[1:]}  ·  {speaker.say(of.TYPES[contract.type])}",
        note=speaker.say(of.SCAN), scanned=f"{options.ask_url}?sha256={digest}",
        foot=f"{title}   SHA-256 contract.json: {digest}", made_at=as_of(record),
    )  # fmt: skip
