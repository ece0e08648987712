"""The GSM alphabet: what fits it, what it weighs, how an SMS is cut."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from menus.gsm7 import BASIC, EXTENSION, is_gsm7, plain_punctuation, segments, septets, units

gsm_text = st.text(alphabet=BASIC + EXTENSION, max_size=700)
any_text = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=400)
mixed_text = st.text(alphabet="abc €^{é ƙ🌽 ባ", max_size=400)


def test_the_alphabet_is_the_whole_of_it() -> None:
    assert len(set(BASIC)) == 127  # the 128th position is the escape
    assert len(set(EXTENSION)) == 10
    inside = {chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000 and is_gsm7(chr(point))}
    assert inside == set(BASIC + EXTENSION)


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("Jambo", 5),
        ("@£$¥èéùìòÇ\nØø\rÅå", 16),
        ("ΔΦΓΛΩΠΨΣΘΞ", 10),
        ("€^{}\\[~]|\f", 20),
        ("KES [5]", 9),
    ],
)
def test_septets(text: str, weight: int) -> None:
    assert septets(text) == weight


@pytest.mark.parametrize(
    "text", ["\t", "`", "ç", "ƙ", "’", "\u00a0", "🌽", "ባ", "\0", "\x1b", "\x80", "\ufffe", "e\u0301", "\ud800"]
)
def test_what_is_outside(text: str) -> None:
    assert not is_gsm7(f"a{text}b")
    with pytest.raises(ValueError):
        septets(f"a{text}b")


@given(any_text | gsm_text)
def test_weights_agree_with_counting_letter_by_letter(text: str) -> None:
    assert units(text) == sum(1 + (letter > "\uffff") for letter in text)
    assert is_gsm7(text) == all(letter in BASIC + EXTENSION for letter in text)
    if is_gsm7(text):
        assert septets(text) == sum(1 + (letter in EXTENSION) for letter in text)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("ng’ombe", "ng'ombe"),
        ("“ndiyo” – ‘hapana’…", "\"ndiyo\" - 'hapana'..."),
        ("KES\u00a03,500\u202f–\u20093,600", "KES 3,500 - 3,600"),
        ("a\tb`c", "a b'c"),
        ("e\u0301te\u0301", "été"),
        ("soft\u00adhyphen\u200b", "softhyphen"),
        ("« déjà »", '" déjà "'),
        ("Ƙasa ʼya, ባቄላ", "Ƙasa 'ya, ባቄላ"),
        ("señor ç ã", "señor ç ã"),
    ],
)
def test_typography_is_folded_and_accents_stay(text: str, plain: str) -> None:
    assert plain_punctuation(text) == plain


@given(any_text)
def test_folding_is_settled_and_normal(text: str) -> None:
    once = plain_punctuation(text)
    assert plain_punctuation(once) == once == unicodedata.normalize("NFC", once)


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("", [0]),
        ("x" * 160, [160]),
        ("x" * 161, [153, 8]),
        ("x" * 306, [153, 153]),
        ("x" * 307, [153, 153, 1]),
        ("€" * 80, [80]),
        ("€" * 81, [76, 5]),
        pytest.param("x" * 152 + "€" + "x" * 10, [152, 11], id="a pair never straddles two parts"),
        ("ባ" * 70, [70]),
        ("ባ" * 71, [67, 4]),
        ("🌽" * 35, [35]),
        ("🌽" * 36, [33, 3]),
        pytest.param("x" * 100 + "ƙ", [67, 34], id="one letter turns the whole message"),
    ],
)
def test_parts_of_a_message(text: str, lengths: list[int]) -> None:
    assert [len(part) for part in segments(text)] == lengths


@given(mixed_text | gsm_text | any_text)
def test_parts_join_to_the_text_and_each_fits(text: str) -> None:
    parts = segments(text)
    assert "".join(parts) == text
    encoding_and_segments, single, room = (septets, 160, 153) if is_gsm7(text) else (units, 70, 67)
    weights = [encoding_and_segments(part) for part in parts]
    assert max(weights) <= (single if len(parts) == 1 else room)
    assert all(weight >= room - 1 for weight in weights[:-1])
