"""What a caller reads when an answer was not understood, or an effect was not done."""

from collections.abc import Mapping

from contracts.refusals import Refusal, Why
from menus.screen import EffectResult, End, end
from menus.translate import Text, t

BAD_INPUT_TEXTS: Mapping[Why, Text] = {
    Why.EMPTY: t("Please type an answer."),
    Why.TOO_SHORT: t("That is too short."),
    Why.TOO_LONG: t("That is too long."),
    Why.BAD_LETTERS: t("Please answer in words."),
    Why.NOT_A_NUMBER: t("That is no phone number."),
    Why.NOT_MOBILE: t("That is not a mobile number."),
    Why.OWN_NUMBER: t("That is your own number."),
    Why.NOT_AN_AMOUNT: t("That is no amount."),
    Why.WRONG_DECIMALS: t("Please write the amount like 3500 or 3500.50."),
    Why.OTHER_CURRENCY: t("Please give the amount in our currency."),
    Why.TOO_SMALL: t("That is too little."),
    Why.TOO_BIG: t("That is too much."),
    Why.NOT_A_QUANTITY: t("Please give a number and a unit."),
    Why.WITH_QUANTITY: t("Please give the product alone, like maize."),
    Why.NO_UNIT: t("Please add the unit, like bags or kg."),
    Why.NOT_A_DATE: t("That is no date."),
    Why.NO_YEAR: t("Please add the year, like 25/12/2026."),
    Why.IN_THE_PAST: t("That day is past."),
    Why.TOO_FAR: t("That day is too far away."),
    Why.PIN_NOT_DIGITS: t("A PIN is 4 digits."),
    Why.PIN_TOO_EASY: t("That PIN is too easy to guess."),
}

REFUSAL_TEXTS: Mapping[Refusal, Text] = {
    Refusal.NOT_YOURS: t("There is no such contract of yours."),
    Refusal.ALREADY_CONFIRMED: t("You have already confirmed this contract."),
    Refusal.NO_LONGER_OPEN: t("This contract is no longer open for an answer."),
    Refusal.HAS_PIN: t("You have a PIN already. Change it in Settings."),
    Refusal.NOT_UNDER_WAY: t("This contract is not under way."),
    Refusal.IN_DISPUTE: t("This contract is in dispute. A mediator decides."),
    Refusal.NOT_YOUR_PART: t("Only the seller can say that it is delivered, and only the buyer that it is received."),
    Refusal.ALREADY_SAID: t("You have already said that it is delivered."),
    Refusal.ALREADY_PROPOSED: t("Another request about this contract waits for an answer."),
    Refusal.NOTHING_CHANGES: t("These are the terms that hold already."),
    Refusal.TOO_MUCH: t("That is more than is still to come."),
    Refusal.LESS_THAN_CAME: t("A part has come already: the unit stays, and the quantity cannot be less than that."),
    Refusal.NO_APPEAL: t("There is nothing to appeal against, or not any more."),
}

FORGOT_PIN = t("Forgot PIN")  # the choice in Settings, which the text of a locked PIN names
NO_SUCH_CONTRACT = REFUSAL_TEXTS[Refusal.NOT_YOURS]
NOT_LISTED = t("Choose from the list.")
WRONG_PIN = t("This PIN did not work. After 3 wrong tries it is locked for a while.")
WRONG_RECOVERY = t("This code did not work. After 3 wrong tries it is void.")
LATER = t("This takes longer than usual. You need not repeat it: we will tell you by SMS how it went.")
BUSY = t("Sorry, the service is busy. Nothing was changed. Please dial again in a minute.")
UNSURE = t("Sorry, the service is busy. Please dial again in a minute and look in My contracts before you repeat this.")


def refusal_end(result: EffectResult) -> End:
    """Return the screen after an effect that was refused: it says why, and hangs up."""
    assert result.refusal is not None
    return end(REFUSAL_TEXTS[result.refusal])
