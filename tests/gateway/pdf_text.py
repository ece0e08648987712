"""The text of a PDF that fpdf2 made, as a person reads it on the paper."""

import re
import zlib
from collections.abc import Iterator

_OBJECT = re.compile(rb"(?<!\d)(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_STREAM = re.compile(rb"stream\n(.*)\nendstream", re.DOTALL)
_FONT_OR_TEXT = re.compile(rb"/(F\d+) [\d.]+ Tf|\(((?:[^\\)]|\\.)*)\)", re.DOTALL)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_LETTER = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]+)>")
_ESCAPES = {b"n": b"\n", b"r": b"\r"}


def pdf_text(pdf: bytes) -> str:
    """Return all text, with one space between its lines."""
    objects = {int(number): content for number, content in _OBJECT.findall(pdf)}
    fonts = {
        name: _letters(objects, int(number))
        for content in objects.values()
        for name, number in re.findall(rb"/(F\d+) (\d+) 0 R", content)
    }
    pages = (content for content in objects.values() if b"/Type /Page\n" in content)
    contents = (re.search(rb"/Contents (\d+) 0 R", page) for page in pages)
    return " ".join(
        " ".join(line for at in contents if at for line in _lines(_stream(objects[int(at[1])]), fonts)).split()
    )


def _lines(content: bytes, fonts: dict[bytes, dict[int, str]]) -> Iterator[str]:
    font: dict[int, str] = {}
    for line in content.split(b"BT")[1:]:
        shown = ""
        for name, text in _FONT_OR_TEXT.findall(line):
            if name:
                font = fonts[name]
                continue
            glyphs = _ESCAPED.sub(lambda found: _ESCAPES.get(found[1], found[1]), text)
            shown += "".join(font[int.from_bytes(glyphs[i : i + 2])] for i in range(0, len(glyphs), 2))
        yield shown


def _letters(objects: dict[int, bytes], font: int) -> dict[int, str]:
    found = re.search(rb"/ToUnicode (\d+) 0 R", objects[font])
    assert found, "each of our fonts says what its glyphs mean"
    pairs = _LETTER.findall(_stream(objects[int(found[1])]).partition(b"beginbfchar")[2])
    return {int(glyph, 16): bytes.fromhex(letter.decode()).decode("utf-16-be") for glyph, letter in pairs}


def _stream(content: bytes) -> bytes:
    found = _STREAM.search(content)
    assert found, "this object has a stream"
    return zlib.decompress(found[1]) if b"/FlateDecode" in content else found[1]
