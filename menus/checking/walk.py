"""Walk the machine: from every start, by every move, in every state that the cases know, breadth first.

What a caller types goes through `menus.session`, the very functions that the gateway calls, so a walk is what callers
can do. Two states are one where screen, about, answers so far, what is known and what was proved are the same.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping

from contracts.contract import Refusal
from contracts.effects import Effect
from contracts.refusals import Why
from menus.answers import ANSWERS
from menus.checking import moves
from menus.checking.cases import Cases, Samples
from menus.checking.drawing import State, every_text, plainly, texts_on
from menus.checking.findings import ANY_LANGUAGE, Findings
from menus.checking.moves import Leading
from menus.checking.spots import MissingError, Spot, Step, asking, caller_of, move_json, shape
from menus.checking.worlds import World
from menus.refusals import NOT_LISTED
from menus.screen import Ask, Caller, Do, Drawn, End, Go, Menu, Outcome, Screen
from menus.session import BACK, HOME, TO_HOME, Again, Arrive, Perform, Session, after_effect, read
from menus.translate import SOURCE, Text
from values.frozen import replace


class Walk:
    """One walk through all worlds. Faults that it meets go to `findings`; `steps` and `reached` are what it saw."""

    def __init__(
        self,
        screens: Mapping[str, Drawn],
        cases: Cases,
        refusals: Mapping[Refusal, Text],
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
        self._cuts: set[str] = set()

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
        self.reached.add(spot.session.here.name)
        if moves.misfit(drawn):
            return
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
            self._blame(
                drawn.name,
                "-",
                "has_cases",
                f"no cases say what {getattr(drawn.reads, '__name__', drawn.reads)} can give",
            )

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
        step = read(asking(Session(SOURCE), asked), typed, caller)
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
            if (alike := shape(move_json(move))) in followed:
                continue
            followed.add(alike)
            leading = Leading(state, move, asked, spot.is_proved, self._screens, self._cases)
            self._check(leading)
            self._keep(leading)
            if leading.target:
                self.reached.add(leading.target.name)
            if moves.can_follow(leading):
                yield from self._followed(spot, leading)
        if not isinstance(state.screen, End):
            yield from self._navigated(spot)

    def _check(self, leading: Leading) -> None:
        """Every rule about a move, once for moves that are alike."""
        state, move = leading.state, leading.move
        alike = (state.drawn.name, shape(move_json(move)), leading.asked and leading.asked.answer, leading.is_proved)
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
        if leading.asked is None:
            session = replace(spot.session, shown={"1": leading.move}, asked=None, keys=())
            yield from self._typed(spot, leading, session, "1")
        elif samples := self._samples(leading.state, spot.world):
            for answer in samples.good:
                yield from self._typed(spot, leading, asking(spot.session, leading.asked), answer)

    def _typed(self, spot: Spot, leading: Leading, session: Session, answer: str) -> Iterator[Spot]:
        match read(session, answer, caller_of(spot)):
            case Arrive(there):
                if isinstance(leading.move, Go):
                    self._note(spot, leading.move.place.name, leading)
                yield from self._arrived(spot, there)
            case Perform(there, effect, then):
                self._note(spot, then.name, leading)
                yield from self._performed(spot, after_effect(there, effect, then), effect)
            case Again():
                self._blame(spot.session.here.name, leading.state.name, "has_cases", "the good sample is not taken")

    def _arrived(self, spot: Spot, there: Session) -> Iterator[Spot]:
        if (drawn := self._screens.get(there.here.name)) and not drawn.wants_outcome:
            yield replace(spot, session=there, outcome=None, after=None)

    def _performed(self, spot: Spot, session: Session, effect: Effect) -> Iterator[Spot]:
        """After an effect, once for each thing it can come to."""
        outcomes = self._cases.outcomes.get(type(effect))
        if outcomes is None:
            reason = f"no cases say what {type(effect).__name__} can come to"
            self._blame(spot.session.here.name, "-", "has_cases", reason)
            return
        before = spot.proved_at if spot.is_proved else None
        for case in outcomes(spot.world, effect):
            proves = case.value.refusal is None and moves.proves(effect, self._cases)
            proved_at = len(session.trail) if proves else before
            yield Spot(spot.world, session, (case.name, case.value), effect, proved_at)

    def _navigated(self, spot: Spot) -> Iterator[Spot]:
        caller, session = caller_of(spot), replace(spot.session, keys=(BACK, TO_HOME), page=0)
        for key in (BACK, TO_HOME):
            step = read(session, key, caller)
            there = step.session
            expected = HOME if key == TO_HOME or len(spot.session.trail) < 2 else spot.session.trail[-2]
            if not isinstance(step, Arrive) or there.here != expected:
                self._blame(spot.session.here.name, "-", "goes_back_and_home", f"{key} leads to {there.here.name}")
            else:
                yield from self._arrived(spot, there)
        yield from self._cut(spot)

    def _cut(self, spot: Spot) -> Iterator[Spot]:
        """The call is cut here and dialled again: once for each screen, in one world, since nothing typed is shown."""
        if len(spot.session.trail) > 1 and spot.world is self._cases.worlds[0]:
            if spot.session.here.name in self._cuts:
                return
            self._cuts.add(spot.session.here.name)
            for place in self._cases.interludes:
                if place.name in self._screens and place != spot.session.here:
                    there = replace(spot.session, trail=(*spot.session.trail, place))
                    yield replace(spot, session=there, outcome=None, after=None)

    def _note(self, spot: Spot, target: str, leading: Leading) -> None:
        effect = type(leading.effect).__name__ if leading.effect else None
        asked = leading.asked.answer if leading.asked else None
        self.steps.add(Step(spot.session.here.name, target, effect, asked))

    def _blame(self, screen: str, state: str, rule: str, reason: str) -> None:
        self._findings.add(screen, ANY_LANGUAGE, state, rule, (reason,))
