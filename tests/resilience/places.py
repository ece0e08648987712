"""The places in the stories of tests/dialogues where the session store can be emptied, each told once.

Most stories begin with the same steps. A place is one step of the menu, as written: how the call began, the screen the
caller stands on, and the one their answer leads to, whatever contract it is about. It belongs to the first story that
comes to it; those of many calls come first, as each playing empties the store once in every call.
"""

import itertools
import re
from collections.abc import Container, Iterable, Iterator
from pathlib import Path

from tests.dialogue_player import DialogueLine, read_lines

Session = list[tuple[int, DialogueLine]]
"""The hops of one call, numbered from 1 through the whole story."""
Screen = tuple[str, ...]
Place = tuple[Screen, Screen, Screen]

CUT = "  Your last call was cut."
_DIALLED_DEEPER: Screen = ()
_NONE_YET: Screen = ()
_OF_ONE_CONTRACT = re.compile(r"\{[^}]*\}|[0-9][0-9 ,]*|maize|red beans|beans|bags|kg|Bungoma market|Kitale depot")


def read(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def who_hops(line: DialogueLine, phones: Container[str]) -> str | None:
    name, _, rest = line.text.partition(" ")
    if name.endswith(">") and name[:-1] in phones:
        return name[:-1]
    return name if name in phones and rest.startswith("dials ") else None


def is_dial(line: DialogueLine) -> bool:
    return ">" not in line.text.split(maxsplit=1)[0]


def numbered(written: list[str]) -> Iterator[tuple[int, DialogueLine]]:
    """The lines, the hops among them numbered from 1; every other line has 0."""
    phones = {line.split()[1] for line in written if line.startswith("phone ")}
    numbers = itertools.count(1)
    for line in read_lines(written):
        yield next(numbers) if who_hops(line, phones) else 0, line


def sessions_of(written: list[str]) -> list[Session]:
    sessions: list[Session] = []
    for number, line in numbered(written):
        if number and is_dial(line):
            sessions.append([])
        if number:
            sessions[-1].append((number, line))
    return sessions


def _told_until(session: Session) -> int:
    """How many hops of a call the provider's history tells: a call that was lost before one of them can be found again.

    It does not tell what was answered behind an answer with a star in it, which is not escaped, or an empty one to the
    first screen, which leaves the history as it was.
    """
    for told, (_, hop) in enumerate(session):
        answer = hop.text.partition(">")[2]
        if "*" in answer or (told == 1 and not answer.strip()):
            return told
    return len(session)


def places_of(session: Session) -> dict[int, Place]:
    """The hops of a call before which the store may be lost, by number. Before a dial that goes on with a cut call it
    may not: what was cut is nowhere else."""
    dial = session[0][1]
    told = session[: _told_until(session)]
    screens = [_of_any_contract(hop.under) for _, hop in told]
    began = _DIALLED_DEEPER if dial.text.count("*") > 1 else screens[0]
    return {
        number: (began, before, behind)
        for (number, hop), before, behind in zip(told, [_NONE_YET, *screens], screens, strict=False)
        if CUT not in hop.under
    }


def untold(written: list[str]) -> set[int]:
    """The hops, dials aside, behind an answer that the history does not tell."""
    behind = [hop for session in sessions_of(written) for hop in session[_told_until(session) :]]
    return {number for number, hop in behind if not is_dial(hop)}


def new_places(stories: Iterable[Path]) -> dict[Path, list[list[int]]]:
    """For each story the hops at places where no story before it has been, a list for each of its calls."""
    seen: set[Place] = set()
    in_turn = sorted(stories, key=lambda path: (-len(sessions_of(read(path))), path))
    return {path: [_new_hops(session, seen) for session in sessions_of(read(path))] for path in in_turn}


def _new_hops(session: Session, seen: set[Place]) -> list[int]:
    """The first hop at each place that is not in `seen`; they are in it from then on."""
    new: dict[Place, int] = {}
    for number, place in places_of(session).items():
        if place not in seen:
            new.setdefault(place, number)
    seen.update(new)
    return list(new.values())


def _of_any_contract(screen: Screen) -> Screen:
    """The screen without what differs from contract to contract in the stories: numbers, goods, places."""
    return tuple(_OF_ONE_CONTRACT.sub("", line) for line in screen)
