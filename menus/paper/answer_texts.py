"""What somebody answered or said, in words."""

from collections.abc import Mapping
from typing import Any, Final

from contracts.dispute import Decision
from contracts.fields.quantity import Quantity
from contracts.terms import Terms
from menus.phrases.dispute_outcomes import outcome_sentence
from menus.translate import Text, t

_WORDS: Final[Mapping[str, Text]] = {
    "complain": t("reported a problem"),
    "reply": t("said about the problem"),
    "withdraw": t("took the problem back"),
    "appeal": t("appealed"),
    "wrote": t("wrote, which is no receipt"),
    "stop_clock": t("wrote down what a party said"),
    "start_clock": t("let silence count again, because"),
}


def answer_text(row: Mapping[str, Any], terms: Terms) -> Text:
    """Return a confirmation in words, such as "YES to terms 2". `row`: of the table; `terms` of its contract."""
    match row["answer"], row["subject"]:
        case "confirm", "settle":
            return t("YES to settling the problem: {outcome}", outcome=_outcome(row["details"]["kind"], row, terms))
        case "decline", "settle":
            return t("NO to settling the problem: {outcome}", outcome=_outcome(row["details"]["kind"], row, terms))
        case "confirm", "cancel":
            return t("YES to ending it")
        case "decline", "cancel":
            return t("NO to ending it")
        case "confirm", _:
            return t("YES to terms {n}", n=row["terms_version"])
        case "decline", _:
            return t("NO to terms {n}", n=row["terms_version"])
        case "delivered", _:
            return t("delivered all, {quantity}", quantity=_quantity(row, terms))
        case "received", _:
            return t("received all, {quantity}", quantity=_quantity(row, terms))
        case "received_part", _:
            return t("received a part, {quantity}", quantity=_quantity(row, terms))
        case "decide", _:
            return t("decided: {outcome}", outcome=_outcome(row["details"]["decision"], row, terms))
        case answer, _:
            return _WORDS.get(answer) or t("{name}", name=answer)


def _quantity(row: Mapping[str, Any], terms: Terms) -> Quantity:
    return Quantity(row["details"]["quantity"], terms.quantity.unit)


def _outcome(kind: str, row: Mapping[str, Any], terms: Terms) -> Text:
    if kind not in {decision.value for decision in Decision}:  # new terms settle a problem too
        return t("New terms took effect")
    return outcome_sentence(Decision(kind), row["details"].get("split_minor"), terms)
