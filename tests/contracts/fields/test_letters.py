"""Letters: one spelling of what looks alike, and one for words that are compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.fields.letters import fold_word, normalize_text


def test_a_normalized_text_has_one_kind_of_space_digit_and_apostrophe() -> None:
    assert normalize_text("\t3\u202f５٠0 ng’ombe\u2060 \n") == "3 500 ng'ombe"


@given(st.text(max_size=40))
def test_normalizing_twice_changes_nothing(text: str) -> None:
    assert normalize_text(normalize_text(text)) == normalize_text(text)


@pytest.mark.parametrize(
    ("word", "folded"),
    [
        ("REÇU", "recu"),
        ("Arrêter", "arreter"),
        ("ƁANGARE", "bangare"),
        ("ƙarɗa", "karda"),
        ("A'a", "a'a"),
        ("አዎን", "አዎን"),
        pytest.param("yęs", "yęs", id="a letter that none of our languages has stays, and so does the doubt"),
        pytest.param("y\u0336es", "y\u0336es", id="a struck-out letter stays struck out"),
    ],
)
def test_words_lose_their_case_and_the_accents_that_keypads_lack(word: str, folded: str) -> None:
    assert fold_word(word) == folded
