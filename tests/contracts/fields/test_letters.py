"""Letters: one spelling of what looks alike, and one for words that are compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.fields.letters import fold_amharic, fold_word, normalize_text


def test_a_normalized_text_has_one_kind_of_space_digit_and_apostrophe() -> None:
    assert normalize_text("\t3\u202f５٠0 ng’ombe\u2060 \n") == "3 500 ng'ombe"


def test_a_normalized_text_has_plain_letters_and_marks() -> None:
    assert normalize_text("ＫＥＳ３٬５００٫５０") == "KES3,500.50"
    assert normalize_text("ሁለት፡ከረጢት፣ ነገ።") == "ሁለት ከረጢት, ነገ."


@pytest.mark.parametrize(
    ("typed", "number"),
    [("፩", "1"), ("፲፪", "12"), ("፻፭", "105"), ("፪፻፶", "250"), ("፴፭፻", "3500"), ("፳፭/፲፪", "25/12"), ("፩፩", "፩፩")],
)
def test_ethiopic_numerals_are_digits_where_they_are_a_number(typed: str, number: str) -> None:
    assert normalize_text(typed) == number


def test_amharic_letters_that_sound_alike_are_one() -> None:
    assert fold_amharic("ዓርብ ሐሙስ ሠኞ ፀሐይ") == fold_amharic("አርብ ሃሙስ ሰኞ ጸሀይ")


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
