"""A received part by SMS: a number and perhaps a unit beside the word, never the digits of a reference."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.fields.quantity import parse_number_of
from contracts.fields.reference import new_reference
from contracts.refusals import BadInput
from contracts.sms.understand import SmsMeaning, understand
from contracts.sms.vocabulary import Intent

REF = "40718353"


@pytest.mark.parametrize(
    ("text", "reference", "part"),
    [
        (f"RECEIVED {REF} 30", REF, "30"),
        (f"RECEIVED {REF} 30 bags", REF, "30 bags"),
        (f"PART {REF} 30", REF, "30"),
        (f"part-{REF}-30", REF, "30"),
        ("RECEIVED 4071 8353 30", REF, "30"),
        ("received 30 4071 8353", REF, "30"),
        (f"received 30 bags, {REF}.", REF, "30 bags"),
        (f"{REF} 30 bags received", REF, "30 bags"),
        ("RECEIVED 30", None, "30"),
        ("30 bags received", None, "30 bags"),
        ("I have received 30 bags thanks", None, "30 bags"),
        ("received 1,500 kg", None, "1,500 kg"),
        ("received 1.5 tonnes", None, "1.5 tonnes"),
        ("received 30 bags of 90kg", None, "30 bags of 90kg"),
        ("received 30 of 50 bags", None, "30 of 50 bags"),
        ("nimepokea mifuko 30", None, "mifuko 30"),
        (f"SEHEMU {REF} 30", REF, "30"),
        ("j'ai reçu 30 sacs", None, "30 sacs"),
        (f"partie {REF} 30", REF, "30"),
        ("na karɓa 30", None, "30"),
        (f"ɓangare {REF} 30", REF, "30"),
        (f"ከፊል {REF} 30", REF, "30"),
        ("PART 0", None, "0"),
        ("RECEIVED 4071", None, "4071"),
    ],
)
def test_the_received_quantity_is_found_beside_the_reference(text: str, reference: str | None, part: str) -> None:
    assert understand(text) == SmsMeaning(Intent.PART, reference, part=part)


@given(st.builds(lambda _: new_reference(), st.integers()), st.integers(1, 99_999))
def test_a_reference_and_a_quantity_are_never_confused(ref: str, number: int) -> None:
    """Alone and beside each other, in any order and with any grouping of the digits."""
    for spelled in (ref, f"{ref[:4]} {ref[4:]}", f"{ref[:4]}-{ref[4:]}"):
        assert understand(f"RECEIVED {spelled}") == SmsMeaning(Intent.RECEIVED, ref)
        for text in (
            f"RECEIVED {spelled} {number} bags",
            f"RECEIVED {number} bags {spelled}",
            f"PART {spelled} {number}",
        ):
            meaning = understand(text)
            # Four digits beside a reference in two groups may be read as another one: then nothing is taken for sure.
            assert (meaning.reference, meaning.intent) in ((ref, Intent.PART), (None, Intent.MEANT_RECEIVED))
            if meaning.intent is Intent.PART:
                assert parse_number_of("bags", meaning.part) == str(number)


@given(st.text(alphabet="0123456789 -.", max_size=14))
def test_digits_after_received_are_a_quantity_or_a_reference_or_asked_back(digits: str) -> None:
    meaning = understand(f"RECEIVED {digits}")
    if meaning.intent is Intent.PART:
        try:
            assert parse_number_of("bags", meaning.part) and not meaning.wrong_reference
        except BadInput:
            return
    else:
        assert meaning.intent in (Intent.RECEIVED, Intent.MEANT_RECEIVED)
        assert (
            meaning.intent is Intent.MEANT_RECEIVED
            or meaning.reference
            or meaning.wrong_reference
            or not any(map(str.isdigit, digits))
        )
