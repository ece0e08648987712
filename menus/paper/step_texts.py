"""What a step of the audit was, in words, and who took it by which way."""

from collections.abc import Mapping
from typing import Final

from contracts.contract import Role
from menus.translate import Text, t

# The actions of the audit. An action that is not here is shown by its own name.
_ACTIONS: Final[Mapping[str, Text]] = {
    "contract.made": t("Made the contract"),
    "contract.confirm": t("Said yes"),
    "contract.decline": t("Said no"),
    "contract.amended": t("New terms took effect"),
    "contract.confirmed": t("Confirmed by all"),
    "contract.active": t("Begun"),
    "contract.completed": t("Completed"),
    "contract.cancelled": t("Cancelled"),
    "contract.expired": t("Expired"),
    "contract.disputed": t("In dispute"),
    "contract.resumed": t("Goes on after the problem"),
    "proposal.made": t("Asked the others to change or end it"),
    "proposal.confirm": t("Said yes to the request"),
    "proposal.decline": t("Said no to the request"),
    "proposal.withdrawn": t("Took the request back"),
    "delivery.said": t("Said that it is delivered"),
    "delivery.received": t("Said what was received"),
    "delivery.reported": t("Reported a delivery"),
    "delivery.questioned": t("Wrote about the delivery: silence does not count"),
    "clock.stopped": t("Wrote down what a party said: silence does not count"),
    "clock.started": t("Looked at it: silence counts again"),
    "party.asked": t("Asked a party once more"),
    "party.written": t("Wrote to a party"),
    "dispute.opened": t("Reported a problem"),
    "dispute.answered": t("Said something about the problem"),
    "dispute.withdrawn": t("Took the problem back"),
    "dispute.settled": t("Settled, as all agreed"),
    "dispute.mediator": t("Arbiter named"),
    "dispute.decided": t("Decision of the arbiter"),
    "dispute.appealed": t("Appealed against the decision"),
    "dispute.file": t("Added a file to the problem"),
    "record.bound": t("Bound what there was; until then only the database held it"),
    "record.erased": t("Erased what was a person's own"),
    "money.asked_for": t("Asked for a request to pay"),
    "money.came": t("Money came from the buyer"),
    "money.assigned": t("Money without a contract was assigned to this one"),
    "money.counted": t("Money that came was known already"),
    "money.prompt_failed": t("A request to pay was not paid"),
    "money.paid_out": t("Money was paid to the seller"),
    "money.refunded": t("Money was paid back to the buyer"),
    "money.payout_failed": t("Money could not be paid out"),
    "money.payout_held": t("A payout waits for a check of the number"),
    "money.asked_again": t("Asked for the payout again"),
    "time.remind_answer": t("Reminded of the answer"),
    "time.remind_delivery": t("Reminded of the delivery"),
    "time.remind_expiry": t("Reminded that it expires"),
    "time.remind_receipt": t("Reminded to say what was received"),
    "time.remind_rest": t("Reminded of the rest"),
    "time.expire": t("Its time was over"),
    "time.complete": t("Silence counted as received"),
    "time.complete_part": t("Silence counted as received, in part"),
    "time.close_dispute": t("The decision stands"),
    "time.escalate_dispute": t("Nobody had decided; all were told"),
}
WAYS: Final[Mapping[str, Text | str]] = {
    "ussd": "USSD", "sms": "SMS", "voice": t("call"), "api": t("the operator's program"),
}  # fmt: skip
PINS: Final[Mapping[str | None, Text]] = {"typed": t("PIN typed"), "chosen": t("PIN set in this call and typed")}
OPERATOR: Final = t("the operator")
SERVICE: Final = t("the service")
SOMEBODY: Final = t("somebody")


def step_text(action: str, *, stops_clock: bool) -> Text:
    """Return an action of the audit in words, such as "Confirmed by all"."""
    own_name = action.replace(".", " ").replace("_", " ").capitalize()
    what = _ACTIONS.get(action) or t("{name}", name=own_name)
    return t("{what}: silence does not count", what=what) if stops_clock else what


def person_text(role: Role, called: str) -> Text:
    """Return a party within a sentence. `called`: their name or number."""
    match role:
        case Role.BUYER:
            return t("buyer {name}", name=called)
        case Role.SELLER:
            return t("seller {name}", name=called)
        case Role.MEDIATOR:
            return t("arbiter {name}", name=called)
        case Role.WITNESS:
            return t("witness {name}", name=called)


def by_way(who: Text, channel: str) -> Text:
    """Return who did something, and the way by which it came."""
    return t("{who}, by {way}", who=who, way=WAYS.get(channel, channel))
