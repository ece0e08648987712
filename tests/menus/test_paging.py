"""Pages: none over budget, nothing lost, nothing split that must not be. The generated cases are whole screens."""

import re
from dataclasses import dataclass

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from menus.gsm7 import is_gsm7, plain_punctuation, septets, units
from menus.paging import Budget, ScreenPage, lay_out, lay_out_page

BACK, HOME, MORE = "0. Back", "00. Home", "98. More"
NAVS = {
    "English": ([BACK, HOME], [BACK, HOME], MORE),
    "the first screen": ([], [BACK, HOME], MORE),
    "Amharic": (["0. ተመለስ", "00. መነሻ"], ["0. ተመለስ", "00. መነሻ"], "98. ተጨማሪ"),
    "Hausa": (["0. Koma", "00. Gida"], ["0. Koma", "00. Gida"], "98. Ƙari"),
}


@dataclass(frozen=True)
class Drawn:
    """One screen and how it is to be laid out."""

    body: str
    options: tuple[str, ...]
    nav: str
    budget: Budget

    def pages(self) -> tuple[ScreenPage, ...]:
        first, later, more = NAVS[self.nav]
        return lay_out(self.body, self.options, first=first, later=later, more=more, budget=self.budget)


def shown(drawn: Drawn) -> list[tuple[str, list[str], list[str]]]:
    """Each page as body, labels and footer, taken apart by what its `options` says and by the footer due there."""
    first, later, more = NAVS[drawn.nav]
    pages = drawn.pages()
    taken = []
    for at, page in enumerate(pages):
        footer = [*([more] if at < len(pages) - 1 else []), *(later if at else first)]
        lines = page.text.split("\n")
        assert lines[len(lines) - len(footer) :] == footer
        lines = lines[: len(lines) - len(footer)]
        labels = lines[len(lines) - len(page.options) :]
        assert [label.partition(". ")[0] for label in labels] == [str(index + 1) for index in page.options]
        body = "\n".join(lines[: len(lines) - len(labels)])
        taken.append((body, [label.partition(". ")[2] for label in labels], footer))
    return taken


letters = st.text(alphabet="abcdeéñ’–€[ƙባ🌽", min_size=1, max_size=12)
plain_words = st.text(alphabet="abcdefghijé", min_size=1, max_size=14) | letters
ATOMS = (
    "KES\u00a03,500",
    "3\u00a0500\u00a0KES",
    "1234\u00a05678",
    "0712\u00a0345\u00a0678",
    "1,500\u00a0kg",
    "25\u202fDec\u00a02026",
    "50",
)
atoms = st.sampled_from(ATOMS)
prose = st.lists(plain_words | atoms, max_size=70).flatmap(
    lambda words: st.lists(st.sampled_from([" ", " ", " ", "\n", "  "]), min_size=len(words), max_size=len(words)).map(
        lambda seams: "".join(seam + word for seam, word in zip(seams, words, strict=True)).strip()
    )
)
# No screen has a label of three numbers: nothing of it may be clipped, so it has no room beside some footers.
labels = (
    st.lists(plain_words | atoms, min_size=1, max_size=3)
    .filter(lambda words: sum(word in ATOMS for word in words) < 3)
    .map(" ".join)
)
screens = st.builds(
    Drawn,
    prose,
    st.lists(labels, max_size=25).map(tuple),
    st.sampled_from(sorted(NAVS)),
    st.builds(Budget, st.sampled_from(["CON ", ""]), st.sampled_from([160, 182, 120]), st.sampled_from([70, 80])),
)


@settings(max_examples=400, deadline=None)
@given(screens)
@example(Drawn("", (), "English", Budget("CON ")))
@example(Drawn("", tuple("abcdefghijk"), "English", Budget("CON ")))
def test_every_screen_is_shown_whole_in_pages_that_fit(drawn: Drawn) -> None:
    pages = drawn.pages()
    for page in pages:
        sent = drawn.budget.prefix + page.text
        assert plain_punctuation(sent) == sent
        assert septets(sent) <= drawn.budget.septets if is_gsm7(sent) else units(sent) <= drawn.budget.units
        assert len(page.options) <= 9
    assert [at for page in pages for at in page.options] == list(range(len(drawn.options)))
    parts = shown(drawn)
    assert " ".join(body for body, _, _ in parts).split() == plain_punctuation(drawn.body).split()
    assert pages == drawn.pages()


@settings(max_examples=400, deadline=None)
@given(screens)
def test_an_atom_is_never_split(drawn: Drawn) -> None:
    bodies = [body for body, _, _ in shown(drawn)]
    glued = [plain_punctuation(word) for word in re.split(r"[ \n]+", drawn.body) if re.search("[\u00a0\u202f]", word)]
    assert all(any(word in body for body in bodies) for word in glued)
    listed = [label for _, labels, _ in shown(drawn) for label in labels]
    for label, option in zip(listed, drawn.options, strict=True):
        kept = [plain_punctuation(word) for word in option.split(" ") if re.search("[0-9\u00a0\u202f]", word)]
        assert label == plain_punctuation(option) or (".." in label and all(word in label for word in kept))


@settings(max_examples=150, deadline=None)
@given(screens)
def test_a_page_laid_out_without_those_after_it_is_the_same(drawn: Drawn) -> None:
    first, later, more = NAVS[drawn.nav]
    pages = drawn.pages()
    for number in range(len(pages) + 1):
        one = lay_out_page(
            drawn.body, drawn.options, number, first=first, later=later, more=more, budget=drawn.budget
        )  # fmt: skip
        at = min(number, len(pages) - 1)
        assert one == (pages[at], at, at == len(pages) - 1)


@given(screens)
def test_every_page_but_the_last_is_full(drawn: Drawn) -> None:
    """Greedy: the next page's first word or option would not have fitted on this one, or nine options stand on it."""
    parts, pages = shown(drawn), drawn.pages()
    for at in range(len(parts) - 1):
        body, labels, _ = parts[at + 1]
        if body:
            # A word that opens the next page may be the head of an atom: the whole atom is what did not fit.
            fits_more = any(_would_fit(drawn, pages[at].text, atom) for atom in _next_atoms(drawn.body, body))
        else:
            fits_more = len(parts[at][1]) < 9 and _would_fit(drawn, pages[at].text, f"1. {labels[0]}")
        assert not fits_more


def _next_atoms(source: str, opening: str) -> list[str]:
    """The atoms of `source` that may have opened the page."""
    atoms = [plain_punctuation(word) for word in re.split(r"[ \n]+", source)]
    opened = [word for word in atoms if opening == word or opening.startswith((word + " ", word + "\n"))]
    return [max(opened, key=len)] if opened else []


def _would_fit(drawn: Drawn, text: str, addition: str) -> bool:
    sent = f"{drawn.budget.prefix}{text}\n\n{addition}" if text else drawn.budget.prefix + addition
    return septets(sent) <= drawn.budget.septets if is_gsm7(sent) else units(sent) <= drawn.budget.units


def pages_of(body: str, *options: str, nav: str = "English", budget: Budget | None = None) -> list[str]:
    return [page.text for page in Drawn(body, options, nav, budget or Budget("CON ")).pages()]


def test_a_short_screen_is_one_page_without_more() -> None:
    assert pages_of("Total KES\u00a03,500", "Confirm", "Decline") == [
        "Total KES 3,500\n1. Confirm\n2. Decline\n0. Back\n00. Home"
    ]


def test_the_keys_of_a_long_list_run_on_from_page_to_page() -> None:
    pages = Drawn("Pick", tuple("abcdefghijkl"), "English", Budget("CON ")).pages()
    assert [page.options for page in pages] == [range(0, 9), range(9, 12)]
    assert pages[1].text == "10. j\n11. k\n12. l\n0. Back\n00. Home"


def test_a_screen_that_fits_to_the_last_septet_is_one_page() -> None:
    room = 160 - len(f"CON \n{BACK}\n{HOME}")
    assert len(pages_of("x" * (room - 2) + " y")) == 1
    assert len(pages_of("x" * (room - 1) + " y")) == 2
    assert len(pages_of("€" * 3 + "x" * (room - 6))) == 1


def test_one_letter_outside_gsm_moves_its_own_page_only() -> None:
    pages = pages_of("word " * 60 + "ƙasa")
    assert [is_gsm7(page) for page in pages] == [True, True, True, False] or not is_gsm7(pages[-1])
    assert all(map(is_gsm7, pages[:-1]))


@pytest.mark.parametrize(
    ("label", "begins", "ends"),
    [
        pytest.param("Wanjiku wa Kamau " * 12, "1. Wanjiku wa Kamau", "..", id="a long name loses its end"),
        pytest.param("Wanjiku " * 25 + "KES\u00a03,500", "1. Wanjiku", ".. KES 3,500", id="an amount at the end stays"),
        pytest.param("KES\u00a03,500 " + "Wanjiku " * 25, "1. KES 3,500 Wanjiku", "..", id="or at the start"),
        pytest.param(
            "long " * 40 + "50 each", "1. long", ".. 50", id="when the last words are used up, earlier ones go"
        ),
        pytest.param("Wanjiku " * 25 + "25/12/2026", "1. Wanjiku", ".. 25/12/2026", id="a day as people type it stays"),
        pytest.param("x" * 300, "1. xxx", "x..", id="one endless word"),
    ],
)
def test_a_label_too_long_for_a_page_is_clipped(label: str, begins: str, ends: str) -> None:
    for others in ([], ["b"] * 12):
        pages = pages_of("Pick one", label, *others)
        line = next(line for page in pages for line in page.split("\n") if line.startswith(begins))
        assert line.endswith(ends)
        assert all(septets("CON " + page) <= 160 for page in pages)


def test_a_word_longer_than_a_page_is_cut_and_nothing_of_it_lost() -> None:
    pages = pages_of("so " + "x" * 400 + " end")
    assert "".join(pages).count("x") == 400
    assert pages[-1].endswith("x end\n0. Back\n00. Home")


@pytest.mark.parametrize(
    ("body", "options", "budget"),
    [
        pytest.param("Hello", [], Budget("CON ", septets=20), id="no room above the navigation"),
        pytest.param("", [], Budget("CON ", septets=10), id="no room for the navigation"),
        pytest.param("a\u00a0" * 100, [], Budget("CON "), id="an atom longer than a page"),
        pytest.param("", ["1\u00a0" * 100], Budget("CON "), id="an option of glued figures longer than a page"),
        pytest.param("ባ", [], Budget("CON ", units=20), id="no room for a letter outside GSM"),
    ],
)
def test_what_cannot_be_shown_at_all_is_said(body: str, options: list[str], budget: Budget) -> None:
    with pytest.raises(ValueError):
        pages_of(body, *options, budget=budget)
