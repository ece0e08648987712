"""What is said by SMS: in every language, with everything in it as long as it may be, and still short."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from contracts.lifecycle import (
    Contract,
    Decision,
    Dispute,
    Next,
    Proposal,
    ProposalKind,
    Refusal,
    Role,
    Signature,
    Status,
)
from contracts.notices import ANSWERS, REFUSED, Kind, Notice
from contracts.quantity import Quantity
from contracts.refusals import Why
from contracts.replies import Intent, understand
from menus.checking.agreements import agreement
from menus.checking.worlds import SERVICE_CODE, World, worlds
from menus.gsm7 import is_gsm7, segments
from menus.notices import text_of
from menus.refusals import REFUSAL
from menus.sentences import SAID, STANDS, fitting, sentence_of
from menus.words import LANGUAGES, Text, say

LONGEST = {world.name: world for world in worlds()}
TYPICAL, WORST = LONGEST["everyday words"], LONGEST["longest words"]
ROLES = ("buyer", "seller", "mediator")
ME, OTHER = UUID(int=1), UUID(int=2)
NOON = datetime(2026, 9, 30, 12, tzinfo=UTC)
WEEK = NOON + timedelta(days=7)


_SAYS_WHY = (Kind.NEW_TOTAL, Kind.NEW_DAY, Kind.NEW_PLACE)


def _numbered(world: World, number: int) -> Contract:
    """One of several of the same caller, each as long as they get."""
    return replace(agreement(world, waits=number % 2 == 0), id=UUID(int=number), reference=f"{40718353 + number}")


def settled(world: World, status: Status, role: str) -> Contract:
    return agreement(world, status=status.value, role=role, waits=False)


def delivered(world: World, role: str, what: Next = Next.REMIND_RECEIPT) -> Contract:
    return replace(settled(world, Status.ACTIVE, role), delivered_at=NOON, next=(what, WEEK))


def received_in_part(world: World, role: str) -> Contract:
    part = Decimal(world.quantity) - Decimal("0.001" if "." in world.quantity else "1")
    return replace(settled(world, Status.ACTIVE, role), received=part, part_at=NOON, next=(Next.REMIND_REST, WEEK))


def undelivered(world: World, role: str) -> Contract:
    return replace(settled(world, Status.CONFIRMED, role), next=(Next.EXPIRE, WEEK))


def waits_for_the_rest(world: World, role: str) -> Contract:
    return replace(received_in_part(world, role), next=(Next.COMPLETE_PART, WEEK))


def requested(world: World, role: str, kind: ProposalKind, *, by: UUID | None = OTHER) -> Contract:
    plain = settled(world, Status.CONFIRMED, role)
    terms = (
        replace(plain.terms, quantity=Quantity("40", plain.terms.quantity.unit)) if world is TYPICAL else plain.terms
    )
    proposal = Proposal(2, kind, terms if kind is ProposalKind.AMEND else None, by, frozenset({by} if by else ()))
    return replace(plain, proposal=proposal)


def disputed(
    world: World, role: str, decision: Decision | None = None, reasons: str = "", *, closed: bool = False
) -> Contract:
    status = "closed" if closed else "decided" if decision else "open"
    share = world.amount.minor - 1 if decision is Decision.SPLIT else None
    dispute = Dispute(UUID(int=9), status, ME, "magunia yameloa", decision, share, reasons or None)
    what = (Next.CLOSE_DISPUTE, WEEK) if status == "decided" else None
    return replace(settled(world, Status.DISPUTED, role), dispute=dispute, next=what)


def of_life(world: World) -> dict[Kind, list[Contract]]:
    """How contracts stand when each kind is said, where that is not simply confirmed."""
    parts = [received_in_part(world, role) for role in ROLES]
    said = [delivered(world, role) for role in ROLES]
    ends, changes = (
        [requested(world, role, kind, by=by) for role in ROLES for by in (OTHER, ME)]
        for kind in (ProposalKind.CANCEL, ProposalKind.AMEND)
    )
    reasons = ("", "Half of it was wet.", "The half of it was wet and could not be sold. " * 20)
    decided = [disputed(world, role, decision, why) for role in ROLES for decision in Decision for why in reasons]
    stands = [disputed(world, role, decision, closed=True) for role in ROLES for decision in Decision]
    office_ends, office_changes = (
        [requested(world, role, kind, by=None) for role in ROLES]
        for kind in (ProposalKind.CANCEL, ProposalKind.AMEND)
    )  # fmt: skip
    agreed_to = [replace(c, proposal=replace(c.proposal, consented=frozenset({ME}))) for c in office_ends if c.proposal]
    asked = [
        contract for contract in (*ends, *changes, *office_ends, *office_changes) if contract.waits_for(world.caller)
    ]
    waiting = replace(agreement(world), next=(Next.EXPIRE, WEEK))
    unanswered = replace(
        settled(world, Status.EXPIRED, "seller"),
        parties=tuple(replace(p, signature=Signature.EXPIRED) for p in waiting.parties),
    )
    still = [settled(world, status, role) for status in Status for role in ROLES]
    return {
        Kind.YOU_DELIVERED: said[1:2],
        Kind.DELIVERED: said,
        Kind.RECEIVED: [settled(world, Status.COMPLETED, role) for role in ROLES],
        Kind.RECEIVED_PART: parts,
        Kind.CANCEL_PROPOSED: [
            *(c for c in ends if c.waits_for(world.caller) or c.parties[0].role is Role.MEDIATOR),
            *office_ends,
        ],
        Kind.AMEND_PROPOSED: [
            *(c for c in changes if c.waits_for(world.caller) or c.parties[0].role is Role.MEDIATOR),
            *office_changes,
        ],
        Kind.DELIVERY_REPORTED: [settled(world, Status.CONFIRMED, role) for role in ROLES],
        Kind.RECEIPT_ASKED: [settled(world, Status.CONFIRMED, "buyer")],
        Kind.YOU_ASKED_TO_CANCEL: [c for c in ends if not c.waits_for(world.caller)][:1],
        Kind.YOU_ASKED_TO_CHANGE: [c for c in changes if not c.waits_for(world.caller)][:1],
        Kind.ALREADY_PROPOSED: [c for c in (*ends, *changes) if c.parties[0].role.binds],
        Kind.NOT_YOUR_PART: [settled(world, Status.CONFIRMED, role) for role in ("buyer", "seller")],
        Kind.TOO_MUCH: parts[:1],
        Kind.COUNTED_ALREADY: parts[:1],
        Kind.HOW_MUCH: [*parts[:1], settled(world, Status.CONFIRMED, "buyer")],
        Kind.NO_APPEAL: [*still, *stands],
        Kind.CONFIRMED_BY_OTHER: [agreement(world), ends[-1], changes[-1]],
        Kind.MEANT_YES: [waiting, *asked],
        Kind.MEANT_NO: [waiting, *asked],
        Kind.UNSURE: [waiting, *asked],
        Kind.DECIDED: [*decided, *stands],
        Kind.DECISION_STANDS: stands,
        Kind.AMENDED: [settled(world, status, "buyer") for status in (Status.CONFIRMED, Status.COMPLETED)],
        Kind.REMIND_ANSWER: [waiting],
        Kind.REMIND_EXPIRY: [undelivered(world, role) for role in ROLES[:2]],
        Kind.REMIND_REST: [waits_for_the_rest(world, role) for role in ROLES[:2]],
        Kind.COMPLETED_IN_PART: [replace(part, status=Status.COMPLETED) for part in parts],
        Kind.MEDIATE: [disputed(world, "mediator")],
        Kind.REMIND_RECEIPT: [delivered(world, "buyer", Next.COMPLETE)],
        Kind.EXPIRED: [unanswered, settled(world, Status.EXPIRED, "seller")],
        Kind.COMPLETED_BY_TIME: [settled(world, Status.COMPLETED, role) for role in ROLES],
        Kind.NOT_UNDER_WAY: [waiting, *still],
        Kind.STATUS: [
            *still,
            *said,
            *parts,
            *ends,
            *changes,
            *decided,
            disputed(world, "buyer"),
            *agreed_to,
            *office_changes,
        ],
    }


def notices(world: World, language: str) -> Iterator[Notice]:
    """One of each kind, of each role and standing where that changes the words."""
    waiting = [agreement(world, role=role, named=named) for role in ("buyer", "seller") for named in (True, False)]
    about: dict[Kind, list[tuple[Contract, ...]]] = {
        kind: [(contract,) for contract in found] for kind, found in of_life(world).items()
    }
    about[Kind.STATUS] += [(contract,) for contract in waiting]
    about[Kind.OFFERED] = [(contract,) for contract in waiting]
    about[Kind.WHICH] = about[Kind.WHICH_DELIVERY] = [tuple(_numbered(world, number) for number in range(5))]
    about[Kind.LIST] = [tuple(_numbered(world, number) for number in range(count)) for count in (2, 16)]
    for kind in Kind:
        for contracts in about.get(kind, [(waiting[0],)]):
            other = contracts[0].parties[1].msisdn
            for by in (world.caller, other):
                for why in (Why.IN_THE_PAST, Why.WRONG_DECIMALS) if kind in _SAYS_WHY else (None,):
                    yield Notice(kind, None, world.caller, language, contracts, by, contracts[0].reference, why)


def has_all_terms(notice: Notice) -> bool:
    """An offer, or what asks to change a contract: who is asked has to read all of it, however long."""
    if notice.kind in (Kind.OFFERED, Kind.AMEND_PROPOSED, Kind.YOU_ASKED_TO_CHANGE, Kind.NOTHING_CHANGES):
        return True
    proposal = notice.contracts[0].proposal
    asks_again = notice.kind in (Kind.MEANT_YES, Kind.MEANT_NO, Kind.UNSURE, Kind.STATUS, Kind.ALREADY_PROPOSED)
    return asks_again and proposal is not None and proposal.kind is ProposalKind.AMEND


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("world", [TYPICAL, WORST], ids=lambda world: world.name)
def test_no_message_is_longer_than_a_few_parts(world: World, language: str) -> None:
    long = {}
    for notice in notices(world, language):
        text = text_of(notice, language, SERVICE_CODE)
        most = 2 if is_gsm7(text) else 5 if has_all_terms(notice) else 3
        if len(segments(text)) > most:
            long[notice.kind.value, len(segments(text))] = text
    assert long == {}


@pytest.mark.parametrize("language", ["en", "sw", "fr"])
def test_an_answer_is_one_part_where_goods_have_everyday_names(language: str) -> None:
    answers = [
        notice
        for notice in notices(TYPICAL, language)
        if notice.kind in ANSWERS and notice.kind is not Kind.LIST and not asks_or_decides(notice)
    ]
    texts = [text_of(notice, language, "*483#") for notice in answers]
    assert [text for text in texts if len(segments(text)) > 1] == []


def asks_or_decides(notice: Notice) -> bool:
    """What says a request or a decision again, whole."""
    return any(contract.proposal or contract.dispute for contract in notice.contracts)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("world", LONGEST.values(), ids=lambda world: world.name)
def test_a_list_names_as_many_as_two_parts_hold(world: World, language: str) -> None:
    contracts = tuple(_numbered(world, number) for number in range(16))
    text = text_of(Notice(Kind.LIST, None, world.caller, language, contracts), language, SERVICE_CODE)
    named = [contract.reference for contract in contracts if contract.reference in text]
    assert named == [contract.reference for contract in contracts[: len(named)]]
    assert len(named) > 1 or len(segments(text)) > 1
    assert SERVICE_CODE in text


def test_every_kind_has_words_of_its_own() -> None:
    said = {kind: set[str]() for kind in Kind}
    for notice in notices(TYPICAL, "en"):
        said[notice.kind].add(text_of(replace(notice, language=None), "en", SERVICE_CODE))
    assert all(said.values())
    assert sum(map(len, said.values())) == len(set().union(*said.values()))


def test_no_wording_is_for_nobody() -> None:
    """Each of a table is what somebody reads: none is hidden by one that comes before it."""
    about_one = [notice for notice in notices(TYPICAL, "en") if notice.kind in SAID]
    written = [said.values() if isinstance(said, Mapping) else (said,) for said in SAID.values()]
    assert sources(map(sentence_of, about_one)) == sources(text for texts in written for text in texts)
    standing = [notice for notice in about_one if notice.kind in (Kind.STATUS, Kind.NOT_UNDER_WAY)]
    assert sources(fitting(STANDS, notice) for notice in standing) == sources(STANDS.values())


def sources(texts: Iterable[Text | None]) -> set[str]:
    return {text.source for text in texts if text}


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_unsaid(language: str) -> None:
    """Each place has its value, in whatever wording asks for it."""
    for notice in notices(TYPICAL, language):
        assert not re.search(r"\bNone\b|[{}]", text_of(notice, language, SERVICE_CODE))


def test_the_mediator_reads_between_whom_and_what_to_do() -> None:
    found = disputed(TYPICAL, "mediator")
    named = {Role.SELLER: "Amina", Role.BUYER: None}
    parties = tuple(replace(party, name=named.get(party.role)) for party in found.parties)
    notice = Notice(Kind.MEDIATE, None, TYPICAL.caller, "en", (replace(found, parties=parties),))
    text = text_of(notice, "en", "*483#")
    assert re.search(r"40718353 between Amina and [+0][\d\s]+\. ", text), text
    assert "Hear them both" in text and "*483#" in text


@pytest.mark.parametrize("refusal", [one for one in Refusal if one is not Refusal.HAS_PIN])
def test_every_refusal_about_a_contract_can_be_told(refusal: Refusal) -> None:
    assert refusal in REFUSED


@pytest.mark.parametrize("refusal", Refusal)
def test_a_refusal_has_words(refusal: Refusal) -> None:
    said = {say(REFUSAL[refusal], language) for language in LANGUAGES}
    assert len(said) == len(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("kind", "contract", "answers"),
    [
        pytest.param(Kind.DELIVERED, delivered(TYPICAL, "buyer"), [Intent.RECEIVED, Intent.DISPUTE], id="delivered"),
        pytest.param(
            Kind.REMIND_RECEIPT, delivered(TYPICAL, "buyer", Next.COMPLETE), [Intent.RECEIVED, Intent.DISPUTE],
            id="is it delivered?",
        ),
        *(
            pytest.param(kind, contract, answers, id=f"{kind.value}, {role}")
            for role, answers in (("buyer", [Intent.RECEIVED, Intent.DISPUTE]), ("seller", [Intent.DISPUTE]))
            for kind, contract in (
                (Kind.REMIND_EXPIRY, undelivered(TYPICAL, role)), (Kind.REMIND_REST, waits_for_the_rest(TYPICAL, role)),
            )
        ),
        pytest.param(Kind.RECEIVED_PART, received_in_part(TYPICAL, "buyer"), [Intent.RECEIVED], id="a part"),
        pytest.param(
            Kind.CANCEL_PROPOSED, requested(TYPICAL, "buyer", ProposalKind.CANCEL), [Intent.YES, Intent.NO], id="an end"
        ),
        pytest.param(
            Kind.AMEND_PROPOSED, requested(TYPICAL, "buyer", ProposalKind.AMEND), [Intent.YES, Intent.NO], id="a change"
        ),
        pytest.param(
            Kind.REMIND_ANSWER, replace(agreement(TYPICAL), next=(Next.EXPIRE, WEEK)), [Intent.YES, Intent.NO],
            id="an offer",
        ),
    ],
)  # fmt: skip
def test_the_answers_that_we_name_are_understood(
    kind: Kind, contract: Contract, answers: list[Intent], language: str
) -> None:
    """Each stands before the number, as it is to be typed."""
    text = text_of(Notice(kind, None, TYPICAL.caller, language, (contract,)), language, "*483#")
    before = [found.split() for found in re.findall(rf"([^.:;,?፣።\d]+) {contract.reference}", text)]
    said = [understand(f"{' '.join(words[-n:])} {contract.reference}").intent for words in before for n in (2, 1)]
    assert [intent for intent in dict.fromkeys(said) if intent in set(answers)] == answers


def test_the_day_after_a_part_is_that_of_the_end() -> None:
    """Not of the reminder before it; and it counts from the day of delivery, where that is still to come."""
    found = received_in_part(TYPICAL, "seller")
    for due, day in ((NOON.date(), "7 Oct 2026"), (WEEK.date(), "14 Oct 2026")):
        contract = replace(found, terms=replace(found.terms, due=due))
        text = text_of(Notice(Kind.STATUS, None, TYPICAL.caller, "en", (contract,)), "en", "*483#")
        assert f"complete with that on {day}." in text.replace("\u00a0", " "), text


def test_a_request_to_change_says_the_new_terms() -> None:
    contract = requested(TYPICAL, "buyer", ProposalKind.AMEND)
    assert contract.proposal
    for kind in (Kind.AMEND_PROPOSED, Kind.STATUS, Kind.MEANT_YES, Kind.UNSURE):
        text = text_of(Notice(kind, None, TYPICAL.caller, "en", (contract,)), "en", "*483#")
        assert "40 bags" in text and "50 bags" not in text


def test_reasons_are_said_where_they_fit() -> None:
    short, long = (
        text_of(Notice(Kind.DECIDED, None, TYPICAL.caller, "en", (contract,)), "en", "*483#")
        for why in ("Half of it was wet.", "It was wet. " * 30)
        for contract in [disputed(TYPICAL, "buyer", Decision.CANCEL, why)]
    )
    assert "Reasons: Half of it was wet. If" in short
    assert "wet" not in long and "The contract is cancelled. If" in long


def test_a_day_is_one_of_the_service() -> None:
    """Silence counts from the moment the seller spoke, and by then it is another day in Nairobi."""
    late = replace(delivered(TYPICAL, "buyer"), delivered_at=datetime(2026, 9, 30, 22, tzinfo=UTC))
    notice = Notice(Kind.DELIVERED, None, TYPICAL.caller, "en", (late,))
    assert "7 Oct 2026" in text_of(notice, "en", "*483#")
    assert "8 Oct 2026" in text_of(notice, "en", "*483#", ZoneInfo("Africa/Nairobi"))
