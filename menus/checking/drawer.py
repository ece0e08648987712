"""Draw the screen of a position in every case of its reading or result, and report what cannot be drawn."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.refusals import Refusal, Why
from menus.answers import ANSWER_PARSERS
from menus.checking.cases import Cases, NamedCase
from menus.checking.drawing import Drawing
from menus.checking.findings import Findings
from menus.checking.move_rules import OfferedMove, misfit, moves_of
from menus.checking.positions import (
    MissingAnswerError,
    ObservedAnswers,
    Position,
    caller_at,
    move_json,
    session_asking,
    shape,
)
from menus.checking.sample_inputs import SampleInput
from menus.checking.text_parts import every_text
from menus.checking.typed_examples import TypedExamples
from menus.refusal_texts import NOT_LISTED
from menus.screen import Ask, Caller, Do, EffectResult, End, Menu, Move, Reading, RegisteredScreen, Screen
from menus.session import Session, ShowAgain, read_typed, texts_on
from menus.translate import SOURCE, Text


@dataclass(slots=True)
class DrawnPosition:
    """What the screen of a position is in all its cases. `answers` know what the screen looked up. `drawings` are the
    screen in each case, and each different screen with every reason that can stand above it. `moves` are the different
    moves, each with a drawing that offers it. The walk keeps in `followed` those that lead on, by whether the caller is
    proved, and in `went_home` that it has taken the key Home."""

    answers: ObservedAnswers
    drawings: list[Drawing] = field(default_factory=list)
    moves: list[tuple[Drawing, Move]] = field(default_factory=list)
    followed: dict[bool, list[OfferedMove]] = field(default_factory=dict)
    went_home: bool = False

    @property
    def goes_on(self) -> bool:
        return any(not isinstance(drawing.screen, End) for drawing in self.drawings)


class Drawer:
    """Draws the positions of a walk with one sample input."""

    def __init__(
        self,
        screens: Mapping[str, RegisteredScreen],
        cases: Cases,
        refusals: Mapping[Refusal, Text],
        findings: Findings,
    ) -> None:
        self._screens = screens
        self._cases = cases
        self._refusals = refusals
        self._findings = findings
        self._drawn: dict[object, list[DrawnPosition]] = {}
        self._read: dict[Reading, list[NamedCase[Any]]] = {}

    def find(self, position: Position) -> DrawnPosition | None:
        """Return what was drawn for an earlier position, if the screen cannot tell that position from this one."""
        before = self._drawn.get(position.key_without_answers, ())
        answers = position.session.answers
        return next((drawn for drawn in before if drawn.answers.look_the_same_in(answers)), None)

    def draw(self, position: Position) -> DrawnPosition:
        drawn = DrawnPosition(ObservedAnswers(position.session.answers))
        caller = caller_at(position, drawn.answers)
        screens: list[Screen] = []
        seen = set[object]()
        for drawing in self._drawings(position, caller):
            drawn.drawings.append(drawing)
            if drawing.screen in screens:
                continue
            screens.append(drawing.screen)
            drawn.drawings += self._with_reasons(drawing, position.sample, caller)
            for move in moves_of(drawing):
                asked = drawing.question
                key = (shape(move_json(move)), asked and (asked.answer, asked.keep_as))
                if key not in seen:
                    seen.add(key)
                    drawn.moves.append((drawing, move))
        self._drawn.setdefault(position.key_without_answers, []).append(drawn)
        return drawn

    def examples_for(self, drawing: Drawing, asked: Ask, sample: SampleInput) -> TypedExamples | None:
        """Return what a caller may type as an answer to `asked`. Reports a question without examples."""
        if asked.answer not in ANSWER_PARSERS:
            return None
        if given := self._cases.answers.get(asked.answer):
            return given(sample)
        self._findings.report(
            drawing.registered.name, "-", "has_cases", f"no cases say what is typed for {asked.answer}"
        )
        return None

    def _drawings(self, position: Position, caller: Caller) -> Iterator[Drawing]:
        registered = self._screens[position.screen_name]
        if misfit(registered):
            return
        for name, given in self._given(position, registered):
            state = _state_name(position, name)
            if (screen := self._draw(position, registered, given, caller, state)) is None:
                continue
            same = not registered.wants_result or self._is_same_when_redrawn(
                position, registered, screen, caller, state
            )
            drawing = Drawing(state, registered, position.session, screen, same_when_redrawn=same)
            self._check_refusal(position, drawing)
            yield drawing

    def _given(self, position: Position, registered: RegisteredScreen) -> Iterator[tuple[str, tuple[object, ...]]]:
        """Yield the name of each case, and the arguments that the screen takes between caller and `about`."""
        if registered.wants_result:
            name, result = position.result or ("no result", EffectResult())
            yield f"after {type(position.effect).__name__}: {name}", (result,)
        elif registered.reads is None:
            yield "", ()
        elif given := self._cases.readings.get(registered.reads):
            if registered.reads not in self._read:
                self._read[registered.reads] = list(given(position.sample))
            for case in self._read[registered.reads]:
                yield case.name, (case.value,)
        else:
            reading = getattr(registered.reads, "__name__", registered.reads)
            self._findings.report(registered.name, "-", "has_cases", f"no cases say what {reading} can give")

    def _draw(
        self, position: Position, registered: RegisteredScreen, given: tuple[object, ...], caller: Caller, state: str
    ) -> Screen | None:
        """Draw the screen twice, to see that it is pure. Reports a fault and returns None if it cannot be drawn."""
        about = position.session.here.about
        try:
            screen = registered.draw(caller, *given, **about)
            same = screen == registered.draw(caller, *given, **about)
        except MissingAnswerError as missing:
            reason = f"nobody has answered {missing}"
            self._findings.report(registered.name, state, "needs_only_what_was_answered", reason)
        except Exception as fault:
            self._findings.report(registered.name, state, "can_be_drawn", f"{type(fault).__name__}: {fault}")
        else:
            if not isinstance(screen, Menu | Ask | End):
                reason = f"{_short(screen)} is no Menu, Ask or End"
                self._findings.report(registered.name, state, "can_be_drawn", reason)
                return None
            if not same:
                reason = "the same case gives another screen"
                self._findings.report(registered.name, state, "is_drawn_the_same_twice", reason)
            return screen
        return None

    def _is_same_when_redrawn(
        self, position: Position, registered: RegisteredScreen, screen: Screen, caller: Caller, state: str
    ) -> bool:
        """Whether the screen is the same without its result, as it is drawn for More, a bad answer and Back.

        An End must be the same only if it takes more than one page, which the rule is_read_to_its_end checks.
        """
        try:
            same = registered.draw(caller, EffectResult(), **position.session.here.about) == screen
        except Exception:
            same = False
        if not same and not isinstance(screen, End):
            reason = "it is another screen when it is drawn again, as after a bad answer, and its result is gone"
            self._findings.report(registered.name, state, "stays_when_drawn_again", reason)
        return same

    def _check_refusal(self, position: Position, drawing: Drawing) -> None:
        refusal = position.result[1].refusal if position.result else None
        if refusal is None or (text := self._refusals.get(refusal)) is None:
            return
        if text.source not in {shown.source for shown in every_text(texts_on(drawing.screen)[0])}:
            reason = f"{type(position.effect).__name__} was refused ({refusal.value}), and the screen does not say so"
            self._findings.report(drawing.registered.name, drawing.name, "tells_a_refusal", reason)

    def _with_reasons(self, drawing: Drawing, sample: SampleInput, caller: Caller) -> Iterator[Drawing]:
        """Yield the same drawing after each answer that is refused."""
        if isinstance(drawing.screen, Menu):
            yield drawing.with_reason(NOT_LISTED, "after a key that is not listed")
        elif isinstance(asked := drawing.screen, Ask) and (examples := self.examples_for(drawing, asked, sample)):
            for why, typed in examples.refused.items():
                if reason := self._refused(asked, why, typed, caller):
                    yield drawing.with_reason(reason, f"after {why.value}")
            if isinstance(asked.then, Do):
                for wrong in self._cases.wrong_secret_texts.get(asked.answer, ()):
                    yield drawing.with_reason(wrong, "after a wrong secret")

    def _refused(self, asked: Ask, why: Why, typed: str, caller: Caller) -> Text | None:
        step = read_typed(session_asking(Session(SOURCE), asked), typed, caller)
        if isinstance(step, ShowAgain):
            return step.why
        self._findings.report("-", asked.answer, "has_cases", f"the sample for {why.value} is taken as good")
        return None


def _state_name(position: Position, case_name: str) -> str:
    name = f"{position.sample.name}; {case_name}" if case_name else position.sample.name
    answers = position.session.answers
    return f"{name}; has answered {', '.join(answers)}" if answers else name


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
