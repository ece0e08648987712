"""New terms by SMS: all that a text asks for, or nothing of it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.fields.letters import normalize_text
from contracts.fields.money import Currency, Money
from contracts.fields.quantity import Quantity
from contracts.refusals import Why
from contracts.sms.new_terms import Term, TermsInText, UnreadableTermError, apply_new_terms, terms_in
from contracts.terms import Terms

REF, OTHER_REF, WRONG = "40718353", "57240000", "40718359"
TODAY = date(2026, 11, 21)
AGREED = Terms("maize", Quantity("50", "bags"), Money(350_000, Currency.KES), "Bungoma", date(2026, 12, 1))
TOTAL, QUANTITY, DAY, PLACE = Term.TOTAL, Term.QUANTITY, Term.DAY, Term.PLACE


@pytest.mark.parametrize(
    ("text", "new_terms"),
    [
        (f"CHANGE {REF} TOTAL 5000", {TOTAL: "5000"}),
        (f"change {REF}: total=5,000.", {TOTAL: "5,000"}),
        (f"{REF} change total to 5000/=", {TOTAL: "5000/="}),
        (f"CHANGE TOTAL 5000 {REF}", {TOTAL: "5000"}),
        (f"change contract {REF} the total KES 5,000", {TOTAL: "KES 5,000"}),
        (f"please change {REF} qty40", {QUANTITY: "40"}),
        (f"CHANGE {REF} QTY 40 bags, DATE 25/12 and PLACE Bungoma market",
         {QUANTITY: "40 bags", DAY: "25/12", PLACE: "Bungoma market"}),
        (f"BADILISHA {REF} JUMLA 5000 na IDADI 40", {TOTAL: "5000", QUANTITY: "40"}),
        (f"badilisha {REF} tarehe siku 3", {DAY: "siku 3"}),
        (f"badilisha {REF} mahali soko la Kitale", {PLACE: "soko la Kitale"}),
        (f"CHANGER {REF} TOTAL 5 000 et QTÉ 40 et LIEU place du marché",
         {TOTAL: "5 000", QUANTITY: "40", PLACE: "place du marché"}),
        (f"modifier le contrat {REF} date demain", {DAY: "demain"}),
        (f"SAUYA {REF} JIMLA 5000, YAWA 40, RANA gobe, WURI Dawanau",
         {TOTAL: "5000", QUANTITY: "40", DAY: "gobe", PLACE: "Dawanau"}),
        (f"ለውጥ {REF} ጠቅላላ 5000 ብዛት 40 ቀን 25/12 ቦታ አዳማ ገበያ",
         {TOTAL: "5000", QUANTITY: "40", DAY: "25/12", PLACE: "አዳማ ገበያ"}),
        (f"CHANGE {REF} DATE 25122026", {DAY: "25122026"}),
        (f"CHANGE {REF} PLACE Bungoma 2", {PLACE: "Bungoma 2"}),
        (f"CHANGE {REF} TOTAL 5000 please, thanks!", {TOTAL: "5000"}),
    ],
)  # fmt: skip
def test_new_terms_are_found(text: str, new_terms: dict[Term, str]) -> None:
    assert terms_in(normalize_text(text)) == TermsInText(REF, None, tuple(new_terms.items()))


@pytest.mark.parametrize(
    "text",
    [
        f"CHANGE {REF}",
        f"CHANGE {REF} 5000",
        f"change {REF} price 100",
        f"change {REF} bei 100",
        f"change {REF} total 5000?",
        f"change {REF} total 5000 qty 40 total 6000",
        f"do not change {REF} total 5000",
        f"change {REF} only if he pays total 5000",
        f"change {REF} 30 total 5000",
        f"change {REF} KES 5 total 5000",
    ],
)
def test_a_text_that_is_not_wholly_understood_has_no_new_terms(text: str) -> None:
    assert terms_in(normalize_text(text)) == TermsInText(REF, None)


@pytest.mark.parametrize("text", [f"CHANGE {REF} {OTHER_REF} TOTAL 5000", f"CHANGE {REF} PLACE 5 {OTHER_REF} TOTAL"])
def test_of_two_references_none_is_chosen(text: str) -> None:
    found = terms_in(text)
    assert found.reference is None or found.new_terms != ((TOTAL, "5000"),)


def test_a_mistyped_reference_is_shown_back() -> None:
    assert terms_in(f"CHANGE {WRONG} TOTAL 5000").wrong_reference == WRONG


def test_all_new_terms_are_applied() -> None:
    new_terms = ((TOTAL, "5,000"), (QUANTITY, "40 bags"), (DAY, "25/12"), (PLACE, "Kitale depot"))
    assert apply_new_terms(AGREED, new_terms, TODAY) == Terms(
        "maize", Quantity("40", "bags"), Money(500_000, Currency.KES), "Kitale depot", date(2026, 12, 25)
    )


@pytest.mark.parametrize(
    ("term", "value", "why"),
    [
        (TOTAL, "", Why.EMPTY),
        (TOTAL, "much", Why.NOT_AN_AMOUNT),
        (TOTAL, "0", Why.TOO_SMALL),
        (TOTAL, "USD 50", Why.OTHER_CURRENCY),
        (TOTAL, "3.500", Why.WRONG_DECIMALS),
        (TOTAL, "5000 each", Why.NOT_AN_AMOUNT),
        pytest.param(TOTAL, "bei 3000", Why.NOT_AN_AMOUNT, id="the price of one, or of all"),
        (TOTAL, "elfu mia tano", Why.NOT_AN_AMOUNT),
        (DAY, "20/11", Why.NO_YEAR),
        (TOTAL, REF, Why.NOT_AN_AMOUNT),
        (TOTAL, f"5000 {REF}", Why.NOT_AN_AMOUNT),
        (QUANTITY, "40 kg", Why.NO_UNIT),
        (QUANTITY, REF, Why.NOT_A_QUANTITY),
        (QUANTITY, "0", Why.TOO_SMALL),
        (DAY, "soon", Why.NOT_A_DATE),
        (DAY, "20/11/2026", Why.IN_THE_PAST),
        (DAY, "25/12/2030", Why.TOO_FAR),
        (PLACE, "", Why.EMPTY),
        (PLACE, "12", Why.BAD_LETTERS),
        (PLACE, f"Kitale {WRONG}", Why.BAD_LETTERS),
        (PLACE, "x" * 41, Why.TOO_LONG),
    ],
)
def test_the_first_unreadable_value_is_named(term: Term, value: str, why: Why) -> None:
    with pytest.raises(UnreadableTermError) as unread:
        apply_new_terms(AGREED, ((PLACE, "Kitale"), (term, value)), TODAY)
    assert (unread.value.term, unread.value.why) == (term, why)


fragments = st.sampled_from(
    ["change", "TOTAL", "qty", "date", "5000", REF, WRONG, "and", "?", ",", "=", "KES", "Kitale", "no"]
)


@given(st.lists(fragments, max_size=9).map(" ".join))
def test_a_total_is_never_a_reference_and_every_digit_is_accounted_for(text: str) -> None:
    found = terms_in(text)
    value = "".join(value for _, value in found.new_terms)
    digits = "".join(filter(str.isdecimal, value + (found.reference or "") + (found.wrong_reference or "")))
    if found.new_terms and len(found.wrong_reference or "") < 20:  # a longer one is shown cut
        assert sorted(digits) == sorted(filter(str.isdecimal, text))
    try:
        changed = apply_new_terms(AGREED, found.new_terms, TODAY)
    except UnreadableTermError:
        return
    # Eight digits that are no reference are a sum if they stand alone, and a wrong reference beside another number.
    assert changed.total.minor in (AGREED.total.minor, 500_000, int(WRONG) * 100)
