"""How a dispute is decided or settled, in whole sentences."""

from collections.abc import Mapping

from contracts.contract import Contract
from contracts.dispute import Decision
from contracts.fields.money import Money
from contracts.terms import Terms
from menus.translate import Text, t
from values.frozen import replace

_OUTCOMES: Mapping[Decision, Text] = {
    Decision.COMPLETE: t("The contract counts as completed."),
    Decision.CANCEL: t("The contract is cancelled."),
    Decision.SPLIT: t("The seller gets {share} of {total}."),
}


def open_outcome(contract: Contract) -> Text | None:
    """Return how the dispute was decided, while a party may still appeal; else None."""
    dispute = contract.dispute
    if dispute is None or dispute.status != "decided" or dispute.decision is None:
        return None
    return outcome_sentence(dispute.decision, dispute.split_minor, contract.terms)


def outcome_sentence(decision: Decision, split_minor: int | None, terms: Terms) -> Text:
    """Return the sentence for `decision`. `split_minor`: what the seller gets of the total, in minor units."""
    share = Money(split_minor or 0, terms.total.currency)
    return replace(_OUTCOMES[decision], values={"share": share, "total": terms.total})
