"""The SMS about a problem with a delivery: reported, answered, settled by the parties or decided by the arbiter."""

from collections.abc import Mapping

from contracts.notices import NoticeKind
from menus.sms.conditions import Condition
from menus.translate import Text, t

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

DISPUTE_SENTENCES: Mapping[NoticeKind, Text | Mapping[Condition, Text]] = {
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
            "Contract {reference}: all agreed, so the problem is settled. It is now: {terms} {keep}"
        ),
        Condition.ALWAYS: t("Contract {reference}: all agreed, so the problem is settled. {settlement} Keep this SMS."),
    },
    NoticeKind.MEDIATE: t(
        "You are the arbiter of contract {reference} between {seller} and {buyer}. {report} "
        "Hear them both, then dial {code} and decide, by {day}."
    ),
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
    NoticeKind.IN_DISPUTE: {
        Condition.READER_REPORTED: t(
            "Contract {reference}: the problem that you reported is open. To say more, answer DISPUTE {reference} and "
            "your words. To take it back, answer WITHDRAW {reference}"
        ),
        Condition.ALWAYS: t(
            "Contract {reference}: a problem is open. {decider} To say more, answer DISPUTE {reference} and your words."
        ),
    },
}
