"""What an SMS tells people to type is understood in every language, copied as it is."""

import re
from datetime import date
from itertools import pairwise

import pytest

from contracts.contract import Status
from contracts.fields.languages import LANGUAGES
from contracts.fields.quantity import parse_number_of
from contracts.notices import ANSWERS, REFUSAL_NOTICES, Notice, NoticeKind
from contracts.proposal import Proposal, ProposalType
from contracts.refusals import Refusal, Why
from contracts.sms.new_terms import Term, apply_new_terms
from contracts.sms.understand import understand
from contracts.sms.vocabulary import Intent
from menus.checking.sample_contracts import sample_contract
from menus.checking.sample_inputs import sample_inputs
from menus.sms.sms_text import sms_text
from values.frozen import replace

SAMPLE = next(sample for sample in sample_inputs() if sample.name == "everyday words")
TODAY = date(2026, 11, 21)
EVERY_TERM = {Term.TOTAL, Term.QUANTITY, Term.DAY, Term.PLACE}


def text_about(kind: NoticeKind, language: str, role: str = "buyer", why: Why | None = None) -> str:
    contract = sample_contract(SAMPLE, status=Status.CONFIRMED.value, role=role, waits=False)
    if kind is NoticeKind.ALREADY_PROPOSED:
        mine = contract.parties[0].phone_id
        asked = Proposal(2, ProposalType.CANCEL, None, mine, frozenset({mine} if mine else ()))
        contract = replace(contract, proposal=asked)
    return sms_text(Notice(kind, None, SAMPLE.caller, language, (contract,), why=why), language, "*483#")


def copy_answer(text: str, reference: str, words: int) -> str:
    """Return the last `words` words before the reference, the reference, and all that follows it."""
    before, after = re.split(reference, text, maxsplit=1)
    return f"{' '.join(before.split()[-words:])} {reference}{after}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("kind", "terms"),
    [
        (NoticeKind.MEANT_CHANGE, EVERY_TERM),
        (NoticeKind.PRICE_OF_WHAT, {Term.TOTAL}),
        (NoticeKind.NEW_TOTAL, {Term.TOTAL}),
        (NoticeKind.NEW_QUANTITY, {Term.QUANTITY}),
        (NoticeKind.NEW_DAY, {Term.DAY}),
        (NoticeKind.NEW_PLACE, {Term.PLACE}),
    ],
)
def test_an_example_of_a_change_is_understood(kind: NoticeKind, terms: set[Term], language: str) -> None:
    contract = sample_contract(SAMPLE, status=Status.CONFIRMED.value, waits=False)
    understood = understand(copy_answer(text_about(kind, language, why=Why.EMPTY), contract.reference, 1))
    assert (understood.intent, understood.reference) == (Intent.CHANGE, contract.reference)
    assert {term for term, _ in understood.new_terms} == terms
    agreed = replace(contract.terms, place="Kitale", due=TODAY)
    assert apply_new_terms(agreed, understood.new_terms, TODAY) != agreed


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_example_of_a_part_is_understood(language: str) -> None:
    contract = sample_contract(SAMPLE, status=Status.CONFIRMED.value, waits=False)
    copied = copy_answer(text_about(NoticeKind.HOW_MUCH, language), contract.reference, 1)
    understood = understand(re.split("[:፦] ", copied)[-1])
    assert (understood.intent, understood.reference) == (Intent.PART, contract.reference)
    assert parse_number_of(contract.terms.quantity.unit, understood.part)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("kind", "role", "answers"),
    [
        (NoticeKind.MEANT_DELIVERED, "seller", [Intent.DELIVERED]),
        (NoticeKind.NOT_YOUR_PART, "seller", [Intent.DELIVERED]),
        (NoticeKind.NOT_YOUR_PART, "buyer", [Intent.RECEIVED]),
        (NoticeKind.REMIND_DELIVERY, "seller", [Intent.DELIVERED]),
        (NoticeKind.RECEIVED_PART, "seller", [Intent.DELIVERED]),
        (NoticeKind.MEANT_RECEIVED, "buyer", [Intent.RECEIVED, Intent.PART, Intent.DISPUTE]),
        (NoticeKind.DELIVERED, "buyer", [Intent.RECEIVED, Intent.PART, Intent.DISPUTE]),
        (NoticeKind.TOO_MUCH, "buyer", [Intent.RECEIVED]),
        (NoticeKind.MEANT_CANCEL, "buyer", [Intent.CANCEL]),
        (NoticeKind.MEANT_APPEAL, "buyer", [Intent.APPEAL]),
        (NoticeKind.MEANT_DISPUTE, "buyer", [Intent.DISPUTE]),
        (NoticeKind.NOT_CONFIRMED_YET, "buyer", [Intent.NO]),
        (NoticeKind.ALREADY_PROPOSED, "buyer", [Intent.NO]),
        (NoticeKind.DELIVERY_REPORTED, "buyer", [Intent.RECEIVED, Intent.PART, Intent.DISPUTE]),
        (NoticeKind.RECEIPT_ASKED, "buyer", [Intent.RECEIVED, Intent.PART, Intent.DISPUTE]),
        (NoticeKind.REMIND_RECEIPT, "buyer", [Intent.RECEIVED, Intent.PART, Intent.DISPUTE]),
        (NoticeKind.YOU_ASKED_TO_CANCEL, "buyer", [Intent.NO]),
    ],
)
def test_a_command_that_an_sms_names_is_understood(
    kind: NoticeKind, role: str, answers: list[Intent], language: str
) -> None:
    text = text_about(kind, language, role)
    before = [found.split() for found in re.findall(r"([^.:፦;,?፣።\d]+) [1-9]\d{7}(?!\d)", f": {text}")]
    found = [understand(" ".join(words[-n:])).intent for words in before for n in (2, 1)]
    assert [intent for intent in dict.fromkeys(found) if intent in answers] == answers


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("kind", "named"),
    [
        (NoticeKind.HELP_SELLING, {Intent.DELIVERED, Intent.CHANGE, Intent.CANCEL, Intent.DISPUTE}),
        (NoticeKind.HELP_BUYING, {Intent.RECEIVED, Intent.PART, Intent.CHANGE, Intent.CANCEL, Intent.DISPUTE}),
        (NoticeKind.HELP_PAYING, {Intent.PAY, Intent.CHANGE, Intent.CANCEL, Intent.DISPUTE}),
    ],
)
def test_help_names_what_can_be_text_about(kind: NoticeKind, named: set[Intent], language: str) -> None:
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*", text_about(kind, language))
    found = {understand(" ".join(pair)).intent for pair in pairwise(words)}
    found |= {understand(word).intent for word in words}
    wanted = {Intent.YES, Intent.NO, Intent.STATUS, Intent.LIST, Intent.LANGUAGE, Intent.STOP}
    assert named | wanted <= found


def test_every_refusal_of_the_rules_has_an_answer_by_sms() -> None:
    """But one, which no text can bring about; and none of them is more than an answer."""
    assert set(Refusal) - set(REFUSAL_NOTICES) == {Refusal.HAS_PIN}
    assert set(REFUSAL_NOTICES.values()) <= ANSWERS
