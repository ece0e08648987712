"""Text that people write: a product, a place, a name."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.fields.free_text import PLACE_LETTERS, parse_free_text
from contracts.refusals import BadInput, Why


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("  white \t maize\n", "white maize"),
        ("maize*grade 1", "maize*grade 1"),
        ("Nakuru\u00a0market", "Nakuru market"),
        ("cafe\u0301", "café"),
        ("ጤፍ", "ጤፍ"),
        ("ng’ombe", "ng’ombe"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("x" * 40, "x" * 40),
        ("42b", "42b"),
    ],
)
def test_text_is_kept_with_single_spaces(typed: str, words: str) -> None:
    assert parse_free_text(typed, longest=PLACE_LETTERS) == words


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", Why.EMPTY),
        (" \u00a0 ", Why.EMPTY),
        ("a", Why.TOO_SHORT),
        ("x" * 41, Why.TOO_LONG),
        ("1234", Why.BAD_LETTERS),
        ("***", Why.BAD_LETTERS),
        ("🌽🌽", Why.BAD_LETTERS),
        ("maize\x00", Why.BAD_LETTERS),
        ("maize\x1b[2J", Why.BAD_LETTERS),
        ("maize\x1fbeans", Why.BAD_LETTERS),
        pytest.param("500\u202e maize", Why.BAD_LETTERS, id="a direction override shows other words than it holds"),
        ("maize\ud800", Why.BAD_LETTERS),
    ],
)
def test_what_is_not_readable_text_is_refused(typed: str, why: Why) -> None:
    with pytest.raises(BadInput) as bad:
        parse_free_text(typed, longest=PLACE_LETTERS)
    assert bad.value.why is why


def test_the_lengths_are_those_that_are_asked_for() -> None:
    assert parse_free_text("a", longest=4, shortest=1) == "a"
    with pytest.raises(BadInput):
        parse_free_text("maize", longest=4)


@given(st.text(max_size=50))
def test_accepted_text_is_normalized_and_within_its_lengths(typed: str) -> None:
    try:
        words = parse_free_text(typed, longest=PLACE_LETTERS)
    except BadInput:
        return
    assert 2 <= len(words) <= PLACE_LETTERS
    assert words == " ".join(words.split()) == unicodedata.normalize("NFC", words)
    assert parse_free_text(words, longest=PLACE_LETTERS) == words
