"""The SMS about one contract when nothing was changed: it tells how to write the wish, or why it cannot be.

Each tells what to type, ready to be copied: words that we understand, the reference, and an example where needed.
"""

from collections.abc import Mapping

from contracts.notices import NoticeKind
from menus.sms.conditions import Condition
from menus.translate import Text, t

NOT_DONE: Mapping[NoticeKind, Text | Mapping[Condition, Text]] = {
    NoticeKind.WRONG_NUMBER: {
        Condition.READER_ANSWERS_PROPOSAL: t("You have no contract {number}. {request}"),
        Condition.READER_ANSWERS: t(
            "You have no contract {number}. This one waits for you: {reference}, {goods}. "
            "To agree, answer YES {reference}. If not, NO {reference}"
        ),
        Condition.ALWAYS: t(
            "You have no contract {number}. Yours is {reference}: {goods}. Please send it again with that number."
        ),
    },
    NoticeKind.NOT_YOUR_PART: {
        Condition.READER_SELLS: t(
            "Contract {reference}, {goods}: only the buyer can say that the goods came. If you delivered "
            "them, answer DELIVERED {reference}"
        ),
        Condition.ALWAYS: t(
            "Contract {reference}, {goods}: only the seller can say that the goods are delivered. If you "
            "have them all, answer RECEIVED {reference}"
        ),
    },
    NoticeKind.NEEDS_PIN: {
        Condition.READER_ANSWERS: t(
            "Contract {reference} needs your PIN, an SMS is not enough. To agree, dial {code}, My contracts. "
            "If you do not agree, answer NO {reference}"
        ),
        Condition.READER_BUYS: t(
            "Nothing is changed yet. Contract {reference} needs your PIN, an SMS is not enough: dial {code}, "
            "My contracts. A problem: DISPUTE {reference} and what it is."
        ),
        Condition.ALWAYS: t(
            "Nothing is changed yet. Contract {reference} needs your PIN, an SMS is not enough: dial {code}, "
            "My contracts."
        ),
    },
    NoticeKind.MEANT_DELIVERED: {
        Condition.CLOCK_STANDS: t(
            "We keep your words: silence does not count. If the rest is delivered, answer DELIVERED {reference}. "
            "A problem: DISPUTE {reference} and what it is."
        ),
        Condition.ALWAYS: t(
            "Nothing is changed yet. Contract {reference}, {quantity} {product}. All is delivered: "
            "DELIVERED {reference}. A problem: DISPUTE {reference} and what it is."
        ),
    },
    NoticeKind.WAITS_FOR_BUYER: t(
        "Contract {reference}, {quantity} {product}: you said it is delivered. Now the buyer has to answer. "
        "A problem: DISPUTE {reference} and what it is."
    ),
    NoticeKind.ALREADY_SAID: t(
        "You have already said that the goods of contract {reference} are delivered: {goods}. The buyer was told."
    ),
    NoticeKind.MEANT_RECEIVED: {
        Condition.CLOCK_STANDS: t(
            "We keep your words: silence does not count. All is there: RECEIVED {reference}. A part: PART "
            "{reference} and how much. A problem: DISPUTE {reference} and what."
        ),
        Condition.ALWAYS: t(
            "Not counted yet: {reference}, {quantity} {product}. All is there: RECEIVED {reference}. "
            "A part: PART {reference} and how much. A problem: DISPUTE {reference} and what it is."
        ),
    },
    NoticeKind.HOW_MUCH: t(
        "Nothing is changed yet. How much of contract {reference} came now, in {unit}? Answer like: "
        "PART {reference} {some}"
    ),
    NoticeKind.COUNTED_ALREADY: t(
        "Contract {reference}: this part is counted, {came} of {quantity} so far. If as much came again, send it "
        "once more in 10 minutes."
    ),
    NoticeKind.TOO_MUCH: t(
        "Nothing is changed. Of contract {reference} only {left} are still to come. For all of it, answer "
        "RECEIVED {reference}"
    ),
    NoticeKind.LESS_THAN_CAME: t(
        "Nothing is changed. Of contract {reference} {received} have come already: the unit stays, and the quantity "
        "cannot be less than that."
    ),
    NoticeKind.MEANT_CHANGE: t(
        "Nothing is changed yet. Write what shall change, like: CHANGE {reference} TOTAL 5000, QTY 40, DATE 25/12, "
        "PLACE Bungoma market"
    ),
    NoticeKind.PRICE_OF_WHAT: t(
        "Nothing is changed yet. Is that the total, or of one? For the total of all of it, answer like: "
        "CHANGE {reference} TOTAL 5000"
    ),
    NoticeKind.NEW_TOTAL: t(
        "{why} Nothing is changed yet. For another total of all of it, answer like: CHANGE {reference} TOTAL 5000"
    ),
    NoticeKind.NEW_QUANTITY: t(
        "Nothing is changed yet. For another quantity, in {unit}, answer like: CHANGE {reference} QTY 40"
    ),
    NoticeKind.NEW_DAY: t("{why} Nothing is changed yet. For another day, answer like: CHANGE {reference} DATE 25/12"),
    NoticeKind.NEW_PLACE: t(
        "{why} Nothing is changed yet. For another place, answer like: CHANGE {reference} PLACE Bungoma market"
    ),
    NoticeKind.NOTHING_CHANGES: t("These are the terms of contract {reference} already: {terms}"),
    NoticeKind.ALREADY_PROPOSED: {
        Condition.READER_ANSWERS_PROPOSAL: t("Please answer this first. {request}"),
        Condition.READER_PROPOSED: t(
            "Your request about contract {reference} still waits for the others. To take it back, answer NO {reference}"
        ),
        Condition.ALWAYS: t(
            "You agreed to a request about contract {reference}. It still waits for the others. "
            "Please ask again after that."
        ),
    },
    NoticeKind.MEANT_CANCEL: t(
        "Nothing is changed yet. Contract {reference} ends when all others agree. To ask them, answer "
        "CANCEL {reference}"
    ),
    NoticeKind.ASKED_TOO_OFTEN: t(
        "You asked three times within an hour to change or cancel contract {reference}. Please ask again later."
    ),
    NoticeKind.NOT_CONFIRMED_YET: t(
        "Contract {reference} is not confirmed by all yet: {goods}. If you do not want it, answer NO {reference}"
    ),
    NoticeKind.MEANT_APPEAL: t(
        "Nothing is changed yet. If you do not accept the decision, answer APPEAL {reference} and why. You can once."
    ),
    NoticeKind.MEANT_DISPUTE: {
        Condition.CLOCK_STANDS: t(
            "We keep your words: silence does not count. Contract {reference}, {quantity} {product}: answer DISPUTE "
            "{reference} and what is wrong."
        ),
        Condition.ALWAYS: t(
            "Nothing is changed yet. Contract {reference}, {quantity} {product}: answer DISPUTE {reference} and what "
            "is wrong."
        ),
    },
    NoticeKind.MEANT_WITHDRAW: t(
        "Nothing is changed yet. To take back the problem that you reported, answer WITHDRAW {reference}"
    ),
    NoticeKind.ALREADY_WITHDRAWN: t(
        "You have already taken back your report about contract {reference}: {goods}. The contract goes on."
    ),
    NoticeKind.NO_OPEN_DISPUTE: t("Contract {reference}, {goods}: there is no open problem, or it is decided already."),
    NoticeKind.NOT_YOUR_REPORT: t(
        "Only who reported the problem with contract {reference} can take it back. For your side of it, answer "
        "DISPUTE {reference} and your words."
    ),
    NoticeKind.NOT_THE_ARBITER: t("Only the arbiter of contract {reference} can decide on the problem. {standing}"),
    NoticeKind.SAID_ENOUGH: t(
        "Contract {reference}: you wrote three times about the problem, and the others have your words. {decider}"
    ),
    NoticeKind.NO_SHARE: t(
        "Contract {reference}: each side has to get a part. The seller's part is less than {total}. Nothing is changed."
    ),
    NoticeKind.NO_APPEAL: t(
        "Contract {reference} has no decision to appeal against, or not any more: {goods}. {standing}"
    ),
}
