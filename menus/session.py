"""A caller's way through the menus, as pure functions on frozen values.

    read_typed(session, typed, caller) -> ShowScreen | ShowAgain | PerformEffect      what the caller means
    go_to(session, move) -> session                                                   the session at the next screen
    render_page(session, screen, budget) -> RenderedPage                              the page, and the session to save

The session keeps what each key on the sent page means (`shown`). So "2" means what the caller saw, even when the list
has changed since, or new menus were deployed.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache

from contracts.effects import Effect
from contracts.fields.letters import normalize_text
from contracts.fields.pin import Secret
from contracts.refusals import BadInput
from menus.answers import ANSWER_PARSERS, SECRET_ANSWERS
from menus.gsm7 import plain_punctuation
from menus.paging import Budget, ScreenPage, fits, lay_out, lay_out_page
from menus.refusal_texts import NOT_LISTED, bad_input_text
from menus.screen import Ask, Caller, Do, End, Go, Json, Menu, Move, Place, Return, Screen
from menus.translate import SOURCE, Text, t, translate
from values.frozen import Frozen, Hidden, field, replace

HOME = Place("home")
DIALLED = Place("home.dialled")  # home for keys that are dialled at once
WAITING = Place("waiting")  # a dial opens here when something waits for the caller
BACK, TO_HOME, MORE = "0", "00", "98"
_LABELS = {BACK: t("Back"), TO_HOME: t("Home"), MORE: t("More")}
_MARKS_AROUND_KEY = " .,:;()#*'\""  # "1." and "(1)" are the key 1
_LONGEST_TRAIL = 24
LayOut = Callable[..., tuple[ScreenPage, ...]]  # menus.paging.lay_out, or what does the same


class OpenQuestion(Frozen, array_like=True):
    """The question on the page that was sent. `answer` names the function in menus/answers.py that reads what the
    caller types; `then` is the move after it; the session keeps the value under the name `keep_as`."""

    answer: str
    then: Move
    keep_as: str | None


class Session(Frozen, array_like=True):
    """Where a caller is, and what the page they were sent means. Stored as an array: the fields keep their order, and
    what is new comes last, with a default.

    `trail`: the places from the first screen to where the caller is; `page` of that screen, from 0; `answers` so far in
    this journey; `shown`: the move of each numbered key, also of other pages; `asked`: the question, if there is one;
    `keys`: which of Back, Home and More the page has; `reads_on`: the text of a menu goes on on the next page.
    """

    language: str
    trail: tuple[Place, ...] = (HOME,)
    page: int = 0
    answers: Hidden[Mapping[str, Json]] = field(default_factory=dict)
    shown: Hidden[Mapping[str, Move]] = field(default_factory=dict)
    asked: OpenQuestion | None = None
    keys: tuple[str, ...] = ()
    reads_on: bool = False

    @property
    def here(self) -> Place:
        return self.trail[-1]


class ShowScreen(Frozen):
    """Show the screen of `session.here`."""

    session: Session


class ShowAgain(Frozen):
    """Show the same page again, with `why` above it."""

    session: Session
    why: Text


class PerformEffect(Frozen):
    """Perform the effect, with the secret if the page asked for one, then show `then`."""

    session: Session
    effect: Effect
    then: Place
    secret: Secret | None


Step = ShowScreen | ShowAgain | PerformEffect


class RenderedPage(Frozen):
    """A page to send, and the session to save with it. `text` has no provider's prefix; `ends` closes the session.
    `options`: the indexes of the choices on it. `english`: the whole screen in English, where it leads to a PIN or asks
    for one, and is in another language."""

    session: Session
    text: Hidden[str]
    ends: bool
    options: range = range(0)
    english: Hidden[str | None] = None


def read_typed(session: Session, typed: str, caller: Caller) -> Step:
    """Return what the caller means by `typed` on the page that they were sent last."""
    key = normalize_text(typed)
    if _is_way_back(session, key):
        return ShowScreen(_navigate(session, key))
    if session.asked:
        return _answered(session, session.asked, typed, caller)
    if move := session.shown.get(_bare_key(key)):
        return _take(session, move, None)
    if session.reads_on:
        return ShowScreen(_navigate(session, MORE))
    return ShowAgain(session, NOT_LISTED)


def is_key_of(session: Session, typed: str) -> bool:
    """Whether `typed` is a key of the page that was sent."""
    key = normalize_text(typed)
    return _is_way_back(session, key) or (session.asked is None and _bare_key(key) in session.shown)


def go_to(session: Session, move: Go) -> Session:
    """Return the session at the place of `move`. Home forgets the answers of the journey."""
    if move.place == HOME:
        return replace(session, trail=(HOME,), page=0, answers={})
    trail = (*session.trail, move.place)
    if len(trail) > _LONGEST_TRAIL:
        trail = (HOME, *trail[2:])  # it still begins at home: a trail of one place has neither Back nor Home
    kept = {} if move.begins else session.answers
    answers = {**kept, **move.keeping} if move.keeping else kept
    return Session(session.language, trail, 0, answers, session.shown, session.asked, session.keys)


def after_effect(session: Session, effect: Effect, then: Place) -> Session:
    """Return the session after `effect`. After one that needs a PIN the trail is cut: Back cannot repeat it."""
    if not effect.needs_pin:
        return go_to(session, Go(then))
    return replace(session, trail=(HOME, then), page=0, answers={})


def render_page(session: Session, screen: Screen, budget: Budget, why: Text | None = None) -> RenderedPage:
    """Return the page of `screen` in the session's language, and what each of its keys means. `why` stands above it.

    On a menu it pushes no choice off the page: where it does not fit it stands in place of the heading, or not at all.
    """
    texts, language = texts_on(screen), session.language
    if why is None and all(text.plural is None and not text.values for text in texts):
        sources = tuple(text.source for text in texts)
        laid_out = _fixed_page(sources, language, session.page, *_navigation(session, screen), budget)
    else:
        body, *options = (translate(text, language) for text in texts)
        if why and not isinstance(screen, Menu):
            body = f"{translate(why, language)}\n{body}"
        laid_out = _page_of(body, options, language, session.page, *_navigation(session, screen), budget)
    page = _rendered(session, screen, *laid_out)
    if language != SOURCE and _binds(screen):
        page = replace(page, english="\n".join(translate(text, SOURCE) for text in texts))
    return _with_reason(page, why, screen, budget) if why and isinstance(screen, Menu) else page


def render_every_page(
    session: Session,
    screen: Screen,
    body: str,
    options: Sequence[str],
    budget: Budget,
    why: Text | None = None,
    lay_out: LayOut = lay_out,
) -> tuple[RenderedPage, ...]:
    """Return every page that `render_page` can return for a screen with these texts. The menus' checker needs them, and
    gives a `lay_out` that remembers what it has laid out."""
    first, later = _navigation(session, screen)
    pages = lay_out(body, options, first=first, later=later, more=_more(session.language), budget=budget)
    rendered = tuple(
        _rendered(session, screen, page, number, is_last=page is pages[-1]) for number, page in enumerate(pages)
    )
    if why and isinstance(screen, Menu):
        return tuple(_with_reason(page, why, screen, budget) for page in rendered)
    return rendered


def texts_on(screen: Screen) -> tuple[Text, ...]:
    """Return the body, then each choice."""
    match screen:
        case Menu(body, choices):
            return (body, *(choice.text for choice in choices))
        case Ask(question):
            return (question,)
        case End(body):
            return (body,)


def _with_reason(page: RenderedPage, why: Text, screen: Menu, budget: Budget) -> RenderedPage:
    """Return a menu's page with the reason above it, in place of its heading, or without it."""
    reason = translate(why, page.session.language)
    above = plain_punctuation(f"{reason}\n{page.text}")
    if fits(above, budget):
        return replace(page, text=above)
    heading, _, rest = page.text.partition("\n1. ")
    instead = plain_punctuation(f"{reason}\n1. {rest}")
    has_terms = "\n" in heading or bool(screen.body.values)  # they stay: the caller may be about to agree to them
    return replace(page, text=instead) if rest and not has_terms and fits(instead, budget) else page


@lru_cache(maxsize=1024)
def _fixed_page(
    sources: tuple[str, ...], language: str, number: int, first: tuple[str, ...], later: tuple[str, ...], budget: Budget
) -> tuple[ScreenPage, int, bool]:
    """Return a page of texts that are the same for everybody, as `lay_out_page` does. Each is laid out once."""
    body, *options = (translate(Text(source), language) for source in sources)
    return _page_of(body, options, language, number, first, later, budget)


def _page_of(
    body: str, options: Sequence[str], language: str, number: int, first: tuple[str, ...], later: tuple[str, ...],
    budget: Budget,
) -> tuple[ScreenPage, int, bool]:  # fmt: skip
    return lay_out_page(body, options, number, first=first, later=later, more=_more(language), budget=budget)


def _navigation(session: Session, screen: Screen) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the navigation lines of the first page, and of the pages after it."""
    if isinstance(screen, Menu) and not screen.names_way_back:
        return (), ()
    first, later = _footers(session, screen)
    return _rows(first, session.language), _rows(later, session.language)


def _more(language: str) -> str:
    return _rows((MORE,), language)[0]


def _rendered(session: Session, screen: Screen, page: ScreenPage, number: int, is_last: bool) -> RenderedPage:
    first, later = _footers(session, screen)
    keys = (later if number else first) + (() if is_last else (MORE,))
    asked = OpenQuestion(screen.answer, screen.then, screen.keep_as) if isinstance(screen, Ask) else None
    reads_on = isinstance(screen, Menu) and page.body_goes_on
    shown = _shown(screen, reads_on=reads_on) if isinstance(screen, Menu) else {}
    sent = Session(session.language, session.trail, number, session.answers, shown, asked, keys, reads_on)
    return RenderedPage(sent, page.text, isinstance(screen, End) and is_last, page.options)


def _shown(screen: Menu, *, reads_on: bool) -> dict[str, Move]:
    """Return what the keys of a menu mean: those of its other pages too, because people know them by heart. But nobody
    agrees to terms of which only a part was shown: until the text is at its end, no key leads to the PIN."""
    return {
        str(key): one.move for key, one in enumerate(screen.choices, 1) if not (reads_on and _leads_to_pin(one.move))
    }


def _is_way_back(session: Session, key: str) -> bool:
    return key in session.keys or (key == TO_HOME and session.here == WAITING)


def _bare_key(key: str) -> str:
    return key.strip(_MARKS_AROUND_KEY).lstrip("0") or key


def _binds(screen: Screen) -> bool:
    """Whether the caller's next answer may be a PIN, or lead to one: this is what they agree to."""
    if isinstance(screen, Menu):
        return any(_leads_to_pin(choice.move) for choice in screen.choices)
    return isinstance(screen, Ask) and screen.is_secret


def _leads_to_pin(move: Move) -> bool:
    return isinstance(move, Go) and move.place.name == "pin"


def _footers(session: Session, screen: Screen) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the navigation keys of the first page, and of the pages after it."""
    if isinstance(screen, End):
        return (), ()
    first: tuple[str, ...] = () if len(session.trail) == 1 else (BACK, TO_HOME)
    return first, (BACK, TO_HOME)


@cache
def _rows(keys: tuple[str, ...], language: str) -> tuple[str, ...]:
    return tuple(f"{key}. {translate(_LABELS[key], language)}" for key in keys)


def _navigate(session: Session, key: str) -> Session:
    if key == MORE:
        return replace(session, page=session.page + 1)
    if key == TO_HOME:
        return go_to(session, Go(HOME))
    if session.page:
        return replace(session, page=session.page - 1)
    trail = session.trail[:-1] or (HOME,)
    return replace(session, trail=trail, page=0)


def _answered(session: Session, asked: OpenQuestion, typed: str, caller: Caller) -> Step:
    try:
        value = ANSWER_PARSERS[asked.answer](typed, caller)
    except BadInput as bad:
        return ShowAgain(session, bad_input_text(bad.why, caller.currency))
    if asked.answer in SECRET_ANSWERS:
        return _take(session, asked.then, Secret(normalize_text(typed)))
    if asked.keep_as:
        session = replace(session, answers={**session.answers, asked.keep_as: value})
    return _take(session, asked.then, None)


def _take(session: Session, move: Move, secret: Secret | None) -> Step:
    match move:
        case Do(effect, then):
            return PerformEffect(session, effect, then, secret)
        case Return():
            return ShowScreen(_navigate(replace(session, page=0), BACK))
        case Go():
            return ShowScreen(go_to(session, move))
