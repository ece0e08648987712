"""A screen as it was drawn in one state, and as it is sent in one language."""

import string
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from menus import translate as words
from menus.paging import Budget, lay_out
from menus.screen import Ask, End, Menu, RegisteredScreen, Screen
from menus.session import BACK, MORE, TO_HOME, RenderedPage, Session, render_page
from menus.translate import SOURCE, Text, t
from values.frozen import Frozen, replace

NAVIGATION = {BACK: t("Back"), TO_HOME: t("Home"), MORE: t("More")}
Translate = Callable[[Text, str], str]
FORMAT_ERRORS = (KeyError, IndexError, ValueError, AttributeError, TypeError)  # what formatting a text can raise
_FAR = 1_000  # pages


class Drawing(Frozen):
    """`screen`, as drawn for a session at `session.here`; `why` is said above it. `again`: drawn once more, for More or
    after a bad answer, it is the same."""

    name: str
    drawn: RegisteredScreen
    session: Session
    screen: Screen
    why: Text | None = None
    again: bool = True

    def with_reason(self, why: Text, name: str) -> "Drawing":
        """The same with a reason above it, as after a bad answer."""
        return replace(self, name=f"{self.name}; {name}", why=why)

    @property
    def text_key(self) -> object:
        """Equal for states that look the same in every language."""
        parts = tuple(text_key(text) for text in texts_on(self.screen))
        is_root = len(self.session.trail) == 1
        return (
            self.drawn.name, type(self.screen), parts, text_key(self.why) if self.why else None, is_root, self.again
        )  # fmt: skip


class RenderedScreen(Frozen):
    """A state in one language on one network: what is said, and the pages that are sent."""

    drawing: Drawing
    language: str
    budget: Budget
    translate: Translate
    body: str
    options: tuple[str, ...]
    sheets: tuple[RenderedPage, ...]

    @property
    def texts(self) -> tuple[Text, ...]:
        return texts_on(self.drawing.screen)


def texts_on(screen: Screen) -> tuple[Text, ...]:
    """The body, then each choice."""
    match screen:
        case Menu(body, choices):
            return (body, *(choice.text for choice in choices))
        case Ask(question):
            return (question,)
        case End(body):
            return (body,)


def texts_in(drawing: Drawing, language: str, translate: Translate) -> tuple[str, ...]:
    """The body (with its reason above) and each choice, said. Raises one of FORMAT_ERRORS."""
    body, *options = (translate(text, language) for text in texts_on(drawing.screen))
    if drawing.why:
        body = f"{translate(drawing.why, language)}\n{body}"
    return (body, *options)


def render(drawing: Drawing, language: str, budget: Budget, translate: Translate) -> RenderedScreen:
    """Every page that `menus.session.render_page` makes of it. Raises what `render_page` and `translate` raise."""
    body, *options = texts_in(drawing, language, translate)
    screen = _as_said(drawing.screen, body, options)
    first, last = (
        render_page(replace(drawing.session, language=language, page=page), screen, budget) for page in (0, _FAR)
    )
    count = last.session.page + 1
    between = _between(first, last, screen, body, options, budget) if count > 2 else ()
    return RenderedScreen(drawing, language, budget, translate, body, tuple(options), (first, *between, last)[:count])


def _between(
    first: RenderedPage, last: RenderedPage, screen: Screen, body: str, options: list[str], budget: Budget
) -> Iterator[RenderedPage]:
    """The pages between, laid out all at once: `render_page` would lay a list of forty out anew for each."""
    rows = {key: f"{key}. {words.translate(label, first.session.language)}" for key, label in NAVIGATION.items()}
    footers = [[rows[key] for key in session.keys if key != MORE] for session in (first.session, last.session)]
    pages = lay_out(body, options, first=footers[0], later=footers[1], more=rows[MORE], budget=budget)
    if (pages[0].text, pages[-1].text) != (first.text, last.text):
        raise ValueError("menus.session lays it out in another way than the checker knows")
    choices = screen.choices if isinstance(screen, Menu) else ()
    for number, page in enumerate(pages[1:-1], start=1):
        moves = {str(index + 1): choices[index].move for index in page.options}
        session = replace(last.session, page=number, shown=moves, keys=(*last.session.keys, MORE))
        yield RenderedPage(session, page.text, ends=False)


def every_text(text: Text) -> Iterator[Text]:
    """The text, and those among its values."""
    yield text
    for value in text.values.values():
        if isinstance(value, Text):
            yield from every_text(value)


def values_in(text: Text) -> Iterator[object]:
    """What stands in its places, and in those of the texts within it."""
    for name in places_in(f"{text.source} {text.plural or ''}"):
        value = text.values.get(name)
        if isinstance(value, Text):
            yield from values_in(value)
        elif value is not None:
            yield value


def places_in(template: str) -> dict[str, str]:
    """The places of a template, by name, with all that is asked of their form: `{n:>5}` is {"n": ":>5"}.

    Raises ValueError where braces do not match."""
    found: dict[str, str] = {}
    for _, name, spec, conversion in string.Formatter().parse(template):
        if name is not None:
            found[name] = (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
    return found


def own_words(text: Text, language: str, translate: Translate) -> Iterator[str]:
    """The words that the text itself says in `language`, without what stands in its places."""
    gaps = {name: Text("{gap}", {"gap": "\0"}) for name in text.values}
    for part in translate(replace(text, values=gaps), language).split("\0"):
        yield from part.split()
    for value in text.values.values():
        if isinstance(value, Text):
            yield from own_words(value, language, translate)


def literally(said: str) -> Text:
    """A text that says just this in every language."""
    return Text("{said}", {"said": said})


def text_key(text: Text) -> object:
    """Equal for texts that say the same in every language."""
    return text.source, text.plural, text.n, tuple((name, _plain(value)) for name, value in text.values.items())


def in_english(text: Text, translate: Translate) -> str:
    try:
        return translate(text, SOURCE)
    except FORMAT_ERRORS:
        return text.source


def _plain(value: object) -> object:
    if isinstance(value, Text):
        return text_key(value)
    try:
        hash(value)
    except TypeError:
        return msgspec.json.encode(value, enc_hook=repr)
    return value


def _as_said(screen: Screen, body: str, options: list[str]) -> Screen:
    match screen:
        case Menu(_, choices):
            said = (replace(choice, text=literally(text)) for choice, text in zip(choices, options, strict=True))
            return Menu(literally(body), tuple(said))
        case Ask():
            return replace(screen, question=literally(body))
        case End():
            return End(literally(body))


def plainly(value: Mapping[str, Any] | object) -> str:
    """Short, for a finding."""
    said = repr(value)
    return said if len(said) <= 60 else said[:57] + "..."
