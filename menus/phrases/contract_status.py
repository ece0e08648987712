"""What has become of a contract, in a few words, and a contract in one line of a list."""

from collections.abc import Mapping

from contracts.contract import Status
from contracts.readings import ContractLine
from menus.translate import Text, t

# Fills the place {standing} of "It is {standing}."
STATUS_WORDS: Mapping[Status, Text] = {
    Status.PENDING: t("waiting for the other party"),
    Status.CONFIRMED: t("confirmed by all"),
    Status.ACTIVE: t("under way"),
    Status.COMPLETED: t("completed"),
    Status.CANCELLED: t("cancelled"),
    Status.EXPIRED: t("expired"),
    Status.DISPUTED: t("in dispute"),
}
_SHORT_STATUS_WORDS = {
    **STATUS_WORDS,
    Status.PENDING: t("waiting"),
    Status.CONFIRMED: t("confirmed"),
}


def contract_line(line: ContractLine) -> Text:
    """Return the status, the product and the total. The status comes first, because a narrow page cuts the end."""
    goods = t("{product} {total}", product=line.product, total=line.total)
    if line.waits:
        return t("answer: {line}", line=goods)
    if line.awaits_receipt:
        return t("delivered: {line}", line=goods)
    return t("{standing}: {line}", line=goods, standing=_SHORT_STATUS_WORDS[line.status])
