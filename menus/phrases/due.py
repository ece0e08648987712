"""The day on which goods are due, and how long the buyer may stay silent after the delivery."""

from datetime import date

from contracts.terms import SILENCE_DAYS, Terms
from menus.translate import Text, tn


def due_phrase(terms: Terms) -> date | Text:
    """Return the day. Where the contract does not have the usual time for an answer, the phrase tells that time too:
    when it is over, the contract is completed without the buyer."""
    if terms.silence_days == SILENCE_DAYS:
        return terms.due
    return tn(
        "{due} (no answer for {n} day after delivery: it counts as received)",
        "{due} (no answer for {n} days after delivery: it counts as received)",
        n=terms.silence_days, due=terms.due,
    )  # fmt: skip
