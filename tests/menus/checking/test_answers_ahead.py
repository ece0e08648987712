"""Which earlier answers can still be seen from a place, and which positions go on alike for them."""

from menus.checking.answers_ahead import Agenda, AnswersAhead
from menus.checking.cases import CASES
from menus.checking.positions import EVERY_ANSWER, Position
from menus.screen import Json, Place
from menus.session import HOME, Session

HERE, NEXT, LAST = ("here", "home"), ("next", "here"), ("last", "next")
ANSWERS = {"product": "maize", "place": "Busia"}


def test_an_answer_is_seen_from_every_place_before_the_screen_that_looks_it_up() -> None:
    ahead = AnswersAhead()
    ahead.note_way(HERE, NEXT, frozenset())
    ahead.note_way(NEXT, LAST, frozenset())
    ahead.note_looked_up(LAST, frozenset({"place"}))
    assert [ahead.among(ANSWERS, place) for place in (HERE, NEXT, LAST)] == [{"place": "Busia"}] * 3


def test_an_answer_is_not_seen_from_before_a_way_that_gives_it_anew() -> None:
    ahead = AnswersAhead()
    ahead.note_looked_up(LAST, frozenset({"place", "product"}))
    ahead.note_way(NEXT, LAST, frozenset({"place"}))
    assert ahead.among(ANSWERS, NEXT) == {"product": "maize"}
    ahead.note_way(NEXT, LAST, frozenset({"product"}))  # another key of the same screen gives only the other one
    assert ahead.among(ANSWERS, NEXT) == ANSWERS


def test_a_screen_that_lists_all_answers_sees_them_all() -> None:
    ahead = AnswersAhead()
    ahead.note_way(HERE, NEXT, frozenset({"place"}))
    ahead.note_looked_up(NEXT, frozenset({EVERY_ANSWER}))
    assert ahead.among(ANSWERS, HERE) == ANSWERS


def test_positions_that_go_on_alike_are_walked_once_until_they_turn_out_to_differ() -> None:
    ahead = AnswersAhead()
    agenda = Agenda(ahead)
    maize, beans, bungoma = _at(ANSWERS), _at({"product": "beans", "place": "Busia"}), _at({"place": "Bungoma"})
    for position in (maize, beans, bungoma, maize):
        agenda.add(position)
    assert _all(agenda) == [maize]
    ahead.note_looked_up(maize.way_here, frozenset({"place"}))
    assert _all(agenda) == [bungoma]
    ahead.note_looked_up(maize.way_here, frozenset({"product"}))
    assert _all(agenda) == [beans]
    assert _all(agenda) == []


def test_the_screen_before_and_a_proof_tell_positions_apart() -> None:
    agenda = Agenda(AnswersAhead())
    session = Session("en", trail=(HOME, Place("contracts"), Place("contract")))
    other = Session("en", trail=(HOME, Place("problem"), Place("contract")))
    positions = [Position(CASES.inputs[0], session), Position(CASES.inputs[0], other)]
    positions.append(Position(CASES.inputs[0], session, proved_at=2))
    for position in positions:
        agenda.add(position)
    assert _all(agenda) == positions


def _at(answers: dict[str, Json]) -> Position:
    return Position(CASES.inputs[0], Session("en", trail=(HOME, Place("here")), answers=answers))


def _all(agenda: Agenda) -> list[Position]:
    found = []
    while position := agenda.next():
        found.append(position)
    return found
