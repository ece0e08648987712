"""Walk the machine: from every start, by every move, in every state that the cases know, breadth first.

What a caller types goes through `menus.session`, the very functions that the gateway calls, so a walk is what callers
can do. Two states are one where screen, about, answers so far, what is known and what was proved are the same.
"""

import json
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from contracts.effects import Effect, to_json
from contracts.refusals import Why
from menus.answers import ANSWERS
from menus.checking import moves
from menus.checking.cases import Cases, Samples
from menus.checking.drawing import State, every_text, plainly, texts_on
from menus.checking.findings import ANY_LANGUAGE, Findings
from menus.checking.moves import Leading
from menus.checking.worlds import SERVICE_CODE, TODAY, World
from menus.refusals import NOT_LISTED
from menus.screen import Ask, Caller, Do, Drawn, End, Go, Json, Menu, Move, Outcome, Screen
from menus.session import BACK, HOME, TO_HOME, Again, Arrive, Asked, Perform, Session, after_effect, arrive, read
from menus.words import SOURCE, Text

_MANY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{8}")  # what there can be many of, and what is told apart by a reading


class MissingError(KeyError):
    """A screen asked for an answer that nobody has given on the way to it."""


class _Kept(dict[str, Json]):
    def __missing__(self, name: str) -> Json:
        raise MissingError(name)


@dataclass(frozen=True)
class Spot:
    """Somewhere a session can be. `outcome`, by its name, right after an effect. `proved_at`: how long the trail was
    when an effect proved who it is."""

    world: World
    session: Session
    outcome: tuple[str, Outcome] | None = None
    after: Effect | None = None
    proved_at: int | None = None

    @property
    def is_proved(self) -> bool:
        return self.proved_at is not None and len(self.session.trail) >= self.proved_at

    @cached_property
    def key(self) -> object:
        here, told = self.session.here, self.outcome and self.outcome[0]
        is_root = len(self.session.trail) == 1
        return here.name, _shape(here.about), _shape(self.session.answers), is_root, self.is_proved, told


@dataclass(frozen=True)
class Step:
    """An arrow of the machine, for its map."""

    source: str
    target: str
    effect: str | None
    asks: str | None


class Walk:
    """One walk through all worlds. Faults that it meets go to `findings`; `steps` and `reached` are what it saw."""

    def __init__(
        self,
        screens: Mapping[str, Drawn],
        cases: Cases,
        refusals: Mapping[object, Text],
        findings: Findings,
        told: Callable[[str], None],
    ) -> None:
        self.steps: set[Step] = set()
        self.reached: set[str] = set()
        self.ends: set[str] = set()
        self._screens = screens
        self._cases = cases
        self._refusals = refusals
        self._findings = findings
        self._told = told
        self._kept: dict[str, dict[str, str]] = {}
        self._checked: set[object] = set()
        self._cuts: set[tuple[str, str]] = set()

    def states(self) -> Iterator[State]:
        """Every state, with every reason that can stand above it."""
        for world in self._cases.worlds:
            starts = (Spot(world, Session(SOURCE, trail=start.value)) for start in self._cases.starts)
            waiting = deque(spot for spot in starts if spot.session.here.name in self._screens)
            seen = {spot.key for spot in waiting}
            while waiting:
                spot = waiting.popleft()
                for state in self._drawn(spot):
                    yield from self._with_reasons(state, world)
                    for found in self._beyond(spot, state):
                        if found.key not in seen:
                            seen.add(found.key)
                            waiting.append(found)
            self._told(world.name)

    def _drawn(self, spot: Spot) -> Iterator[State]:
        """The screen of a spot, once for each thing its reading can give."""
        drawn = self._screens[spot.session.here.name]
        self.reached.add(drawn.name)
        for name, given in self._given(spot, drawn):
            state_name = f"{spot.world.name}; {name}" if name else spot.world.name
            if answers := spot.session.answers:
                state_name += f"; has answered {', '.join(answers)}"
            screen = self._draw(spot, drawn, given, state_name)
            if screen is None:
                continue
            again = not drawn.wants_outcome or self._is_same_again(spot, drawn, screen, state_name)
            state = State(state_name, drawn, spot.session, screen, again=again)
            if isinstance(screen, End):
                self.ends.add(drawn.name)
            self._check_refusal(spot, state)
            yield state

    def _given(self, spot: Spot, drawn: Drawn) -> Iterator[tuple[str, tuple[object, ...]]]:
        if drawn.wants_outcome:
            name, outcome = spot.outcome or ("no outcome", Outcome())
            yield f"after {type(spot.after).__name__}: {name}", (outcome,)
        elif drawn.reads is None:
            yield "", ()
        elif given := self._cases.readings.get(drawn.reads):
            for case in given(spot.world):
                yield case.name, (case.value,)
        else:
            self._blame(drawn.name, "-", "has_cases", f"no cases say what {_name(drawn.reads)} can give")

    def _draw(self, spot: Spot, drawn: Drawn, given: tuple[object, ...], name: str) -> Screen | None:
        """The screen, drawn twice to see that it is pure; None with a finding if it cannot be."""
        about, caller = spot.session.here.about, caller_of(spot)
        try:
            screen = drawn.draw(caller, *given, **about)
            same = screen == drawn.draw(caller, *given, **about)
        except MissingError as missing:
            self._blame(drawn.name, name, "needs_only_what_was_answered", f"nobody has answered {missing}")
        except Exception as fault:
            self._blame(drawn.name, name, "can_be_drawn", f"{type(fault).__name__}: {fault}")
        else:
            if not isinstance(screen, Menu | Ask | End):
                self._blame(drawn.name, name, "can_be_drawn", f"{plainly(screen)} is no Menu, Ask or End")
                return None
            if not same:
                self._blame(drawn.name, name, "is_drawn_the_same_twice", "the same case gives another screen")
            return screen
        return None

    def _is_same_again(self, spot: Spot, drawn: Drawn, screen: Screen, name: str) -> bool:
        """Whether the screen stays when its outcome is gone: More, a bad answer, a wrong PIN and Back draw it so.

        An End needs that only when it takes more than one page, which is seen later.
        """
        try:
            same = drawn.draw(caller_of(spot), Outcome(), **spot.session.here.about) == screen
        except Exception:
            same = False
        if not same and not isinstance(screen, End):
            reason = "it is another screen when it is drawn again, as after a bad answer, and its outcome is gone"
            self._blame(drawn.name, name, "stays_when_drawn_again", reason)
        return same

    def _check_refusal(self, spot: Spot, state: State) -> None:
        refusal = spot.outcome[1].refusal if spot.outcome else None
        if refusal is None or (words := self._refusals.get(refusal)) is None:
            return
        if words not in every_text(texts_on(state.screen)[0]):
            reason = f"{type(spot.after).__name__} was refused ({refusal.value}), and the screen does not say so"
            self._blame(state.drawn.name, state.name, "tells_a_refusal", reason)

    def _with_reasons(self, state: State, world: World) -> Iterator[State]:
        """The state, and the same after each answer that is not taken."""
        yield state
        if isinstance(state.screen, Menu):
            yield state.blamed(NOT_LISTED, "after a key that is not listed")
        elif isinstance(state.screen, Ask) and (samples := self._samples(state, world)):
            caller = caller_of(Spot(world, state.session))
            for why, typed in samples.bad.items():
                if reason := self._refused(state.screen, why, typed, caller):
                    yield state.blamed(reason, f"after {why.value}")
            if (wrong := self._cases.wrong.get(state.screen.answer)) and isinstance(state.screen.then, Do):
                yield state.blamed(wrong, "after a wrong secret")

    def _refused(self, asked: Ask, why: Why, typed: str, caller: Caller) -> Text | None:
        step = read(_asking(Session(SOURCE), asked), typed, caller)
        if isinstance(step, Again):
            return step.why
        self._blame("-", asked.answer, "has_cases", f"the sample for {why.value} is taken as good")
        return None

    def _samples(self, state: State, world: World) -> Samples | None:
        assert isinstance(state.screen, Ask)
        if state.screen.answer not in ANSWERS:
            return None
        if given := self._cases.answers.get(state.screen.answer):
            return given(world)
        self._blame(state.drawn.name, "-", "has_cases", f"no cases say what is typed for {state.screen.answer}")
        return None

    def _beyond(self, spot: Spot, state: State) -> Iterator[Spot]:
        """Where each move leads, and Back, Home, and a call cut here."""
        asked, followed = state.screen if isinstance(state.screen, Ask) else None, set()
        for move in moves.moves_of(state):
            if (alike := _shape(_move(move))) in followed:
                continue
            followed.add(alike)
            leading = Leading(state, move, asked, spot.is_proved, self._screens, self._cases)
            self._check(leading)
            self._keep(leading)
            if moves.can_follow(leading):
                yield from self._followed(spot, leading)
        if not isinstance(state.screen, End):
            yield from self._navigated(spot)

    def _check(self, leading: Leading) -> None:
        """Every rule about a move, once for moves that are alike."""
        state, move = leading.state, leading.move
        alike = (state.drawn.name, _shape(_move(move)), leading.asked and leading.asked.answer, leading.is_proved)
        if alike in self._checked:
            return
        self._checked.add(alike)
        for rule in moves.RULES:
            self._findings.add(state.drawn.name, ANY_LANGUAGE, state.name, rule.__name__, rule(leading))

    def _keep(self, leading: Leading) -> None:
        """Note under which names answers are kept; one name for two kinds of answer is a finding."""
        kept = dict.fromkeys(leading.move.keeping, "a choice") if isinstance(leading.move, Go) else {}
        if leading.asked and leading.asked.keep_as:
            kept[leading.asked.keep_as] = leading.asked.answer
        for name, kind in kept.items():
            kinds = self._kept.setdefault(name, {})
            kinds.setdefault(kind, leading.state.drawn.name)
            others = [f"{screen} keeps {other}" for other, screen in kinds.items() if other != kind]
            if others:
                reason = f"{name!r} is kept of {kind} here, and {', '.join(others)} under it"
                self._blame(leading.state.drawn.name, leading.state.name, "keeps_each_answer_apart", reason)

    def _followed(self, spot: Spot, leading: Leading) -> Iterator[Spot]:
        caller = caller_of(spot)
        if leading.asked:
            samples = self._samples(leading.state, spot.world)
            typed, session = samples.good if samples else (), _asking(spot.session, leading.asked)
        else:
            typed, session = ("1",), replace(spot.session, shown={"1": leading.move}, asked=None, keys=())
        for answer in typed:
            match read(session, answer, caller):
                case Arrive(there):
                    yield from self._arrived(spot, there)
                case Perform(there, effect, then):
                    self._note(spot, then.name, effect, leading.asked)
                    yield from self._performed(spot, there, leading.move)
                case Again():
                    self._blame("-", leading.asked.answer, "has_cases", "the good sample is not taken") if (
                        leading.asked
                    ) else None

    def _arrived(self, spot: Spot, there: Session) -> Iterator[Spot]:
        if (drawn := self._screens.get(there.here.name)) and not drawn.wants_outcome:
            self._note(spot, drawn.name, None, None)
            yield replace(spot, session=there, outcome=None, after=None)

    def _performed(self, spot: Spot, there: Session, move: Move) -> Iterator[Spot]:
        """After an effect, once for each thing it can come to."""
        assert isinstance(move, Do)
        outcomes = self._cases.outcomes.get(type(move.effect))
        if outcomes is None:
            effect = type(move.effect).__name__
            self._blame(spot.session.here.name, "-", "has_cases", f"no cases say what {effect} can come to")
            return
        session = after_effect(there, move.effect, move.then)
        proved_at = spot.proved_at if spot.is_proved else None
        for case in outcomes(spot.world, move.effect):
            if moves.proves(move.effect, self._cases) and case.value.refusal is None:
                proved_at = len(session.trail)
            yield Spot(spot.world, session, (case.name, case.value), move.effect, proved_at)

    def _navigated(self, spot: Spot) -> Iterator[Spot]:
        caller, session = caller_of(spot), replace(spot.session, keys=(BACK, TO_HOME), page=0)
        for key in (BACK, TO_HOME):
            step = read(session, key, caller)
            there = step.session
            expected = HOME if key == TO_HOME or len(spot.session.trail) < 2 else spot.session.trail[-2]
            if not isinstance(step, Arrive) or there.here != expected:
                self._blame(spot.session.here.name, "-", "goes_back_and_home", f"{key} leads to {there.here.name}")
            elif (drawn := self._screens.get(there.here.name)) and not drawn.wants_outcome:
                yield replace(spot, session=there, outcome=None, after=None)
        yield from self._cut(spot)

    def _cut(self, spot: Spot) -> Iterator[Spot]:
        """The call is cut here and dialled again; once for each screen and world."""
        cut = (spot.world.name, spot.session.here.name)
        if len(spot.session.trail) > 1 and cut not in self._cuts:
            self._cuts.add(cut)
            for place in self._cases.interludes:
                if place.name in self._screens and place != spot.session.here:
                    there = replace(spot.session, trail=(*spot.session.trail, place))
                    yield replace(spot, session=there, outcome=None, after=None)

    def _note(self, spot: Spot, target: str, effect: Effect | None, asked: Ask | None) -> None:
        source = spot.session.here.name
        self.steps.add(Step(source, target, type(effect).__name__ if effect else None, asked.answer if asked else None))

    def _blame(self, screen: str, state: str, rule: str, reason: str) -> None:
        self._findings.add(screen, ANY_LANGUAGE, state, rule, (reason,))


def caller_of(spot: Spot) -> Caller:
    world = spot.world
    return Caller(world.caller, SERVICE_CODE, "KE", world.currency, TODAY, _Kept(spot.session.answers))


def _asking(session: Session, asked: Ask) -> Session:
    return replace(session, asked=Asked(asked.answer, asked.then, asked.keep_as), shown={}, keys=())


def _move(move: Move) -> object:
    match move:
        case Go(place, keeping):
            return [place.name, place.about, keeping]
        case Do(effect, then):
            return [to_json(effect), then.name, then.about]
    return "return"


def _shape(value: object) -> str:
    """The same for values that differ only in what there can be many of."""
    return _MANY.sub("#", json.dumps(value, sort_keys=True, default=repr))


def _name(of: object) -> str:
    return str(getattr(of, "__name__", of))
