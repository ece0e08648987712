"""Rules about pages that no broken menu can break, since the pager keeps them: each finds its fault."""

import pytest

from contracts.fields.languages import LANGUAGES
from contracts.fields.money import Currency, Money
from menus.checking.drawing import Drawing, RenderedScreen, render, translate_lines
from menus.checking.page_rules import fits_its_budget, keeps_figures_whole, offers_every_choice_once, over_budget
from menus.checking.text_parts import Translate
from menus.paging import Budget
from menus.screen import RegisteredScreen, Screen, choice, go, menu
from menus.session import Session
from menus.translate import Text, t, translate
from values.frozen import replace


@pytest.mark.parametrize(("text", "reason"), [
    pytest.param("w" * 156, None, id="just fits, the prefix counted"),
    pytest.param("w" * 157, "takes 161 of 160 septets", id="one letter too many"),
    pytest.param("w" * 155 + "€", "takes 161 of 160 septets", id="an extension letter is two"),
    pytest.param("ɗ" * 66, None, id="UCS-2, just fits"),
    pytest.param("w" * 66 + "ɗ", "takes 71 of 70 UCS-2 units", id="one letter outside GSM-7 turns all of it"),
    pytest.param("🌽" * 33 + "w", "takes 71 of 70 UCS-2 units", id="an emoji is two"),
    pytest.param("w" * 66 + "’", "takes 71 of 70 UCS-2 units", id="counted as it is sent, not as it could be folded"),
])  # fmt: skip
def test_a_page_is_weighed_with_its_prefix(text: str, reason: str | None) -> None:
    assert over_budget(text, "CON ", 160, 70) == reason


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
    def translate_loosely(text: Text, language: str) -> str:
        return translate(text, language).replace("\u00a0", " ")

    found: list[str] = []
    for letters in range(80, 160):
        screen = menu(
            t("{before} {amount} and more to read", before="w" * letters, amount=amount), choice(t("Yes"), go("a"))
        )
        found += keeps_figures_whole(_render(_drawing(screen), language, Budget("CON ", units=160), translate_loosely))
    assert found


def _render(drawing: Drawing, language: str, budget: Budget, translate: Translate) -> RenderedScreen:
    return render(drawing, translate_lines(drawing, language, translate), language, budget, translate)


def _drawing(screen: Screen | None = None) -> Drawing:
    screen = screen or menu(t("Welcome"), choice(t("Yes"), go("yes")), choice(t("No"), go("no")))
    return Drawing("", RegisteredScreen("home", lambda caller: screen, None, (), False), Session("en"), screen)
