"""Check the menus like a program: every screen in every state and language, with the longest that people can type.

`check()` walks from the first dial by every move (walk.py), with everything that readings, effects and callers can give
(cases.py, typed_examples.py). Each screen is drawn (drawer.py), laid out in every language for every network
(drawing.py), and held against the rules: about moves (move_rules.py), pages (page_rules.py), translations
(text_rules.py) and the menus as a whole (graph_rules.py).

A rule is a function whose name says what must hold. A finding is a place where it does not hold.
"""

from menus.checking.cases import CASES, Cases
from menus.checking.checker import check
from menus.checking.findings import Finding
from menus.checking.report import Report

__all__ = ["CASES", "Cases", "Finding", "Report", "check"]
