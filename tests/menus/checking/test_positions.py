"""Positions of the walk: which of them are one, and what a screen sees of the answers."""

from collections.abc import Callable, Mapping

import pytest

from menus.checking.cases import CASES
from menus.checking.positions import MissingAnswerError, ObservedAnswers, Position, shape
from menus.screen import Json, Place
from menus.session import HOME, Session

MAIZE = {"product": "maize", "role": "seller"}


@pytest.mark.parametrize(("look", "other", "is_the_same"), [
    pytest.param(lambda answers: None, {}, True, id="nothing was looked up"),
    pytest.param(lambda answers: answers["product"], {"product": "maize"}, True, id="what was looked up is equal"),
    pytest.param(lambda answers: answers["product"], {"product": "beans"}, False, id="what was looked up differs"),
    pytest.param(lambda answers: answers["product"], {}, False, id="what was looked up is missing"),
    pytest.param(lambda answers: answers.get("place"), MAIZE | {"place": "Busia"}, False, id="a missing one is there"),
    pytest.param(lambda answers: "place" in answers, MAIZE | {"place": None}, False, id="what was missing is None"),
    pytest.param(list, {"product": "maize"}, False, id="all names were listed"),
    pytest.param(len, {"product": "maize"}, False, id="all were counted"),
    pytest.param(lambda answers: {**answers}, dict(MAIZE), True, id="all were copied, and all are equal"),
])  # fmt: skip
def test_answers_look_the_same_by_what_was_looked_up(
    look: Callable[[Mapping[str, Json]], object], other: Mapping[str, Json], is_the_same: bool
) -> None:
    answers = ObservedAnswers(MAIZE)
    look(answers)
    assert answers.look_the_same_in(other) is is_the_same


def test_a_missing_answer_is_an_error_of_its_own() -> None:
    with pytest.raises(MissingAnswerError, match="place"):
        ObservedAnswers(MAIZE)["place"]


def test_positions_are_one_when_only_the_contract_differs() -> None:
    assert _at("contract", contract_id="40718353").key == _at("contract", contract_id="11112222").key
    assert _at("contract", contract_id="40718353").key != _at("contract").key
    assert _at("contract").key != _at("delivery.one").key


def test_a_shape_has_its_keys_in_order() -> None:
    assert shape({"b": 1, "a": ["40718353"]}) == shape({"a": ["11112222"], "b": 1}) == '{"a":["#"],"b":1}'


def _at(name: str, **about: Json) -> Position:
    return Position(CASES.inputs[0], Session("en", trail=(HOME, Place(name, about))))
