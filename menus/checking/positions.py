"""Where a session can be on the walk through the menus, and which of its answers a screen looks up."""

import re
from collections.abc import Iterator, Mapping
from functools import cache, cached_property

import msgspec

from contracts.effects import Effect, to_json
from menus.checking.sample_inputs import SERVED, SERVICE_CODE, TODAY, SampleInput
from menus.screen import Ask, Caller, Do, EffectResult, Go, Json, Move, Place
from menus.session import OpenQuestion, Session, after_effect, go_to
from menus.translate import SOURCE
from values.frozen import Frozen, replace

# Contracts have an id and a reference. There can be many of them, so they make no two positions different.
_IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{8}")
_ABSENT = object()
EVERY_ANSWER = "*"  # stands for the name of each answer that a session has
WayHere = tuple[str, str]  # a place and the one before it, to which Back leads


class MissingAnswerError(KeyError):
    """A screen asked for an answer that nobody has given on the way to it."""


class ObservedAnswers(Mapping[str, Json]):
    """The answers of a session. They note which names a screen looks up.

    Screens are pure. So a screen that would look up the same answers in another session is the same screen there,
    whatever else was typed before.
    """

    def __init__(self, answers: Mapping[str, Json]) -> None:
        self._answers = answers
        self._looked_up: dict[str, Json] = {}
        self._was_listed = False

    @property
    def names_looked_up(self) -> frozenset[str]:
        return frozenset({EVERY_ANSWER} if self._was_listed else self._looked_up)

    def look_the_same_in(self, other: Mapping[str, Json]) -> bool:
        """Whether everything that was looked up here is the same in `other`."""
        if self._was_listed:
            return self._answers == other
        return all(other.get(name, _ABSENT) == value for name, value in self._looked_up.items())

    def __getitem__(self, name: str) -> Json:
        self._looked_up[name] = value = self._answers.get(name, _ABSENT)
        if value is _ABSENT:
            raise MissingAnswerError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        self._was_listed = True
        return iter(self._answers)

    def __len__(self) -> int:
        self._was_listed = True
        return len(self._answers)


class Position(Frozen, dict=True):
    """Where a session can be. Right after an effect, `effect` is that effect and `result` one of its results, with a
    name. `proved_at` is the length of the trail when the right PIN or recovery code was given."""

    sample: SampleInput
    session: Session
    result: tuple[str, EffectResult] | None = None
    effect: Effect | None = None
    proved_at: int | None = None

    @cached_property
    def caller(self) -> Caller:
        return caller_at(self)

    @property
    def screen_name(self) -> str:
        return self.session.here.name

    @property
    def is_proved(self) -> bool:
        return self.proved_at is not None and len(self.session.trail) >= self.proved_at

    @cached_property
    def way_here(self) -> WayHere:
        here, *before = self.session.trail[:-3:-1]
        return _place_key(here), _place_key(before[0]) if before else ""

    @cached_property
    def key(self) -> object:
        """Equal for positions that differ in nothing that the walk follows."""
        return self.key_with(self.session.answers)

    def key_with(self, answers: Mapping[str, Json]) -> object:
        """The key, if the session had these answers only."""
        return self.way_here, shape(answers), self.is_proved, self.result and self.result[0]

    @property
    def key_without_answers(self) -> object:
        """Equal for positions on which a screen can only differ by the answers that it looks up."""
        here, result_name = self.session.here, self.result and self.result[0]
        effect = shape(to_json(self.effect)) if self.effect else None
        return here.name, shape(here.about), len(self.session.trail) == 1, result_name, effect


class Link(Frozen):
    """A way from one screen to another, for the map. `answer`: which kind of answer is typed there (`amount`)."""

    source: str
    target: str
    effect: str | None
    answer: str | None


def caller_at(position: Position, answers: Mapping[str, Json] | None = None) -> Caller:
    """The caller at this position, with the session's answers, or with `answers` in their place."""
    sample = position.sample
    answers = position.session.answers if answers is None else answers
    return Caller(
        sample.caller, SERVICE_CODE, "KE", sample.currency, TODAY, answers, served=SERVED, office=sample.office,
        sms_limit=sample.amount, escrow=sample.escrow,
    )  # fmt: skip


def keeps_earlier_answers(move: Move) -> bool:
    """Whether the session keeps the answers that it had before this move."""
    session = Session(SOURCE, answers={EVERY_ANSWER: True})
    match move:
        case Go():
            session = go_to(session, move)
        case Do(effect, then):
            session = after_effect(session, effect, then)
    return EVERY_ANSWER in session.answers


def session_asking(session: Session, asked: Ask) -> Session:
    """The session after the question was sent."""
    return replace(session, asked=OpenQuestion(asked.answer, asked.then, asked.keep_as), shown={}, keys=())


def session_offering(session: Session, move: Move) -> Session:
    """The session after a page on which the key 1 has this move."""
    return replace(session, shown={"1": move}, asked=None, keys=())


def move_json(move: Move) -> object:
    match move:
        case Go(place, keeping, begins):
            return [place.name, place.about, keeping, begins]
        case Do(effect, then):
            return [to_json(effect), then.name, then.about]
    return "return"


def _place_key(place: Place) -> str:
    return f"{place.name} {shape(place.about)}" if place.about else place.name


def shape(value: object) -> str:
    """JSON text that is equal for values which differ in ids and references only."""
    return _without_ids(msgspec.json.encode(value, enc_hook=repr, order="sorted"))


@cache
def _without_ids(json: bytes) -> str:
    return _IDS.sub("#", json.decode())
