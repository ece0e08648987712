"""The SMS about one contract: a table from what happened, and from what is true of the contract and of the reader.

A sentence with everyday names in it fits one segment, except the few that tell several ways to answer.
`menus.sms.sms_text` puts the values into the places `{...}`.
"""

from collections.abc import Mapping

from contracts.notices import Notice, NoticeKind
from menus.phrases.waiting_requests import (
    CANCEL_REQUEST_WAITS,
    CHANGE_REQUEST_WAITS,
    OFFICE_REQUEST_WAITS,
    SETTLE_REQUEST_WAITS,
)
from menus.sms.conditions import Condition, pick_text
from menus.sms.not_done import NOT_DONE
from menus.translate import Text, t


def sentence_for(notice: Notice) -> Text | None:
    """Return the sentence for this reader, without its values; None if the notice is not about one contract."""
    sentences = SENTENCES.get(notice.kind)
    return pick_text(sentences, notice) if isinstance(sentences, Mapping) else sentences


_DISPUTED_OTHER_SIDE = t(
    "Contract {reference}: {report} {decider} Your side: answer DISPUTE {reference} and your words. "
    "To settle it together, dial {code}. You may also go to a chief or a court."
)
_SETTLEMENT_PROPOSED = {
    Condition.READER_ANSWERS_OFFICE: t(
        "{Office} asks to settle the problem with contract {reference}: {settlement} "
        "To agree, answer YES {reference}. If not, NO {reference}"
    ),
    Condition.OFFICE_PROPOSED: t("{Office} asks all to settle the problem with contract {reference}: {settlement}"),
    Condition.READER_ANSWERS_PROPOSAL: t(
        "The other party asks to settle the problem with contract {reference}: {settlement} "
        "To agree, answer YES {reference}. If not, NO {reference}"
    ),
    Condition.ALWAYS: t("A party asks the others to settle the problem with contract {reference}: {settlement}"),
}

SENTENCES: Mapping[NoticeKind, Text | Mapping[Condition, Text]] = {
    NoticeKind.MADE: t("Contract {reference} is made: {goods}. We ask the other party to confirm."),
    NoticeKind.CONFIRMED: {
        Condition.FIRST_CONTRACT: t(
            "Contract {reference} is confirmed by all: {goods}. VoicePact holds no money; your SMS cost as "
            "usual. Keep this SMS."
        ),
        Condition.ALWAYS: t("Contract {reference} is confirmed by all: {goods}. Keep this SMS."),
    },
    NoticeKind.WAITS_FOR_OTHERS: t("You confirmed contract {reference}: {goods}. It now waits for the others."),
    NoticeKind.CONFIRMED_BY_OTHER: {
        Condition.READER_ANSWERS_CANCEL: t(
            "{by} agrees to cancel contract {reference}: {goods}. "
            "It waits for your answer: YES {reference} or NO {reference}"
        ),
        Condition.READER_ANSWERS_CHANGE: t(
            "{by} agrees to change contract {reference} to: {new_terms} "
            "It waits for your answer: YES {reference} or NO {reference}"
        ),
        Condition.READER_ANSWERS_SETTLEMENT: t(
            "{by} agrees to settle the problem with contract {reference}: {settlement} "
            "It waits for your answer: YES {reference} or NO {reference}"
        ),
        Condition.READER_ANSWERS: t(
            "{by} confirmed contract {reference}: {goods}. It waits for your answer: YES {reference} or NO {reference}"
        ),
        Condition.CANCEL_PROPOSED: t("{by} agrees to cancel contract {reference}: {goods}. It waits for the others."),
        Condition.CHANGE_PROPOSED: t(
            "{by} agrees to change contract {reference} to: {new_terms} It waits for the others."
        ),
        Condition.SETTLEMENT_PROPOSED: t(
            "{by} agrees to settle the problem with contract {reference}: {settlement} It waits for the others."
        ),
        Condition.ALWAYS: t("{by} confirmed contract {reference}: {goods}."),
    },
    NoticeKind.DECLINED: {
        Condition.DONE_BY_READER: t("You declined contract {reference}: {goods}. It is cancelled."),
        Condition.ALWAYS: t("{by} declined contract {reference}: {goods}. It is cancelled."),
    },
    NoticeKind.ALREADY_CONFIRMED: t("You have already confirmed contract {reference}: {goods}."),
    NoticeKind.NO_LONGER_OPEN: t("Contract {reference} is no longer open for an answer: {goods}."),
    NoticeKind.MEANT_YES: {
        Condition.READER_ANSWERS_PROPOSAL: t("Did you mean YES? {request}"),
        Condition.ALWAYS: t("Did you mean YES to contract {reference}? Nothing is changed yet. Answer YES {reference}"),
    },
    NoticeKind.MEANT_NO: {
        Condition.READER_ANSWERS_PROPOSAL: t("Did you mean NO? {request}"),
        Condition.ALWAYS: t("Did you mean NO to contract {reference}? Nothing is changed yet. Answer NO {reference}"),
    },
    NoticeKind.UNSURE: {
        Condition.READER_ANSWERS_PROPOSAL: t("Nothing is changed yet. {request}"),
        Condition.ALWAYS: t(
            "Nothing is changed yet. Contract {reference}: {goods}. To agree to it, answer YES {reference}. "
            "If not, NO {reference}"
        ),
    },
    NoticeKind.YES_TO_THIS: {
        Condition.READER_ANSWERS_PROPOSAL: t("Is your YES for this? {request}"),
        Condition.ALWAYS: t(
            "Is your YES for this? Contract {reference}: {goods}. To agree to it, answer YES {reference}. "
            "If not, NO {reference}"
        ),
    },
    NoticeKind.YOU_DELIVERED: {
        Condition.CLOCK_STANDS: t(
            "You said that the goods of contract {reference} are delivered. The buyer wrote to us before, so "
            "only their answer counts, not their silence. If none comes, answer DISPUTE {reference} and what "
            "is wrong."
        ),
        Condition.ALWAYS: t(
            "You said that the goods of contract {reference} are delivered: {goods}. "
            "If the buyer does not answer by {day}, they count as received."
        ),
    },
    NoticeKind.DELIVERED: {
        Condition.CLOCK_STANDS_FOR_BUYER: t(
            "Contract {reference}, {quantity} {product}: the seller says again that it is delivered. If you have it "
            "all, answer RECEIVED {reference}. A part: PART {reference} and how much. A problem: DISPUTE {reference} "
            "and what it is."
        ),
        Condition.CLOCK_STANDS: t(
            "The seller says again that the goods of contract {reference} are delivered: {goods}. It waits "
            "for the buyer's answer."
        ),
        Condition.READER_BUYS: t(
            "Contract {reference}: the seller says the goods are delivered, {quantity} {product}. All there? "
            "Answer RECEIVED {reference}. A part: PART {reference} and how much. A problem: DISPUTE "
            "{reference} and what it is. No answer by {day}: they count as received."
        ),
        Condition.ALWAYS: t(
            "The seller says that the goods of contract {reference} are delivered: {goods}. If the buyer "
            "does not answer by {day}, they count as received."
        ),
    },
    NoticeKind.QUESTIONED: {
        Condition.HAS_WORDS: t(
            'Contract {reference}: {by} wrote "{words}". Nothing counts as received until they confirm. '
            "A problem: DISPUTE {reference} and what it is."
        ),
        Condition.ALWAYS: t(
            "{by} wrote to us about contract {reference}. Nothing counts as received until they confirm. "
            "A problem: DISPUTE {reference} and what it is."
        ),
    },
    NoticeKind.CLOCK_STOPPED: {
        Condition.CLOCK_STANDS_FOR_BUYER: t(
            "Contract {reference}: {office} wrote down what you said. If you have it all, answer RECEIVED "
            "{reference}. A part: PART {reference} and how much. A problem: DISPUTE {reference} and what it is."
        ),
        Condition.ALWAYS: t(
            "Contract {reference}: {office} was told of a question about the delivery. Nothing counts as "
            "received until it is answered. A problem: DISPUTE {reference} and what it is."
        ),
    },
    NoticeKind.CLOCK_STARTED: {
        Condition.PART_RECEIVED: t(
            "{Office} has looked at contract {reference}. {came} of {quantity} {product} came. "
            "If we hear nothing by {day}, the contract ends with {came} received. A problem: DISPUTE "
            "{reference} and what it is."
        ),
        Condition.READER_BUYS: t(
            "{Office} has looked at contract {reference}. If you have it all, answer RECEIVED {reference}. "
            "A part: PART {reference} and how much. A problem: DISPUTE {reference} and what it is. No answer: on {day} "
            "it counts as received."
        ),
        Condition.ALWAYS: t(
            "{Office} has looked at contract {reference}: {goods}. "
            "If the buyer does not answer, it counts as received on {day}."
        ),
    },
    NoticeKind.RECEIVED: {
        Condition.DONE_BY_READER: t(
            "You received all goods of contract {reference}: {goods}. The contract is complete. Keep this SMS."
        ),
        Condition.ALWAYS: t(
            "{by} received all goods of contract {reference}: {goods}. The contract is complete. Keep this SMS."
        ),
    },
    NoticeKind.RECEIVED_PART: {
        Condition.DONE_BY_READER: t(
            "Contract {reference}: you have {came} of {quantity} {product}. All there? Answer RECEIVED "
            "{reference}. If we hear nothing by {day}, the contract ends with {came} received."
        ),
        Condition.READER_BUYS: t(
            "Contract {reference}: {by} has {came} of {quantity} {product}. All there? Answer RECEIVED "
            "{reference}. If we hear nothing by {day}, the contract ends with {came} received."
        ),
        Condition.READER_SELLS: t(
            "Contract {reference}: {by} has {came} of {quantity} {product}. Rest delivered? DELIVERED "
            "{reference}. If we hear nothing by {day}, the contract ends with {came} received."
        ),
        Condition.ALWAYS: t(
            "Contract {reference}: {by} has {came} of {quantity} {product}. If we hear nothing by {day}, the "
            "contract ends with {came} received."
        ),
    },
    NoticeKind.YOU_COMPLAINED: t(
        "Contract {reference}: your report is kept. {decider} To settle it together, dial {code}. "
        "To take it back, answer WITHDRAW {reference}. You may also go to a chief or a court."
    ),
    NoticeKind.DISPUTED: {
        Condition.READER_DECIDES: t("Contract {reference}: {report} {decider} Hear both sides, then dial {code}"),
        Condition.READER_BUYS: _DISPUTED_OTHER_SIDE,
        Condition.READER_SELLS: _DISPUTED_OTHER_SIDE,
        Condition.ALWAYS: t("Contract {reference}, {goods}. {report} {decider}"),
    },
    NoticeKind.YOU_ANSWERED: t(
        "Contract {reference}: your words about the problem are kept. The others get them. {decider}"
    ),
    NoticeKind.DISPUTE_ANSWERED: {
        Condition.HAS_WORDS: t('Contract {reference}, the problem: {by} says "{words}".'),
        Condition.ALWAYS: t("Contract {reference}: {by} wrote to us about the problem."),
    },
    NoticeKind.DISPUTE_WITHDRAWN: {
        Condition.DONE_BY_READER: t(
            "You took back your report about contract {reference}. The contract goes on. {standing}"
        ),
        Condition.DONE_BY_PARTY: t(
            "{by} took back the report about contract {reference}. The contract goes on. {standing}"
        ),
        Condition.ALWAYS: t(
            "{Office} took back its report about contract {reference}. The contract goes on. {standing}"
        ),
    },
    NoticeKind.DISPUTE_ESCALATED: {
        Condition.READER_DECIDES: t(
            "Contract {reference}: you have not decided on the problem yet. {Office} is told. "
            "Please dial {code} and decide by {day}."
        ),
        Condition.ALWAYS: t(
            "Contract {reference}: nobody decided the problem in time; {office} is told. You may "
            "still agree (dial {code}), or go to a chief, an elder or a court."
        ),
    },
    NoticeKind.COMPLETE_PROPOSED: _SETTLEMENT_PROPOSED,
    NoticeKind.SPLIT_PROPOSED: _SETTLEMENT_PROPOSED,
    NoticeKind.SETTLED: {
        Condition.SETTLED_WITH_TERMS: t(
            "Contract {reference}: all agreed, so the problem is settled. It is now: {terms} Keep this SMS."
        ),
        Condition.ALWAYS: t("Contract {reference}: all agreed, so the problem is settled. {settlement} Keep this SMS."),
    },
    NoticeKind.DELIVERY_REPORTED: {
        Condition.DONE_BY_READER: t(
            "{Office} reports that you delivered the goods of contract {reference}: {goods}. "
            "Only your own word counts: if it is true, answer DELIVERED {reference}"
        ),
        Condition.READER_BUYS: t(
            "{Office} reports that the goods of contract {reference} are delivered: {quantity} "
            "{product}. All there? Answer RECEIVED {reference}. A part: PART {reference} and how much. A "
            "problem: DISPUTE {reference} and what it is."
        ),
        Condition.ALWAYS: t("{Office} reports that the goods of contract {reference} are delivered: {goods}."),
    },
    NoticeKind.RECEIPT_ASKED: t(
        "VoicePact asks: contract {reference}, {quantity} {product}, is all there? If yes, answer "
        "RECEIVED {reference}. A part: PART {reference} and how much. A problem: DISPUTE {reference} and "
        "what it is."
    ),
    NoticeKind.MEDIATE: t(
        "You are the arbiter of contract {reference} between {seller} and {buyer}. {report} "
        "Hear them both, then dial {code} and decide, by {day}."
    ),
    NoticeKind.CANCEL_PROPOSED: {
        Condition.READER_ANSWERS_OFFICE: t(
            "{Office} asks to cancel contract {reference}: {goods}. "
            "To cancel it, answer YES {reference}. To keep it, NO {reference}"
        ),
        Condition.OFFICE_PROPOSED: t("{Office} asks all to cancel contract {reference}: {goods}."),
        Condition.READER_ANSWERS_PROPOSAL: t(
            "The other party asks to cancel contract {reference}: {goods}. "
            "To cancel it, answer YES {reference}. To keep it, NO {reference}"
        ),
        Condition.ALWAYS: t("A party asks the others to cancel contract {reference}: {goods}."),
    },
    NoticeKind.AMEND_PROPOSED: {
        Condition.READER_ANSWERS_OFFICE: t(
            "{Office} asks to change contract {reference} to: {new_terms} "
            "To agree, answer YES {reference}. If not, NO {reference}"
        ),
        Condition.OFFICE_PROPOSED: t("{Office} asks all to change contract {reference} to: {new_terms}"),
        Condition.READER_ANSWERS_PROPOSAL: t(
            "The other party asks to change contract {reference} to: {new_terms} "
            "To agree, answer YES {reference}. If not, NO {reference}"
        ),
        Condition.ALWAYS: t("A party asks the others to change contract {reference} to: {new_terms}"),
    },
    NoticeKind.ANSWER_KEPT: t("Contract {reference}: your answer is kept. We tell the others."),
    NoticeKind.PROPOSAL_DECLINED: {
        Condition.DONE_BY_READER: t(
            "You said NO to the request about contract {reference}. It stays as it is: {goods}."
        ),
        Condition.ALWAYS: t("{by} said NO to the request about contract {reference}. It stays as it is: {goods}."),
    },
    NoticeKind.PROPOSAL_WITHDRAWN: {
        Condition.DONE_BY_READER: t(
            "You took back your request about contract {reference}. It stays as it is: {goods}."
        ),
        Condition.DONE_BY_PARTY: t(
            "{by} took back the request about contract {reference}. It stays as it is: {goods}."
        ),
        Condition.ALWAYS: t("{Office} takes back its request about contract {reference}. It stays as it is: {goods}."),
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
        Condition.COMPLETED: t(
            "All agreed to change contract {reference}. It is now: {terms} "
            "All of that has come: it is complete. Keep this SMS."
        ),
        Condition.ALWAYS: t("All agreed to change contract {reference}. It is now: {terms} Keep this SMS."),
    },
    NoticeKind.DECIDED: {
        Condition.WAS_APPEALED: t(
            "Contract {reference}: the arbiter has decided once more. That decision is final. {outcome} Keep this SMS."
        ),
        Condition.READER_MAY_APPEAL: t(
            "Contract {reference}: the arbiter has decided. {outcome} If you do not accept that, answer "
            "APPEAL {reference} and why, before {day}."
        ),
        Condition.ALWAYS: t("Contract {reference}: the arbiter has decided. {outcome}"),
    },
    NoticeKind.APPEALED: {
        Condition.DONE_BY_READER: t(
            "You appealed against the decision on contract {reference}. {decider} The new decision is final."
        ),
        Condition.HAS_WORDS: t(
            '{by} appealed against the decision on contract {reference}: "{words}". {decider} '
            "The new decision is final."
        ),
        Condition.ALWAYS: t(
            "{by} appealed against the decision on contract {reference}. {decider} The new decision is final."
        ),
    },
    NoticeKind.DECISION_STANDS: t("The decision on contract {reference} now stands. {outcome} Keep this SMS."),
    NoticeKind.REMIND_ANSWER: t(
        "Contract {reference}: {goods}. It still waits for your answer: YES {reference} or NO {reference}. "
        "On {day} it expires."
    ),
    NoticeKind.REMIND_DELIVERY: t(
        "Remember contract {reference}: {terms} When it is delivered, answer DELIVERED {reference}"
    ),
    NoticeKind.REMIND_EXPIRY: {
        Condition.READER_BUYS: t(
            "Contract {reference}, {quantity} {product}: nobody said that it is delivered. If you have it all, answer "
            "RECEIVED {reference}. A problem: DISPUTE {reference} and what it is. On {day} it expires."
        ),
        Condition.READER_SELLS: t(
            "Contract {reference}, {quantity} {product}: nobody said that it is delivered. If it is, answer "
            "DELIVERED {reference}. A problem: DISPUTE {reference} and what it is. On {day} it expires."
        ),
    },
    NoticeKind.REMIND_RECEIPT: t(
        "Contract {reference}, {quantity} {product}: is all there? Answer RECEIVED {reference}. A part: "
        "PART {reference} and how much. A problem: DISPUTE {reference} and what it is. No answer by "
        "{day}: it counts as received."
    ),
    NoticeKind.REMIND_REST: {
        Condition.READER_BUYS: t(
            "Contract {reference}: {came} of {quantity} {product} came. If you have the rest, answer "
            "RECEIVED {reference}. A problem: DISPUTE {reference} and what it is. If we hear nothing by "
            "{day}, the contract ends with {came} received."
        ),
        Condition.READER_SELLS: t(
            "Contract {reference}: {came} of {quantity} {product} came. When the rest is delivered, answer "
            "DELIVERED {reference}. A problem: DISPUTE {reference} and what it is. If we hear nothing by "
            "{day}, the contract ends with {came} received."
        ),
    },
    NoticeKind.EXPIRED: {
        Condition.UNANSWERED: t("Contract {reference} has expired: not all confirmed it in time. {goods}."),
        Condition.ALWAYS: t("Contract {reference} has expired: no delivery was reported. {goods}."),
    },
    NoticeKind.COMPLETED_BY_TIME: {
        Condition.READER_BUYS: t(
            "Contract {reference}: {goods}. No word about the delivery came from you in time, so it counts as "
            "received. It is complete."
        ),
        Condition.ALWAYS: t(
            "Contract {reference}: {goods}. No word about the delivery came from the buyer in time, so it counts as "
            "received. It is complete."
        ),
    },
    NoticeKind.COMPLETED_IN_PART: t(
        "Contract {reference} ended with {came} of {quantity} {product} received. Not received: {left}. Keep this SMS."
    ),
    NoticeKind.STATUS: {
        Condition.READER_ANSWERS_PROPOSAL: t("We wait for your answer. {request}"),
        Condition.ALWAYS: t("Contract {reference}: {goods}. {standing}"),
    },
    NoticeKind.NOT_UNDER_WAY: t("Nothing is changed in contract {reference}: {goods}. {standing}"),
    NoticeKind.IN_DISPUTE: {
        Condition.READER_REPORTED: t(
            "Contract {reference}: the problem that you reported is open. To say more, answer DISPUTE {reference} and "
            "your words. To take it back, answer WITHDRAW {reference}"
        ),
        Condition.ALWAYS: t(
            "Contract {reference}: a problem is open. {decider} To say more, answer DISPUTE {reference} and your words."
        ),
    },
    **NOT_DONE,
}

# Fills the place {standing} of the sentences above. Where no condition is true, STATUS_WORDS does.
STATUS_SENTENCES: Mapping[Condition, Text] = {
    Condition.READER_ANSWERS: t("It waits for your answer: YES {reference} or NO {reference}"),
    Condition.OFFICE_PROPOSED: OFFICE_REQUEST_WAITS,
    Condition.CANCEL_PROPOSED: CANCEL_REQUEST_WAITS,
    Condition.CHANGE_PROPOSED: CHANGE_REQUEST_WAITS,
    Condition.SETTLEMENT_PROPOSED: SETTLE_REQUEST_WAITS,
    Condition.READER_MAY_APPEAL: t(
        "The arbiter has decided. {outcome} To appeal, answer APPEAL {reference} and why, before {day}."
    ),
    Condition.READER_DECIDES: t("{report} {decider} To decide, dial {code}"),
    Condition.DECIDED: t("The arbiter has decided. {outcome}"),
    Condition.DISPUTED: t("A problem is open. {decider}"),
    Condition.CLOCK_STANDS_FOR_BUYER: t("We wait for your answer: RECEIVED, PART or DISPUTE {reference}"),
    Condition.CLOCK_STANDS: t(
        "There is a question about the delivery. Until it is answered, silence does not count as received."
    ),
    Condition.DELIVERED: t(
        "The seller says the goods are delivered. If the buyer does not answer by {day}, they count as received."
    ),
    Condition.PART_RECEIVED: t(
        "The buyer has received {received} so far. If we hear nothing, the contract ends with that on {day}."
    ),
    Condition.SETTLED_BY_TIME: t("The contract ended with {came} of {quantity} received."),
}
