"""The text of an SMS: from a notice to what the phone shows, in the language of its reader."""

from datetime import UTC, date, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from contracts.contract import Contract, Party, Role, TimeAct
from contracts.dispute import Decision
from contracts.fields.countries import zone_of
from contracts.fields.languages import LANGUAGES
from contracts.fields.msisdn import Msisdn
from contracts.fields.quantity import Quantity
from contracts.notices import NOTICE_OF_PROPOSAL, Notice, NoticeKind
from contracts.readings import ContractLine
from contracts.rules.waiting import receipt_assumed_at, settled_with_part_at
from contracts.terms import Terms
from menus.gsm7 import is_gsm7, plain_punctuation, segments
from menus.office import Office, office_values, with_office
from menus.phrases.contract_status import STATUS_WORDS, contract_line
from menus.phrases.dispute_outcomes import outcome_sentence
from menus.phrases.disputes import WORDS_LETTERS, decider_text, report_text, settlement_text
from menus.phrases.due import due_phrase
from menus.phrases.party_names import display_name, display_names, opposite_role, parties_with_role
from menus.phrases.quoted_words import QUOTED_LETTERS, quoted
from menus.refusal_texts import bad_input_text, limit_text
from menus.sms.conditions import pick_text
from menus.sms.sentences import STATUS_SENTENCES, sentence_for
from menus.sms.with_clock import with_clock
from menus.sms.with_pin import offer_with_pin, with_pin
from menus.translate import DisplayedMsisdn, ProductOf, Text, t, tn, translate
from values.frozen import replace

_NO_OFFICE = Office()


def sms_text(notice: Notice, language: str, service_code: str, zone: tzinfo = UTC, office: Office = _NO_OFFICE) -> str:
    """Return the SMS in the language of the notice, else in `language`. Its days are days in the service's `zone`.

    A mediator's reasons are left out where the SMS would take more than two segments, or three outside GSM-7.
    """
    language = notice.language or language
    if notice.kind is NoticeKind.LIST:
        return _list(notice, language, service_code)
    if notice.by_stranger:
        return _with_way_out(
            plain_punctuation(translate(_text(notice, service_code, zone, office, 0), language)), language
        )
    for letters in _letters_of_words(notice):
        quoting = notice if letters else replace(notice, words=None)
        text = plain_punctuation(translate(_text(quoting, service_code, zone, office, letters), language))
        if len(segments(text)) <= (2 if is_gsm7(text) else 3):
            return text
    if _gives_reasons(notice):
        return plain_punctuation(translate(_text(_without_reasons(notice), service_code, zone, office, 0), language))
    return text


def _with_way_out(offer: str, language: str) -> str:
    """Return a stranger's offer with how to block them, if that takes no segment more."""
    longer = plain_punctuation(translate(t("{offer} Unknown? BLOCK", offer=offer), language))
    return longer if len(segments(longer)) == len(segments(offer)) else offer


def _letters_of_words(notice: Notice) -> tuple[int, ...]:
    """Return how many letters of a party's own words the SMS may quote: first the most; fewer, or none, where it would
    be too long."""
    if notice.kind is NoticeKind.QUESTIONED:
        return (QUOTED_LETTERS, 0)
    if notice.contracts and notice.contracts[0].dispute:
        return (WORDS_LETTERS, (WORDS_LETTERS + QUOTED_LETTERS) // 2, QUOTED_LETTERS, 0)
    return (QUOTED_LETTERS,)


def _text(notice: Notice, service_code: str, zone: tzinfo, office: Office, letters: int) -> Text:
    if notice.contracts and (sentence := _sentence_for(notice)):
        return with_clock(replace(sentence, values=_about(notice, service_code, zone, office, letters)), notice)
    match notice.kind:
        case NoticeKind.OFFERED:
            return _offer(notice.contracts[0], notice, service_code)
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
}
_LIST_SEGMENTS = 2


def _pause(notice: Notice, service_code: str, zone: tzinfo) -> Text:
    """Say when we answer again: the full minute after it, so that nobody writes a few seconds too early."""
    assert notice.until, "a pause has an end"
    until = (notice.until + timedelta(minutes=1)).astimezone(zone)
    return t(
        "We answered you many times. Write again after {time}, {day}, or dial {code}. "
        "Your YES, NO and reports still count.",
        time=f"{until:%H:%M}", day=until.date(), code=service_code,
    )  # fmt: skip


def _sentence_for(notice: Notice) -> Text | None:
    sentence = sentence_for(notice)
    return with_pin(sentence) if sentence and notice.needs_pin else sentence


def _offer(contract: Contract, notice: Notice, service_code: str) -> Text:
    me = next(party for party in contract.parties if party.msisdn == notice.msisdn)
    others = parties_with_role(contract, opposite_role(me.role))
    values: dict[str, Any] = {
        "reference": contract.reference,
        "other": _name_and_number(others[0], notice) if notice.by_stranger else display_names(others, notice.msisdn),
        "goods": _goods(contract.terms),
        "place": contract.terms.place,
        "due": due_phrase(contract.terms),
        "code": service_code,
    }
    if notice.needs_pin:
        return offer_with_pin(me.role, len(others), values)
    if me.role is Role.SELLER:
        return tn(
            "VoicePact {reference}: {other} buys {goods} from you. Delivery {place}, {due}. "
            "Reply YES or NO, or dial {code}",
            "VoicePact {reference}: {other} buy {goods} from you. Delivery {place}, {due}. "
            "Reply YES or NO, or dial {code}",
            n=len(others),
            **values,
        )
    return tn(
        "VoicePact {reference}: {other} sells you {goods}. Delivery {place}, {due}. Reply YES or NO, or dial {code}",
        "VoicePact {reference}: {other} sell you {goods}. Delivery {place}, {due}. Reply YES or NO, or dial {code}",
        n=len(others),
        **values,
    )


def _name_and_number(maker: Party, notice: Notice) -> str | DisplayedMsisdn | Text:
    """Return how a stranger is called, with their number: anybody may call themselves anything."""
    number = DisplayedMsisdn(maker.msisdn, notice.msisdn)
    return t("{name} ({number})", name=maker.name, number=number) if maker.name else number


def _list(notice: Notice, language: str, service_code: str) -> str:
    """Return as many contracts as two segments hold; none of them is cut."""
    lines = [f"{c.reference} {translate(contract_line(_line(c, notice.msisdn)), language)}" for c in notice.contracts]
    for count in range(len(lines), 0, -1):
        listed = t("{contracts}. For all, dial {code}", contracts="; ".join(lines[:count]), code=service_code)
        text = plain_punctuation(translate(listed, language))
        if len(segments(text)) <= _LIST_SEGMENTS:
            break
    return text


def _line(contract: Contract, reader: Msisdn) -> ContractLine:
    terms, party = contract.terms, contract.party(reader)
    role = party.role if party else None
    return ContractLine(str(contract.id), contract.status, terms.product, terms.total, contract.waits_for(reader), role)


def _about(notice: Notice, service_code: str, zone: tzinfo, office: Office, letters: int) -> dict[str, object]:
    """Return the values for every place that a sentence about a contract may have."""
    contract = notice.contracts[0]
    terms = contract.terms
    by = next((party for party in contract.parties if party.msisdn == notice.by), None)
    values: dict[str, object] = {
        "reference": contract.reference,
        "number": notice.reference,
        "goods": _goods(terms),
        "terms": _terms(terms),
        "quantity": terms.quantity,
        "product": ProductOf(terms.product, terms.quantity),
        "unit": terms.quantity.unit,
        "came": contract.received,
        "received": Quantity(f"{contract.received:f}", terms.quantity.unit),
        "left": _left(contract),
        "some": _some(_left(contract)),
        "why": bad_input_text(notice.why, terms.total.currency) if notice.why else "",
        "words": quoted(notice.words, letters),
        "by": display_name(by, notice.msisdn) if by else "",
        "seller": display_names(parties_with_role(contract, Role.SELLER), notice.msisdn),
        "buyer": display_names(parties_with_role(contract, Role.BUYER), notice.msisdn),
        "total": terms.total,
        "day": _day(contract, zone),
        "code": service_code,
        **office_values(office, notice.msisdn),
    }
    if dispute := contract.dispute:
        values["report"] = report_text(contract, dispute, notice.msisdn, office, letters)
        values["decider"] = decider_text(contract, notice.msisdn, _day(contract, zone), office)
        if dispute.settlement:
            values["settlement"] = settlement_text(contract, dispute.settlement) or ""
    if contract.dispute and (decision := contract.dispute.decision):
        reasons = contract.dispute.reasons if _gives_reasons(notice) else None
        values["outcome"] = _outcome(decision, contract.dispute.split_minor, reasons, terms)
    if proposal := contract.proposal:
        values["new_terms"] = _terms(proposal.terms or terms)
        values["settlement"] = settlement_text(contract, proposal) or ""
        if request := _sentence_for(replace(notice, kind=NOTICE_OF_PROPOSAL[proposal.type])):
            values["request"] = replace(request, values=dict(values))
    standing = pick_text(STATUS_SENTENCES, notice) or t("It is {standing}.", standing=STATUS_WORDS[contract.status])
    standing = with_pin(standing) if notice.needs_pin else standing
    values["standing"] = replace(standing, values={**values, **standing.values})
    return values


def _left(contract: Contract) -> Quantity:
    """Return the quantity that was not received yet."""
    agreed = contract.terms.quantity
    return Quantity(f"{Decimal(agreed.amount) - contract.received:f}", agreed.unit)


def _some(left: Quantity) -> Quantity:
    """Return half of it for an example: a whole number, unless less than two are left."""
    half = Decimal(left.amount) // 2 or Decimal(left.amount)
    return Quantity(f"{half:f}", left.unit)


def _outcome(decision: Decision, split_minor: int | None, reasons: str | None, terms: Terms) -> Text:
    outcome = outcome_sentence(decision, split_minor, terms)
    if not reasons:
        return outcome
    return t("{outcome} Reasons: {reasons}.", outcome=outcome, reasons=" ".join(reasons.split()).rstrip("."))


def _gives_reasons(notice: Notice) -> bool:
    """Whether the notice tells the mediator's reasons: each decision does, and not that nobody appealed against it."""
    return notice.kind is NoticeKind.DECIDED


def _without_reasons(notice: Notice) -> Notice:
    contract = notice.contracts[0]
    dispute = replace(contract.dispute, reasons=None) if contract.dispute else None
    return replace(notice, contracts=(replace(contract, dispute=dispute),))


def _day(contract: Contract, zone: tzinfo) -> date | None:
    """Return the day on which time acts on the contract. A reminder only comes before that day."""
    if contract.deadline is None:
        return None
    at = contract.deadline.at
    if contract.deadline.act is TimeAct.REMIND_RECEIPT:
        at = receipt_assumed_at(contract)
    if contract.deadline.act is TimeAct.REMIND_REST:
        at = settled_with_part_at(contract, zone)
    return at.astimezone(zone).date()


def _goods(terms: Terms) -> Text:
    product = ProductOf(terms.product, terms.quantity)
    return t("{quantity} {product}, {total}", quantity=terms.quantity, product=product, total=terms.total)


def _terms(terms: Terms) -> Text:
    return t("{goods}. Delivery {place}, {due}.", goods=_goods(terms), place=terms.place, due=due_phrase(terms))
