"""What is said by SMS. One sentence each, short enough for one segment where the names in it are."""

from dataclasses import replace

from contracts.lifecycle import Contract, Role
from contracts.notices import Kind, Notice
from menus.gsm7 import fold
from menus.words import Number, Text, say, t


def text_of(notice: Notice, language: str, service_code: str) -> str:
    """The SMS, in the language of who gets it."""
    return fold(say(_text(notice, service_code), notice.language or language))


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
        case Kind.RECOVERY:
            return t("A code to choose a new VoicePact PIN was given out for your number. If you did not ask, tell us.")
        case _:
            return t(
                "VoicePact: answer YES or NO and the number of the contract. For all else dial {code}",
                code=service_code,
            )


_ABOUT = {
    Kind.MADE: t("Contract {reference} is made: {goods}. We ask the other party to confirm."),
    Kind.CONFIRMED: t("Contract {reference} is confirmed by all: {goods}. Keep this SMS."),
    Kind.WAITS_FOR_OTHERS: t("You confirmed contract {reference}: {goods}. It now waits for the others."),
    Kind.CONFIRMED_BY_OTHER: t("{by} confirmed contract {reference}: {goods}."),
    Kind.ALREADY_CONFIRMED: t("You have already confirmed contract {reference}: {goods}."),
    Kind.NO_LONGER_OPEN: t("Contract {reference} is no longer open for an answer: {goods}."),
}


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
