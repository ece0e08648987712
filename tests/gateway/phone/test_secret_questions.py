"""The handset hides a PIN and a recovery code in every language, on every page, below every reason."""

from collections.abc import Iterator
from datetime import date

import pytest

from contracts.effects import ProvePin
from contracts.fields.languages import LANGUAGES
from contracts.fields.money import Currency
from contracts.fields.msisdn import Msisdn
from contracts.refusals import BadInput, Why
from gateway.phone.received_screen import ReceivedScreen
from menus.answers import ANSWER_PARSERS, SECRET_ANSWERS
from menus.checking.text_rules import texts_in_the_code
from menus.paging import Budget
from menus.refusal_texts import BAD_INPUT_TEXTS, WRONG_PIN, WRONG_PIN_TEXTS, WRONG_RECOVERY
from menus.screen import SECRET_QUESTIONS, Ask, Caller, Do, Place
from menus.session import HOME, Session, render_page
from menus.translate import Text, translate
from values.frozen import replace

OF_SECRETS = (*WRONG_PIN_TEXTS, WRONG_RECOVERY, BAD_INPUT_TEXTS[Why.PIN_NOT_DIGITS], BAD_INPUT_TEXTS[Why.PIN_TOO_EASY])
REASONS = (None, BAD_INPUT_TEXTS[Why.EMPTY], *OF_SECRETS)
CALLER = Caller(Msisdn("+254733123001"), "*483#", "KE", Currency.KES, date(2026, 10, 1))
BUDGETS = (Budget("CON "), Budget("CON ", septets=120, units=60), Budget("CON ", septets=182, units=80))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_secret_is_hidden_on_every_page_of_its_question(language: str) -> None:
    for question in SECRET_QUESTIONS:
        for why in REASONS:
            for pages in _laid_out(question.text, why, language):
                *before, last = _in_turn(pages)
                assert last.is_secret("4829") and last.is_secret("90718353")
                assert all(shown.is_secret("4829") or _has_reason_only(shown, why, language) for shown in before)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_that_the_caller_turns_back_to_asks_for_a_secret_too(language: str) -> None:
    for question in SECRET_QUESTIONS:
        for pages in _laid_out(question.text, WRONG_PIN, language):
            assert all(shown.is_secret("4829") for shown in _in_turn([*pages, *reversed(pages)]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_to_anything_else_is_shown(language: str) -> None:
    """Takes every text of the menus as a question."""
    secret = {question.text.source for question in SECRET_QUESTIONS}
    for known in texts_in_the_code():
        if known.source in secret or Text(known.source) in OF_SECRETS or "{" in known.source:
            continue
        for pages in _laid_out(Text(known.source), None, language):
            assert not any(shown.is_secret("maize") for shown in _in_turn(pages)), known.where


@pytest.mark.parametrize("name", sorted(SECRET_ANSWERS))
def test_every_reason_why_a_secret_is_refused_is_tried_above(name: str) -> None:
    for typed in ("", "40", "1234", "abcd", "9371", "90718353"):
        try:
            ANSWER_PARSERS[name](typed, CALLER)
        except BadInput as bad:
            assert BAD_INPUT_TEXTS[bad.why] in REASONS


def test_a_key_is_no_secret() -> None:
    for language in LANGUAGES:
        for pages in _laid_out(Text("Enter your PIN"), None, language):
            assert not any(shown.is_secret("0") or shown.is_secret("00") for shown in _in_turn(pages))


def _laid_out(question: Text, why: Text | None, language: str) -> Iterator[list[str]]:
    """Yield the question's pages in each budget, as the menus lay them out."""
    asked = Ask(question, "pin", Do(ProvePin(), HOME))
    session = Session(language, trail=(HOME, Place("pin")))
    for budget in BUDGETS:
        sheets = [render_page(replace(session, page=page), asked, budget, why) for page in range(9)]
        yield [sheet.text for sheet in sheets[: sheets[-1].session.page + 1]]


def _in_turn(pages: list[str]) -> list[ReceivedScreen]:
    """Return the screens of these pages, each after the one before."""
    shown = [ReceivedScreen("END ")]
    for page in pages:
        shown.append(ReceivedScreen(f"CON {page}", after_secret=shown[-1].asks_secret))
    return shown[1:]


def _has_reason_only(shown: ReceivedScreen, why: Text | None, language: str) -> bool:
    """Whether the page has words of the reason only, and any question may have that reason above it."""
    words = shown.text.partition("\n98. ")[0].split()
    return why is not None and why not in OF_SECRETS and translate(why, language).split()[: len(words)] == words
