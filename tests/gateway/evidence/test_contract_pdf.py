"""The paper of a contract: every letter is drawn, or is seen as a box with its number."""

import os
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image

from contracts.fields.languages import LANGUAGES
from gateway.evidence.contract_pdf import draw_pdf
from gateway.evidence.paper_fonts import fonts_for
from gateway.evidence.revoked_keys import RevokedKey
from menus.paper.as_of_texts import CLERK, HEAD
from menus.paper.headings import BOXED, HAPPENED, TITLE
from menus.translate import translate
from tests.gateway.evidence.paper_record import ALL_FONTS, WITHOUT_EXTRA, make_record, options_with, paper
from tests.gateway.pdf_text import letter_boxes, pdf_text, picture_of
from values.frozen import replace

BOXES_LINE = "Letters that no font here has, drawn as a box with their Unicode number: {}. The JSON files"
ANSWERS = 1  # the page with the answers, of a short record
FIRST_BOX = "\U000f0001"  # what stands in the text in place of the first letter that is drawn as a box


def plain(text: str) -> str:
    """Return a text as `pdf_text` gives it: places without values, and plain blanks."""
    return text.replace("\u00a0", " ")


def darkest_in_columns(picture: Image.Image) -> list[int]:
    """Return for each column of pixels how dark its darkest pixel is: 0 is black."""
    return [min(picture.crop((at, 0, at + 1, picture.height)).tobytes()) for at in range(picture.width)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_our_fonts_have_every_letter_of_our_own_texts(language: str) -> None:
    catalogue = Path("menus/locale", f"{language}.po")
    texts = catalogue.read_text() if catalogue.exists() else "".join(map(chr, range(0x20, 0x7F)))
    assert fonts_for(texts, WITHOUT_EXTRA)[1] == ""


@pytest.mark.parametrize(
    ("text", "fonts"),
    [
        pytest.param("Amina Wanjikũ, N’Djaména; ɗan ƙasa; Ẹ̀kọ́", ["Sans"], id="Latin letters and their marks"),
        pytest.param("አማርኛ፣ ውል።", ["Sans", "SansEthiopic"], id="Amharic"),
        pytest.param("محمد، ٤٠ كيساً؟ گندم", ["Sans", "SansArabic"], id="Arabic, also of Persian"),
        pytest.param("नमस्ते", ["Sans", "SansDevanagari"], id="Hindi"),
        pytest.param("李小龙 さくら 안녕", ["Sans", "CJK"], id="Chinese, Japanese, Korean"),
        pytest.param("🌽 👩🏾‍🌾 ❤️ 🇰🇪", ["Sans", "Emoji"], id="emoji"),
    ],
)
def test_a_text_gets_the_fonts_that_it_needs_and_no_other(text: str, fonts: list[str]) -> None:
    needed, undrawn = fonts_for(text, ALL_FONTS)
    assert undrawn == ""
    assert [font.name for font in needed if font.name != "SansSymbols"] == fonts


def test_arabic_is_drawn_from_right_to_left_and_joined() -> None:
    pdf = paper(name="سلمى")
    (seen, *_), (lam, *_), (meem, *_), (last, *_) = (letter_boxes(pdf, letter) for letter in "سلمى")
    assert last[0] < meem[0] < lam[0] < seen[0]
    joined = picture_of(pdf, (last[0] + 1, last[1], seen[2] - 1, lam[3]))
    assert max(darkest_in_columns(joined)) < 128, "a column without ink would part two letters"


def test_what_stands_behind_an_arabic_name_is_read_from_left_to_right() -> None:
    pdf = paper(name="سلمى")
    assert "+254711000001 · has said yes" in pdf_text(pdf)
    assert letter_boxes(pdf, "+")[0][0] > letter_boxes(pdf, "س")[0][2], "the number is right of the name"


def test_a_message_in_arabic_begins_at_the_right() -> None:
    pdf = paper(texts=("سعر 40 kg",))
    assert letter_boxes(pdf, "k", ANSWERS)[-1][0] < letter_boxes(pdf, "س", ANSWERS)[-1][0]


def test_a_text_behind_an_amharic_one_keeps_its_size() -> None:
    def width(*texts: str) -> float:
        boxes = letter_boxes(paper(texts=texts), "w", ANSWERS)
        return round(boxes[-1][2] - boxes[-8][0], 2)

    assert width("አዎ\nwwwwwwww") == width("አዎ", "wwwwwwww") == width("wwwwwwww")


def test_a_text_on_the_next_page_keeps_its_size() -> None:
    """The foot of a page is drawn in between, in a smaller size."""
    pdf = paper(texts=("አዎ\nwwwwwwww\n" * 60,))
    first, second = letter_boxes(pdf, "w", ANSWERS)[-8:], letter_boxes(pdf, "w", ANSWERS + 1)[:8]
    assert second[-1][2] - second[0][0] == pytest.approx(first[-1][2] - first[0][0], abs=0.05)


def test_a_long_word_stays_on_the_paper() -> None:
    pdf = paper(texts=("w" * 300,), name="w" * 60, product="w" * 30)
    boxes = letter_boxes(pdf, "w", 0) + letter_boxes(pdf, "w", ANSWERS)
    assert len(boxes) >= 390
    assert max(box[2] for box in boxes) < 210 * 72 / 25.4 - 50


def test_a_mark_above_a_letter_stands_above_it() -> None:
    (letter, *_), (mark, *_) = (letter_boxes(paper(name="Kọ́la"), one) for one in ("ọ", "\u0301"))
    assert letter[0] - 1 < mark[0] and mark[2] < letter[2] + 1


@pytest.mark.reported("B15")
def test_a_letter_that_no_font_has_is_a_box_with_its_number() -> None:
    plain, boxed = paper(fonts=WITHOUT_EXTRA), paper(fonts=WITHOUT_EXTRA, name="李 Lee", product="李 玉 maize")
    assert "drawn as a box" not in pdf_text(plain)
    assert BOXES_LINE.format(6) in pdf_text(boxed), "the name is there four times: also in two steps and the answer"
    (box, *_) = letter_boxes(boxed, FIRST_BOX)
    columns = darkest_in_columns(picture_of(boxed, box))
    assert max(columns[1:3]) < 128 and max(columns[-3:-1]) < 128, "its left and its right side"
    assert min(columns[8:-8]) < 128, "the digits between them"


def test_two_boxes_differ_by_their_numbers() -> None:
    def box_of(letter: str) -> bytes:
        pdf = paper(fonts=WITHOUT_EXTRA, product=f"{letter} maize")
        return picture_of(pdf, letter_boxes(pdf, FIRST_BOX)[0]).tobytes()

    assert box_of("李") == box_of("李") != box_of("玉")


def test_the_extra_draws_what_is_a_box_without_it() -> None:
    text = pdf_text(paper(name="李小龙"))
    assert "李小龙, +254711000001" in text and "drawn as a box" not in text


@pytest.mark.parametrize(
    ("words", "boxes", "shown"),
    [
        pytest.param("I owe \u202e001\u202c", 1, f"I owe {FIRST_BOX}001", id="a mark that turns the text round"),
        pytest.param("no\u00adthing", 1, f"no{FIRST_BOX}thing", id="a hyphen that hides"),
        pytest.param("bell \x07, tab \t", 2, "bell", id="control characters"),
        pytest.param("\ue000 \U000f0000 \U000f0001", 3, FIRST_BOX, id="private letters, also those that we draw by"),
        pytest.param("𒀀𒁀 ꔀ ⵣ", 4, FIRST_BOX, id="scripts that none of our fonts has"),
    ],
)
def test_nothing_in_a_text_hides_or_acts(words: str, boxes: int, shown: str) -> None:
    text = pdf_text(paper(words=words))
    assert BOXES_LINE.format(boxes) in text
    assert shown in text


@pytest.mark.parametrize("typed", ["{nb}", "**bold** [link](http://evil.example)"])
def test_nothing_that_somebody_writes_is_a_command_of_the_pdf_library(typed: str) -> None:
    assert typed in pdf_text(paper(words=typed))


def test_the_same_record_gives_the_same_bytes_in_another_process() -> None:
    code = (
        "import hashlib; from tests.gateway.evidence.paper_record import WITHOUT_EXTRA, paper; "
        "pdf = paper(fonts=WITHOUT_EXTRA, name='سلمى 李小龙', product='🌽 በቆሎ ❤️', words='ꔀⵣ'); "
        "print(hashlib.sha256(pdf).hexdigest())"
    )
    sums = {
        subprocess.run(  # noqa: S603 - our own code
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(sums) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_paper_speaks_one_language_throughout(language: str) -> None:
    """All of our own words on it are in the language; none of our fonts lacks a letter of them."""
    pdf = draw_pdf(make_record(texts=("1. OK",)), options_with(WITHOUT_EXTRA), language)
    text = pdf_text(pdf)
    foreign = "What happened" if language != "en" else "Yaliyotokea"
    assert plain(translate(HAPPENED, language)) in text and foreign not in text
    for title in (HEAD, CLERK, TITLE):
        assert plain(translate(title, language)).partition("{")[0].strip() in text
    assert plain(translate(BOXED, language)).partition(" ")[0] not in text


def test_a_paper_says_of_when_it_is_and_by_which_key() -> None:
    text = pdf_text(draw_pdf(make_record(), options_with(WITHOUT_EXTRA)))
    assert "Last step 01 Jul 2026 12:00, step 2: Said yes" in text
    assert "Kept by Bungoma Coop, 0800 720 123" in text and "Key of words 3f2a 9c01 7bd2 f0a4" in text
    assert "no paper can know. Ask: http://127.0.0.1:8000/verify/40718353" in text


def test_a_word_whose_key_was_taken_back_is_marked() -> None:
    record = make_record()
    (row,) = record.confirmations
    record = replace(record, confirmations=[{**row, "id": UUID(int=9)}])
    assert "does not count" not in pdf_text(draw_pdf(record, options_with(WITHOUT_EXTRA)))
    record = replace(record, revoked=[RevokedKey({}, "3f2a9c017bd2f0a4", (UUID(int=9),))])
    text = pdf_text(draw_pdf(record, options_with(WITHOUT_EXTRA)))
    assert text.count("does not count: the key that signed it was taken back") == 2, (
        "beside the party, and at the answer"
    )
    assert text.index("Some answers on this paper do not count") < text.index("What was agreed")
