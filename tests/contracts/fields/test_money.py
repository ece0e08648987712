"""Amounts as people type them."""

from decimal import Decimal

import pytest
from babel.numbers import get_currency_precision
from hypothesis import given
from hypothesis import strategies as st

from contracts.fields.money import MAX_MAJOR, Currency, Money, parse_amount
from contracts.refusals import BadInput, Why

KES, UGX, ZMW, MWK = Currency.KES, Currency.UGX, Currency.ZMW, Currency.MWK


@pytest.mark.parametrize("currency", Currency)
def test_exponents_are_those_of_iso_4217(currency: Currency) -> None:
    assert currency.exponent == {"UGX": 0, "RWF": 0, "XOF": 0}.get(currency, 2)
    assert get_currency_precision(currency) <= currency.exponent  # CLDR counts what is used, never more than ISO


@pytest.mark.parametrize(
    "typed",
    """3500 3,500 3,500.00 3500.00 3500/= 3500/- 3,500/= 3.5k 3.5K KES3500 kes3,500 3500KES Ksh3,500
    Ksh.3500 Kshs.3,500/= Sh.3500 3500bob 3500sh. 3'500 3’500 ٣٥٠٠ ３５００ 3500= 3500.""".split(),  # noqa: SIM905 - a list of words
)
def test_every_spelling_of_one_amount_is_that_amount(typed: str) -> None:
    assert parse_amount(typed, KES) == Money(350_000, KES)


@pytest.mark.parametrize(
    ("typed", "currency", "minor"),
    [
        ("3 500", KES, 350_000),
        ("KES\u00a03500", KES, 350_000),
        ("Sh. 3 500", KES, 350_000),
        ("3 500 KES", KES, 350_000),
        ("3\u202f500,50\u00a0KES", KES, 350_050),
        ("1 234 567,89", KES, 123_456_789),
        ("500,50 KES", KES, 50_050),
        ("3,50", KES, 350),
        ("3,5k", KES, 350_000),
        ("3 500 XOF", Currency.XOF, 3_500),
        ("Ksh3,500.50", KES, 350_050),
        ("1,234,567.89", KES, 123_456_789),
        ("2.5m", KES, 250_000_000),
        ("2 million", KES, 200_000_000),
        ("elfu 3", KES, 300_000),
        ("3 elfu", KES, 300_000),
        ("laki 2", KES, 20_000_000),
        ("1.2345m", KES, 123_450_000),
        ("0.50", KES, 50),
        ("2.5k", UGX, 2500),
        ("UGX 35,000", UGX, 35_000),
        ("35,000 /=", UGX, 35_000),
        ("K350", ZMW, 35_000),
        ("3k", ZMW, 300_000),
        ("K3k", ZMW, 300_000),
        ("MK 5,000", MWK, 500_000),
        ("R99.99", Currency.ZAR, 9_999),
        ("₦5,000", Currency.NGN, 500_000),
        ("GH₵ 20", Currency.GHS, 2_000),
        ("5000 FCFA", Currency.XOF, 5_000),
        ("100 ብር", Currency.ETB, 10_000),
        ("100,000,000", KES, 10_000_000_000),
    ],
)
def test_an_amount_is_read_in_its_currency(typed: str, currency: Currency, minor: int) -> None:
    assert parse_amount(typed, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("typed", "currency", "why"),
    [
        ("", KES, Why.EMPTY),
        ("  ", KES, Why.EMPTY),
        ("0", KES, Why.TOO_SMALL),
        ("0.00", KES, Why.TOO_SMALL),
        ("100,000,000.01", KES, Why.TOO_BIG),
        ("101m", KES, Why.TOO_BIG),
        ("9" * 39, KES, Why.TOO_BIG),
        ("9" * 5000, KES, Why.NOT_AN_AMOUNT),
        ("USD 50", KES, Why.OTHER_CURRENCY),
        ("$50", KES, Why.OTHER_CURRENCY),
        ("50 TZS", KES, Why.OTHER_CURRENCY),
        ("3500/=", Currency.ZAR, Why.OTHER_CURRENCY),
        pytest.param("K3500", KES, Why.OTHER_CURRENCY, id="K before a number is kwacha, not thousands"),
        pytest.param("3.500,00", KES, Why.NOT_AN_AMOUNT, id="another continent's points and commas"),
        pytest.param("3.500", KES, Why.WRONG_DECIMALS, id="three and a half, or three thousand five hundred"),
        pytest.param("1.250k", KES, Why.WRONG_DECIMALS, id="1,250, or 1,250 thousand"),
        pytest.param("3.500", UGX, Why.WRONG_DECIMALS, id="the same without cents"),
        ("3500.5", KES, Why.WRONG_DECIMALS),
        ("10.50", UGX, Why.WRONG_DECIMALS),
        ("2.5555k", UGX, Why.WRONG_DECIMALS),
        pytest.param("3500,5", KES, Why.WRONG_DECIMALS, id="half a shilling has two digits"),
        pytest.param("3,50", UGX, Why.WRONG_DECIMALS, id="a decimal comma where there are no cents"),
        pytest.param("3 500,505", KES, Why.WRONG_DECIMALS, id="thousandths of a shilling"),
        ("1,234,50", KES, Why.NOT_AN_AMOUNT),
        ("1,50,000", KES, Why.NOT_AN_AMOUNT),
        ("35 00,50", KES, Why.NOT_AN_AMOUNT),
        ("35 00", KES, Why.NOT_AN_AMOUNT),
        ("1,234 567", KES, Why.NOT_AN_AMOUNT),
        ("1.2.3", KES, Why.NOT_AN_AMOUNT),
        (".50", KES, Why.NOT_AN_AMOUNT),
        ("-500", KES, Why.NOT_AN_AMOUNT),
        ("Sh-500", KES, Why.NOT_AN_AMOUNT),
        ("+500", KES, Why.NOT_AN_AMOUNT),
        ("3²", KES, Why.NOT_AN_AMOUNT),
        ("5 bags", KES, Why.NOT_AN_AMOUNT),
        ("500 per bag", KES, Why.NOT_AN_AMOUNT),
        ("3k m", KES, Why.NOT_AN_AMOUNT),
        ("3000 or 4000", KES, Why.NOT_AN_AMOUNT),
        ("many", KES, Why.NOT_AN_AMOUNT),
    ],
)
def test_what_is_not_one_amount_is_refused(typed: str, currency: Currency, why: Why) -> None:
    with pytest.raises(BadInput) as bad:
        parse_amount(typed, currency)
    assert bad.value.why is why


@pytest.mark.parametrize(
    ("money", "major"),
    [
        (Money(350_000, KES), "3500.00"),
        (Money(350_050, KES), "3500.50"),
        (Money(5, KES), "0.05"),
        (Money(-350_050, KES), "-3500.50"),
        (Money(3500, UGX), "3500"),
        (Money(0, KES), "0.00"),
    ],
)
def test_the_major_units_have_the_currencys_own_digits(money: Money, major: str) -> None:
    assert money.major == major


@given(st.sampled_from(Currency), st.data())
def test_major_units_can_be_typed_back(currency: Currency, data: st.DataObject) -> None:
    money = Money(data.draw(st.integers(1, MAX_MAJOR * 10**currency.exponent)), currency)
    assert parse_amount(money.major, currency) == money
    assert Decimal(money.major).scaleb(currency.exponent) == money.minor


@given(st.text(alphabet="0123456789.,' /=-kmKSsh$Rn٣", max_size=16) | st.text(max_size=20), st.sampled_from(Currency))
def test_any_text_is_an_amount_within_bounds_or_refused(typed: str, currency: Currency) -> None:
    try:
        money = parse_amount(typed, currency)
    except BadInput:
        return
    assert 0 < money.minor <= MAX_MAJOR * 10**currency.exponent
