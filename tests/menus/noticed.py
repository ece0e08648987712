"""Every notice that can be given, with contracts as they are then, of every sample of the checker."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from contracts.contract import (
    Contract,
    Deadline,
    Decision,
    Dispute,
    Proposal,
    ProposalType,
    Role,
    Signature,
    Status,
    TimeAct,
)
from contracts.fields.quantity import Quantity
from contracts.notices import Notice, NoticeKind
from contracts.refusals import Why
from menus.checking.sample_contracts import sample_contract
from menus.checking.sample_inputs import SampleInput, sample_inputs
from values.frozen import replace

LONGEST = {sample.name: sample for sample in sample_inputs()}
TYPICAL, WORST = LONGEST["everyday words"], LONGEST["longest words"]
ROLES = ("buyer", "seller", "mediator")
ME, OTHER = UUID(int=1), UUID(int=2)
NOON = datetime(2026, 9, 30, 12, tzinfo=UTC)
WEEK = NOON + timedelta(days=7)


_SAYS_WHY = (NoticeKind.NEW_TOTAL, NoticeKind.NEW_DAY, NoticeKind.NEW_PLACE)


def numbered(sample: SampleInput, number: int) -> Contract:
    """One of several of the same caller, each as long as they get."""
    return replace(
        sample_contract(sample, waits=number % 2 == 0), id=UUID(int=number), reference=f"{40718353 + number}"
    )


def settled(sample: SampleInput, status: Status, role: str) -> Contract:
    return sample_contract(sample, status=status.value, role=role, waits=False)


def delivered(sample: SampleInput, role: str, what: TimeAct = TimeAct.REMIND_RECEIPT) -> Contract:
    return replace(settled(sample, Status.ACTIVE, role), delivered_at=NOON, deadline=Deadline(what, WEEK))


def received_in_part(sample: SampleInput, role: str) -> Contract:
    part = Decimal(sample.quantity) - Decimal("0.001" if "." in sample.quantity else "1")
    return replace(
        settled(sample, Status.ACTIVE, role), received=part, part_at=NOON, deadline=Deadline(TimeAct.REMIND_REST, WEEK)
    )


def undelivered(sample: SampleInput, role: str) -> Contract:
    return replace(settled(sample, Status.CONFIRMED, role), deadline=Deadline(TimeAct.EXPIRE, WEEK))


def waits_for_the_rest(sample: SampleInput, role: str) -> Contract:
    return replace(received_in_part(sample, role), deadline=Deadline(TimeAct.COMPLETE_PART, WEEK))


def requested(sample: SampleInput, role: str, kind: ProposalType, *, by: UUID | None = OTHER) -> Contract:
    plain = settled(sample, Status.CONFIRMED, role)
    terms = (
        replace(plain.terms, quantity=Quantity("40", plain.terms.quantity.unit)) if sample is TYPICAL else plain.terms
    )
    proposal = Proposal(2, kind, terms if kind is ProposalType.AMEND else None, by, frozenset({by} if by else ()))
    return replace(plain, proposal=proposal)


def disputed(
    sample: SampleInput,
    role: str,
    decision: Decision | None = None,
    reasons: str = "",
    *,
    closed: bool = False,
    appealed: bool = False,
) -> Contract:
    status = "closed" if closed else "decided" if decision else "open"
    share = sample.amount.minor - 1 if decision is Decision.SPLIT else None
    dispute = Dispute(UUID(int=9), status, ME, "magunia yameloa", decision, share, reasons or None, appealed)
    what = Deadline(TimeAct.CLOSE_DISPUTE, WEEK) if status == "decided" else None
    return replace(settled(sample, Status.DISPUTED, role), dispute=dispute, deadline=what)


def of_life(sample: SampleInput) -> dict[NoticeKind, list[Contract]]:
    """How contracts stand when each kind is said, where that is not simply confirmed."""
    parts = [received_in_part(sample, role) for role in ROLES]
    said = [delivered(sample, role) for role in ROLES]
    ends, changes = (
        [requested(sample, role, kind, by=by) for role in ROLES for by in (OTHER, ME)]
        for kind in (ProposalType.CANCEL, ProposalType.AMEND)
    )
    reasons = ("", "Half of it was wet.", "The half of it was wet and could not be sold. " * 20)
    decided = [disputed(sample, role, decision, why) for role in ROLES for decision in Decision for why in reasons]
    stands = [disputed(sample, role, decision, closed=True) for role in ROLES for decision in Decision]
    again = [
        disputed(sample, role, decision, why, closed=True, appealed=True)
        for role in ROLES
        for decision in Decision
        for why in reasons
    ]
    office_ends, office_changes = (
        [requested(sample, role, kind, by=None) for role in ROLES]
        for kind in (ProposalType.CANCEL, ProposalType.AMEND)
    )  # fmt: skip
    agreed_to = [replace(c, proposal=replace(c.proposal, consented=frozenset({ME}))) for c in office_ends if c.proposal]
    asked = [
        contract for contract in (*ends, *changes, *office_ends, *office_changes) if contract.waits_for(sample.caller)
    ]
    waiting = replace(sample_contract(sample), deadline=Deadline(TimeAct.EXPIRE, WEEK))
    unanswered = replace(
        settled(sample, Status.EXPIRED, "seller"),
        parties=tuple(replace(p, signature=Signature.EXPIRED) for p in waiting.parties),
    )
    still = [settled(sample, status, role) for status in Status for role in ROLES]
    return {
        NoticeKind.YOU_DELIVERED: said[1:2],
        NoticeKind.DELIVERED: said,
        NoticeKind.RECEIVED: [settled(sample, Status.COMPLETED, role) for role in ROLES],
        NoticeKind.RECEIVED_PART: parts,
        NoticeKind.CANCEL_PROPOSED: [
            *(c for c in ends if c.waits_for(sample.caller) or c.parties[0].role is Role.MEDIATOR),
            *office_ends,
        ],
        NoticeKind.AMEND_PROPOSED: [
            *(c for c in changes if c.waits_for(sample.caller) or c.parties[0].role is Role.MEDIATOR),
            *office_changes,
        ],
        NoticeKind.DELIVERY_REPORTED: [settled(sample, Status.CONFIRMED, role) for role in ROLES],
        NoticeKind.RECEIPT_ASKED: [settled(sample, Status.CONFIRMED, "buyer")],
        NoticeKind.YOU_ASKED_TO_CANCEL: [c for c in ends if not c.waits_for(sample.caller)][:1],
        NoticeKind.YOU_ASKED_TO_CHANGE: [c for c in changes if not c.waits_for(sample.caller)][:1],
        NoticeKind.ALREADY_PROPOSED: [*(c for c in (*ends, *changes) if c.parties[0].role.binds), *agreed_to[:2]],
        NoticeKind.NOT_YOUR_PART: [settled(sample, Status.CONFIRMED, role) for role in ("buyer", "seller")],
        NoticeKind.TOO_MUCH: parts[:1],
        NoticeKind.COUNTED_ALREADY: parts[:1],
        NoticeKind.HOW_MUCH: [*parts[:1], settled(sample, Status.CONFIRMED, "buyer")],
        NoticeKind.NO_APPEAL: [*still, *stands],
        NoticeKind.CONFIRMED_BY_OTHER: [sample_contract(sample), sample_contract(sample, waits=False), *ends, *changes],
        NoticeKind.MEANT_YES: [waiting, *asked],
        NoticeKind.MEANT_NO: [waiting, *asked],
        NoticeKind.UNSURE: [waiting, *asked],
        NoticeKind.DECIDED: [*decided, *stands],
        NoticeKind.DECISION_STANDS: [*stands, *again],
        NoticeKind.AMENDED: [settled(sample, status, "buyer") for status in (Status.CONFIRMED, Status.COMPLETED)],
        NoticeKind.REMIND_ANSWER: [waiting],
        NoticeKind.REMIND_EXPIRY: [undelivered(sample, role) for role in ROLES[:2]],
        NoticeKind.REMIND_REST: [waits_for_the_rest(sample, role) for role in ROLES[:2]],
        NoticeKind.COMPLETED_IN_PART: [replace(part, status=Status.COMPLETED) for part in parts],
        NoticeKind.MEDIATE: [disputed(sample, "mediator")],
        NoticeKind.REMIND_RECEIPT: [delivered(sample, "buyer", TimeAct.COMPLETE)],
        NoticeKind.EXPIRED: [unanswered, settled(sample, Status.EXPIRED, "seller")],
        NoticeKind.COMPLETED_BY_TIME: [settled(sample, Status.COMPLETED, role) for role in ROLES],
        NoticeKind.NOT_UNDER_WAY: [waiting, *still],
        NoticeKind.STATUS: [
            *still,
            *said,
            *parts,
            *ends,
            *changes,
            *decided,
            disputed(sample, "buyer"),
            *agreed_to,
            *office_changes,
            *(replace(part, status=Status.COMPLETED, settled=part.received, deadline=None) for part in parts),
        ],
    }


def notices(sample: SampleInput, language: str) -> Iterator[Notice]:
    """One of each kind, of each role and standing where that changes the words."""
    waiting = [
        sample_contract(sample, role=role, named=named) for role in ("buyer", "seller") for named in (True, False)
    ]
    about: dict[NoticeKind, list[tuple[Contract, ...]]] = {
        kind: [(contract,) for contract in found] for kind, found in of_life(sample).items()
    }
    about[NoticeKind.STATUS] += [(contract,) for contract in waiting]
    about[NoticeKind.OFFERED] = [(contract,) for contract in waiting]
    about[NoticeKind.WHICH] = about[NoticeKind.WHICH_DELIVERY] = [
        tuple(numbered(sample, number) for number in range(5))
    ]
    about[NoticeKind.LIST] = [tuple(numbered(sample, number) for number in range(count)) for count in (2, 16)]
    for kind in NoticeKind:
        for contracts in about.get(kind, [(waiting[0],)]):
            other = contracts[0].parties[1].msisdn
            office = (None,) if kind is NoticeKind.PROPOSAL_WITHDRAWN else ()
            for by in (sample.caller, other, *office):
                for why in (Why.IN_THE_PAST, Why.WRONG_DECIMALS) if kind in _SAYS_WHY else (None,):
                    yield Notice(kind, None, sample.caller, language, contracts, by, contracts[0].reference, why)
