"""Walk through the menus, look at each different drawing once, and report what is wrong."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from contracts.fields.languages import LANGUAGES
from contracts.refusals import Refusal, Why
from menus import refusal_texts
from menus import translate as translations
from menus.checking import graph_rules, page_rules
from menus.checking.cases import CASES, Cases
from menus.checking.drawing import Drawing, render, translate_lines
from menus.checking.findings import Findings
from menus.checking.graph_rules import MenuGraph
from menus.checking.report import Report
from menus.checking.text_parts import FORMAT_ERRORS, Translate, every_text
from menus.checking.text_rules import Catalogue, MenuText, check_texts, texts_in_the_code
from menus.checking.walk import Walk
from menus.paging import Budget
from menus.screen import SCREENS, Menu, RegisteredScreen, Screen
from menus.screens import __all__ as _journeys
from menus.session import texts_on
from menus.translate import SOURCE, Text

assert _journeys  # importing the journeys registers their screens


def check(
    screens: Mapping[str, RegisteredScreen] = SCREENS,
    languages: Iterable[str] = LANGUAGES,
    *,
    budgets: Sequence[Budget],
    cases: Cases = CASES,
    translate: Translate = translations.translate,
    catalogue: Catalogue = translations.catalogue,
    written: Callable[[], Iterable[MenuText]] = texts_in_the_code,
    why: Mapping[Why, Text] = refusal_texts.BAD_INPUT_TEXTS,
    refusals: Mapping[Refusal, Text] = refusal_texts.REFUSAL_TEXTS,
    on_progress: Callable[[str], None] = lambda _name: None,
) -> Report:
    """Check `screens` and report what is wrong with them. `on_progress` is called with the name of each sample input
    that is done.

    Tests replace the other arguments. `written` gives the texts that stand in the code, since no walk shows some of
    them.
    """
    started = time.perf_counter()
    languages = tuple(languages)
    looked = _DrawingsSeen(languages, tuple(dict.fromkeys(budgets)), translate)
    findings = looked.findings
    walk = Walk(screens, cases, refusals, findings, on_progress)
    for drawing in walk.drawings():
        looked.look_at(drawing)
    looked.look_at_texts_without_a_screen(cases)
    graph = MenuGraph(screens, frozenset(walk.reached), frozenset(walk.links), why, refusals)
    for rule in graph_rules.RULES:
        for screen, reason in rule(graph):
            findings.report(screen, "-", rule.__name__, reason)
    texts = [*written(), *looked.texts.values()]
    for screen, language, name, reason in check_texts(texts, languages, catalogue):
        findings.add(screen, language, "-", name, (reason,))
    return Report(
        len(screens), len(languages), len(looked.budgets), walk.positions, looked.states, len(looked.seen),
        looked.pages, len({(text.source, text.plural) for text in texts}), time.perf_counter() - started,
        findings.all(), frozenset(walk.links), frozenset(walk.ends),
    )  # fmt: skip


class _DrawingsSeen:
    """Renders each drawing and applies the rules about pages. Only counts a drawing that looks like an earlier one."""

    def __init__(self, languages: tuple[str, ...], budgets: tuple[Budget, ...], translate: Translate) -> None:
        self.findings = Findings()
        self.texts: dict[tuple[str, str | None], MenuText] = {}
        self.seen: set[object] = set()
        self.states = self.pages = 0
        self.budgets = budgets
        self._languages = languages
        self._translate = translate
        self._lines_are_of: Screen | None = None
        self._lines_in: dict[str, tuple[str, ...]] = {}

    def look_at(self, drawing: Drawing) -> None:
        self.states += 1
        if (key := drawing.texts_key) in self.seen:
            return
        self.seen.add(key)
        if self._lines(drawing, SOURCE) is None:
            return
        self._note_texts(drawing)
        for language in self._languages:
            if lines := self._lines(drawing, language):
                for budget in self.budgets:
                    self._check_pages(drawing, lines, language, budget)

    def look_at_texts_without_a_screen(self, cases: Cases) -> None:
        for name, text in cases.texts_without_screen.items():
            for language in self._languages:
                for budget in self.budgets:
                    reasons = graph_rules.fits_without_a_screen(self._translate(text, language), budget)
                    self.findings.add("-", language, name, "fits_without_a_screen", reasons)

    def _lines(self, drawing: Drawing, language: str) -> tuple[str, ...] | None:
        """Return the translated texts, or None if they cannot be formatted. In English that is the screen's fault. In
        another language it is the catalogue's, which the rules about translations report. A menu has the same lines
        with a reason above it."""
        if drawing.why and isinstance(drawing.screen, Menu) and drawing.screen is self._lines_are_of:
            return self._lines_in.get(language)
        if drawing.screen is not self._lines_are_of:
            self._lines_are_of, self._lines_in = drawing.screen, {}
        try:
            self._lines_in[language] = lines = translate_lines(drawing, language, self._translate)
            return lines
        except FORMAT_ERRORS as fault:
            if language == SOURCE:
                reason = f"{type(fault).__name__}: {fault}"
                self.findings.add(drawing.registered.name, SOURCE, drawing.name, "can_be_said", (reason,))
            return None

    def _note_texts(self, drawing: Drawing) -> None:
        for text in (*texts_on(drawing.screen), *([drawing.why] if drawing.why else [])):
            for part in every_text(text):
                found = MenuText(part.source, part.plural, drawing.registered.name)
                self.texts.setdefault((part.source, part.plural), found)

    def _check_pages(self, drawing: Drawing, lines: tuple[str, ...], language: str, budget: Budget) -> None:
        name = drawing.registered.name
        try:
            rendered = render(drawing, lines, language, budget, self._translate)
        except ValueError as fault:
            self.findings.add(name, language, drawing.name, "can_be_laid_out", (str(fault),))
            return
        self.pages += len(rendered.pages)
        for rule in page_rules.rules_for(drawing):
            self.findings.add(name, language, drawing.name, rule.__name__, rule(rendered))
