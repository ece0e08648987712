"""Walk the machine: from every start, by every move, in every state that the cases know, breadth first.

What a caller types goes through `menus.session`, the very functions that the gateway calls, so a walk is what callers
can do. Two states are one where screen, about, answers so far, what is known and what was proved are the same.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping

from contracts.effects import Effect
from contracts.refusals import Refusal, Why
from menus.answers import ANSWER_PARSERS
from menus.checking import move_rules
from menus.checking.cases import Cases, TypedExamples
from menus.checking.drawing import Drawing, every_text, plainly, texts_on
from menus.checking.findings import ANY_LANGUAGE, Findings
from menus.checking.move_rules import OfferedMove
from menus.checking.positions import Link, MissingAnswerError, Position, asking, caller_of, move_json, shape
from menus.checking.sample_inputs import SampleInput
from menus.refusal_texts import NOT_LISTED
from menus.screen import Ask, Caller, Do, EffectResult, End, Go, Menu, RegisteredScreen, Screen
from menus.session import BACK, HOME, TO_HOME, PerformEffect, Session, ShowAgain, ShowScreen, after_effect, read_typed
from menus.translate import SOURCE, Text
from values.frozen import replace


class Walk:
    """One walk with every sample input. Faults that it meets go to `findings`; `links`, `reached`: what it saw."""

    def __init__(
        self,
        screens: Mapping[str, RegisteredScreen],
        cases: Cases,
        refusals: Mapping[Refusal, Text],
        findings: Findings,
        on_progress: Callable[[str], None],
    ) -> None:
        self.links: set[Link] = set()
        self.reached: set[str] = set()
        self.ends: set[str] = set()
        self._screens = screens
        self._cases = cases
        self._refusals = refusals
        self._findings = findings
        self._told = on_progress
        self._kept: dict[str, dict[str, str]] = {}
        self._checked: set[object] = set()
        self._cuts: set[str] = set()

    def states(self) -> Iterator[Drawing]:
        """Every state, with every reason that can stand above it."""
        for sample in self._cases.inputs:
            starts = (Position(sample, Session(SOURCE, trail=start.value)) for start in self._cases.starts)
            waiting = deque(position for position in starts if position.session.here.name in self._screens)
            seen = {position.key for position in waiting}
            while waiting:
                position = waiting.popleft()
                for drawing in self._drawn(position):
                    yield from self._with_reasons(drawing, sample)
                    for found in self._beyond(position, drawing):
                        if found.key not in seen:
                            seen.add(found.key)
                            waiting.append(found)
            self._told(sample.name)

    def _drawn(self, position: Position) -> Iterator[Drawing]:
        """The screen of a position, once for each thing its reading can give."""
        drawn = self._screens[position.session.here.name]
        self.reached.add(position.session.here.name)
        if move_rules.misfit(drawn):
            return
        for name, given in self._given(position, drawn):
            state_name = f"{position.sample.name}; {name}" if name else position.sample.name
            if answers := position.session.answers:
                state_name += f"; has answered {', '.join(answers)}"
            screen = self._draw(position, drawn, given, state_name)
            if screen is None:
                continue
            again = not drawn.wants_result or self._is_same_again(position, drawn, screen, state_name)
            drawing = Drawing(state_name, drawn, position.session, screen, again=again)
            if isinstance(screen, End):
                self.ends.add(drawn.name)
            self._check_refusal(position, drawing)
            yield drawing

    def _given(self, position: Position, drawn: RegisteredScreen) -> Iterator[tuple[str, tuple[object, ...]]]:
        if drawn.wants_result:
            name, result = position.result or ("no result", EffectResult())
            yield f"after {type(position.after).__name__}: {name}", (result,)
        elif drawn.reads is None:
            yield "", ()
        elif given := self._cases.readings.get(drawn.reads):
            for case in given(position.sample):
                yield case.name, (case.value,)
        else:
            self._report(
                drawn.name,
                "-",
                "has_cases",
                f"no cases say what {getattr(drawn.reads, '__name__', drawn.reads)} can give",
            )

    def _draw(self, position: Position, drawn: RegisteredScreen, given: tuple[object, ...], name: str) -> Screen | None:
        """The screen, drawn twice to see that it is pure; None with a finding if it cannot be."""
        about, caller = position.session.here.about, caller_of(position)
        try:
            screen = drawn.draw(caller, *given, **about)
            same = screen == drawn.draw(caller, *given, **about)
        except MissingAnswerError as missing:
            self._report(drawn.name, name, "needs_only_what_was_answered", f"nobody has answered {missing}")
        except Exception as fault:
            self._report(drawn.name, name, "can_be_drawn", f"{type(fault).__name__}: {fault}")
        else:
            if not isinstance(screen, Menu | Ask | End):
                self._report(drawn.name, name, "can_be_drawn", f"{plainly(screen)} is no Menu, Ask or End")
                return None
            if not same:
                self._report(drawn.name, name, "is_drawn_the_same_twice", "the same case gives another screen")
            return screen
        return None

    def _is_same_again(self, position: Position, drawn: RegisteredScreen, screen: Screen, name: str) -> bool:
        """Whether the screen stays when its result is gone: More, a bad answer, a wrong PIN and Back draw it so.

        An End needs that only when it takes more than one page, which is seen later.
        """
        try:
            same = drawn.draw(caller_of(position), EffectResult(), **position.session.here.about) == screen
        except Exception:
            same = False
        if not same and not isinstance(screen, End):
            reason = "it is another screen when it is drawn again, as after a bad answer, and its result is gone"
            self._report(drawn.name, name, "stays_when_drawn_again", reason)
        return same

    def _check_refusal(self, position: Position, drawing: Drawing) -> None:
        refusal = position.result[1].refusal if position.result else None
        if refusal is None or (words := self._refusals.get(refusal)) is None:
            return
        if words not in every_text(texts_on(drawing.screen)[0]):
            reason = f"{type(position.after).__name__} was refused ({refusal.value}), and the screen does not say so"
            self._report(drawing.drawn.name, drawing.name, "tells_a_refusal", reason)

    def _with_reasons(self, drawing: Drawing, sample: SampleInput) -> Iterator[Drawing]:
        """The state, and the same after each answer that is not taken."""
        yield drawing
        if isinstance(drawing.screen, Menu):
            yield drawing.with_reason(NOT_LISTED, "after a key that is not listed")
        elif isinstance(drawing.screen, Ask) and (examples := self._examples_for(drawing, sample)):
            caller = caller_of(Position(sample, drawing.session))
            for why, typed in examples.refused.items():
                if reason := self._refused(drawing.screen, why, typed, caller):
                    yield drawing.with_reason(reason, f"after {why.value}")
            if (wrong := self._cases.wrong.get(drawing.screen.answer)) and isinstance(drawing.screen.then, Do):
                yield drawing.with_reason(wrong, "after a wrong secret")

    def _refused(self, asked: Ask, why: Why, typed: str, caller: Caller) -> Text | None:
        step = read_typed(asking(Session(SOURCE), asked), typed, caller)
        if isinstance(step, ShowAgain):
            return step.why
        self._report("-", asked.answer, "has_cases", f"the sample for {why.value} is taken as good")
        return None

    def _examples_for(self, drawing: Drawing, sample: SampleInput) -> TypedExamples | None:
        assert isinstance(drawing.screen, Ask)
        if drawing.screen.answer not in ANSWER_PARSERS:
            return None
        if given := self._cases.answers.get(drawing.screen.answer):
            return given(sample)
        self._report(drawing.drawn.name, "-", "has_cases", f"no cases say what is typed for {drawing.screen.answer}")
        return None

    def _beyond(self, position: Position, drawing: Drawing) -> Iterator[Position]:
        """Where each move leads, and Back, Home, and a call cut here."""
        asked, followed = drawing.screen if isinstance(drawing.screen, Ask) else None, set()
        for move in move_rules.moves_of(drawing):
            if (alike := shape(move_json(move))) in followed:
                continue
            followed.add(alike)
            offered = OfferedMove(drawing, move, asked, position.is_proved, self._screens, self._cases)
            self._check(offered)
            self._keep(offered)
            if offered.target:
                self.reached.add(offered.target.name)
            if move_rules.can_follow(offered):
                yield from self._followed(position, offered)
        if not isinstance(drawing.screen, End):
            yield from self._navigated(position)

    def _check(self, offered: OfferedMove) -> None:
        """Every rule about a move, once for moves that are alike."""
        drawing, move = offered.drawing, offered.move
        alike = (drawing.drawn.name, shape(move_json(move)), offered.asked and offered.asked.answer, offered.is_proved)
        if alike in self._checked:
            return
        self._checked.add(alike)
        for rule in move_rules.RULES:
            self._findings.add(drawing.drawn.name, ANY_LANGUAGE, drawing.name, rule.__name__, rule(offered))

    def _keep(self, offered: OfferedMove) -> None:
        """Note under which names answers are kept; one name for two kinds of answer is a finding."""
        kept = dict.fromkeys(offered.move.keeping, "a choice") if isinstance(offered.move, Go) else {}
        if offered.asked and offered.asked.keep_as:
            kept[offered.asked.keep_as] = offered.asked.answer
        for name, kind in kept.items():
            kinds = self._kept.setdefault(name, {})
            kinds.setdefault(kind, offered.drawing.drawn.name)
            others = [f"{screen} keeps {other}" for other, screen in kinds.items() if other != kind]
            if others:
                reason = f"{name!r} is kept of {kind} here, and {', '.join(others)} under it"
                self._report(offered.drawing.drawn.name, offered.drawing.name, "keeps_each_answer_apart", reason)

    def _followed(self, position: Position, offered: OfferedMove) -> Iterator[Position]:
        if offered.asked is None:
            session = replace(position.session, shown={"1": offered.move}, asked=None, keys=())
            yield from self._typed(position, offered, session, "1")
        elif examples := self._examples_for(offered.drawing, position.sample):
            for answer in examples.accepted:
                yield from self._typed(position, offered, asking(position.session, offered.asked), answer)

    def _typed(self, position: Position, offered: OfferedMove, session: Session, answer: str) -> Iterator[Position]:
        match read_typed(session, answer, caller_of(position)):
            case ShowScreen(there):
                if isinstance(offered.move, Go):
                    self._note(position, offered.move.place.name, offered)
                yield from self._arrived(position, there)
            case PerformEffect(there, effect, then):
                self._note(position, then.name, offered)
                yield from self._performed(position, after_effect(there, effect, then), effect)
            case ShowAgain():
                self._report(
                    position.session.here.name, offered.drawing.name, "has_cases", "the good sample is not taken"
                )

    def _arrived(self, position: Position, there: Session) -> Iterator[Position]:
        if (drawn := self._screens.get(there.here.name)) and not drawn.wants_result:
            yield replace(position, session=there, result=None, after=None)

    def _performed(self, position: Position, session: Session, effect: Effect) -> Iterator[Position]:
        """After an effect, once for each thing it can come to."""
        results = self._cases.results.get(type(effect))
        if results is None:
            reason = f"no cases say what {type(effect).__name__} can come to"
            self._report(position.session.here.name, "-", "has_cases", reason)
            return
        before = position.proved_at if position.is_proved else None
        for case in results(position.sample, effect):
            proves = case.value.refusal is None and move_rules.proves(effect, self._cases)
            proved_at = len(session.trail) if proves else before
            yield Position(position.sample, session, (case.name, case.value), effect, proved_at)

    def _navigated(self, position: Position) -> Iterator[Position]:
        caller, session = caller_of(position), replace(position.session, keys=(BACK, TO_HOME), page=0)
        for key in (BACK, TO_HOME):
            step = read_typed(session, key, caller)
            there = step.session
            expected = HOME if key == TO_HOME or len(position.session.trail) < 2 else position.session.trail[-2]
            if not isinstance(step, ShowScreen) or there.here != expected:
                self._report(position.session.here.name, "-", "goes_back_and_home", f"{key} leads to {there.here.name}")
            else:
                yield from self._arrived(position, there)
        yield from self._cut(position)

    def _cut(self, position: Position) -> Iterator[Position]:
        """The call is cut here and dialled again: once for each screen, in one sample, since nothing typed is shown."""
        if len(position.session.trail) > 1 and position.sample is self._cases.inputs[0]:
            if position.session.here.name in self._cuts:
                return
            self._cuts.add(position.session.here.name)
            for place in self._cases.interludes:
                if place.name in self._screens and place != position.session.here:
                    there = replace(position.session, trail=(*position.session.trail, place))
                    yield replace(position, session=there, result=None, after=None)

    def _note(self, position: Position, target: str, offered: OfferedMove) -> None:
        effect = type(offered.effect).__name__ if offered.effect else None
        asked = offered.asked.answer if offered.asked else None
        self.links.add(Link(position.session.here.name, target, effect, asked))

    def _report(self, screen: str, state: str, rule: str, reason: str) -> None:
        self._findings.add(screen, ANY_LANGUAGE, state, rule, (reason,))
