"""Whoever reads another language than the page they are on finds theirs by one key of it."""

import re
from datetime import date

import pytest

from contracts.effects import SetLanguage
from contracts.escrow.rules import EscrowRules
from contracts.fields.languages import LANGUAGES
from contracts.fields.money import Currency
from contracts.fields.msisdn import Msisdn
from contracts.readings import Person
from menus.paging import Budget
from menus.screen import Caller, Go, Place, do
from menus.screens.home import home_page
from menus.screens.settings import language as languages
from menus.session import HOME, Session, render_page
from menus.translate import t
from values.frozen import replace

NARROWEST = Budget("CON ")
CALLER = Caller(Msisdn("+254712345678"), "*483#", "KE", Currency.KES, date(2026, 11, 23))
WITH_PAYMENTS = replace(CALLER, escrow=EscrowRules())


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("known", [Person(), Person("sw", language_presumed=True), Person(waiting=12)])
@pytest.mark.parametrize(("caller", "key"), [(CALLER, "7"), (WITH_PAYMENTS, "8")])
def test_the_first_page_of_home_names_the_key_until_a_language_is_chosen(
    code: str, known: Person, caller: Caller, key: str
) -> None:
    page = render_page(Session(code, (HOME,)), home_page(known, caller), NARROWEST)
    named = re.compile(rf"(?<!\d){key}\. ")
    assert named.search(page.text)
    assert page.session.shown[key] == Go(Place("settings.language"))
    chosen = render_page(Session(code, (HOME,)), home_page(Person("en"), caller), NARROWEST)
    assert not named.search(chosen.text) and key not in chosen.session.shown


def test_one_ethiopic_word_would_cut_home_into_pages() -> None:
    """Why home writes Amharic in Latin letters: one other letter makes a page of 160 letters one of 70. The key next to
    it leads to the page where all languages stand in their own letters."""
    latin = home_page(Person(), CALLER)
    ethiopic = replace(latin, choices=(*latin.choices[:-1], replace(latin.choices[-1], text=t("ቋንቋ"))))
    page = render_page(Session("en", (HOME,)), ethiopic, NARROWEST)
    assert "ቋንቋ" not in page.text and "98. " in page.text
    assert "98. " not in render_page(Session("en", (HOME,)), latin, NARROWEST).text


@pytest.mark.parametrize("code", LANGUAGES)
def test_all_languages_stand_on_one_page_in_their_own_names(code: str) -> None:
    page = render_page(Session(code, (HOME, Place("settings.language"))), languages(CALLER), NARROWEST)
    for key, (meant, language) in enumerate(LANGUAGES.items(), 1):
        assert f"\n{key}. {language.own_name}" in page.text
        assert page.session.shown[str(key)] == do(SetLanguage(meant), "settings.said")
    assert page.session.keys == ("0", "00"), "Back and Home lead there without being named"
