"""What became of a transfer, in our own words and no provider's spelling.

A transfer is one movement of money between a phone and our account: a prompt that the payer accepts, a payout, a
reversal. There are three outcomes, never two: it was paid, it failed, or nobody knows yet. A deadline that passed, a
5xx, an answer that nobody can read or a code that nobody has heard of are the third.
"""

from datetime import datetime
from enum import StrEnum

from contracts.fields.money import Money
from values.frozen import Frozen, Hidden


class FailReason(StrEnum):
    """Why a transfer failed for good: nothing was moved, and the same order will move nothing later.

    People are told these (`menus.phrases`), operators also see the provider's own code and words.
    """

    CANCELLED = "cancelled"  # the payer refused the prompt
    NO_ANSWER = "no_answer"  # the prompt came to nobody, or nobody answered it in time
    WRONG_PIN = "wrong_pin"  # of the payer's mobile money
    NO_FUNDS = "no_funds"  # in the payer's account
    LIMIT = "limit"  # an amount, a balance or a day's sum that the provider does not allow this person
    NOT_REGISTERED = "not_registered"  # this number has no mobile money
    BUSY = "busy"  # the payer has another prompt open, or the same was just paid: a new one may be asked for later
    OUR_FUNDS = "our_funds"  # our own account is short, or closed: an operator must mend it
    REFUSED = "refused"  # anything else that the provider says is final


class OrderAccepted(Frozen):
    """The provider has the order; its outcome comes later. This is not money. `rail_id`: the provider's id of it."""

    rail_id: str | None = None


class Paid(Frozen):
    """The money moved. `receipt`: the provider's number of it; None where an enquiry knows none (yet). `money`: what
    moved; None where the answer does not say. `payer`: how the provider names who paid or was paid: a msisdn, or the
    hash of one."""

    receipt: str | None = None
    money: Money | None = None
    at: datetime | None = None
    payer: Hidden[str | None] = None
    rail_id: str | None = None


class Failed(Frozen):
    """Nothing moved, and nothing will. `code` and `words`: the provider's own, without numbers of people."""

    reason: FailReason
    code: str
    words: Hidden[str] = ""
    rail_id: str | None = None


class NotSent(Frozen):
    """The provider has certainly not taken the order: it may be sent again, under the same id. `cause`: "busy",
    "account" (our key or credential) or "down"; `after_seconds`: the wait that the provider asked for."""

    why: str
    cause: str = "down"
    after_seconds: float | None = None


class Unknown(Frozen):
    """Nobody knows what became of it, or there is no outcome yet: ask again later. `why` is for the log and the row.
    `is_pending`: the provider knows it and works on it. `is_missing`: the provider says that it has no such order,
    which it also says of orders that it has just taken."""

    why: str
    is_pending: bool = False
    is_missing: bool = False
    rail_id: str | None = None


Outcome = Paid | Failed | Unknown
SendOutcome = OrderAccepted | Paid | Failed | NotSent | Unknown
