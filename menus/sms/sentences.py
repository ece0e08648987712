"""What is said about a contract by SMS: a table from what happened, and what is true of it and its reader, to words.

Where the goods have everyday names, all but the few that say how to answer in several ways fit one part. The places
are filled by `menus.sms.text_of`.
"""

from collections.abc import Mapping

from contracts.notices import Notice, NoticeKind
from menus.sms.asked_back import ASKED_BACK
from menus.sms.conditions import When, fitting
from menus.translate import Text, t


def sentence_of(notice: Notice) -> Text | None:
    """The words for this reader, their places still empty; None: it is not about one contract."""
    said = SAID.get(notice.kind)
    return fitting(said, notice) if isinstance(said, Mapping) else said


SAID: Mapping[NoticeKind, Text | Mapping[When, Text]] = {
    NoticeKind.MADE: t("Contract {reference} is made: {goods}. We ask the other party to confirm."),
    NoticeKind.CONFIRMED: t("Contract {reference} is confirmed by all: {goods}. Keep this SMS."),
    NoticeKind.WAITS_FOR_OTHERS: t("You confirmed contract {reference}: {goods}. It now waits for the others."),
    NoticeKind.CONFIRMED_BY_OTHER: {
        When.ASKED_TO_CANCEL: t(
            "{by} agrees to cancel contract {reference}: {goods}. "
            "It waits for your answer: YES {reference} or NO {reference}"
        ),
        When.ASKED_TO_CHANGE: t(
            "{by} agrees to change contract {reference} to: {new_terms} "
            "It waits for your answer: YES {reference} or NO {reference}"
        ),
        When.WAITS: t(
            "{by} confirmed contract {reference}: {goods}. It waits for your answer: YES {reference} or NO {reference}"
        ),
        When.TO_CANCEL: t("{by} agrees to cancel contract {reference}: {goods}. It waits for the others."),
        When.TO_CHANGE: t("{by} agrees to change contract {reference} to: {new_terms} It waits for the others."),
        When.EVER: t("{by} confirmed contract {reference}: {goods}."),
    },
    NoticeKind.DECLINED: {
        When.BY_READER: t("You declined contract {reference}: {goods}. It is cancelled."),
        When.EVER: t("{by} declined contract {reference}: {goods}. It is cancelled."),
    },
    NoticeKind.ALREADY_CONFIRMED: t("You have already confirmed contract {reference}: {goods}."),
    NoticeKind.NO_LONGER_OPEN: t("Contract {reference} is no longer open for an answer: {goods}."),
    NoticeKind.MEANT_YES: {
        When.REQUESTED: t("Did you mean YES? {request}"),
        When.EVER: t("Did you mean YES to contract {reference}? Nothing is changed yet. Answer YES {reference}"),
    },
    NoticeKind.MEANT_NO: {
        When.REQUESTED: t("Did you mean NO? {request}"),
        When.EVER: t("Did you mean NO to contract {reference}? Nothing is changed yet. Answer NO {reference}"),
    },
    NoticeKind.UNSURE: {
        When.REQUESTED: t("Nothing is changed yet. {request}"),
        When.EVER: t("Nothing is changed yet. To agree, answer YES {reference}. To decline, answer NO {reference}"),
    },
    NoticeKind.YOU_DELIVERED: t(
        "You said that contract {reference} is delivered: {goods}. "
        "If the buyer does not answer, it counts as received on {day}."
    ),
    NoticeKind.DELIVERED: {
        When.BUYER: t(
            "Contract {reference}, {quantity} {product}: the seller says it is delivered. If you have it all, answer "
            "RECEIVED {reference}. A part: PART {reference} and how much. A problem: DISPUTE {reference} and what it "
            "is. No answer: on {day} it counts as received."
        ),
        When.EVER: t(
            "The seller says that contract {reference} is delivered: {goods}. "
            "If the buyer does not answer, it counts as received on {day}."
        ),
    },
    NoticeKind.RECEIVED: {
        When.BY_READER: t("You received all of contract {reference}: {goods}. It is complete. Keep this SMS."),
        When.EVER: t("{by} received all of contract {reference}: {goods}. It is complete. Keep this SMS."),
    },
    NoticeKind.RECEIVED_PART: {
        When.BY_READER: t(
            "Contract {reference}: you have {came} of {quantity} {product}. When you have all, answer RECEIVED "
            "{reference}. If nobody says more, it is complete with that on {day}."
        ),
        When.BUYER: t(
            "Contract {reference}: {by} has {came} of {quantity} {product}. When all is there, answer RECEIVED "
            "{reference}. If nobody says more, it is complete with that on {day}."
        ),
        When.SELLER: t(
            "Contract {reference}: {by} has {came} of {quantity} {product}. Rest delivered? Answer DELIVERED "
            "{reference}. If nobody says more, it is complete with that on {day}."
        ),
        When.EVER: t(
            "Contract {reference}: {by} has {came} of {quantity} {product}. "
            "If nobody says more, it is complete with that on {day}."
        ),
    },
    NoticeKind.YOU_COMPLAINED: t(
        "We have your report about contract {reference}: {goods}. A mediator decides. Nothing else happens until then."
    ),
    NoticeKind.DISPUTED: t(
        "A problem was reported with contract {reference}: {goods}. A mediator decides. "
        "Nothing else happens until then."
    ),
    NoticeKind.DELIVERY_REPORTED: {
        When.BY_READER: t(
            "The VoicePact office reports that you delivered contract {reference}: {goods}. "
            "Only your own word counts: if it is so, answer DELIVERED {reference}"
        ),
        When.BUYER: t(
            "The VoicePact office reports contract {reference} delivered: {quantity} {product}. "
            "All there? Answer RECEIVED {reference}. A part: PART {reference} and how much. "
            "A problem: DISPUTE {reference} and what it is."
        ),
        When.EVER: t("The VoicePact office reports that contract {reference} is delivered: {goods}."),
    },
    NoticeKind.RECEIPT_ASKED: t(
        "VoicePact asks: contract {reference}, {quantity} {product}, is all there? If so, answer RECEIVED {reference}. "
        "A part: PART {reference} and how much. A problem: DISPUTE {reference} and what it is."
    ),
    NoticeKind.MEDIATE: t(
        "You are asked to settle the problem with contract {reference} between {seller} and {buyer}. "
        "Hear them both, then tell VoicePact what you decide and why. To read it, dial {code}"
    ),
    NoticeKind.CANCEL_PROPOSED: {
        When.OFFICE_REQUESTS: t(
            "The VoicePact office asks to cancel contract {reference}: {goods}. "
            "To cancel it, answer YES {reference}. To keep it, NO {reference}"
        ),
        When.OFFICE_REQUESTED: t("The VoicePact office asks all to cancel contract {reference}: {goods}."),
        When.REQUESTED: t(
            "The other party asks to cancel contract {reference}: {goods}. "
            "To cancel it, answer YES {reference}. To keep it, NO {reference}"
        ),
        When.EVER: t("A party asks the others to cancel contract {reference}: {goods}."),
    },
    NoticeKind.AMEND_PROPOSED: {
        When.OFFICE_REQUESTS: t(
            "The VoicePact office asks to change contract {reference} to: {new_terms} "
            "To agree, answer YES {reference}. If not, NO {reference}"
        ),
        When.OFFICE_REQUESTED: t("The VoicePact office asks all to change contract {reference} to: {new_terms}"),
        When.REQUESTED: t(
            "The other party asks to change contract {reference} to: {new_terms} "
            "To agree, answer YES {reference}. If not, NO {reference}"
        ),
        When.EVER: t("A party asks the others to change contract {reference} to: {new_terms}"),
    },
    NoticeKind.ANSWER_KEPT: t("Contract {reference}: your answer is kept. We tell the others."),
    NoticeKind.PROPOSAL_DECLINED: {
        When.BY_READER: t("You said NO to the request about contract {reference}. It stays as it is: {goods}."),
        When.EVER: t("{by} said NO to the request about contract {reference}. It stays as it is: {goods}."),
    },
    NoticeKind.PROPOSAL_WITHDRAWN: {
        When.BY_READER: t("You took back your request about contract {reference}. It stays as it is: {goods}."),
        When.BY_OTHER: t("{by} took back the request about contract {reference}. It stays as it is: {goods}."),
        When.EVER: t(
            "The VoicePact office takes back its request about contract {reference}. It stays as it is: {goods}."
        ),
    },
    NoticeKind.PROPOSAL_VOID: t(
        "The change that was asked for in contract {reference} does not fit what has come, so it is void. "
        "The contract stays as it is: {goods}."
    ),
    NoticeKind.YOU_ASKED_TO_CANCEL: t(
        "You ask the others to cancel contract {reference}: {goods}. We tell you the answer. "
        "To take it back, answer NO {reference}"
    ),
    NoticeKind.YOU_ASKED_TO_CHANGE: t(
        "You ask the others to change contract {reference} to: {new_terms} We tell you the answer. "
        "To take it back, answer NO {reference}"
    ),
    NoticeKind.CANCELLED_TOGETHER: t("Contract {reference} is cancelled, as all agreed: {goods}. Keep this SMS."),
    NoticeKind.AMENDED: {
        When.COMPLETED: t(
            "All agreed to change contract {reference}. It is now: {terms} "
            "All of that has come: it is complete. Keep this SMS."
        ),
        When.EVER: t("All agreed to change contract {reference}. It is now: {terms} Keep this SMS."),
    },
    NoticeKind.DECIDED: {
        When.MAY_APPEAL: t(
            "Contract {reference}: a mediator has decided. {outcome} "
            "If you do not accept that, answer APPEAL {reference} and why, before {day}."
        ),
        When.EVER: t("Contract {reference}: a mediator has decided. {outcome}"),
    },
    NoticeKind.APPEALED: {
        When.BY_READER: t(
            "You appealed against the decision on contract {reference}: {goods}. A mediator decides again, for good."
        ),
        When.EVER: t("The decision on contract {reference} was appealed: {goods}. A mediator decides again, for good."),
    },
    NoticeKind.DECISION_STANDS: {
        When.APPEALED: t("Contract {reference}: a mediator has decided again, for good. {outcome} Keep this SMS."),
        When.EVER: t("The decision on contract {reference} now stands. {outcome} Keep this SMS."),
    },
    NoticeKind.REMIND_ANSWER: t(
        "Contract {reference}: {goods}. It still waits for your answer: YES {reference} or NO {reference}. "
        "On {day} it expires."
    ),
    NoticeKind.REMIND_DELIVERY: t(
        "Remember contract {reference}: {terms} When it is delivered, answer DELIVERED {reference}"
    ),
    NoticeKind.REMIND_EXPIRY: {
        When.BUYER: t(
            "Contract {reference}, {quantity} {product}: nobody said that it is delivered. If you have it all, answer "
            "RECEIVED {reference}. A problem: DISPUTE {reference} and what it is. On {day} it expires."
        ),
        When.SELLER: t(
            "Contract {reference}, {quantity} {product}: nobody said that it is delivered. If it is, answer "
            "DELIVERED {reference}. A problem: DISPUTE {reference} and what it is. On {day} it expires."
        ),
    },
    NoticeKind.REMIND_RECEIPT: t(
        "Contract {reference}, {quantity} {product}: is all there? Answer RECEIVED {reference}. "
        "A part: PART {reference} and how much. A problem: DISPUTE {reference} and what it is. "
        "No answer: on {day} it counts as received."
    ),
    NoticeKind.REMIND_REST: {
        When.BUYER: t(
            "Contract {reference}: {came} of {quantity} {product} came. If you have the rest, answer "
            "RECEIVED {reference}. A problem: DISPUTE {reference} and what it is. "
            "Else on {day} it is complete with what came."
        ),
        When.SELLER: t(
            "Contract {reference}: {came} of {quantity} {product} came. When the rest is delivered, answer "
            "DELIVERED {reference}. A problem: DISPUTE {reference} and what it is. "
            "Else on {day} it is complete with what came."
        ),
    },
    NoticeKind.EXPIRED: {
        When.UNANSWERED: t("Contract {reference} has expired: not all confirmed it in time. {goods}."),
        When.EVER: t("Contract {reference} has expired: no delivery was reported. {goods}."),
    },
    NoticeKind.COMPLETED_BY_TIME: {
        When.BUYER: t(
            "Contract {reference}: {goods}. Your side did not answer in time, so it counts as received. It is complete."
        ),
        When.EVER: t(
            "Contract {reference}: {goods}. The buyer did not answer in time, so it counts as received. It is complete."
        ),
    },
    NoticeKind.COMPLETED_IN_PART: t(
        "Contract {reference} is complete with what came: {came} of {quantity} {product}. "
        "Did not come: {left}. Keep this SMS."
    ),
    NoticeKind.STATUS: {
        When.REQUESTED: t("We wait for your answer. {request}"),
        When.EVER: t("Contract {reference}: {goods}. {standing}"),
    },
    NoticeKind.NOT_UNDER_WAY: t("Nothing is changed in contract {reference}: {goods}. {standing}"),
    NoticeKind.IN_DISPUTE: t(
        "Contract {reference} is in dispute: {goods}. A mediator decides. Nothing else happens until then."
    ),
    **ASKED_BACK,
}

# Goes into the place {standing}; else it is one of menus.screens.contracts.
STANDS: Mapping[When, Text] = {
    When.WAITS: t("It waits for your answer: YES {reference} or NO {reference}"),
    When.OFFICE_REQUESTED: t("The VoicePact office asked all to change or cancel it. It waits for the others."),
    When.TO_CANCEL: t("A party asked to cancel it. It waits for the others."),
    When.TO_CHANGE: t("A party asked to change it. It waits for the others."),
    When.MAY_APPEAL: t("A mediator has decided. {outcome} To appeal, answer APPEAL {reference} and why, before {day}."),
    When.DECIDED: t("A mediator has decided. {outcome}"),
    When.DISPUTED: t("It is in dispute. A mediator decides."),
    When.DELIVERED: t("The seller says it is delivered. If the buyer does not answer, it counts as received on {day}."),
    When.IN_PART: t(
        "The buyer has received {received} so far. If nobody says more, it is complete with that on {day}."
    ),
    When.SETTLED: t("It is complete with what came: {came} of {quantity}."),
}
