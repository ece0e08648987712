"""The record in words: what an answer says, what a step of the audit was, by which way it came."""

from collections.abc import Mapping
from typing import Any, Final

from contracts.contract import Contract
from contracts.fields.money import Money
from menus.translate import t, translate

CHANNELS: Final[Mapping[str, str]] = {
    "ussd": "USSD", "sms": "SMS", "voice": "call", "api": "the operator's program"
}  # fmt: skip

_OTHER_ANSWERS: Final[Mapping[str, str]] = {
    "complain": "reported a problem",
    "reply": "said about the problem",
    "withdraw": "took the problem back",
    "appeal": "appealed",
    "wrote": "wrote, which is no receipt",
    "stop_clock": "wrote down what a party said",
    "start_clock": "let silence count again, because",
}

# The actions of the audit in words. An action that is not here is shown by its own name.
_ACTION_TEXTS: Final[Mapping[str, str]] = {
    "contract.made": "made the contract",
    "contract.confirm": "said yes",
    "contract.decline": "said no",
    "contract.amended": "new terms took effect",
    "contract.confirmed": "confirmed by all",
    "contract.active": "begun",
    "contract.completed": "completed",
    "contract.cancelled": "cancelled",
    "contract.expired": "expired",
    "contract.disputed": "in dispute",
    "proposal.made": "asked the others to change or end it",
    "proposal.confirm": "said yes to the request",
    "proposal.decline": "said no to the request",
    "proposal.withdrawn": "took the request back",
    "delivery.said": "said that it is delivered",
    "delivery.received": "said what was received",
    "delivery.reported": "reported a delivery",
    "delivery.questioned": "wrote about the delivery: silence does not count",
    "clock.stopped": "wrote down what a party said: silence does not count",
    "clock.started": "looked at it: silence counts again",
    "party.asked": "asked a party once more",
    "dispute.opened": "reported a problem",
    "dispute.answered": "said something about the problem",
    "dispute.withdrawn": "took the problem back",
    "dispute.settled": "settled, as all agreed",
    "dispute.mediator": "mediator named",
    "dispute.decided": "decision of the mediator",
    "contract.resumed": "goes on after the problem",
    "dispute.appealed": "appealed against the decision",
    "time.remind_answer": "reminded of the answer",
    "time.remind_delivery": "reminded of the delivery",
    "time.remind_expiry": "reminded that it expires",
    "time.remind_receipt": "reminded to say what was received",
    "time.remind_rest": "reminded of the rest",
    "time.expire": "its time was over",
    "time.complete": "silence counted as received",
    "time.complete_part": "silence counted as received, in part",
    "time.close_dispute": "the decision stands",
    "time.escalate_dispute": "nobody had decided; all were told",
}


def step_text(entry: Mapping[str, Any]) -> str:
    """Return a row of the audit in words, such as "Confirmed by all"."""
    action = entry["action"]
    what = _ACTION_TEXTS.get(action, action.replace(".", " ").replace("_", " "))
    what = what[0].upper() + what[1:]
    return f"{what}: silence does not count" if entry["clock"] == "stands" else what


def answer_text(row: Mapping[str, Any], contract: Contract) -> str:
    """Return a confirmation in words, such as "YES to terms 2"."""
    match row["answer"]:
        case "confirm" | "decline" as answer:
            word = "YES" if answer == "confirm" else "NO"
            if row["subject"] == "settle":
                return f"{word} to settling the problem: {_share_text(row['details']['kind'], row, contract)}"
            return f"{word} to ending it" if row["subject"] == "cancel" else f"{word} to terms {row['terms_version']}"
        case "delivered" | "received" as done:
            return f"{done} all, {row['details']['quantity']} {contract.terms.quantity.unit}"
        case "received_part":
            return f"received a part, {row['details']['quantity']} {contract.terms.quantity.unit}"
        case "decide":
            return f"decided: {_share_text(row['details']['decision'], row, contract)}"
        case other:
            return _OTHER_ANSWERS.get(other, other)


def _share_text(outcome: str, row: Mapping[str, Any], contract: Contract) -> str:
    """Return an outcome, and what it gives the seller if it is a split."""
    share = row["details"].get("split_minor")
    if not share:
        return outcome
    money = translate(t("{total}", total=Money(share, contract.terms.total.currency)), "en")
    return f"{outcome}, {money} for the seller"
