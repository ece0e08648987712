"""When goods are due, and how long a buyer may be silent then: who agrees to another wait than the usual reads it."""

from datetime import date

from contracts.terms import SILENCE_DAYS, Terms
from menus.translate import Text, tn


def due_phrase(terms: Terms) -> date | Text:
    """The day; and the buyer's silence where it is not the usual one, because at its end the contract is completed."""
    if terms.silence_days == SILENCE_DAYS:
        return terms.due
    return tn(
        "{due} (no answer for {n} day after delivery: it counts as received)",
        "{due} (no answer for {n} days after delivery: it counts as received)",
        n=terms.silence_days, due=terms.due,
    )  # fmt: skip
