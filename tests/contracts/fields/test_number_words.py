"""Numbers in words, with halves and quarters: read, or refused where two readers may differ."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.fields.money import Currency, parse_amount
from contracts.fields.number_grammars import spelled
from contracts.fields.number_words import read_number_words
from contracts.fields.quantity import parse_quantity

SWAHILI_ONES = "moja mbili tatu nne tano sita saba nane tisa".split()  # noqa: SIM905 - a list of words
HAUSA_ONES = "ɗaya biyu uku huɗu biyar shida bakwai takwas tara".split()  # noqa: SIM905 - a list of words
ENGLISH_ONES = "one two three four five six seven eight nine".split()  # noqa: SIM905 - a list of words
FRENCH_ONES = "un deux trois quatre cinq six sept huit neuf".split()  # noqa: SIM905 - a list of words
AMHARIC_ONES = "አንድ ሁለት ሦስት አራት አምስት ስድስት ሰባት ስምንት ዘጠኝ".split()  # noqa: SIM905 - a list of words
# Each language's one to nine; a half, and a quarter, behind a number and alone.
LANGUAGES = {
    "en": (ENGLISH_ONES, "and a half", "and a quarter", "half a", "a quarter of a"),
    "sw": (SWAHILI_ONES, "na nusu", "na robo", "nusu", "robo"),
    "fr": (FRENCH_ONES, "et demi", "et quart", "demi", "un quart de"),
    "ha": (HAUSA_ONES, "da rabi", "da kwata", "rabin", "kwatan"),
    "am": (AMHARIC_ONES, "ተኩል", "ከሩብ", "ግማሽ", "ሩብ"),
}
THOUSANDS = {"en": "{} thousand", "sw": "elfu {}", "fr": "{} mille", "ha": "dubu {}", "am": "{} ሺህ"}
HUNDREDS = {"en": "{} hundred", "sw": "mia {}", "fr": "{} cents", "ha": "ɗari {}", "am": "{} መቶ"}
languages, one_to_nine = st.sampled_from(sorted(LANGUAGES)), st.integers(1, 9)


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("elfu tatu mia tano", "3500"),
        ("elfu tatu na mia tano na hamsini na tano", "3555"),
        ("laki moja na nusu", "150000"),
        ("nusu milioni", "500000"),
        ("thao tatu", "3000"),
        ("two lakhs", "200000"),
        ("rabin miliyan", "500000"),
        ("laki 1 na robo", "125000"),
        ("laki moja elfu hamsini", "150000"),
        ("kumi na moja", "11"),
        ("mawili na nusu", "2.5"),
        ("robo tatu", "0.75"),
        ("one hundred and fifty thousand", "150000"),
        ("a million and a half", "1500000"),
        ("half a million", "500000"),
        ("two and a half thousand", "2500"),
        ("quatre-vingt-dix-neuf", "99"),
        ("soixante et onze", "71"),
        ("mille cinq cents", "1500"),
        ("dubu goma sha biyu", "12000"),
        ("መቶ ሃምሳ ሺህ", "150000"),
    ],
)
def test_a_number_is_read_in_any_of_our_languages(words: str, number: str) -> None:
    assert read_number_words(spelled(words)) == Decimal(number)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("elfu ishirini na tano", id="25,000, or 20,005"),
        pytest.param("elfu mia tano", id="500,000, or 1,500"),
        pytest.param("mia tano na nusu", id="550, or 500.50"),
        pytest.param("laki moja na hamsini", id="150,000, or 100,050"),
        pytest.param("two thousand five", id="2,500, or 2,005"),
        pytest.param("three thousand and a half", id="3,500, or 3,000.50"),
        pytest.param("5 cents", id="a part of a shilling, or French hundreds"),
        pytest.param("2 nusu", id="two halves, or two and a half"),
        "3 na nusu elfu",
        "one two",
        "tatu thousand",
        "na",
        "",
    ],
)
def test_a_number_with_two_readings_is_not_read(words: str) -> None:
    assert read_number_words(spelled(words)) is None


@given(language=languages, whole=one_to_nine, is_half=st.booleans(), in_digits=st.booleans())
def test_a_half_or_a_quarter_is_never_lost(language: str, whole: int, *, is_half: bool, in_digits: bool) -> None:
    ones, half, quarter, half_alone, quarter_alone = LANGUAGES[language]
    number, part = str(whole) if in_digits else ones[whole - 1], half if is_half else quarter
    expected = Decimal(whole) + (Decimal("0.5") if is_half else Decimal("0.25"))
    assert Decimal(parse_quantity(f"{number} {part} kg").amount) == expected
    assert Decimal(parse_quantity(f"{number} kg {part}").amount) == expected
    assert Decimal(parse_quantity(f"{half_alone if is_half else quarter_alone} kg").amount) == expected % 1


@given(languages, one_to_nine, one_to_nine)
def test_an_amount_in_words_is_the_amount_in_digits(language: str, thousands: int, hundreds: int) -> None:
    ones = LANGUAGES[language][0]
    in_thousands, in_hundreds = THOUSANDS[language], HUNDREDS[language]
    words = f"{in_thousands.format(ones[thousands - 1])} {in_hundreds.format(ones[hundreds - 1])}"
    in_digits = str(thousands * 1000 + hundreds * 100)
    assert parse_amount(words, Currency.XOF) == parse_amount(in_digits, Currency.XOF)


@given(st.integers(1, 10**8), st.sampled_from("٠ ० ০ ０ ߀ 𝟎".split()))  # noqa: SIM905 - a list of zeros
def test_digits_of_other_scripts_are_the_same_number(number: int, zero: str) -> None:
    typed = "".join(chr(ord(zero) + int(digit)) for digit in str(number))
    assert parse_amount(typed, Currency.UGX).minor == number
    assert parse_quantity(f"{typed} kg").amount == str(number)
