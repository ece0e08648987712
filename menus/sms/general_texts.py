"""SMS that are about no one contract: help, commands that did nothing, blocked numbers, languages, PINs, pauses."""

from datetime import timedelta, tzinfo

from contracts.fields.countries import zone_of
from contracts.fields.languages import LANGUAGES
from contracts.notices import Notice, NoticeKind
from menus.office import Office, with_office
from menus.phrases.paper_verdicts import verdict_text
from menus.refusal_texts import limit_text
from menus.translate import DisplayedMsisdn, Text, t
from values.frozen import replace


def general_text(notice: Notice, service_code: str, zone: tzinfo, office: Office) -> Text:
    """Return the text of a notice that has no sentence about a contract."""
    match notice.kind:
        case NoticeKind.WHICH | NoticeKind.WHICH_DELIVERY:
            numbers = [contract.reference for contract in notice.contracts]
            return replace(_WHICH[notice.kind], values={"numbers": ", ".join(numbers), "one": numbers[0]})
        case NoticeKind.NOT_FOUND:
            number = notice.reference or ""
            return t("We found no contract {number} of yours. Please check the number.", number=number)
        case NoticeKind.OFFER_NOT_MADE if notice.limit:
            return limit_text(notice.limit, zone_of(notice.msisdn) or zone)
        case NoticeKind.BLOCKED | NoticeKind.UNBLOCKED if notice.number:
            return replace(_BLOCKS[notice.kind], values={"number": DisplayedMsisdn(notice.number, notice.msisdn)})
        case NoticeKind.LANGUAGES:
            choices = ", ".join(f"LANG {code.upper()}" for code in LANGUAGES)
            return t("To choose your language, answer one of these: {choices}", choices=choices)
        case NoticeKind.CHECKED if notice.paper:
            return verdict_text(notice.paper, notice.reference or "", zone, office, notice.msisdn)
        case NoticeKind.HELP_PIN:
            return replace(_HELP_PIN, values={"code": service_code, "settings": _SETTINGS, "forgot": _FORGOT})
        case NoticeKind.ANSWERS_PAUSED:
            return _pause(notice, service_code, zone)
        case NoticeKind.RECOVERY:
            return with_office(_RECOVERY_CALL if office.phone else _RECOVERY, office, notice.msisdn)
        case kind:
            return replace((_ALWAYS | _HELP_UNDER_WAY).get(kind, _HELP), values={"code": service_code})


_BLOCKS = {
    NoticeKind.BLOCKED: t(
        "VoicePact: {number} can send you no more offers. Contracts that you confirmed go on. "
        "To undo it, answer UNBLOCK {number}"
    ),
    NoticeKind.UNBLOCKED: t("VoicePact: {number} can send you offers again. To stop that, answer BLOCK {number}"),
}
_WHICH = {
    NoticeKind.WHICH: t(
        "More than one contract waits for your answer: {numbers}. Answer with its number, like YES {one}"
    ),
    # No example: the sender may have meant another command than the one in it.
    NoticeKind.WHICH_DELIVERY: t("Which contract do you mean: {numbers}? Please send it again with its number."),
}
_ALWAYS = {
    NoticeKind.NOTHING_WAITS: t("No contract waits for your answer. To see yours, answer LIST"),
    NoticeKind.NOTHING_UNDER_WAY: t(
        "Nothing is changed: this fits none of your contracts now. To see them, answer LIST"
    ),
    NoticeKind.NO_CONTRACTS: t("You have no contracts yet."),
    NoticeKind.LANGUAGE: t("From now on we speak English to you, here and by SMS."),
    NoticeKind.STOPPED: t(
        "VoicePact: you said STOP. We send only what your own contracts need, no offers of strangers. "
        "To undo it, answer START"
    ),
    NoticeKind.WHOM_TO_BLOCK: t(
        "Nothing is changed yet. To get no more offers of a number, answer BLOCK and the number, like "
        "BLOCK 0749 123 456"
    ),
    NoticeKind.MEANT_CHECK: t(
        "To check a paper, answer CHECK, the contract's number and its 12 letters, like CHECK 40718353 BCDF GHJK LMNP"
    ),
    NoticeKind.NOT_FOR_ESCROW: t(
        "No contract is made: VoicePact cannot hold this amount. Agree on another, or pay each other."
    ),
    NoticeKind.STARTED: t("VoicePact: you get our messages. To stop them, answer STOP. For help, answer HELP"),
}
_RECOVERY = t(
    "A code to choose a new VoicePact PIN was given out for your number. If you did not ask, lend your phone to nobody "
    "and tell {office}."
)
_RECOVERY_CALL = t(
    "A code to choose a new VoicePact PIN was given out for your number. If you did not ask, call {office} now."
)
_HELP = t(
    "VoicePact: answer YES or NO and the number of the contract. Or answer STATUS, LIST, LANG or STOP. "
    "For all else dial {code}"
)
_HELP_PIN = t(
    "Never write your PIN in an SMS: nobody needs it, and we do not keep it. Forgot it, or somebody knows it? "
    "Dial {code}, {settings}, {forgot}"
)
_SETTINGS, _FORGOT = t("Settings"), t("Forgot PIN")  # as on the menus
# For a seller or buyer with a contract under way: the commands for it come first.
_HELP_UNDER_WAY = {
    NoticeKind.HELP_SELLING: t(
        "VoicePact: with the contract's number, answer DELIVERED, CHANGE, CANCEL, DISPUTE, YES or NO. "
        "Or answer STATUS, LIST, LANG or STOP. For all else dial {code}"
    ),
    NoticeKind.HELP_BUYING: t(
        "VoicePact: with the contract's number, answer RECEIVED, PART, CHANGE, CANCEL, DISPUTE, YES or NO. "
        "Or answer STATUS, LIST, LANG or STOP. For all else dial {code}"
    ),
    NoticeKind.HELP_PAYING: t(
        "VoicePact: with the contract's number, answer PAY, CHANGE, CANCEL, DISPUTE, YES or NO. "
        "Or answer STATUS, LIST, LANG or STOP. For all else dial {code}"
    ),
}


def _pause(notice: Notice, service_code: str, zone: tzinfo) -> Text:
    """Say when we answer again: the full minute after it, so that nobody writes a few seconds too early."""
    assert notice.until, "a pause has an end"
    until = (notice.until + timedelta(minutes=1)).astimezone(zone)
    return t(
        "We answered you many times. Write again after {time}, {day}, or dial {code}. "
        "Your YES, NO and reports still count.",
        time=f"{until:%H:%M}", day=until.date(), code=service_code,
    )  # fmt: skip
