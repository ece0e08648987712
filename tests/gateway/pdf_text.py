"""A PDF as a reader shows it: its text, and where on the page a letter is drawn."""

from collections.abc import Iterator

import pypdfium2  # type: ignore[import-untyped]
from PIL import Image

_PIXELS_PER_POINT = 8
Box = tuple[float, float, float, float]


def pdf_text(pdf: bytes) -> str:
    """Return the text of all pages, with one space between its lines."""
    with pypdfium2.PdfDocument(pdf) as document:
        return " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in document)


def letter_boxes(pdf: bytes, letters: str, page: int = 0) -> list[Box]:
    """Return left, bottom, right and top in points of each of these letters on a page, as they follow in its text.
    A letter of Arabic may stand before the one that it follows when read."""
    with pypdfium2.PdfDocument(pdf) as document:
        text = document[page].get_textpage()
        return [text.get_charbox(at) for at, letter in _letters(text.get_text_range()) if letter in letters]


def picture_of(pdf: bytes, box: Box) -> Image.Image:
    """Return what is drawn in a box of the first page, in grey: 0 is black, 255 white."""
    left, bottom, right, top = box
    with pypdfium2.PdfDocument(pdf) as document:
        page = document[0]
        drawn: Image.Image = page.render(scale=_PIXELS_PER_POINT).to_pil().convert("L")
        height = page.get_height()
    in_points = (left, height - top, right, height - bottom)
    x0, y0, x1, y1 = (round(edge * _PIXELS_PER_POINT) for edge in in_points)
    return drawn.crop((x0, y0, x1, y1))


def _letters(text: str) -> Iterator[tuple[int, str]]:
    """pdfium counts in UTF-16: a letter above U+FFFF takes two places."""
    at = 0
    for letter in text:
        yield at, letter
        at += 1 + (ord(letter) > 0xFFFF)
