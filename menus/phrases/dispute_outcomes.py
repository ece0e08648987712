"""How a dispute was decided, in whole sentences for a screen."""

from collections.abc import Mapping

from contracts.contract import Contract, Decision
from contracts.fields.money import Money
from menus.translate import Text, t
from values.frozen import replace

DISPUTE_OUTCOMES: Mapping[Decision, Text] = {
    Decision.COMPLETE: t("The contract counts as completed."),
    Decision.CANCEL: t("The contract is cancelled."),
    Decision.SPLIT: t("The seller gets {share} of {total}."),
}


def dispute_outcome(contract: Contract) -> Text | None:
    """What was decided and may still be appealed against; None: nothing is."""
    dispute = contract.dispute
    if dispute is None or dispute.status != "decided" or dispute.decision is None:
        return None
    total = contract.terms.total
    share = Money(dispute.split_minor or 0, total.currency)
    return replace(DISPUTE_OUTCOMES[dispute.decision], values={"share": share, "total": total})
