"""Every SMS about a contract: short in every language, even with the longest names and amounts in it."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from contracts.contract import Contract, Deadline, Party, Role, Status, TimeAct
from contracts.dispute import Decision
from contracts.fields.languages import LANGUAGES
from contracts.fields.msisdn import Msisdn
from contracts.notices import ANSWERS, ASK_NOTHING, REFUSAL_NOTICES, Notice, NoticeKind
from contracts.proposal import ProposalType
from contracts.refusals import Refusal
from contracts.sms.understand import understand
from contracts.sms.vocabulary import Intent
from menus.checking.sample_contracts import sample_contract
from menus.checking.sample_inputs import SERVICE_CODE, SampleInput
from menus.gsm7 import is_gsm7, segments
from menus.office import Office
from menus.refusal_texts import REFUSAL_TEXTS
from menus.screen import Caller
from menus.screens.contracts import terms_text
from menus.sms.conditions import pick_text
from menus.sms.drafts import written
from menus.sms.sentences import SENTENCES, STATUS_SENTENCES, sentence_for
from menus.sms.sms_text import sms_draft, sms_text
from menus.translate import Text, translate
from tests.menus.sms.example_notices import (
    LONGEST,
    NOON,
    TYPICAL,
    WEEK,
    WORST,
    make_contract_awaiting_rest,
    make_contract_with_proposal,
    make_delivered_contract,
    make_disputed_contract,
    make_notices,
    make_numbered_contract,
    make_part_received_contract,
    make_undelivered_contract,
)
from values.frozen import replace

_NAMES_WHO = (NoticeKind.CONFIRMED_BY_OTHER, NoticeKind.RECEIVED_PART)  # and how to answer them


def has_all_terms(notice: Notice) -> bool:
    """Whether the SMS is an offer or asks to change a contract: the reader needs all terms, however long they are."""
    if notice.kind in (
        NoticeKind.OFFERED,
        NoticeKind.AMEND_PROPOSED,
        NoticeKind.YOU_ASKED_TO_CHANGE,
        NoticeKind.NOTHING_CHANGES,
    ):
        return True
    proposal = notice.contracts[0].proposal
    asks_again = notice.kind in (
        NoticeKind.MEANT_YES,
        NoticeKind.MEANT_NO,
        NoticeKind.UNSURE,
        NoticeKind.YES_TO_THIS,
        NoticeKind.WRONG_NUMBER,
        NoticeKind.STATUS,
        NoticeKind.ALREADY_PROPOSED,
        NoticeKind.CONFIRMED_BY_OTHER,
    )
    return asks_again and proposal is not None and proposal.type is ProposalType.AMEND


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sample", [TYPICAL, WORST], ids=lambda sample: sample.name)
def test_no_message_is_longer_than_a_few_segments(sample: SampleInput, language: str) -> None:
    long = {}
    for notice in make_notices(sample, language):
        text = sms_text(notice, language, SERVICE_CODE)
        most = 2 if is_gsm7(text) else 5 if has_all_terms(notice) else 3
        most += (notice.kind in _NAMES_WHO or language == "am") and sample is WORST  # Amharic shows a day twice
        says_fee = notice.kind is NoticeKind.OFFERED and notice.contracts[0].terms.payment is not None
        most += says_fee and sample is WORST
        if len(segments(text)) > most:
            long[notice.kind.value, len(segments(text))] = text
    assert long == {}


@pytest.mark.parametrize("language", ["en", "sw", "fr"])
def test_an_answer_is_one_segment_where_goods_have_everyday_names(language: str) -> None:
    answers = [
        notice
        for notice in make_notices(TYPICAL, language)
        if notice.kind in ANSWERS and notice.kind is not NoticeKind.LIST and not repeats_proposal_or_decision(notice)
    ]
    texts = [sms_text(notice, language, "*483#") for notice in answers]
    assert [text for text in texts if len(segments(text)) > 1] == []


def test_a_report_after_which_a_yes_is_still_for_the_request_before_it_names_no_word_to_answer() -> None:
    reports = [notice for notice in make_notices(TYPICAL, "en") if notice.kind in ASK_NOTHING]
    assert {notice.kind for notice in reports} == ASK_NOTHING
    texts = [sms_text(notice, "en", SERVICE_CODE) for notice in reports]
    assert [text for text in texts if re.search(r"(answer|reply) [A-Z]{2}|YES|\?", text)] == []


def repeats_proposal_or_decision(notice: Notice) -> bool:
    """Whether the SMS repeats a whole proposal or decision."""
    return any(contract.proposal or contract.dispute for contract in notice.contracts)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sample", LONGEST.values(), ids=lambda sample: sample.name)
def test_a_list_names_as_many_contracts_as_two_segments_hold(sample: SampleInput, language: str) -> None:
    contracts = tuple(make_numbered_contract(sample, number) for number in range(16))
    text = sms_text(Notice(NoticeKind.LIST, None, sample.caller, language, contracts), language, SERVICE_CODE)
    named = [contract.reference for contract in contracts if contract.reference in text]
    assert named == [contract.reference for contract in contracts[: len(named)]]
    assert len(named) > 1 or len(segments(text)) > 1
    assert SERVICE_CODE in text


def test_every_kind_of_notice_has_its_own_text() -> None:
    said = {kind: set[str]() for kind in NoticeKind}
    for notice in make_notices(TYPICAL, "en"):
        said[notice.kind].add(sms_text(replace(notice, language=None), "en", SERVICE_CODE))
    assert all(said.values())
    assert sum(map(len, said.values())) == len(set().union(*said.values()))


def test_every_sentence_has_a_reader() -> None:
    """Somebody reads each sentence of the tables: no condition above it hides it from everybody."""
    about_one = [notice for notice in make_notices(TYPICAL, "en") if notice.kind in SENTENCES]
    written = [said.values() if isinstance(said, Mapping) else (said,) for said in SENTENCES.values()]
    assert sources_of(map(sentence_for, about_one)) == sources_of(text for texts in written for text in texts)
    standing = [notice for notice in about_one if notice.kind in (NoticeKind.STATUS, NoticeKind.NOT_UNDER_WAY)]
    assert sources_of(pick_text(STATUS_SENTENCES, notice) for notice in standing) == sources_of(
        STATUS_SENTENCES.values()
    )


def sources_of(texts: Iterable[Text | None]) -> set[str]:
    return {text.source for text in texts if text}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_place_in_a_sentence_gets_its_value(language: str) -> None:
    """Each place `{...}` of each sentence gets its value."""
    for notice in make_notices(TYPICAL, language):
        assert not re.search(r"\bNone\b|[{}]", sms_text(notice, language, SERVICE_CODE))


def test_the_mediator_reads_who_the_parties_are_and_what_to_do() -> None:
    found = make_disputed_contract(TYPICAL, "mediator")
    named = {Role.SELLER: "Amina", Role.BUYER: None}
    parties = tuple(replace(party, name=named.get(party.role)) for party in found.parties)
    notice = Notice(NoticeKind.MEDIATE, None, TYPICAL.caller, "en", (replace(found, parties=parties),))
    text = sms_text(notice, "en", "*483#")
    assert re.search(r"40718353 between Amina and [+0][\d\s]+\. ", text), text
    assert "Hear them both" in text and "*483#" in text


@pytest.mark.parametrize("refusal", [one for one in Refusal if one is not Refusal.HAS_PIN])
def test_every_refusal_about_a_contract_has_an_sms(refusal: Refusal) -> None:
    assert refusal in REFUSAL_NOTICES


@pytest.mark.parametrize("refusal", Refusal)
def test_every_refusal_has_a_screen_text(refusal: Refusal) -> None:
    said = {translate(REFUSAL_TEXTS[refusal], language) for language in LANGUAGES}
    assert len(said) == len(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("kind", "contract", "answers"),
    [
        pytest.param(
            NoticeKind.DELIVERED, make_delivered_contract(TYPICAL, "buyer"),
            [Intent.RECEIVED, Intent.DISPUTE],
            id="delivered",
        ),
        pytest.param(
            NoticeKind.REMIND_RECEIPT, make_delivered_contract(TYPICAL, "buyer", TimeAct.COMPLETE),
            [Intent.RECEIVED, Intent.DISPUTE],
            id="is it delivered?",
        ),
        *(
            pytest.param(kind, contract, answers, id=f"{kind.value}, {role}")
            for role, answers in (("buyer", [Intent.RECEIVED, Intent.DISPUTE]), ("seller", [Intent.DISPUTE]))
            for kind, contract in (
                (NoticeKind.REMIND_EXPIRY, make_undelivered_contract(TYPICAL, role)),
                (NoticeKind.REMIND_REST, make_contract_awaiting_rest(TYPICAL, role)),
            )
        ),
        pytest.param(
            NoticeKind.RECEIVED_PART, make_part_received_contract(TYPICAL, "buyer"),
            [Intent.RECEIVED],
            id="a part",
        ),
        pytest.param(
            NoticeKind.CANCEL_PROPOSED, make_contract_with_proposal(TYPICAL, "buyer", ProposalType.CANCEL),
            [Intent.YES, Intent.NO],
            id="an end",
        ),
        pytest.param(
            NoticeKind.AMEND_PROPOSED, make_contract_with_proposal(TYPICAL, "buyer", ProposalType.AMEND),
            [Intent.YES, Intent.NO],
            id="a change",
        ),
        pytest.param(
            NoticeKind.REMIND_ANSWER, replace(sample_contract(TYPICAL), deadline=Deadline(TimeAct.EXPIRE, WEEK)),
            [Intent.YES, Intent.NO],
            id="an offer",
        ),
    ],
)  # fmt: skip
def test_the_answers_that_an_sms_names_are_understood(
    kind: NoticeKind, contract: Contract, answers: list[Intent], language: str
) -> None:
    """Each answer is written in front of the reference, as people have to type it."""
    text = sms_text(Notice(kind, None, TYPICAL.caller, language, (contract,)), language, "*483#")
    before = [found.split() for found in re.findall(rf"([^.:፦;,?፣።\d]+) {contract.reference}", text)]
    said = [understand(f"{' '.join(words[-n:])} {contract.reference}").intent for words in before for n in (2, 1)]
    assert [intent for intent in dict.fromkeys(said) if intent in set(answers)] == answers


def test_the_day_told_after_a_part_is_when_the_contract_is_completed() -> None:
    """Not of the reminder before it; and it counts from the day of delivery, where that is still to come."""
    found = make_part_received_contract(TYPICAL, "seller")
    for due, day in ((NOON.date(), "7 Oct 2026"), (WEEK.date(), "14 Oct 2026")):
        contract = replace(found, terms=replace(found.terms, due=due))
        text = sms_text(Notice(NoticeKind.STATUS, None, TYPICAL.caller, "en", (contract,)), "en", "*483#")
        assert f"the contract ends with that on {day}." in text.replace("\u00a0", " "), text


def test_a_request_to_change_tells_the_new_terms() -> None:
    contract = make_contract_with_proposal(TYPICAL, "buyer", ProposalType.AMEND)
    assert contract.proposal
    for kind in (
        NoticeKind.AMEND_PROPOSED,
        NoticeKind.STATUS,
        NoticeKind.MEANT_YES,
        NoticeKind.UNSURE,
        NoticeKind.CONFIRMED_BY_OTHER,
    ):
        text = sms_text(Notice(kind, None, TYPICAL.caller, "en", (contract,)), "en", "*483#")
        assert "40 bags" in text and "50 bags" not in text


def test_the_mediators_reasons_are_told_where_they_fit() -> None:
    short, long = (
        sms_text(Notice(NoticeKind.DECIDED, None, TYPICAL.caller, "en", (contract,)), "en", "*483#")
        for why in ("Half of it was wet.", "It was wet. " * 30)
        for contract in [make_disputed_contract(TYPICAL, "buyer", Decision.CANCEL, why)]
    )
    assert "Reasons: Half of it was wet. If" in short
    assert "wet" not in long and "The contract is cancelled. If" in long


def test_a_day_is_a_day_in_the_zone_of_the_service() -> None:
    """Silence counts from the moment the seller spoke, and by then it is another day in Nairobi."""
    late = replace(make_delivered_contract(TYPICAL, "buyer"), delivered_at=datetime(2026, 9, 30, 22, tzinfo=UTC))
    notice = Notice(NoticeKind.DELIVERED, None, TYPICAL.caller, "en", (late,))
    assert "7 Oct 2026" in sms_text(notice, "en", "*483#")
    assert "8 Oct 2026" in sms_text(notice, "en", "*483#", ZoneInfo("Africa/Nairobi"))


def test_an_offer_names_all_parties_of_the_other_side() -> None:
    """Not of somebody who buys with them."""
    sold = sample_contract(TYPICAL, role="seller")
    seller, first = sold.parties[0], replace(sold.parties[1], name="Amina")
    second, third = (
        replace(first, msisdn=Msisdn(f"+25473300000{n}"), name=name) for n, name in ((1, "Otieno"), (2, ""))
    )
    named = replace(seller, name="Juma")

    def offered(*parties: Party) -> str:
        notice = Notice(NoticeKind.OFFERED, None, parties[0].msisdn, "en", (replace(sold, parties=parties),))
        return sms_text(notice, "en", "*483#")

    assert ": Juma sells you 50" in offered(first, second, named).replace("\u00a0", " ")
    assert ": Juma sells you 50" in offered(second, first, named).replace("\u00a0", " ")
    assert ": Amina and Otieno buy 50" in offered(named, first, second).replace("\u00a0", " ")
    assert ": Amina and 2 more buy 50" in offered(named, first, second, third).replace("\u00a0", " ")


def test_a_screen_names_all_parties_of_the_other_side() -> None:
    bought = sample_contract(TYPICAL, role="buyer")
    with_me = replace(bought.parties[0], msisdn=Msisdn("+254733000001"), name="Amina")
    caller = Caller(TYPICAL.caller, "*483#", "KE", TYPICAL.amount.currency, NOON.date())
    read = translate(terms_text(replace(bought, parties=(with_me, *bought.parties)), caller), "en")
    assert f"from {bought.parties[1].name} for" in read


def test_only_the_party_that_did_it_reads_you() -> None:
    """Somebody who buys with them, and said nothing, reads who did; and what came is counted once, with its unit."""
    part = make_part_received_contract(TYPICAL, "buyer")
    amina = replace(part.parties[0], msisdn=Msisdn("+254733000001"), name="Amina")
    contract = replace(part, parties=(*part.parties, amina))
    for kind in (NoticeKind.RECEIVED, NoticeKind.RECEIVED_PART):
        own, told = (
            sms_text(Notice(kind, None, TYPICAL.caller, "en", (contract,), by), "en", "*483#").replace("\u00a0", " ")
            for by in (TYPICAL.caller, amina.msisdn)
        )
        assert re.search(r"\b[Yy]ou (have|received)", own), own
        assert "Amina" in told and not re.search(r"\b[Yy]ou\b", told), told
    assert "Amina has 49 of 50 bags" in told and "by 1 Jan 2027, the contract ends with 49 received." in told, told


def test_what_a_language_has_no_room_for_is_not_in_the_english_beside_it() -> None:
    contract = make_disputed_contract(TYPICAL, "buyer", Decision.CANCEL, "We saw it. " * 20, closed=True)
    notice = Notice(NoticeKind.DECIDED, None, TYPICAL.caller, None, (contract,))
    has_reasons = {}
    for language in LANGUAGES:
        drafted = sms_draft(notice, language, SERVICE_CODE, UTC, Office())
        has_reasons[language] = {"We saw it." in text for text in (drafted.text, written(drafted.sentence, "en"))}
    assert all(len(both) == 1 for both in has_reasons.values())
    assert set().union(*has_reasons.values()) == {True, False}, "the words fit into some languages only"


def test_the_second_decision_is_told_with_its_reasons() -> None:
    short, long = (
        sms_text(Notice(NoticeKind.DECIDED, None, TYPICAL.caller, "en", (contract,)), "en", "*483#")
        for why in ("We saw it.", "We saw it. " * 30)
        for contract in [make_disputed_contract(TYPICAL, "buyer", Decision.CANCEL, why, closed=True, appealed=True)]
    )
    assert "decided once more. That decision is final. The contract is cancelled. Reasons: We saw it. Keep" in short
    assert "saw" not in long and "decided once more" in long


def test_a_contract_that_silence_completed_tells_what_was_received() -> None:
    part = replace(make_part_received_contract(TYPICAL, "buyer"), status=Status.COMPLETED, deadline=None)
    notice = Notice(NoticeKind.STATUS, None, TYPICAL.caller, "en", (replace(part, settled=part.received),))
    assert "The contract ended with 49 of 50 bags received." in sms_text(notice, "en", "*483#").replace("\u00a0", " ")
