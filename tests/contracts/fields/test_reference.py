"""References: what the check digit catches, and how a reference is found in a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.fields.reference import is_reference, new_reference, references_in, spaced

REF = "40718353"
references = st.builds(lambda _: new_reference(), st.integers())


def test_the_example_is_a_reference() -> None:
    assert is_reference(REF), "the tables below are written with it"


def test_references_are_random_and_well_formed() -> None:
    made = [new_reference() for _ in range(2000)]
    assert all(map(is_reference, made))
    assert len(set(made)) > 1990
    assert {ref[0] for ref in made} == set("123456789")


@given(references)
def test_every_single_slip_and_every_swap_of_neighbours_is_caught(ref: str) -> None:
    slips = {ref[:at] + digit + ref[at + 1 :] for at in range(8) for digit in "0123456789"} - {ref}
    swaps = {ref[:at] + ref[at + 1] + ref[at] + ref[at + 2 :] for at in range(7)} - {ref}
    assert not any(map(is_reference, slips | swaps))


@pytest.mark.parametrize(
    "text", ["", REF[:7], REF + "1", REF + "\n", " " + REF, "٤٠٧١٨٣٥٣", "0" + REF[1:], "4071 8353"]
)
def test_a_text_that_is_not_exactly_a_reference_is_none(text: str) -> None:
    assert not is_reference(text)


@pytest.mark.parametrize(
    "text",
    [
        REF,
        f"YES {REF}",
        f"YES-{REF}",
        f"yes{REF}.",
        "NDIYO 4071 8353",
        "NDIYO 4071-8353!",
        "ndiyo 4071\u00a08353",
        "ndiyo 4071  8353",
        "DISPUTE 4071 8353 50 bags short",
        "DISPUTE 40718353 12345678",
        "2026 4071 8353",
        "STATUS ٤٠٧١٨٣٥٣",
    ],
)
def test_a_reference_is_found_in_what_people_write(text: str) -> None:
    assert references_in(text) == (REF,)


@pytest.mark.parametrize(
    "text", ["", "YES", "40718359", "407183531", "+40718353", "4071--8353", "40 718 358", "4071835 8"]
)
def test_no_reference_is_found_in_other_numbers(text: str) -> None:
    assert references_in(text) == ()


@given(references, st.sampled_from(["YES ", "ndiyo-", "(", ""]), st.sampled_from(["", ".", ") ok", " asante"]))
def test_a_reference_is_found_as_screens_show_it(ref: str, before: str, after: str) -> None:
    assert references_in(before + spaced(ref) + after) == (ref,) == references_in(before + ref + after)
