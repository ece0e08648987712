"""What evidence keeps of what a caller typed: never a PIN."""

import pytest

from contracts.effects import ProvePin
from menus.kept_typed import kept_keys, kept_typed
from menus.screen import Do, Go, Move, Place
from menus.session import OpenQuestion, Session, ShowAgain, ShowScreen, Step
from menus.translate import t

ON = Go(Place("offer"))
TAKES_IT, TAKES_IT_NOT = ShowScreen(Session("en")), ShowAgain(Session("en"), t("Please choose a number on the list."))
MENU = Session("en", shown={"1": ON, "2": ON}, keys=("0", "00"))


def asked(answer: str, then: Move = ON) -> Session:
    return Session("en", asked=OpenQuestion(answer, then, None), keys=("0", "00"))


@pytest.mark.parametrize(
    ("session", "typed", "step", "kept"),
    [
        pytest.param(MENU, "2", TAKES_IT, "2", id="a key"),
        pytest.param(MENU, " 2.", TAKES_IT, " 2.", id="a key with marks"),
        pytest.param(MENU, "0002", TAKES_IT, "****", id="a PIN that is a key as well"),
        pytest.param(MENU, "0", TAKES_IT, "0", id="back"),
        pytest.param(MENU, "4826", TAKES_IT_NOT, "****", id="a PIN on a menu"),
        pytest.param(MENU, "٤٨٢٦", TAKES_IT_NOT, "****", id="a PIN on a menu, in Arabic digits"),
        pytest.param(MENU, "4826", TAKES_IT, "****", id="a PIN on a menu that reads on"),
        pytest.param(asked("pin", Do(ProvePin(), Place("x"))), "4826", TAKES_IT, "[PIN]", id="a PIN"),
        pytest.param(asked("pin"), "no idea", TAKES_IT_NOT, "[PIN]", id="what is no PIN"),
        pytest.param(asked("pin"), "0", TAKES_IT, "0", id="back from the PIN"),
        pytest.param(asked("new_pin"), "4826", TAKES_IT, "[PIN]", id="a new PIN"),
        pytest.param(asked("recovery_code"), "48264826", TAKES_IT, "[code]", id="a recovery code"),
        pytest.param(asked("total"), "3500", TAKES_IT, "3500", id="a price"),
        pytest.param(asked("total"), "35OO 4826", TAKES_IT_NOT, "**OO ****", id="no price"),
        pytest.param(asked("problem_words"), "my pin is 4826", TAKES_IT, "my pin is ****", id="a PIN among words"),
        pytest.param(asked("place"), "Bungoma market", TAKES_IT, "Bungoma market", id="a place"),
    ],
)
def test_what_was_typed_is_kept_without_a_pin(session: Session, typed: str, step: Step, kept: str) -> None:
    assert kept_typed(session, typed, step) == kept


def test_keys_of_a_lost_session_are_kept_where_they_are_too_short_for_a_pin() -> None:
    assert kept_keys("2*1*0711222333*maize*4826*1") == "2*1*" + "*" * 10 + "*maize" + "*" * 5 + "*1"
    assert kept_keys("") == ""
