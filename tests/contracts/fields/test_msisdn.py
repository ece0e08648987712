"""Phone numbers: what people type, what networks send, what a log may show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.fields.msisdn import Msisdn, e164, masked, national, parse_msisdn
from contracts.refusals import BadInput, Why

KENYAN, UGANDAN = Msisdn("+254722000111"), Msisdn("+256772000111")
OTIENO = "+254712345678"


@pytest.mark.parametrize(
    "typed",
    [
        "0712345678",
        "0712 345678",
        "712345678",
        "+254712345678",
        "+254 712-345-678",
        "+254 (0) 712 345678",
        "254712345678",
        "2540712345678",
        "00254712345678",
        "000254712345678",
        "0712.345.678",
        "0712/345/678",
        " 0712\u00a0345\u00a0678 ",
        "\u202a0712345678\u202c",
        "٠٧١٢٣٤٥٦٧٨",
        "０７１２３４５６７８",
        "\uff0b254712345678",
    ],
)
def test_every_spelling_of_one_number_is_that_number(typed: str) -> None:
    assert parse_msisdn(typed) == OTIENO


@pytest.mark.parametrize(
    ("typed", "country", "msisdn"),
    [
        ("0772123456", "UG", "+256772123456"),
        ("0712345678", "TZ", "+255712345678"),
        ("08021234567", "NG", "+2348021234567"),
        ("0241234567", "GH", "+233241234567"),
        ("0911123456", "ET", "+251911123456"),
        ("0821234567", "ZA", "+27821234567"),
        ("256772123456", "KE", "+256772123456"),
        ("00255712345678", "KE", "+255712345678"),
        ("+1 650 253 0000", "KE", "+16502530000"),
    ],
)
def test_numbers_of_other_countries_are_read(typed: str, country: str, msisdn: str) -> None:
    assert parse_msisdn(typed, country) == msisdn


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", Why.EMPTY),
        (" \u200f", Why.EMPTY),
        ("22384", Why.TOO_SHORT),
        ("071234567", Why.TOO_SHORT),
        ("07123456789", Why.TOO_LONG),
        ("1234567890123", Why.TOO_LONG),
        ("16502530000", Why.TOO_LONG),
        ("0712345678 0712345678", Why.TOO_LONG),
        ("0202222222", Why.NOT_MOBILE),
        ("0312345678", Why.NOT_A_NUMBER),
        ("Otieno", Why.NOT_A_NUMBER),
        ("0712-FLOWER", Why.NOT_A_NUMBER),
        ("0712*345678", Why.NOT_A_NUMBER),
        ("+", Why.NOT_A_NUMBER),
        ("++254712345678", Why.NOT_A_NUMBER),
        ("9" * 400, Why.TOO_LONG),
    ],
)
def test_what_is_not_a_mobile_number_is_refused(typed: str, why: Why) -> None:
    with pytest.raises(BadInput) as bad:
        parse_msisdn(typed)
    assert bad.value.why is why


def test_the_number_of_the_sandbox_cannot_be_typed() -> None:
    with pytest.raises(BadInput):
        parse_msisdn("+254000000001")


@given(st.text(alphabet="0123456789+-() ٠١x*", max_size=25) | st.text(max_size=30))
def test_any_text_is_a_number_or_refused(typed: str) -> None:
    try:
        assert e164(parse_msisdn(typed))
    except BadInput as bad:
        assert str(bad) == bad.why.value, "never what was typed"


@pytest.mark.parametrize("text", ["+254000000001", OTIENO, "+1234567", "+123456789012345"])
def test_a_providers_number_passes_by_its_shape(text: str) -> None:
    assert e164(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "254712345678",
        "+123456",
        "+1234567890123456",
        "+0712345678",
        "+25471234567a",
        " +254712345678",
        "+254712345678\n",
        "+٢٥٤٧١٢٣٤٥٦٧٨",
    ],
)
def test_what_is_not_e164_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        e164(text)


@pytest.mark.parametrize(
    ("msisdn", "shown"),
    [
        (OTIENO, "+254******678"),
        ("+27821234567", "+27******567"),
        ("+16502530000", "+1*******000"),
        ("+2541234", "+254***4"),
        ("254712345678", "************"),
        ("Safaricom", "*********"),
        ("", ""),
    ],
)
def test_a_masked_number_shows_its_country_and_three_digits(msisdn: str, shown: str) -> None:
    assert masked(Msisdn(msisdn)) == shown


@given(st.from_regex(r"\A\+[1-9][0-9]{6,14}\Z"))
def test_a_mask_keeps_the_length_and_hides_the_middle(text: str) -> None:
    shown = masked(e164(text))
    assert len(shown) == len(text)
    assert len(shown.rpartition("*")[2]) <= 3
    assert shown.count("*") >= (len(text) - 4) * 0.6


@pytest.mark.parametrize(
    ("msisdn", "reader", "shown"),
    [
        (OTIENO, KENYAN, "0712\u00a0345\u00a0678"),
        (OTIENO, UGANDAN, "+254\u00a0712\u00a0345\u00a0678"),
        ("+256772123456", UGANDAN, "0772\u00a0123\u00a0456"),
        ("+16502530000", KENYAN, "+1\u00a0650\u00a0253\u00a00000"),
        ("+254000000001", KENYAN, "+254000000001"),
        ("+000000001", KENYAN, "+000000001"),
    ],
)
def test_a_screen_shows_the_form_its_reader_knows(msisdn: str, reader: Msisdn, shown: str) -> None:
    assert national(Msisdn(msisdn), reader) == shown
    if reader == KENYAN and msisdn.startswith("+254") and " " not in shown and shown.startswith("0"):
        assert parse_msisdn(shown) == msisdn
