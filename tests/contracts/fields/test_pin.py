"""PINs: which are too easy, how a PIN is kept out of everything that could show it, how long wrong tries lock it."""

import copy
import json
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import orjson
import pytest

from contracts.fields.msisdn import Msisdn
from contracts.fields.pin import Secret, check_new_pin, locked_for, locks_after_tries, tries_left
from contracts.refusals import BadInput, Why

OWN, TODAY = Msisdn("+254712345678"), date(2026, 11, 28)


@pytest.mark.parametrize("pin", ["4071", "8305", "0592", "7018", "1899", "1918", "2028", "5108", "8712"])
def test_a_pin_that_is_hard_to_guess_is_accepted(pin: str) -> None:
    check_new_pin(pin, OWN, TODAY)


@pytest.mark.parametrize(
    "pin",
    "1234 0123 6789 7890 9012 4321 9876 3210 0000 9999 1212 6969 1122 2580 0852 3690".split(),  # noqa: SIM905 - a list of words
)
def test_a_pin_that_is_easy_to_guess_is_refused(pin: str) -> None:
    with pytest.raises(BadInput) as bad:
        check_new_pin(pin, OWN, TODAY)
    assert bad.value.why is Why.PIN_TOO_EASY


@pytest.mark.reported("B28")
@pytest.mark.parametrize("pin", ["1920", "1987", "2000", "2026", "2027"])
def test_a_year_up_to_the_next_one_is_easy_to_guess(pin: str) -> None:
    with pytest.raises(BadInput):
        check_new_pin(pin, OWN, TODAY)
    if pin == "2027":
        check_new_pin(pin, OWN, TODAY.replace(year=2025))


@pytest.mark.reported("B37")
@pytest.mark.parametrize(("own", "pin"), [
    (Msisdn("+254739180462"), "0462"), (Msisdn("+254739180462"), "0739"), (Msisdn("+254739180462"), "9180"),
    (Msisdn("+254739180462"), "2547"), (Msisdn("+254711119371"), "9371"),
    (Msisdn("+22507193846"), "9384"), (Msisdn("+251918370264"), "0918"),
])  # fmt: skip
def test_four_digits_of_the_own_number_are_easy_to_guess(own: Msisdn, pin: str) -> None:
    with pytest.raises(BadInput) as bad:
        check_new_pin(pin, own, TODAY)
    assert bad.value.why is Why.PIN_TOO_EASY
    check_new_pin(pin, Msisdn("+233561561561"), TODAY)


@pytest.mark.parametrize("pin", ["", "407", "40711", "40a1", " 4071", "4071\n", "٤٠٧١", "²071", "-071"])
def test_a_pin_is_four_digits(pin: str) -> None:
    with pytest.raises(BadInput) as bad:
        check_new_pin(pin, OWN, TODAY)
    assert bad.value.why is Why.PIN_NOT_DIGITS
    assert not pin or pin not in repr(bad.value)


def test_most_pins_are_left_to_choose_from() -> None:
    refused = 0
    for number in range(10_000):
        try:
            check_new_pin(f"{number:04}", OWN, TODAY)
        except BadInput:
            refused += 1
    assert refused < 400


@dataclass(frozen=True)
class Holder:
    pin: Secret


@pytest.mark.parametrize(
    "shown",
    [repr, str, ascii, "{}".format, "{:>20}".format, "{!r}".format, lambda s: repr([s]), lambda s: repr(Holder(s))],
)
def test_nothing_shows_a_secret(shown: Callable[[Secret], str]) -> None:
    assert "4071" not in shown(Secret("4071"))


@pytest.mark.parametrize(
    "kept",
    [pickle.dumps, json.dumps, orjson.dumps, copy.copy, copy.deepcopy, hash, vars, lambda s: s.__getstate__(), iter],
)
def test_nothing_can_copy_or_pickle_a_secret(kept: Callable[[Secret], object]) -> None:
    with pytest.raises(TypeError):
        kept(Secret("4071"))


def test_secrets_are_equal_by_what_they_hide() -> None:
    assert Secret("4071") == Secret("4071") != Secret("4072")
    assert Secret("4071") != "4071"
    assert Secret("٤٠") == Secret("٤٠")
    assert Secret("4071").reveal() == "4071"


def test_the_lock_grows_with_every_third_wrong_try() -> None:
    minutes = [None if lock is None else lock // timedelta(minutes=1) for lock in map(locked_for, range(16))]
    assert minutes == [
        *(None, None, None, 5),
        *(None, None, 30),
        *(None, None, 120),
        *(None, None, 1440),
        *(None, None, 1440),
    ]
    with pytest.raises(ValueError):
        locked_for(-1)
    assert [tries_left(tries) for tries in range(1, 8)] == [2, 1, 0, 2, 1, 0, 2]


def test_the_table_of_locks_says_the_same_and_ends_locked() -> None:
    table = locks_after_tries()
    assert table == tuple(locked_for(tries) for tries in range(1, len(table) + 1))
    assert table[-1] == timedelta(hours=24)
