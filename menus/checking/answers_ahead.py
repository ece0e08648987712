"""Which earlier answers can still be seen from a place: on its screen, or on one that a caller can come to from it.

Two sessions at the same place that differ in no such answer go on alike, so the walk follows one of them. Nothing is
known of this beforehand. The walk tells what each screen looked up and where each move led; when a place turns out to
need more than was thought, the sessions that came there and were left out are looked at again.
"""

from collections import deque
from collections.abc import Mapping

from menus.checking.positions import EVERY_ANSWER, Position, WayHere
from menus.screen import Json


class AnswersAhead:
    """The names of the answers that can still be seen from each place, as far as the walk has come."""

    def __init__(self) -> None:
        self._names: dict[WayHere, set[str]] = {}
        self._ways_to: dict[WayHere, dict[WayHere, frozenset[str]]] = {}
        self._grown: dict[WayHere, None] = {}

    def among(self, answers: Mapping[str, Json], here: WayHere) -> dict[str, Json]:
        """Return those of `answers` that can still be seen from `here`."""
        names = self._names.get(here, set())
        return {name: value for name, value in answers.items() if name in names or EVERY_ANSWER in names}

    def note_looked_up(self, here: WayHere, names: frozenset[str]) -> None:
        """Note that the screen here looks up the answers with these names: they can be seen from all places before."""
        waiting = [(here, names)]
        while waiting:
            at, wanted = waiting.pop()
            known = self._names.setdefault(at, set())
            if new := wanted - known:
                known |= new
                self._grown[at] = None
                waiting += [(before, new - given) for before, given in self._ways_to.get(at, {}).items()]

    def note_way(self, source: WayHere, target: WayHere, given: frozenset[str]) -> None:
        """Note that a move leads from `source` to `target`. It keeps all earlier answers, but for those with the names
        `given`, to which it gives new values."""
        ways = self._ways_to.setdefault(target, {})
        known = ways.get(source)
        ways[source] = given if known is None else known & given
        if ways[source] != known:
            self.note_looked_up(source, frozenset(self._names.get(target, ())) - ways[source])

    def take_grown(self) -> list[WayHere]:
        """Return the places from which more answers are seen than when this was asked last."""
        grown, self._grown = list(self._grown), {}
        return grown


class Agenda:
    """The positions that are still to walk: of those that go on alike, the one that came first."""

    def __init__(self, ahead: AnswersAhead) -> None:
        self._ahead = ahead
        self._waiting: deque[Position] = deque()
        self._arrived: dict[WayHere, dict[object, Position]] = {}
        self._told_apart: dict[WayHere, set[object]] = {}
        self._queued: set[object] = set()

    def add(self, position: Position) -> None:
        arrived = self._arrived.setdefault(position.way_here, {})
        if position.key not in arrived:
            arrived[position.key] = position
            self._queue_unless_alike(position)

    def next(self) -> Position | None:
        """Return the next position, or None at the end of the walk."""
        for here in self._ahead.take_grown():
            self._told_apart[here] = set()
            for position in self._arrived.get(here, {}).values():
                self._queue_unless_alike(position)
        return self._waiting.popleft() if self._waiting else None

    def _queue_unless_alike(self, position: Position) -> None:
        seen = self._told_apart.setdefault(position.way_here, set())
        key = position.key_with(self._ahead.among(position.session.answers, position.way_here))
        if key not in seen:
            seen.add(key)
            if position.key not in self._queued:
                self._queued.add(position.key)
                self._waiting.append(position)
