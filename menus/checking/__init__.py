"""Menus checked like a program: every screen in every state, every language, with the worst that people can type.

`check()` walks the machine from the first dial by every move (walk.py), with what readings, effects and callers can
give (cases.py), lays every state out in every language on every network, and holds it all against the rules: of moves
(moves.py), of pages (pages.py), of the catalogues (texts.py), of the machine as a whole (machine.py).

A rule is a function whose name says what must hold; a finding is where it does not.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from contracts.contract import Refusal
from contracts.refusals import Why
from menus import refusals as words_for
from menus import translate as words
from menus.checking import machine, pages
from menus.checking.cases import CASES, Cases
from menus.checking.drawing import UNSAYABLE, Say, Shown, State, every_text, show_all, spoken, texts_on
from menus.checking.findings import ANY_LANGUAGE, Finding, Findings
from menus.checking.machine import Machine
from menus.checking.report import Report
from menus.checking.texts import Catalogue, Known, check_texts, known_of, texts_in_the_code
from menus.checking.walk import Walk
from menus.paging import Budget
from menus.screen import SCREENS, Drawn
from menus.screens import __all__ as _journeys
from menus.translate import LANGUAGES, SOURCE

__all__ = ["CASES", "Cases", "Finding", "Report", "check"]

assert _journeys  # importing the journeys registers their screens


def check(
    screens: Mapping[str, Drawn] = SCREENS,
    languages: Iterable[str] = LANGUAGES,
    budgets: Sequence[Budget] = (Budget(),),
    *,
    cases: Cases = CASES,
    say: Say = words.say,
    catalogue: Catalogue = words.catalogue,
    written: Callable[[], Iterable[Known]] = texts_in_the_code,
    why: Mapping[Why, words.Text] = words_for.WHY,
    refusals: Mapping[Refusal, words.Text] = words_for.REFUSAL,
    told: Callable[[str], None] = lambda _world: None,
) -> Report:
    """Walk `screens` and say what is wrong with them; `told` hears the name of each world that is done.

    The rest is there to be replaced in tests: `say` and `catalogue` as in menus.translate, `written`: texts that stand
    in the code, since some are shown by no walk.
    """
    started = time.perf_counter()
    languages = tuple(languages)
    look = _Look(languages, tuple(dict.fromkeys(budgets)), say)
    walk = Walk(screens, cases, refusals, look.findings, told)
    for state in walk.states():
        look.at(state)
    look.at_what_has_no_screen(cases)
    whole = Machine(screens, frozenset(walk.reached), frozenset(walk.steps), why, refusals)
    for rule in machine.RULES:
        for screen, reason in rule(whole):
            look.findings.add(screen, ANY_LANGUAGE, "-", rule.__name__, (reason,))
    known = [*written(), *look.known.values()]
    for screen, language, name, reason in check_texts(known, languages, catalogue):
        look.findings.add(screen, language, "-", name, (reason,))
    return Report(
        len(screens), len(languages), len(look.budgets), len(cases.worlds), look.states, len(look.seen), look.pages,
        len({(text.source, text.plural) for text in known}), time.perf_counter() - started, look.findings.all(),
        frozenset(walk.steps), frozenset(walk.ends),
    )  # fmt: skip


class _Look:
    """Looks at states, one by one; what looks the same as before is only counted."""

    def __init__(self, languages: tuple[str, ...], budgets: tuple[Budget, ...], say: Say) -> None:
        self.findings = Findings()
        self.known: dict[tuple[str, str | None], Known] = {}
        self.seen: set[object] = set()
        self.states = self.pages = 0
        self.budgets = budgets
        self._languages = languages
        self._say = say

    def at(self, state: State) -> None:
        self.states += 1
        likeness = state.likeness
        if likeness in self.seen:
            return
        self.seen.add(likeness)
        if not self._can_be_said(state):
            return
        self._remember(state)
        for language in self._languages:
            for budget in self.budgets:
                if shown := self._show(state, language, budget):
                    self._hold_against_the_rules(shown)

    def at_what_has_no_screen(self, cases: Cases) -> None:
        for name, text in cases.at_once.items():
            for language in self._languages:
                for budget in self.budgets:
                    reasons = machine.fits_without_a_screen(self._say(text, language), budget)
                    self.findings.add("-", language, name, "fits_without_a_screen", reasons)

    def _remember(self, state: State) -> None:
        for text in (*texts_on(state.screen), *([state.why] if state.why else [])):
            for found in every_text(text):
                self.known.setdefault((found.source, found.plural), known_of(found, state.drawn.name))

    def _can_be_said(self, state: State) -> bool:
        try:
            spoken(state, SOURCE, self._say)
        except UNSAYABLE as fault:
            reason = f"{type(fault).__name__}: {fault}"
            self.findings.add(state.drawn.name, SOURCE, state.name, "can_be_said", (reason,))
            return False
        return True

    def _show(self, state: State, language: str, budget: Budget) -> Shown | None:
        try:
            spoken(state, language, self._say)
        except UNSAYABLE:
            return None  # the catalogue's fault, and found there
        try:
            shown = show_all(state, language, budget, self._say)
        except ValueError as fault:
            self.findings.add(state.drawn.name, language, state.name, "can_be_laid_out", (str(fault),))
            return None
        self.pages += len(shown.sheets)
        return shown

    def _hold_against_the_rules(self, shown: Shown) -> None:
        state = shown.state
        for rule in pages.RULES:
            self.findings.add(state.drawn.name, shown.language, state.name, rule.__name__, rule(shown))
