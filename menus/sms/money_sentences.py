"""The SMS about money that waits with the service: that it is asked for, came, is paid out, or could not be.

`{money}`: what came or went now; `{receipt}`: the mobile money's number of it in brackets, or nothing; `{how}`: the
ways in which the buyer can pay.
"""

from collections.abc import Mapping

from contracts.notices import NoticeKind
from menus.sms.conditions import Condition
from menus.translate import Text, t

MONEY_SENTENCES: Mapping[NoticeKind, Text | Mapping[Condition, Text]] = {
    NoticeKind.PAY_NOW: t(
        "Contract {reference}: a request to pay {missing} comes to your phone now. The money waits with us until the "
        "delivery. To pay later, {how}"
    ),
    NoticeKind.WAITS_FOR_MONEY: t(
        "Contract {reference}: the buyer now pays {total} to us. Do not deliver before we tell you that the money is "
        "here. After the delivery you get {net}."
    ),
    NoticeKind.MONEY_IN_PART: {
        Condition.READER_BUYS: t(
            "Contract {reference}: {money} has come{receipt}, {paid_in} of {total} so far. We ask your phone for the "
            "rest soon. Or {how}"
        ),
        Condition.ALWAYS: t(
            "Contract {reference}: the buyer has paid {paid_in} of {total}. Do not deliver yet: we tell you when all "
            "is here."
        ),
    },
    NoticeKind.MONEY_LOCKED: {
        Condition.READER_BUYS: t(
            "Contract {reference}: {money} has come{receipt}. All the money, {total}, now waits with us until you have "
            "the goods. We told the seller to deliver."
        ),
        Condition.ALWAYS: t(
            "Contract {reference}, {goods}: the money is here. You can deliver now. When it is delivered, answer "
            "DELIVERED {reference}"
        ),
    },
    NoticeKind.MONEY_TOO_MUCH: t(
        "Contract {reference}: {money} has come{receipt}, but all was paid already. It goes back to you."
    ),
    NoticeKind.MONEY_TOO_LATE: t(
        "Contract {reference} is over: {money} has come{receipt} too late, and goes back to you."
    ),
    NoticeKind.PROMPT_FAILED: t(
        "Contract {reference}: the request to pay was not answered with a payment: {reason}. {missing} is missing. To "
        "pay, {how}"
    ),
    NoticeKind.PAID_OUT: {
        Condition.READER_SELLS: t("Contract {reference}: we have paid you {money}{receipt}. Keep this SMS."),
        Condition.ALWAYS: t("Contract {reference}: we have paid {money} to the seller{receipt}. Keep this SMS."),
    },
    NoticeKind.REFUNDED: {
        Condition.READER_BUYS: t("Contract {reference}: we have paid {money} back to you{receipt}. Keep this SMS."),
        Condition.ALWAYS: t("Contract {reference}: we have paid {money} back to the buyer{receipt}. Keep this SMS."),
    },
    NoticeKind.PAYOUT_FAILED: t(
        "Contract {reference}: we could not pay you {money}: {reason}. The money is safe with us. To have it tried "
        "again, dial {code}, Payments."
    ),
    NoticeKind.PAYOUT_HELD: {
        Condition.HELD_AFTER_SIM_SWAP: t(
            "Contract {reference}: {money} waits until {until}, because the SIM of the number that gets it was changed "
            "lately. If that is your number and you changed no SIM, tell {office}."
        ),
        Condition.HELD_AFTER_RECOVERY: t(
            "Contract {reference}: {money} waits until {until}, because who gets it has got a new PIN lately. "
            "If that is you and you asked for no new PIN, tell {office}."
        ),
        Condition.HELD_FOR_THE_DAY: t(
            "Contract {reference}: {money} is paid on {until}: no more may go to one number today."
        ),
        Condition.HELD_BY_RAIL: t(
            "Contract {reference}: {money} waits: mobile money does not move such an amount. It is safe with us, and "
            "we see to it that it is paid by hand."
        ),
        Condition.HELD_FOR_APPROVAL: t(
            "Contract {reference}: {money} waits: it is a large amount, so two people look at it before it is paid."
        ),
        Condition.ALWAYS: t(
            "Contract {reference}: {money} waits, because we cannot check now whether the SIM of the number that gets "
            "it was changed. We try again."
        ),
    },
    NoticeKind.MONEY_MISSING: {
        Condition.READER_BUYS: t("Contract {reference}: {missing} of your money is missing. To pay, {how}"),
        Condition.ALWAYS: t(
            "Contract {reference}: the money is not there yet. Do not deliver: we tell you when it is here."
        ),
    },
    NoticeKind.NOTHING_TO_PAY: t("Contract {reference}: there is nothing for you to pay now. {standing}"),
    NoticeKind.PROMPTED: t(
        "Contract {reference}: a request to pay comes to your phone. Type your mobile money PIN there, never in an SMS."
    ),
    NoticeKind.PROMPTED_ALREADY: t(
        "Contract {reference}: a request to pay is on its way to your phone already. Answer it there."
    ),
    NoticeKind.MEANT_PAY: t(
        "Nothing is paid yet. To pay {missing} for contract {reference} on your phone, answer PAY {reference}"
    ),
    NoticeKind.LESS_THAN_RELEASED: t(
        "Nothing is changed. Of contract {reference} the seller has got more than that already: the total cannot be "
        "less."
    ),
    NoticeKind.NOT_FOR_ESCROW: t(
        "Nothing is changed. The money of contract {reference} waits with us: its total has to be a whole amount in "
        "{currency}."
    ),
}

# Fill the place {how}.
HOW_TO_PAY = t("answer PAY {reference} or dial {code}, Payments.")
HOW_TO_PAY_WITH_PAYBILL = t("answer PAY {reference}, or paybill {paybill}, account {reference}.")

# Fill the place {standing} before the goods may be delivered.
READER_PAYS = t("{missing} is to be paid. To pay, {how}")
MONEY_IS_MISSING = t("The buyer has paid {paid_in} of {total}. Do not deliver yet.")
