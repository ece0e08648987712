"""A screen as it was drawn in one state, and as it is sent in one language."""

from collections.abc import Sequence
from functools import cached_property, lru_cache

from menus.checking.text_parts import Translate, text_key
from menus.gsm7 import plain_punctuation
from menus.paging import Budget, ScreenPage, lay_out
from menus.screen import Ask, Menu, RegisteredScreen, Screen
from menus.session import RenderedPage, Session, render_every_page, texts_on
from menus.translate import Text
from values.frozen import Frozen, replace


class Drawing(Frozen):
    """`screen` as it was drawn for `session` in the state called `name`, with the reason `why` above it. The gateway
    draws a screen once more for More or after a bad answer; `same_when_redrawn` tells whether it stays the same."""

    name: str
    registered: RegisteredScreen
    session: Session
    screen: Screen
    why: Text | None = None
    same_when_redrawn: bool = True

    def with_reason(self, why: Text, name: str) -> "Drawing":
        """The same drawing with a reason above it, as after a bad answer."""
        return replace(self, name=f"{self.name}; {name}", why=why)

    @property
    def question(self) -> Ask | None:
        return self.screen if isinstance(self.screen, Ask) else None

    @property
    def texts_key(self) -> object:
        """Equal for drawings that look the same in every language."""
        texts = tuple(text_key(text) for text in texts_on(self.screen))
        why, is_root = self.why and text_key(self.why), len(self.session.trail) == 1
        return self.registered.name, type(self.screen), texts, why, is_root, self.same_when_redrawn


class RenderedScreen(Frozen, dict=True):
    """A drawing in one language on one network. `lines` are its body and its choices in that language, `pages` are what
    is sent."""

    drawing: Drawing
    language: str
    budget: Budget
    translate: Translate
    lines: tuple[str, ...]
    pages: tuple[RenderedPage, ...]

    @property
    def texts(self) -> tuple[Text, ...]:
        return texts_on(self.drawing.screen)

    @property
    def options(self) -> tuple[str, ...]:
        return self.lines[1:]

    @cached_property
    def sent_lines(self) -> tuple[str, ...]:
        """The lines as they are sent."""
        return tuple(map(plain_punctuation, self.lines))


def translate_lines(drawing: Drawing, language: str, translate: Translate) -> tuple[str, ...]:
    """Return body (of a question with the reason above it) and choices in `language`. Raises one of FORMAT_ERRORS."""
    body, *options = (translate(text, language) for text in texts_on(drawing.screen))
    if drawing.why and not isinstance(drawing.screen, Menu):
        body = f"{translate(drawing.why, language)}\n{body}"
    return (body, *options)


def render(
    drawing: Drawing, lines: tuple[str, ...], language: str, budget: Budget, translate: Translate
) -> RenderedScreen:
    """Lay the translated `lines` of a drawing out in pages, as the gateway does. Raises ValueError if they cannot be
    cut into pages."""
    body, *options = lines
    session = replace(drawing.session, language=language)
    pages = render_every_page(session, drawing.screen, body, options, budget, drawing.why, _lay_out_once)
    return RenderedScreen(drawing, language, budget, translate, lines, pages)


def _lay_out_once(
    body: str, options: Sequence[str], *, first: Sequence[str], later: Sequence[str], more: str, budget: Budget
) -> tuple[ScreenPage, ...]:
    """As menus.paging.lay_out. Many screens have the same lines: a list, and a menu after a wrong key."""
    return _laid_out(body, tuple(options), tuple(first), tuple(later), more, budget)


@lru_cache(maxsize=10_000)  # more than the walk draws with one sample input
def _laid_out(
    body: str, options: tuple[str, ...], first: tuple[str, ...], later: tuple[str, ...], more: str, budget: Budget
) -> tuple[ScreenPage, ...]:
    return lay_out(body, options, first=first, later=later, more=more, budget=budget)
