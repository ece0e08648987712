"""PIN rules: which four digits are allowed, how a PIN is kept out of logs, how long wrong tries lock it."""

import hmac
from datetime import date, timedelta
from typing import Never

from contracts.fields.msisdn import Msisdn, country_code
from contracts.refusals import BadInput, Why

# The columns of the keypad, downwards and upwards.
_KEYPAD = ("2580", "0852", "1470", "0741", "3690", "0963")
_OLDEST_YEAR = 1920  # of birth; up to next year, because people type the year that comes, too
_LOCKS = {3: timedelta(minutes=5), 6: timedelta(minutes=30), 9: timedelta(hours=2)}
_LONGEST_LOCK = timedelta(hours=24)


class Secret:
    """A PIN on its way from the phone to its hash. Only `reveal` shows it, and nothing can copy or pickle it.

    >>> print(Secret("4071"), f"{Secret('4071')}", [Secret("4071")])
    Secret(****) Secret(****) [Secret(****)]
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the PIN itself, to be hashed and for nothing else."""
        return self._value

    def __eq__(self, other: object) -> bool:
        """Compare in constant time, so that the time tells nothing about the first different digit."""
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    __hash__ = None  # type: ignore[assignment]  # as the key of a dict it could leak

    def __repr__(self) -> str:
        return "Secret(****)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> Never:
        raise TypeError("a Secret is not to be copied, pickled or stored")

    def __getstate__(self) -> Never:
        raise TypeError("a Secret is not to be copied, pickled or stored")


def check_new_pin(text: str, own: Msisdn, today: date) -> None:
    """Accept four ASCII digits that are hard to guess for whoever knows the phone's number (`own`) and today's date.

    Raise BadInput: PIN_NOT_DIGITS (too few, too many, or of another script, which another phone could not type),
    PIN_TOO_EASY.
    """
    if len(text) != 4 or not (text.isascii() and text.isdecimal()):
        raise BadInput(Why.PIN_NOT_DIGITS)
    is_year = _OLDEST_YEAR <= int(text) <= today.year + 1
    if text in _EASY or is_year or text in _in_own_number(own):
        raise BadInput(Why.PIN_TOO_EASY)


def locked_for(tries: int) -> timedelta | None:
    """Return how long a PIN is locked after `tries` wrong ones in a row; None if the next may be tried at once.

    Every third wrong try locks: for 5 minutes, 30 minutes, 2 hours, then always 24 hours.
    """
    if tries < 0:
        raise ValueError("tries cannot be negative")
    if tries == 0 or tries % 3:
        return None
    return _LOCKS.get(tries, _LONGEST_LOCK)


def tries_left(tries: int) -> int:
    """Return how many wrong PINs are left, after `tries` of them in a row, before the next lock; 0: it has come."""
    return -tries % 3


def locks_after_tries() -> tuple[timedelta | None, ...]:
    """Return `locked_for` of 1, 2, 3 … wrong tries, for the query that counts a try and locks in one step.

    The last entry is a lock: after more tries than there are entries, every try locks again.
    """
    return _LOCK_TABLE


def _in_own_number(own: Msisdn) -> frozenset[str]:
    """Return every four digits in a row of the caller's number, as it is dialled at home and from abroad."""
    code, digits = country_code(own), own.lstrip("+")
    dialled = (digits, f"0{digits.removeprefix(code)}")
    return frozenset(number[at : at + 4] for number in dialled for at in range(len(number) - 3))


def _easy() -> frozenset[str]:
    """Digits in a row up or down, repeated digits and pairs, columns of the keypad."""
    ring = "01234567890123"
    runs = {ring[start : start + 4] for start in range(10)}
    digits = "0123456789"
    pairs = {pin for a in digits for b in digits for pin in (a + b + a + b, a + a + b + b)}
    return frozenset({*runs, *(run[::-1] for run in runs), *pairs, *_KEYPAD})


_EASY = _easy()
_LOCK_TABLE = tuple(locked_for(tries) for tries in range(1, 31))
