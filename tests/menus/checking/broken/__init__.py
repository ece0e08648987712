"""Menus that are wrong on purpose, each in one way, with the rule of the checker that must find the fault."""

from tests.menus.checking.broken import broken_graphs, broken_moves, broken_pages, broken_screens, broken_texts
from tests.menus.checking.broken.build import BROKEN, Broken

__all__ = ["BROKEN", "Broken", "broken_graphs", "broken_moves", "broken_pages", "broken_screens", "broken_texts"]
