"""Why a payment or a payout by mobile money was not done, as part of a sentence."""

from collections.abc import Mapping

from contracts.escrow.outcomes import FailReason
from menus.translate import Text, t

# Fills the place {reason}, after a colon.
FAIL_REASONS: Mapping[FailReason, Text] = {
    FailReason.CANCELLED: t("it was refused on the phone"),
    FailReason.NO_ANSWER: t("the phone did not answer in time"),
    FailReason.WRONG_PIN: t("the mobile money PIN was wrong"),
    FailReason.NO_FUNDS: t("there is too little money on the number"),
    FailReason.LIMIT: t("it is above a limit of the number"),
    FailReason.NOT_REGISTERED: t("the number has no mobile money"),
    FailReason.BUSY: t("another payment is under way"),
    FailReason.OUR_FUNDS: t("we have a fault, and work on it"),
    FailReason.REFUSED: t("mobile money refused it"),
}
