"""What a person says by SMS: a yes is nothing but a yes."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contracts.numerals import tidy
from contracts.reference import is_reference, new_reference
from contracts.replies import _NO, _YES, Intent, Said, understand

REF = "40718353"
OTHER_REF = "57240000"
YES, NO = Said(Intent.YES), Said(Intent.NO)
YES_REF, NO_REF = Said(Intent.YES, REF), Said(Intent.NO, REF)


def test_the_examples_are_references() -> None:
    assert is_reference(REF) and is_reference(OTHER_REF), "the tables below are written with them"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        *((text, YES) for text in ["YES", "yes", "Yes.", " yes! ", "\tYES\n", '"Yes"', "NDIYO", "ndiyo", "Ndio."]),
        *((text, NO) for text in ["NO", "no", "No.", "NO!", "HAPANA", "hapana ", "(hapana)"]),
        *(
            (text, YES_REF)
            for text in [
                f"YES-{REF}", f"YES {REF}", f"yes{REF}", f"Yes, {REF}.", f"NDIYO {REF}", f"ndio:{REF}", f"{REF} YES",
                f"{REF}\nyes", "yes 4071 8353", "yes 4071-8353", "Yes-40718353", "yes\u00a04071\u00a08353",
                "YES ٤٠٧١٨٣٥٣", f"YES #{REF}", f"YES *{REF}#", "yes\u200f 40718353", f"YES {REF}-",
            ]
        ),
        *((text, NO_REF) for text in [f"NO-{REF}", f"no {REF}", f"HAPANA {REF}.", f"hapana{REF}"]),
    ],
)  # fmt: skip
def test_a_yes_and_a_no(text: str, said: Said) -> None:
    assert understand(text) == said


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "...", "Y", "N", "ok", "1", REF, "YES but not now", "no problem", "not yes", "yes yes", "yes no",
        "YES/NO", "ndiyo bwana", "sijui", "yess", "yesno", "no5no", f"YES {REF} please", f"is it YES {REF}", "STOP",
        "Y E S", "yés", "½ yes", "yes²", "да", f"NO, I paid {REF}", "ye5", "yes?", f"YES {REF}?", "¿yes", "yes\u061f",
        "yes 👎", "👎YES", "yes 🚫", "yes=no", "≠ yes", "~yes", "yes > no", "y\u0336e\u0336s\u0336", "yes\u0336",
        "YES \u20e0", "yes+", "£yes", "yes $",
    ],
)  # fmt: skip
def test_what_is_not_clearly_a_yes_or_a_no(text: str) -> None:
    assert understand(text) == Said(Intent.OTHER)


@pytest.mark.parametrize(
    ("text", "misnamed"),
    [
        pytest.param("YES 40718359", "40718359", id="a wrong check digit"),
        pytest.param("YES 40178353", "40178353", id="two digits swapped"),
        pytest.param("YES-4071835", "4071835", id="a digit short"),
        pytest.param("YES 407183531", "407183531", id="a digit long"),
        pytest.param("YES 0718353 4", "0718353 4", id="begins with 0"),
        pytest.param("YES 5", "5", id="an amount perhaps"),
        pytest.param("YES 407 183 53", "407 183 53", id="spaced as no reference is"),
        pytest.param(f"YES {REF} 50", "40718353 50", id="a reference and something after"),
        pytest.param(f"YES 2026 {REF}", "2026 40718353", id="something before a reference"),
        pytest.param("YES " + "1" * 300, "1" * 20, id="far too long, cut to fit an answer"),
    ],
)
def test_digits_that_name_no_contract_are_shown_back(text: str, misnamed: str) -> None:
    assert understand(text) == Said(Intent.YES, None, misnamed)


@pytest.mark.parametrize("between", [" ", ", ", " - ", "-", "/", ". ", "\n"])
def test_two_references_are_never_a_choice_of_ours(between: str) -> None:
    said = understand(f"YES {REF}{between}{OTHER_REF}")
    assert said.reference is None
    assert said.misnamed, "so that no bare YES is read into it either"


scraps = st.sampled_from(
    ["yes", "YES", "Ndiyo", "no", "hapana", "not", "maybe", REF, OTHER_REF, "4071 8353", "40718359", "50", "-", ", ",
     " ", ".", "?", "👍", "\u0336", "\n", "_", "*", "$", "é"]
)  # fmt: skip
some = st.lists(scraps, max_size=6)
texts = st.one_of(st.text(max_size=40), some.map("".join), some.map(" ".join))


@given(texts)
@example("yes 40718353 57240000")
def test_only_one_word_with_at_most_one_reference_is_understood(text: str) -> None:
    """By a second, stricter reading of the rule, written down on its own."""
    said = understand(text)
    if said.intent is Intent.OTHER:
        assert said == Said(Intent.OTHER)
    elif said.misnamed is None:
        rest = tidy(text).casefold()
        if said.reference:
            rest, named = re.subn(f"{said.reference[:4]}[ -]?{said.reference[4:]}", "", rest)
            assert named == 1
        quiet = "".join(mark for mark in rest if unicodedata.category(mark)[0] in "PZ" and mark != "?")
        assert rest.strip(quiet) in (_YES if said.intent is Intent.YES else _NO)


@given(st.builds(lambda _: new_reference(), st.integers()), st.sampled_from(["YES", "no", "Ndiyo", "HAPANA"]))
def test_every_reference_we_make_can_be_answered(ref: str, word: str) -> None:
    assert understand(f"{word} {ref}").reference == understand(f"{word}-{ref}").reference == ref
