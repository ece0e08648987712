"""The checker: nothing to find in the real menus, and its own fault in each menu that is wrong on purpose."""

from collections.abc import Iterable, Iterator

import pytest

from contracts.effects import ChoosePin, Effect, MakeContract, ProvePin, Receive
from contracts.fields.free_text import PLACE_LETTERS, PRODUCT_LETTERS, parse_free_text
from contracts.fields.languages import LANGUAGES
from contracts.fields.money import Currency, Money
from contracts.refusals import BadInput, Refusal, Why
from menus.answers import ANSWER_PARSERS
from menus.checking import CASES, Finding, Report, check, graph_rules, move_rules, page_rules, text_rules
from menus.checking.drawing import Drawing, RenderedScreen, render, translate_lines
from menus.checking.page_rules import fits_its_budget, keeps_figures_whole, offers_every_choice_once, over_budget
from menus.checking.positions import Link, Position, caller_at
from menus.checking.sample_inputs import SampleInput
from menus.checking.text_parts import Translate
from menus.paging import Budget
from menus.screen import SCREENS, RegisteredScreen, Screen, choice, end, go, menu
from menus.session import Session
from menus.translate import Text, t, translate
from tests.menus.broken import BROKEN, Broken
from values.frozen import replace

BY_THE_MACHINE_ALONE = {"fits_its_budget", "offers_every_choice_once", "goes_back_home_from_any_depth"}
TYPED = (
    *["", " ", "x", "12", "-5", "0", "50", "1.2345", "3.505", "9" * 15, "x" * 99, "\0", "\u202e", "ƙasa", "🌽🌽"],
    *["0712", "+254712345678", "+254202345678", "+2547123456789012", "1234", "4071", "40", "KES 5", "USD 50"],
    *["50 bags", "0 bags", "5 " + "w" * 30, "9999999999 kg", "25/12", "1/1/2020", "1/1/2099", "kesho"],
)


takes_long = pytest.mark.timeout(900)  # the checker alone; on a busy machine it takes minutes


@pytest.fixture(scope="module")
def report() -> Report:
    return check(budgets=[Budget("CON ")])


@takes_long
def test_the_menus_have_no_fault(report: Report) -> None:
    assert list(map(str, report.findings)) == []


@takes_long
def test_every_screen_is_seen_in_every_language(report: Report) -> None:
    assert (report.screens, report.languages) == (len(SCREENS), len(LANGUAGES))
    assert report.pages > report.drawings * report.languages > 0


@takes_long
def test_no_screen_is_drawn_again_for_what_it_cannot_see(report: Report) -> None:
    """It was drawn 112 times for each drawing that looks different, when each set of earlier answers drew it anew."""
    assert report.positions < report.states < 20 * report.drawings


def test_progress_is_told_once_for_each_sample_input() -> None:
    names: list[str] = []
    menus = {"home": RegisteredScreen("home", lambda caller: end(t("Thank you.")), None, (), False)}
    check(menus, ["en"], budgets=[Budget("CON ")], written=lambda: (), on_progress=names.append)
    assert names == [sample.name for sample in CASES.inputs]


@pytest.mark.parametrize("broken", [pytest.param(broken, id=broken.name) for broken in BROKEN])
def test_a_broken_menu_is_refused_for_its_own_fault(broken: Broken) -> None:
    findings = broken.check().findings
    assert {finding.rule for finding in findings} == {broken.rule}, "\n".join(map(str, findings))


def test_there_is_a_broken_menu_for_every_rule() -> None:
    listed = (*page_rules.RULES, *move_rules.RULES, *graph_rules.RULES, *text_rules.ENTRY_RULES, *text_rules.FORM_RULES)
    assert {rule.__name__ for rule in listed} - BY_THE_MACHINE_ALONE <= {broken.rule for broken in BROKEN}
    assert len(BROKEN) == len({broken.name for broken in BROKEN}) >= 40


def test_a_finding_names_screen_language_state_rule_and_reason() -> None:
    finding = Finding("offers", "am", "40 contracts", "fits_its_budget", "page 2 of 3 takes 71 of 70 UCS-2 units", 3)
    said = "offers · am · 40 contracts · fits_its_budget: page 2 of 3 takes 71 of 70 UCS-2 units (and 2 states more)"
    assert str(finding) == said


@pytest.mark.parametrize(("text", "said"), [
    pytest.param("w" * 156, None, id="just fits, the prefix counted"),
    pytest.param("w" * 157, "takes 161 of 160 septets", id="one letter too many"),
    pytest.param("w" * 155 + "€", "takes 161 of 160 septets", id="an extension letter is two"),
    pytest.param("ɗ" * 66, None, id="UCS-2, just fits"),
    pytest.param("w" * 66 + "ɗ", "takes 71 of 70 UCS-2 units", id="one letter outside GSM-7 turns all of it"),
    pytest.param("🌽" * 33 + "w", "takes 71 of 70 UCS-2 units", id="an emoji is two"),
    pytest.param("w" * 66 + "’", "takes 71 of 70 UCS-2 units", id="counted as it is sent, not as it could be folded"),
])  # fmt: skip
def test_a_page_is_weighed_with_its_prefix(text: str, said: str | None) -> None:
    assert over_budget(text, "CON ", 160, 70) == said


def test_a_page_over_budget_is_found_whatever_the_pager_says() -> None:
    rendered = _render(_drawing(), "en", Budget("CON "), translate)
    smaller = replace(rendered, budget=Budget("CON ", septets=20))
    assert list(fits_its_budget(rendered)) == []
    assert list(fits_its_budget(smaller)) == ["page 1 of 1 takes 24 of 20 septets"]


def test_a_choice_that_no_key_offers_is_found() -> None:
    drawing = _drawing()
    rendered = _render(drawing, "en", Budget("CON "), translate)
    fewer = replace(drawing, screen=menu(t("Welcome"), choice(t("Yes"), go("yes"))))
    assert list(offers_every_choice_once(rendered)) == []
    assert list(offers_every_choice_once(replace(rendered, drawing=fewer))) != []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("amount", [
    pytest.param(Money(350_000_050, Currency.KES), id="written by the language"),
    pytest.param("3 500 000,50 KES", id="made a text too soon, in French form"),
    pytest.param("KES 3,500,000.50", id="made a text too soon, in English form"),
])  # fmt: skip
def test_an_amount_that_a_page_would_split_is_found(amount: Money | str, language: str) -> None:
    def say_loosely(text: Text, language: str) -> str:
        return translate(text, language).replace("\u00a0", " ")

    found: list[str] = []
    for words in range(80, 160):
        screen = menu(
            t("{before} {amount} and more to read", before="w" * words, amount=amount), choice(t("Yes"), go("a"))
        )
        found += keeps_figures_whole(_render(_drawing(screen), language, Budget("CON ", units=160), say_loosely))
    assert found


def test_a_circle_is_found_in_the_arrows() -> None:
    links = {("home", "a"), ("a", "b"), ("b", "c"), ("c", "b"), ("c", "home"), ("home", "home")}
    assert graph_rules._in_a_circle(Link(source, target, None, None) for source, target in links) == {"b", "c"}


@pytest.mark.parametrize("name", ANSWER_PARSERS)
def test_every_reason_not_to_take_an_answer_has_a_sample(name: str) -> None:
    sample = CASES.inputs[0]
    examples = CASES.answers[name](sample)
    assert set(_reasons(name, sample, TYPED)) <= set(examples.refused)
    assert {why: list(_reasons(name, sample, [typed])) for why, typed in examples.refused.items()} == {
        why: [why] for why in examples.refused
    }


def test_every_currency_and_every_refusal_has_a_case() -> None:
    assert {sample.currency for sample in CASES.inputs} == set(Currency)
    effects: dict[type[Effect], Effect] = {
        MakeContract: MakeContract("seller", "", "", "", "", 0, "", "", ""),
        ChoosePin: ChoosePin(),
        Receive: Receive("", "1"),
    }
    results = [of(CASES.inputs[0], effects.get(kind, ProvePin())) for kind, of in CASES.results.items()]
    assert {named.value.refusal for each in results for named in each} - {None} == set(Refusal)


@pytest.mark.parametrize("sample", [pytest.param(sample, id=sample.name) for sample in CASES.inputs])
def test_a_sample_input_is_as_long_as_can_be_typed(sample: SampleInput) -> None:
    assert parse_free_text(sample.product, longest=PRODUCT_LETTERS) == sample.product
    assert parse_free_text(sample.place, longest=PLACE_LETTERS) == sample.place
    if sample.name != "everyday words":
        assert (len(sample.product), len(sample.place)) == (PRODUCT_LETTERS, PLACE_LETTERS)
        for longer, name in ((sample.product + "w", "product"), (sample.place + "w", "place")):
            assert list(_reasons(name, sample, [longer])) == [Why.TOO_LONG]


def _reasons(name: str, sample: SampleInput, typed: Iterable[str]) -> Iterator[Why]:
    caller = caller_at(Position(sample, Session("en")))
    for answer in typed:
        try:
            ANSWER_PARSERS[name](answer, caller)
        except BadInput as bad:
            yield bad.why


def _render(drawing: Drawing, language: str, budget: Budget, translate: Translate) -> RenderedScreen:
    return render(drawing, translate_lines(drawing, language, translate), language, budget, translate)


def _drawing(screen: Screen | None = None) -> Drawing:
    screen = screen or menu(t("Welcome"), choice(t("Yes"), go("yes")), choice(t("No"), go("no")))
    return Drawing("", RegisteredScreen("home", lambda caller: screen, None, (), False), Session("en"), screen)
