"""Menus checked like a program: every screen in every state, every language, with the worst that people can type.

`check()` walks the machine from the first dial by every move (walk.py), with what readings, effects and callers can
give (cases.py), lays every drawing out in every language on every network, and holds it all against the rules: of moves
(moves.py), of pages (pages.py), of the catalogues (texts.py), of the machine as a whole (machine.py).

A rule is a function whose name says what must hold; a finding is where it does not.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from contracts.fields.languages import LANGUAGES
from contracts.refusals import Refusal, Why
from menus import refusal_texts as words_for
from menus import translate as words
from menus.checking import graph_rules, page_rules
from menus.checking.cases import CASES, Cases
from menus.checking.drawing import (
    FORMAT_ERRORS,
    Drawing,
    RenderedScreen,
    Translate,
    every_text,
    render,
    texts_in,
    texts_on,
)
from menus.checking.findings import ANY_LANGUAGE, Finding, Findings
from menus.checking.graph_rules import MenuGraph
from menus.checking.report import Report
from menus.checking.text_rules import Catalogue, MenuText, check_texts, known_of, texts_in_the_code
from menus.checking.walk import Walk
from menus.paging import Budget
from menus.screen import SCREENS, RegisteredScreen
from menus.screens import __all__ as _journeys
from menus.translate import SOURCE

__all__ = ["CASES", "Cases", "Finding", "Report", "check"]

assert _journeys  # importing the journeys registers their screens


def check(
    screens: Mapping[str, RegisteredScreen] = SCREENS,
    languages: Iterable[str] = LANGUAGES,
    *,
    budgets: Sequence[Budget],
    cases: Cases = CASES,
    translate: Translate = words.translate,
    catalogue: Catalogue = words.catalogue,
    written: Callable[[], Iterable[MenuText]] = texts_in_the_code,
    why: Mapping[Why, words.Text] = words_for.BAD_INPUT_TEXTS,
    refusals: Mapping[Refusal, words.Text] = words_for.REFUSAL_TEXTS,
    on_progress: Callable[[str], None] = lambda _world: None,
) -> Report:
    """Walk `screens` and say what is wrong with them; `on_progress` hears the name of each sample that is done.

    The rest is there to be replaced in tests: `translate` and `catalogue` as in menus.translate, `written`: texts that
    stand in the code, since some are shown by no walk.
    """
    started = time.perf_counter()
    languages = tuple(languages)
    look = _Look(languages, tuple(dict.fromkeys(budgets)), translate)
    walk = Walk(screens, cases, refusals, look.findings, on_progress)
    for drawing in walk.states():
        look.at(drawing)
    look.at_what_has_no_screen(cases)
    whole = MenuGraph(screens, frozenset(walk.reached), frozenset(walk.links), why, refusals)
    for rule in graph_rules.RULES:
        for screen, reason in rule(whole):
            look.findings.add(screen, ANY_LANGUAGE, "-", rule.__name__, (reason,))
    known = [*written(), *look.known.values()]
    for screen, language, name, reason in check_texts(known, languages, catalogue):
        look.findings.add(screen, language, "-", name, (reason,))
    return Report(
        len(screens), len(languages), len(look.budgets), len(cases.inputs), look.states, len(look.seen), look.pages,
        len({(text.source, text.plural) for text in known}), time.perf_counter() - started, look.findings.all(),
        frozenset(walk.links), frozenset(walk.ends),
    )  # fmt: skip


class _Look:
    """Looks at states, one by one; what looks the same as before is only counted."""

    def __init__(self, languages: tuple[str, ...], budgets: tuple[Budget, ...], translate: Translate) -> None:
        self.findings = Findings()
        self.known: dict[tuple[str, str | None], MenuText] = {}
        self.seen: set[object] = set()
        self.states = self.pages = 0
        self.budgets = budgets
        self._languages = languages
        self._say = translate

    def at(self, drawing: Drawing) -> None:
        self.states += 1
        text_key = drawing.text_key
        if text_key in self.seen:
            return
        self.seen.add(text_key)
        if not self._can_be_said(drawing):
            return
        self._remember(drawing)
        for language in self._languages:
            for budget in self.budgets:
                if rendered := self._show(drawing, language, budget):
                    self._hold_against_the_rules(rendered)

    def at_what_has_no_screen(self, cases: Cases) -> None:
        for name, text in cases.at_once.items():
            for language in self._languages:
                for budget in self.budgets:
                    reasons = graph_rules.fits_without_a_screen(self._say(text, language), budget)
                    self.findings.add("-", language, name, "fits_without_a_screen", reasons)

    def _remember(self, drawing: Drawing) -> None:
        for text in (*texts_on(drawing.screen), *([drawing.why] if drawing.why else [])):
            for found in every_text(text):
                self.known.setdefault((found.source, found.plural), known_of(found, drawing.drawn.name))

    def _can_be_said(self, drawing: Drawing) -> bool:
        try:
            texts_in(drawing, SOURCE, self._say)
        except FORMAT_ERRORS as fault:
            reason = f"{type(fault).__name__}: {fault}"
            self.findings.add(drawing.drawn.name, SOURCE, drawing.name, "can_be_said", (reason,))
            return False
        return True

    def _show(self, drawing: Drawing, language: str, budget: Budget) -> RenderedScreen | None:
        try:
            texts_in(drawing, language, self._say)
        except FORMAT_ERRORS:
            return None  # the catalogue's fault, and found there
        try:
            rendered = render(drawing, language, budget, self._say)
        except ValueError as fault:
            self.findings.add(drawing.drawn.name, language, drawing.name, "can_be_laid_out", (str(fault),))
            return None
        self.pages += len(rendered.sheets)
        return rendered

    def _hold_against_the_rules(self, rendered: RenderedScreen) -> None:
        drawing = rendered.drawing
        for rule in page_rules.RULES:
            self.findings.add(drawing.drawn.name, rendered.language, drawing.name, rule.__name__, rule(rendered))
