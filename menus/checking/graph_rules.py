"""Rules about the menus as a whole: which screens are registered and reached, which reasons have a text.

Each rule yields the screen that breaks it, and why.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from contracts.fields.money import Currency
from contracts.refusals import Refusal, Why
from menus.checking.move_rules import misfit
from menus.checking.page_rules import over_budget
from menus.checking.positions import Link
from menus.checking.sample_inputs import CALLER, SERVICE_CODE, TODAY
from menus.paging import Budget
from menus.screen import Caller, Go, Place, RegisteredScreen
from menus.session import BACK, HOME, Session, ShowScreen, go_to, read_typed
from menus.translate import Text
from values.frozen import Frozen, replace

_DEEP = 40  # more places than a session remembers
_NOBODY = Caller(CALLER, SERVICE_CODE, "KE", Currency.KES, TODAY)


class MenuGraph(Frozen):
    """All screens, those that the walk `reached`, the `links` between them, and the texts for refused input and refused
    effects."""

    screens: Mapping[str, RegisteredScreen]
    reached: frozenset[str]
    links: frozenset[Link]
    why: Mapping[Why, Text]
    refusals: Mapping[Refusal, Text]


def there_is_a_home(graph: MenuGraph) -> Iterator[tuple[str, str]]:
    if HOME.name not in graph.screens:
        yield "-", f"no screen is called {HOME.name!r}, where every dial begins"


def is_called_by_its_name(graph: MenuGraph) -> Iterator[tuple[str, str]]:
    for name, registered in graph.screens.items():
        if name != registered.name:
            yield name, f"it says that it is {registered.name!r}"


def takes_what_it_reads(graph: MenuGraph) -> Iterator[tuple[str, str]]:
    """A screen takes the caller, then what was read or the result of the effect, then what its place is about. What its
    reading needs is part of that."""
    for registered in graph.screens.values():
        if (reason := misfit(registered)) and not (registered.wants_result and registered.reads):
            yield registered.name, reason


def reads_nothing_after_an_effect(graph: MenuGraph) -> Iterator[tuple[str, str]]:
    for registered in graph.screens.values():
        if registered.wants_result and registered.reads:
            yield registered.name, "it tells a result and reads too; the effect may not be written yet"


def can_be_reached(graph: MenuGraph) -> Iterator[tuple[str, str]]:
    if HOME.name in graph.screens:
        for name in graph.screens:
            if name not in graph.reached:
                yield name, "no way leads here"


def every_reason_has_words(graph: MenuGraph) -> Iterator[tuple[str, str]]:
    for reason in (*Why, *Refusal):
        if reason not in graph.why and reason not in graph.refusals:
            yield "-", f"{type(reason).__name__}.{reason.name} has no words (menus/refusal_texts.py)"


def goes_back_home_from_any_depth(graph: MenuGraph) -> Iterator[tuple[str, str]]:
    """Report a screen from which Back, pressed often enough, does not end at home: a session remembers few places."""
    for name in sorted(_in_a_circle(graph.links)):
        session = Session("en")
        for _ in range(_DEEP):
            session = go_to(session, Go(Place(name)))
        for _ in range(_DEEP):
            session = _back(session)
        if session.here != HOME:
            yield name, f"{_DEEP} steps deep, Back ends at {session.here.name} and never at home"
            return


RULES: tuple[Callable[[MenuGraph], Iterator[tuple[str, str]]], ...] = (
    there_is_a_home,
    is_called_by_its_name,
    takes_what_it_reads,
    reads_nothing_after_an_effect,
    can_be_reached,
    every_reason_has_words,
    goes_back_home_from_any_depth,
)


def fits_without_a_screen(text: str, budget: Budget) -> Iterator[str]:
    """A text that is sent without a screen has one page only."""
    if reason := over_budget(text, budget.prefix, budget.septets, budget.units):
        yield reason


def _back(session: Session) -> Session:
    keys = () if len(session.trail) == 1 else (BACK,)
    step = read_typed(replace(session, keys=keys, page=0), BACK, _NOBODY)
    return step.session if isinstance(step, ShowScreen) else session


def _in_a_circle(links: Iterable[Link]) -> set[str]:
    """The screens that a caller can come back to without passing home."""
    onward: dict[str, set[str]] = {}
    for link in links:
        if HOME.name not in (link.source, link.target):
            onward.setdefault(link.source, set()).add(link.target)
    return {name for name in onward if name in _reachable_from(name, onward)}


def _reachable_from(name: str, onward: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        new = onward.get(waiting.pop(), set()) - found
        found |= new
        waiting.extend(new)
    return found
