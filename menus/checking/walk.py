"""Walk through the menus: from every start, by every move, in every state that the cases know, breadth first.

What a caller types goes through `menus.session`, the very functions that the gateway calls, so the walk goes wherever a
caller can go. Two positions are one when screen, about, the screen before, result and proof are the same, and all the
answers that can still be seen from there (answers_ahead.py).
"""

from collections.abc import Callable, Iterator, Mapping

from contracts.effects import Effect
from contracts.refusals import Refusal
from menus.checking import move_rules
from menus.checking.answers_ahead import Agenda, AnswersAhead
from menus.checking.cases import Cases
from menus.checking.drawer import Drawer, DrawnPosition
from menus.checking.drawing import Drawing
from menus.checking.findings import ANY_LANGUAGE, Findings
from menus.checking.move_rules import OfferedMove
from menus.checking.positions import (
    Link,
    Position,
    keeps_earlier_answers,
    move_json,
    session_asking,
    session_offering,
    shape,
)
from menus.checking.sample_inputs import SampleInput
from menus.screen import Ask, End, Go, Json, Move, RegisteredScreen
from menus.session import BACK, HOME, TO_HOME, PerformEffect, Session, ShowAgain, ShowScreen, after_effect, read_typed
from menus.translate import SOURCE, Text
from values.frozen import replace

_NOT_READ = object()


class Walk:
    """One walk with every sample input. Faults go to `findings`. `on_progress` is called with the name of each sample
    input that is done. The walk counts its `positions` and collects the `links` between screens, the names of the
    screens that are `reached`, and of those that are `ends` of the session."""

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
        self.positions = 0
        self._screens = screens
        self._cases = cases
        self._refusals = refusals
        self._findings = findings
        self._on_progress = on_progress
        self._answer_types: dict[str, dict[str, str]] = {}
        self._checked: set[object] = set()
        self._cut_at: set[str] = set()
        self._ahead = AnswersAhead()
        self._read: dict[tuple[str, str, str], Json] = {}

    def drawings(self) -> Iterator[Drawing]:
        """Walk, and yield every screen in every state, with every reason that can stand above it."""
        for sample in self._cases.inputs:
            yield from self._drawings_with(sample)
            self._on_progress(sample.name)

    def _drawings_with(self, sample: SampleInput) -> Iterator[Drawing]:
        drawer = Drawer(self._screens, self._cases, self._refusals, self._findings)
        agenda = Agenda(self._ahead)
        for start in self._cases.starts:
            if start.value[-1].name in self._screens:
                agenda.add(Position(sample, Session(SOURCE, trail=start.value)))
        while position := agenda.next():
            self.positions += 1
            if (drawn := drawer.find(position)) is None:
                drawn = drawer.draw(position)
                self._note_screen(position.screen_name, drawn)
                yield from drawn.drawings
            self._ahead.note_looked_up(position.way_here, drawn.answers.names_looked_up)
            for found, given in self._next_positions(position, drawn, drawer):
                if given is not None:
                    self._ahead.note_way(position.way_here, found.way_here, given)
                agenda.add(found)

    def _note_screen(self, name: str, drawn: DrawnPosition) -> None:
        self.reached.add(name)
        if any(isinstance(drawing.screen, End) for drawing in drawn.drawings):
            self.ends.add(name)

    def _next_positions(
        self, position: Position, drawn: DrawnPosition, drawer: Drawer
    ) -> Iterator[tuple[Position, frozenset[str] | None]]:
        """Yield where each move leads, then Back, Home, and dialling again after the call was cut. Each with the names
        of the answers that are given on the way; with None if all the earlier answers are forgotten."""
        for offered in self._moves(drawn, is_proved=position.is_proved):
            given = offered.answers_given if keeps_earlier_answers(offered.move) else None
            for found in self._follow(position, offered, drawer):
                yield found, given
        if drawn.goes_on:
            for found in (*self._go_back_and_home(position, drawn), *self._cut_the_call(position)):
                yield found, frozenset()

    def _moves(self, drawn: DrawnPosition, *, is_proved: bool) -> list[OfferedMove]:
        """Return the moves that lead to a screen which can be drawn. Checks every move the first time."""
        if is_proved not in drawn.followed:
            drawn.followed[is_proved] = []
            for drawing, move in drawn.moves:
                offered = OfferedMove(drawing, move, drawing.question, is_proved, self._screens, self._cases)
                self._check(offered)
                self._check_kept_answers(offered)
                if offered.target:
                    self.reached.add(offered.target.name)
                if move_rules.can_follow(offered):
                    drawn.followed[is_proved].append(offered)
        return drawn.followed[is_proved]

    def _check(self, offered: OfferedMove) -> None:
        """Apply every rule about moves, once to moves that are alike."""
        drawing, asked = offered.drawing, offered.asked
        alike = (drawing.registered.name, shape(move_json(offered.move)), asked and asked.answer, offered.is_proved)
        if alike in self._checked:
            return
        self._checked.add(alike)
        for rule in move_rules.RULES:
            self._findings.add(drawing.registered.name, ANY_LANGUAGE, drawing.name, rule.__name__, rule(offered))

    def _check_kept_answers(self, offered: OfferedMove) -> None:
        """Report a name under which answers of two types are kept."""
        kept = dict.fromkeys(offered.move.keeping, "a choice") if isinstance(offered.move, Go) else {}
        if offered.asked and offered.asked.keep_as:
            kept[offered.asked.keep_as] = offered.asked.answer
        for name, answer_type in kept.items():
            types = self._answer_types.setdefault(name, {})
            types.setdefault(answer_type, offered.drawing.registered.name)
            others = [f"{screen} keeps {other}" for other, screen in types.items() if other != answer_type]
            if others:
                reason = f"{name!r} is kept of {answer_type} here, and {', '.join(others)} under it"
                drawing = offered.drawing
                self._findings.report(drawing.registered.name, drawing.name, "keeps_each_answer_apart", reason)

    def _follow(self, position: Position, offered: OfferedMove, drawer: Drawer) -> Iterator[Position]:
        """Type the key of the move, or every accepted example of an answer to its question."""
        if (asked := offered.asked) is None:
            yield from self._type(position, offered, session_offering(position.session, offered.move), "1")
        elif examples := drawer.examples_for(offered.drawing, asked, position.sample):
            for typed in examples.accepted:
                yield from self._type(position, offered, *self._answering(position, offered.move, asked, typed))

    def _answering(self, position: Position, move: Move, asked: Ask, typed: str) -> tuple[Session, str]:
        """Return the session, and what is typed in it to answer `asked` with `typed`. Words that were read before are
        not read again: a key then leads on from a session that has the answer, as typing them would."""
        before, read = position.session, self._read.get((position.sample.name, asked.answer, typed), _NOT_READ)
        if read is _NOT_READ or asked.keep_as is None:
            return session_asking(before, asked), typed
        return session_offering(replace(before, answers={**before.answers, asked.keep_as: read}), move), "1"

    def _type(self, position: Position, offered: OfferedMove, session: Session, typed: str) -> Iterator[Position]:
        match read_typed(session, typed, position.caller):
            case ShowScreen(there):
                if (asked := offered.asked) and session.asked and asked.keep_as:
                    self._read[position.sample.name, asked.answer, typed] = there.answers[asked.keep_as]
                if isinstance(offered.move, Go):
                    self._note_link(position, offered.move.place.name, offered)
                yield from self._arrive(position, there)
            case PerformEffect(there, effect, then):
                self._note_link(position, then.name, offered)
                yield from self._perform(position, after_effect(there, effect, then), effect)
            case ShowAgain():
                reason = "the good sample is not taken"
                self._findings.report(position.screen_name, offered.drawing.name, "has_cases", reason)

    def _arrive(self, position: Position, there: Session) -> Iterator[Position]:
        if (drawn := self._screens.get(there.here.name)) and not drawn.wants_result:
            yield replace(position, session=there, result=None, effect=None)

    def _perform(self, position: Position, session: Session, effect: Effect) -> Iterator[Position]:
        """Yield the positions after an effect, one for each result that the effect can have."""
        results = self._cases.results.get(type(effect))
        if results is None:
            reason = f"no cases say what {type(effect).__name__} can come to"
            self._findings.report(position.screen_name, "-", "has_cases", reason)
            return
        before = position.proved_at if position.is_proved else None
        for case in results(position.sample, effect):
            proves = case.value.refusal is None and move_rules.proves(effect, self._cases)
            proved_at = len(session.trail) if proves else before
            yield Position(position.sample, session, (case.name, case.value), effect, proved_at)

    def _go_back_and_home(self, position: Position, drawn: DrawnPosition) -> Iterator[Position]:
        """Yield where Back leads, and Home once for each screen as it looks: Home is the same from everywhere."""
        trail = position.session.trail
        session = replace(position.session, keys=(BACK, TO_HOME), page=0)
        keys, drawn.went_home = ((BACK,) if drawn.went_home else (BACK, TO_HOME)), True
        for key in keys:
            step = read_typed(session, key, position.caller)
            there = step.session
            expected = HOME if key == TO_HOME or len(trail) < 2 else trail[-2]
            if isinstance(step, ShowScreen) and there.here == expected:
                yield from self._arrive(position, there)
            else:
                reason = f"{key} leads to {there.here.name}"
                self._findings.report(position.screen_name, "-", "goes_back_and_home", reason)

    def _cut_the_call(self, position: Position) -> Iterator[Position]:
        """Yield where the caller comes who dials again after the call was cut here. Once for each screen and with one
        sample input is enough, since nothing that was typed is on those screens."""
        here, trail = position.session.here, position.session.trail
        if len(trail) == 1 or position.sample is not self._cases.inputs[0] or here.name in self._cut_at:
            return
        self._cut_at.add(here.name)
        for place in self._cases.places_after_cut:
            if place.name in self._screens and place != here:
                there = replace(position.session, trail=(*trail, place))
                yield replace(position, session=there, result=None, effect=None)

    def _note_link(self, position: Position, target: str, offered: OfferedMove) -> None:
        effect = type(offered.effect).__name__ if offered.effect else None
        answer = offered.asked.answer if offered.asked else None
        self.links.add(Link(position.screen_name, target, effect, answer))
