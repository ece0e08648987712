"""What a caller reads when an answer was not understood, or an effect was not done."""

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo

from contracts.fields.countries import zone_of
from contracts.fields.money import Currency
from contracts.fields.pin import tries_left
from contracts.refusals import LimitReached, Refusal, Why
from menus.screen import Caller, EffectResult, End, end
from menus.translate import Text, t, tn
from values.frozen import replace

BAD_INPUT_TEXTS: Mapping[Why, Text] = {
    Why.EMPTY: t("Please type an answer."),
    Why.TOO_SHORT: t("Too short. Please write more."),
    Why.TOO_LONG: t("Too long. Please write less."),
    Why.BAD_LETTERS: t("Please answer in words."),
    Why.HAS_NUMBER: t("Please leave out the phone number."),
    Why.HAS_LINK: t("Please leave out the internet address."),
    Why.HAS_OUR_NAME: t("Please leave out the name of this service."),
    Why.HAS_COMMAND: t("Please use other words: these are answers to us."),
    Why.NOT_SERVED: t("We do not serve numbers of that country."),
    Why.NOT_A_NUMBER: t("Not understood. Write the mobile number in digits."),
    Why.NOT_MOBILE: t("This is not a mobile number. Write a mobile number."),
    Why.OWN_NUMBER: t("This is your own number. Write the other person's number."),
    Why.NOT_AN_AMOUNT: t("Not understood. Write the total in numbers, like 3500."),
    Why.NOT_A_SHARE: t("Not understood. Write the seller's part in numbers, like 3500."),
    Why.WRONG_DECIMALS: t("Please write the amount like 3500 or 3500.50."),
    Why.NOT_WHOLE: t("Please write a whole amount, without cents."),
    Why.OTHER_CURRENCY: t("Please give the amount in {currency}."),
    Why.TOO_SMALL: t("Too little. Please check."),
    Why.TOO_BIG: t("Too much. Please check."),
    Why.NOT_A_QUANTITY: t("Please give a number and a unit."),
    Why.NOT_GOODS: t("Please give one product and how much of it."),
    Why.WITH_QUANTITY: t("Please give the product alone, like maize."),
    Why.NO_UNIT: t("Please add the unit, like bags or kg."),
    Why.NOT_A_DATE: t("Not understood. Write the day like 25/12 or tomorrow."),
    Why.NO_YEAR: t("Please add the year, like 25/12/2026."),
    Why.IN_THE_PAST: t("That day is past."),
    Why.TOO_FAR: t("That day is too far away."),
    Why.NOT_A_PAPER: t("Please write 8 digits and 12 letters, like 40718353 BCDF GHJK LMNP."),
    Why.PIN_NOT_DIGITS: t("A PIN is 4 digits."),
    Why.PIN_TOO_EASY: t("Too easy. Not like 1234, 7777 or 2580, not a year, not from your number."),
}

REFUSAL_TEXTS: Mapping[Refusal, Text] = {
    Refusal.NOT_YOURS: t("There is no such contract of yours."),
    Refusal.ALREADY_CONFIRMED: t("You have already confirmed this contract."),
    Refusal.NO_LONGER_OPEN: t("This contract is no longer open for an answer."),
    Refusal.HAS_PIN: t("You have a PIN already. Change it in Settings."),
    Refusal.NOT_UNDER_WAY: t("This contract is not under way."),
    Refusal.IN_DISPUTE: t("A problem with this contract is open. First it is settled or decided."),
    Refusal.NOT_YOUR_PART: t(
        "Only the seller can say that the goods are delivered, and only the buyer that they came."
    ),
    Refusal.ALREADY_SAID: t("You have already said that the goods are delivered."),
    Refusal.ALREADY_PROPOSED: t("Another request about this contract waits for an answer."),
    Refusal.NOTHING_CHANGES: t("These are the terms that hold already."),
    Refusal.TOO_MUCH: t("That is more than is still to come."),
    Refusal.LESS_THAN_CAME: t("A part has come already: the unit stays, and the quantity cannot be less than that."),
    Refusal.NO_OPEN_DISPUTE: t("There is no open problem, or it is decided already."),
    Refusal.NOT_YOUR_REPORT: t("Only who reported the problem can take it back."),
    Refusal.NOT_THE_ARBITER: t("Only the arbiter of this contract can decide."),
    Refusal.SAID_ENOUGH: t("You wrote three times about this problem. The others have your words."),
    Refusal.NO_SHARE: t("Each side has to get a part: give less than the total."),
    Refusal.MONEY_MISSING: t("The money is not here yet. Deliver only after we tell you that it is."),
    Refusal.NOTHING_TO_PAY: t("There is nothing to pay now for this contract."),
    Refusal.PROMPTED_ALREADY: t("A request to pay is on its way to your phone already. Answer it there."),
    Refusal.LESS_THAN_RELEASED: t("The seller has got more than that already: the total cannot be less."),
    Refusal.NOT_FOR_ESCROW: t("VoicePact cannot hold this amount. Agree on another, or pay each other."),
    Refusal.NO_APPEAL: t("There is nothing to appeal against, or not any more."),
    Refusal.OFFERS_IN_HOUR: t("Not sent: {n} offers an hour is the most. You can make one more after {time}."),
    Refusal.OFFERS_IN_DAY: t("Not sent: {n} offers a day is the most. You can make one more on {day} after {time}."),
    Refusal.OFFERS_OPEN: t("Not sent: {n} offers of yours wait for an answer. You can make one more after an answer."),
    Refusal.ASKED_OFTEN: t("Not sent: this person got many offers from new people. Try again on {day} after {time}."),
    Refusal.ASKED_OPEN: t(
        "Not sent: this person has many offers from new people to answer. Ask them to make the contract with you."
    ),
    Refusal.TAKES_NO_OFFERS: t("Not sent: this person takes no offers now. They can make the contract with you."),
}

FORGOT_PIN = t("Forgot PIN")  # the choice in Settings, which the text of a locked PIN names
NO_SUCH_CONTRACT = REFUSAL_TEXTS[Refusal.NOT_YOURS]
NOT_LISTED = t("Choose from the list.")
WRONG_RECOVERY = t("Wrong code. After 3 wrong tries you need a new one.")
WRONG_PIN = tn("Wrong PIN. {n} try left.", "Wrong PIN. {n} tries left.", n=2)
_WAY_OUT = {"time": "17:35", "settings": t("Settings"), "forgot": FORGOT_PIN}
PIN_LOCKED = t("PIN locked until {time}. Forgot it? {settings} > {forgot}", **_WAY_OUT)
PIN_LOCKED_TOMORROW = t("PIN locked until tomorrow, {time}. Forgot it? {settings} > {forgot}", **_WAY_OUT)
PINS_DIFFER = t("The two PINs differ.")
PINS_DIFFER_THRICE = t("The two PINs differ. Go back (0) and choose your PIN again.")
# Every text above a question for a PIN that was not right.
WRONG_PIN_TEXTS = (
    *(replace(WRONG_PIN, n=left, values={"n": left}) for left in (1, 2, 3)),
    *(PIN_LOCKED, PIN_LOCKED_TOMORROW, PINS_DIFFER, PINS_DIFFER_THRICE),
)
LATER = t("This takes longer than usual. You need not repeat it: we will tell you by SMS how it went.")
BUSY = t("Sorry, the service is busy. Nothing was changed. Please dial again in a minute.")
UNSURE = t("Sorry, the service is busy. Please dial again in a minute and look in My contracts before you repeat this.")


def other_unit(unit: str) -> Text:
    """Return why a number was not taken that was typed with another unit than the contract's."""
    return t("The goods of this contract are counted in {unit}. Go back and write how many.", unit=unit)


def bad_input_text(why: Why, currency: Currency) -> Text:
    """Return why an answer was not taken. `currency`: the one that an amount should have been in."""
    text = BAD_INPUT_TEXTS[why]
    return replace(text, values={"currency": currency.value}) if why is Why.OTHER_CURRENCY else text


def refusal_end(result: EffectResult, caller: Caller | None = None) -> End:
    """Return the screen after an effect that was refused: it says why, and hangs up. `caller` is needed where a limit
    on offers may be the reason."""
    assert result.refusal is not None
    if result.limit and caller:
        return end(limit_text(result.limit, zone_of(caller.msisdn) or caller.zone))
    return end(REFUSAL_TEXTS[result.refusal])


def wrong_pin_text(*, is_proved: bool, tries: int, locked_until: datetime | None, now: datetime, zone: tzinfo) -> Text:
    """Return what is said of a PIN that is not right, or not looked at because it is locked: one text for both.

    `is_proved`: the PIN was typed twice alike once; else this is its repetition. `tries`: wrong ones in a row, this one
    included. The hour is the caller's, in their `zone`; no lock is longer than a day.
    """
    is_locked = locked_until is not None and locked_until > now
    if not is_proved:
        return PINS_DIFFER_THRICE if is_locked or not tries else PINS_DIFFER
    if locked_until is not None and is_locked:
        until = locked_until.astimezone(zone) + timedelta(minutes=1)  # the minute in which it ends is locked, too
        is_today = until.date() == now.astimezone(zone).date()
        text = PIN_LOCKED if is_today else PIN_LOCKED_TOMORROW
        return replace(text, values={**text.values, "time": f"{until:%H:%M}"})
    left = tries_left(tries) or 3  # a lock that has ended leaves as many as at first
    return replace(WRONG_PIN, n=left, values={"n": left})


def limit_text(limit: LimitReached, zone: tzinfo) -> Text:
    """Return why one more offer is refused, and when it may be made, by the clock of `zone`."""
    until = limit.until.astimezone(zone) if limit.until else None
    values = {"n": limit.most, "time": f"{until:%H:%M}" if until else "", "day": until.date() if until else ""}
    return replace(REFUSAL_TEXTS[limit.refusal], values=values)
