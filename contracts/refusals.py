"""Why what a person typed was not taken: machine words here, words for people in `menus`.

>>> try:
...     raise BadInput(Why.TOO_SHORT)
... except BadInput as bad:
...     bad.why
<Why.TOO_SHORT: 'too_short'>
"""

from __future__ import annotations

from enum import StrEnum


class Why(StrEnum):
    """One reason each. The value is a machine word: stable in logs, and a key for the catalogues of `menus`."""

    EMPTY = "empty"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    BAD_LETTERS = "bad_letters"  # control characters, or no letter at all where words were asked

    NOT_A_NUMBER = "not_a_number"  # not a telephone number that can exist
    NOT_MOBILE = "not_mobile"  # a real number, but no phone that takes SMS
    OWN_NUMBER = "own_number"  # a contract with oneself

    NOT_AN_AMOUNT = "not_an_amount"
    WRONG_DECIMALS = "wrong_decimals"  # 3500.5, 3.500, or 10.50 in a currency without cents
    OTHER_CURRENCY = "other_currency"  # "USD 50" where shillings were asked
    TOO_SMALL = "too_small"
    TOO_BIG = "too_big"

    NOT_A_QUANTITY = "not_a_quantity"
    NO_UNIT = "no_unit"  # "50": fifty what?

    NOT_A_DATE = "not_a_date"
    IN_THE_PAST = "in_the_past"
    TOO_FAR = "too_far"

    PIN_NOT_DIGITS = "pin_not_digits"
    PIN_TOO_EASY = "pin_too_easy"


class BadInput(ValueError):  # noqa: N818 - it reads as what happened, like BadWire
    """What a person typed cannot be what was asked. `why` says in which way; the typed text is never kept here.

    The text may be a PIN or somebody's number and exceptions end up in logs, so the message is the machine word alone.
    """

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why
