"""The values of the places in a sentence about a contract, such as {goods}, {left} or {standing}."""

from datetime import date, tzinfo
from decimal import Decimal

from contracts.contract import Contract, Role, TimeAct
from contracts.dispute import Decision
from contracts.fields.quantity import Quantity
from contracts.notices import NOTICE_OF_PROPOSAL, Notice, NoticeKind
from contracts.rules.waiting import receipt_assumed_at, settled_with_part_at
from contracts.terms import Terms
from menus.office import Office, office_values
from menus.phrases.contract_status import STATUS_WORDS
from menus.phrases.dispute_outcomes import outcome_sentence
from menus.phrases.disputes import decider_text, report_text, settlement_text
from menus.phrases.due import due_phrase
from menus.phrases.money import fee_text, joined
from menus.phrases.party_names import display_name, display_names, parties_with_role
from menus.phrases.quoted_words import quoted
from menus.refusal_texts import bad_input_text
from menus.sms.conditions import pick_text
from menus.sms.money_sentences import HOW_TO_PAY, HOW_TO_PAY_WITH_PAYBILL
from menus.sms.money_values import money_values
from menus.sms.sentences import STATUS_SENTENCES, sentence_for
from menus.sms.with_pin import with_pin
from menus.translate import ProductOf, Text, t
from values.frozen import replace


def values_about(notice: Notice, service_code: str, zone: tzinfo, office: Office, letters: int) -> dict[str, object]:
    """Return the values for every place that a sentence about a contract may have."""
    contract = notice.contracts[0]
    terms = contract.terms
    by = next((party for party in contract.parties if party.msisdn == notice.by), None)
    values: dict[str, object] = {
        "reference": contract.reference,
        "number": notice.reference,
        "goods": goods_text(terms),
        "terms": _terms_text(terms),
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
        **money_values(notice, zone),
    }
    values["how"] = replace(HOW_TO_PAY_WITH_PAYBILL if notice.paybill else HOW_TO_PAY, values=dict(values))
    if dispute := contract.dispute:
        values["report"] = report_text(contract, dispute, notice.msisdn, office, letters)
        values["decider"] = decider_text(contract, notice.msisdn, _day(contract, zone), office)
        if dispute.settlement:
            values["settlement"] = settlement_text(contract, dispute.settlement) or ""
    if contract.dispute and (decision := contract.dispute.decision):
        reasons = contract.dispute.reasons if gives_reasons(notice) else None
        values["outcome"] = _outcome(decision, contract.dispute.split_minor, reasons, terms)
    if proposal := contract.proposal:
        values["new_terms"] = _terms_text(proposal.terms or terms)
        values["settlement"] = settlement_text(contract, proposal) or ""
        if request := sentence_of(replace(notice, kind=NOTICE_OF_PROPOSAL[proposal.type])):
            values["request"] = replace(request, values=dict(values))
    standing = pick_text(STATUS_SENTENCES, notice) or t("It is {standing}.", standing=STATUS_WORDS[contract.status])
    standing = with_pin(standing) if notice.needs_pin else standing
    values["standing"] = replace(standing, values={**values, **standing.values})
    return values


def sentence_of(notice: Notice) -> Text | None:
    """Return the sentence about a contract for this kind of notice, None if it has none. For a reader whom only their
    PIN binds it asks for that, not for a YES."""
    sentence = sentence_for(notice)
    return with_pin(sentence) if sentence and notice.needs_pin else sentence


def gives_reasons(notice: Notice) -> bool:
    """Whether the notice tells the mediator's reasons: each decision does, and not that nobody appealed against it."""
    return notice.kind is NoticeKind.DECIDED


def goods_text(terms: Terms) -> Text:
    """Return the goods with their price, such as "50 bags white maize, KES 175,000"."""
    product = ProductOf(terms.product, terms.quantity)
    return t("{quantity} {product}, {total}", quantity=terms.quantity, product=product, total=terms.total)


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


def _terms_text(terms: Terms) -> Text:
    """Return the terms, and the fee where escrow has one."""
    sentence = t("{goods}. Delivery {place}, {due}.", goods=goods_text(terms), place=terms.place, due=due_phrase(terms))
    return joined(sentence, fee_text(terms))
