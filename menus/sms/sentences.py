"""The SMS about one contract: a table from what happened, and from what is true of the contract and of the reader.

A sentence with everyday names in it fits one segment, except the few that tell several ways to answer.
`menus.sms.sms_text` puts the values into the places `{...}`. What is said of a delivery, of a dispute, of money, and
where nothing was changed, stands in four files beside this one.
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
from menus.sms.delivery_sentences import DELIVERY_SENTENCES
from menus.sms.dispute_sentences import DISPUTE_SENTENCES
from menus.sms.money_sentences import MONEY_IS_MISSING, MONEY_SENTENCES, READER_PAYS
from menus.sms.not_done import NOT_DONE
from menus.translate import Text, t


def sentence_for(notice: Notice) -> Text | None:
    """Return the sentence for this reader, without its values; None if the notice is not about one contract."""
    sentences = SENTENCES.get(notice.kind)
    return pick_text(sentences, notice) if isinstance(sentences, Mapping) else sentences


SENTENCES: Mapping[NoticeKind, Text | Mapping[Condition, Text]] = {
    NoticeKind.MADE: t("Contract {reference} is made: {goods}. We ask the other party to confirm."),
    NoticeKind.CONFIRMED: {
        Condition.FIRST_CONTRACT_WITH_ESCROW: t(
            "Contract {reference} is confirmed by all: {goods}. We hold the money, fee {fee}; your SMS cost as "
            "usual. {keep}"
        ),
        Condition.FIRST_CONTRACT: t(
            "Contract {reference} is confirmed by all: {goods}. VoicePact holds no money; your SMS cost as "
            "usual. {keep}"
        ),
        Condition.ALWAYS: t("Contract {reference} is confirmed by all: {goods}. {keep}"),
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
            "All agreed to change contract {reference}. It is now: {terms} All of that has come: it is complete. {keep}"
        ),
        Condition.ALWAYS: t("All agreed to change contract {reference}. It is now: {terms} {keep}"),
    },
    NoticeKind.REMIND_ANSWER: t(
        "Contract {reference}: {goods}. It still waits for your answer: YES {reference} or NO {reference}. "
        "On {day} it expires."
    ),
    NoticeKind.EXPIRED: {
        Condition.UNANSWERED: t("Contract {reference} has expired: not all confirmed it in time. {goods}."),
        Condition.ALWAYS: t("Contract {reference} has expired: no delivery was reported. {goods}."),
    },
    NoticeKind.STATUS: {
        Condition.READER_ANSWERS_PROPOSAL: t("We wait for your answer. {request}"),
        Condition.ALWAYS: t("Contract {reference}: {goods}. {standing}"),
    },
    NoticeKind.NOT_UNDER_WAY: t("Nothing is changed in contract {reference}: {goods}. {standing}"),
    **DELIVERY_SENTENCES,
    **DISPUTE_SENTENCES,
    **NOT_DONE,
    **MONEY_SENTENCES,
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
    Condition.READER_PAYS: READER_PAYS,
    Condition.MONEY_IS_MISSING: MONEY_IS_MISSING,
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
