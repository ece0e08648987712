"""The draft of Kenya's certificate for an electronic record: filled in from the record, but for who signs."""

from contracts.proof.canonical import sha256_hex
from gateway.evidence.contract_pdf import draw_papers
from tests.gateway.evidence.paper_record import WITHOUT_EXTRA, make_record, options_with
from tests.gateway.pdf_text import pdf_text
from values.frozen import replace


def test_the_draft_says_which_record_and_how_it_was_produced() -> None:
    record = make_record()
    text = pdf_text(draw_papers(record, options_with(WITHOUT_EXTRA))["certificate-106B.pdf"])
    assert sha256_hex(record.form) in text and "number 4071 8353" in text and str(record.contract.id) in text
    assert "Bungoma Coop, 0800 720 123" in text and "3f2a 9c01 7bd2 f0a4" in text and "voicepact 0." in text
    assert "from 01 Jul 2026 09:00 UTC to 01 Jul 2026 09:00 UTC" in text


def test_the_draft_is_marked_as_one_and_nobody_has_signed_it() -> None:
    text = pdf_text(draw_papers(make_record(), options_with(WITHOUT_EXTRA))["certificate-106B.pdf"])
    assert text.count("DRAFT") == 3, "once at the top, and across each of two pages"
    assert "no legal advice" in text and "our own reading of the section" in text and "have your advocate look" in text
    for blank in ("Name", "Position", "Signature", "Date", "Machine"):
        assert f"{blank}{'_' * 52}" in text.replace(" ", "")


def test_a_service_elsewhere_makes_none() -> None:
    options = replace(options_with(WITHOUT_EXTRA), country="NG")
    assert set(draw_papers(make_record(), options)) == {"contract.pdf", "contract-am.pdf"}
