"""Menus that are wrong on purpose, each in one way, and the rule of the checker that must say so."""

from tests.menus.broken import machine, moves, pages, screens, texts
from tests.menus.broken.making import BROKEN, Broken

__all__ = ["BROKEN", "Broken", "machine", "moves", "pages", "screens", "texts"]
