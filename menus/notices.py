"""What is said by SMS: short enough for one segment where the names in it are."""

from dataclasses import replace

from contracts.lifecycle import Contract, Role
from contracts.msisdn import Msisdn
from contracts.notices import Kind, Notice
from contracts.readings import Line
from menus.gsm7 import fold, segments
from menus.screens.contracts import STANDING, in_a_line
from menus.words import LANGUAGES, Number, Text, say, t


def text_of(notice: Notice, language: str, service_code: str) -> str:
    """The SMS, in the language of who gets it."""
    spoken = notice.language or language
    if notice.kind is Kind.LIST:
        return _list(notice, spoken, service_code)
    return fold(say(_text(notice, service_code), spoken))


def _text(notice: Notice, service_code: str) -> Text:
    if sentence := _ABOUT.get(notice.kind):
        return replace(sentence, values=_about(notice))
    match notice.kind:
        case Kind.OFFERED:
            return _offer(notice.contracts[0], notice, service_code)
        case Kind.DECLINED if notice.by == notice.msisdn:
            return t("You declined contract {reference}: {goods}. It is cancelled.", **_about(notice))
        case Kind.DECLINED:
            return t("{by} declined contract {reference}: {goods}. It is cancelled.", **_about(notice))
        case Kind.WHICH:
            return t(
                "More than one contract waits for your answer: {numbers}. Answer with its number, like YES {one}",
                numbers=", ".join(contract.reference for contract in notice.contracts),
                one=notice.contracts[0].reference,
            )
        case Kind.NOTHING_WAITS:
            return t("No contract waits for your answer. To see yours, dial {code}", code=service_code)
        case Kind.NOT_FOUND:
            number = notice.reference or ""
            return t("We found no contract {number} of yours. Please check the number.", number=number)
        case Kind.STATUS:
            return _status(notice.contracts[0], notice)
        case Kind.LANGUAGES:
            choices = ", ".join(f"LANG {code.upper()}" for code in LANGUAGES)
            return t("To choose your language, answer one of these: {choices}", choices=choices)
        case Kind.RECOVERY:
            return t("A code to choose a new VoicePact PIN was given out for your number. If you did not ask, tell us.")
        case kind:
            return _ALWAYS.get(kind) or replace(_HELP, values={"code": service_code})


_ABOUT = {
    Kind.MADE: t("Contract {reference} is made: {goods}. We ask the other party to confirm."),
    Kind.CONFIRMED: t("Contract {reference} is confirmed by all: {goods}. Keep this SMS."),
    Kind.WAITS_FOR_OTHERS: t("You confirmed contract {reference}: {goods}. It now waits for the others."),
    Kind.CONFIRMED_BY_OTHER: t("{by} confirmed contract {reference}: {goods}."),
    Kind.ALREADY_CONFIRMED: t("You have already confirmed contract {reference}: {goods}."),
    Kind.NO_LONGER_OPEN: t("Contract {reference} is no longer open for an answer: {goods}."),
    Kind.MEANT_YES: t("Did you mean YES to contract {reference}? Nothing is changed yet. Answer YES {reference}"),
    Kind.MEANT_NO: t("Did you mean NO to contract {reference}? Nothing is changed yet. Answer NO {reference}"),
    Kind.UNSURE: t("Nothing is changed yet. To agree, answer YES {reference}. To decline, answer NO {reference}"),
}
_ALWAYS = {
    Kind.NO_CONTRACTS: t("You have no contracts yet."),
    Kind.LANGUAGE: t("From now on we speak English to you, here and by SMS."),
    Kind.STOPPED: t("VoicePact: you said STOP. We send only what your own contracts need. To undo it, answer START"),
    Kind.STARTED: t("VoicePact: you get our messages. To stop them, answer STOP. For help, answer HELP"),
}
_HELP = t(
    "VoicePact: answer YES or NO and the number of the contract. Or answer STATUS, LIST, LANG or STOP. "
    "For all else dial {code}"
)
_LIST_SEGMENTS = 2


def _offer(contract: Contract, notice: Notice, service_code: str) -> Text:
    me = next(party for party in contract.parties if party.msisdn == notice.msisdn)
    other = next(party for party in contract.parties if party is not me and party.role.binds)
    values = {
        "reference": contract.reference,
        "other": other.name or Number(other.msisdn, notice.msisdn),
        "goods": _goods(contract),
        "place": contract.terms.place,
        "due": contract.terms.due,
        "code": service_code,
    }
    if me.role is Role.SELLER:
        return t(
            "VoicePact {reference}: {other} buys {goods} from you. Delivery {place}, {due}. "
            "Reply YES or NO, or dial {code}",
            **values,
        )
    return t(
        "VoicePact {reference}: {other} sells you {goods}. Delivery {place}, {due}. Reply YES or NO, or dial {code}",
        **values,
    )


def _status(contract: Contract, notice: Notice) -> Text:
    if contract.waits_for(notice.msisdn):
        return t(
            "Contract {reference}: {goods}. It waits for your answer: YES {reference} or NO {reference}",
            **_about(notice),
        )
    standing = t("It is {standing}.", standing=STANDING[contract.status])
    return t("Contract {reference}: {goods}. {standing}", standing=standing, **_about(notice))


def _list(notice: Notice, language: str, service_code: str) -> str:
    """As many contracts as a short message has room for, whole."""
    lines = [f"{c.reference} {say(in_a_line(_line(c, notice.msisdn)), language)}" for c in notice.contracts]
    for count in range(len(lines), 0, -1):
        listed = t("{contracts}. For all, dial {code}", contracts="; ".join(lines[:count]), code=service_code)
        text = fold(say(listed, language))
        if len(segments(text)) <= _LIST_SEGMENTS:
            break
    return text


def _line(contract: Contract, reader: Msisdn) -> Line:
    terms = contract.terms
    return Line(str(contract.id), contract.status, terms.product, terms.total, contract.waits_for(reader))


def _about(notice: Notice) -> dict[str, object]:
    contract = notice.contracts[0]
    by = next((party for party in contract.parties if party.msisdn == notice.by), None)
    return {
        "reference": contract.reference,
        "goods": _goods(contract),
        "by": (by.name or Number(by.msisdn, notice.msisdn)) if by else "",
    }


def _goods(contract: Contract) -> Text:
    terms = contract.terms
    return t("{quantity} {product}, {total}", quantity=terms.quantity, product=terms.product, total=terms.total)
