"""Why an effect is refused, and why what a person typed is not taken: names here, texts in `menus.refusal_texts`.

>>> try:
...     raise BadInput(Why.TOO_SHORT)
... except BadInput as bad:
...     bad.why
<Why.TOO_SHORT: 'too_short'>
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum, StrEnum

from values.frozen import Frozen


class Why(StrEnum):
    """Why what a person typed is not taken. The values appear in logs and stay the same."""

    EMPTY = "empty"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    BAD_LETTERS = "bad_letters"  # control characters, or no letter at all where words are needed

    HAS_NUMBER = "has_number"  # a phone number in a product, a place or a name
    HAS_LINK = "has_link"
    HAS_OUR_NAME = "has_our_name"
    HAS_COMMAND = "has_command"  # nothing but YES, "reply STOP", "your PIN"

    NOT_SERVED = "not_served"  # a number of a country that this service does not serve
    NOT_A_NUMBER = "not_a_number"  # not a telephone number that can exist
    NOT_MOBILE = "not_mobile"  # a real number, but no phone that takes SMS
    OWN_NUMBER = "own_number"  # a contract with oneself

    NOT_AN_AMOUNT = "not_an_amount"
    NOT_A_SHARE = "not_a_share"  # no amount where the seller's part of the total is asked
    WRONG_DECIMALS = "wrong_decimals"  # 3500.5, 3.500, or 10.50 in a currency without cents
    NOT_WHOLE = "not_whole"  # cents, where mobile money moves whole amounts
    OTHER_CURRENCY = "other_currency"  # "USD 50" where the amount must be in shillings
    TOO_SMALL = "too_small"
    TOO_BIG = "too_big"

    NOT_A_QUANTITY = "not_a_quantity"
    WITH_QUANTITY = "with_quantity"  # "50 bags maize" where only the product is asked
    NOT_GOODS = "not_goods"  # a product and a quantity that cannot be told apart, or two of them
    NO_UNIT = "no_unit"  # "50": fifty what?

    NOT_A_DATE = "not_a_date"
    NO_YEAR = "no_year"  # a day and month that were just past, or come after more than ten months
    IN_THE_PAST = "in_the_past"
    TOO_FAR = "too_far"

    PIN_NOT_DIGITS = "pin_not_digits"
    PIN_TOO_EASY = "pin_too_easy"
    NOT_A_PAPER = "not_a_paper"


class Refusal(Enum):
    """Why an effect is refused. A refusal is returned, not raised: it is an answer to the person, not a fault."""

    NOT_YOURS = "not_yours"
    ALREADY_CONFIRMED = "already_confirmed"
    NO_LONGER_OPEN = "no_longer_open"
    HAS_PIN = "has_pin"
    NOT_UNDER_WAY = "not_under_way"  # not confirmed by all yet, or over
    IN_DISPUTE = "in_dispute"
    NOT_YOUR_PART = "not_your_part"  # only a seller reports a delivery, only a buyer a receipt
    ALREADY_SAID = "already_said"
    ALREADY_PROPOSED = "already_proposed"  # one proposal at a time
    NOTHING_CHANGES = "nothing_changes"
    TOO_MUCH = "too_much"  # more than the agreed quantity
    LESS_THAN_CAME = "less_than_came"  # new terms with less than was received already, or in another unit
    NO_APPEAL = "no_appeal"  # there is no decision, or it was appealed before
    OFFERS_IN_HOUR = "offers_in_hour"  # the maker made too many
    OFFERS_IN_DAY = "offers_in_day"
    OFFERS_OPEN = "offers_open"  # too many of the maker's wait for an answer
    ASKED_OFTEN = "asked_often"  # strangers made the addressee too many
    ASKED_OPEN = "asked_open"
    TAKES_NO_OFFERS = "takes_no_offers"  # the addressee blocks the maker, or wants no offers of strangers
    NO_OPEN_DISPUTE = "no_open_dispute"  # no problem is reported, or it is decided
    NOT_YOUR_REPORT = "not_your_report"  # only who reported a problem takes it back
    NOT_THE_ARBITER = "not_the_arbiter"
    SAID_ENOUGH = "said_enough"  # this party wrote three times about the problem
    NO_SHARE = "no_share"  # a split leaves each side something: above zero, below the total
    MONEY_MISSING = "money_missing"  # with escrow nothing is delivered before the buyer's money is there
    NOTHING_TO_PAY = "nothing_to_pay"  # no escrow, or all is there, or the contract is over
    PROMPTED_ALREADY = "prompted_already"  # a prompt for this contract is open on the buyer's phone
    LESS_THAN_RELEASED = "less_than_released"  # new terms with a total below what the seller has got already
    NOT_FOR_ESCROW = "not_for_escrow"  # a currency, a broken amount or a sum that our mobile money cannot hold


class LimitReached(Frozen):
    """Which limit on offers refuses one more. `most`: how many it allows; 0 where that is not told. `until`: when one
    more may be made; None: once others are answered, or never."""

    refusal: Refusal
    most: int = 0
    until: datetime | None = None


class BadInput(ValueError):  # noqa: N818 - it reads as what happened, like BadWire
    """What a person typed is not what the field needs; `why` is the reason.

    The message is the value of `why` alone. Exceptions end up in logs, and what was typed may be a PIN or a number.
    """

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why
