"""Somewhere a session can be, on a walk through the menus."""

import json
import re
from functools import cached_property

from contracts.effects import Effect, to_json
from menus.checking.sample_inputs import SERVICE_CODE, TODAY, SampleInput
from menus.screen import Ask, Caller, Do, EffectResult, Go, Json, Move
from menus.session import OpenQuestion, Session
from values.frozen import Frozen, replace

_MANY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{8}")  # what there can be many of, and what is told apart by a reading


class MissingAnswerError(KeyError):
    """A screen asked for an answer that nobody has given on the way to it."""


class _Kept(dict[str, Json]):
    def __missing__(self, name: str) -> Json:
        raise MissingAnswerError(name)


class Position(Frozen, dict=True):
    """Somewhere a session can be. `result`, by its name, right after an effect. `proved_at`: how long the trail was
    when an effect proved who it is."""

    sample: SampleInput
    session: Session
    result: tuple[str, EffectResult] | None = None
    after: Effect | None = None
    proved_at: int | None = None

    @property
    def is_proved(self) -> bool:
        return self.proved_at is not None and len(self.session.trail) >= self.proved_at

    @cached_property
    def key(self) -> object:
        here, result_name = self.session.here, self.result and self.result[0]
        is_root = len(self.session.trail) == 1
        return here.name, shape(here.about), shape(self.session.answers), is_root, self.is_proved, result_name


class Link(Frozen):
    """An arrow of the machine, for its map."""

    source: str
    target: str
    effect: str | None
    asks: str | None


def caller_of(position: Position) -> Caller:
    sample = position.sample
    return Caller(sample.caller, SERVICE_CODE, "KE", sample.currency, TODAY, _Kept(position.session.answers))


def asking(session: Session, asked: Ask) -> Session:
    return replace(session, asked=OpenQuestion(asked.answer, asked.then, asked.keep_as), shown={}, keys=())


def move_json(move: Move) -> object:
    match move:
        case Go(place, keeping, begins):
            return [place.name, place.about, keeping, begins]
        case Do(effect, then):
            return [to_json(effect), then.name, then.about]
    return "return"


def shape(value: object) -> str:
    """The same for values that differ only in what there can be many of."""
    return _MANY.sub("#", json.dumps(value, sort_keys=True, default=repr))
