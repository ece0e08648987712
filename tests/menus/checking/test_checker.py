"""The checker finds nothing in the real menus, and in each menu that is wrong on purpose the one fault."""

import pytest

from contracts.fields.languages import LANGUAGES
from menus.checking import CASES, Finding, Report, check, graph_rules, move_rules, page_rules, text_rules
from menus.checking.positions import Link
from menus.paging import Budget
from menus.screen import SCREENS, Caller, Draw, RegisteredScreen, Screen, choice, end, go, keeping, menu
from menus.translate import t
from tests.menus.checking.broken import BROKEN, Broken
from values.frozen import replace

# The menus' own code makes these impossible, so they are tested by their own.
WITHOUT_A_BROKEN_MENU = {"fits_its_budget", "offers_every_choice_once", "goes_back_home_from_any_depth"}
BUDGETS = [Budget("CON ")]
takes_long = pytest.mark.timeout(900)  # a guard only: on a busy machine the check of all menus takes minutes


@pytest.fixture(scope="module")
def report() -> Report:
    return check(budgets=BUDGETS)


@takes_long
def test_the_menus_have_no_fault(report: Report) -> None:
    assert list(map(str, report.findings)) == []


@takes_long
def test_every_screen_is_seen_in_every_language(report: Report) -> None:
    assert (report.screens, report.languages) == (len(SCREENS), len(LANGUAGES))
    assert report.pages > report.drawings * report.languages > 0


@takes_long
def test_no_screen_is_drawn_again_for_what_it_cannot_see(report: Report) -> None:
    """It was drawn 112 times for each drawing that looks different, when each set of earlier answers drew it anew. And
    with every set of answers as a position there were several positions for each state: most of them showed nothing
    new. How a contract is paid is an answer that many screens keep for the last one, so there are some more of them."""
    assert report.positions < 1.5 * report.states
    assert report.states < 20 * report.drawings


@pytest.mark.parametrize(("names", "draws"), [
    pytest.param((), 2, id="it looks up no answer"),
    pytest.param(("role",), 2, id="it looks up an answer that nobody gave"),
    pytest.param(("product",), 4, id="it looks up the answer that differs"),
])  # fmt: skip
def test_a_screen_is_drawn_anew_when_an_answer_that_it_looks_up_differs(names: tuple[str, ...], draws: int) -> None:
    """Each time it is drawn twice, to see that it is pure."""
    drawn: list[None] = []

    def last(caller: Caller) -> Screen:
        drawn.append(None)
        return end(t("Thank you. {answers}", answers=" ".join(str(caller.answers.get(name)) for name in names)))

    ways = (go("last"), keeping(go("last"), product="maize"))
    home = menu(t("Welcome"), choice(t("Yes"), ways[0]), choice(t("No"), ways[1]))
    screens = {"home": _registered("home", lambda caller: home), "last": _registered("last", last)}
    check(screens, ["en"], budgets=BUDGETS, cases=replace(CASES, inputs=CASES.inputs[:1]), written=lambda: ())
    assert len(drawn) == draws


def test_progress_is_told_once_for_each_sample_input() -> None:
    names: list[str] = []
    screens = {"home": _registered("home", lambda caller: end(t("Thank you.")))}
    check(screens, ["en"], budgets=BUDGETS, written=lambda: (), on_progress=names.append)
    assert names == [sample.name for sample in CASES.inputs]


@pytest.mark.parametrize("broken", [pytest.param(broken, id=broken.name) for broken in BROKEN])
def test_a_broken_menu_is_refused_for_its_own_fault(broken: Broken) -> None:
    findings = broken.check().findings
    assert {finding.rule for finding in findings} == {broken.rule}, "\n".join(map(str, findings))


def test_there_is_a_broken_menu_for_every_rule() -> None:
    listed = (*page_rules.RULES, *move_rules.RULES, *graph_rules.RULES, *text_rules.ENTRY_RULES, *text_rules.FORM_RULES)
    assert {rule.__name__ for rule in listed} - WITHOUT_A_BROKEN_MENU <= {broken.rule for broken in BROKEN}
    assert len(BROKEN) == len({broken.name for broken in BROKEN}) >= 100


def test_a_finding_names_screen_language_state_rule_and_reason() -> None:
    finding = Finding("offers", "am", "40 contracts", "fits_its_budget", "page 2 of 3 takes 71 of 70 UCS-2 units", 3)
    line = "offers · am · 40 contracts · fits_its_budget: page 2 of 3 takes 71 of 70 UCS-2 units (and 2 states more)"
    assert str(finding) == line


def test_a_circle_is_found_in_the_links() -> None:
    links = {("home", "a"), ("a", "b"), ("b", "c"), ("c", "b"), ("c", "home"), ("home", "home")}
    assert graph_rules._in_a_circle(Link(source, target, None, None) for source, target in links) == {"b", "c"}


def _registered(name: str, draw: Draw) -> RegisteredScreen:
    return RegisteredScreen(name, draw, None, (), wants_result=False)
