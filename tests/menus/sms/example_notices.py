"""Examples of every kind of notice, made from the sample inputs of the menus' checker."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from contracts.contract import Contract, Deadline, Party, Role, Signature, Status, TimeAct
from contracts.dispute import Decision, Dispute, DisputeEnd
from contracts.escrow.number_risk import HoldReason
from contracts.escrow.outcomes import FailReason
from contracts.fields.msisdn import Msisdn
from contracts.fields.quantity import Quantity
from contracts.notices import Notice, NoticeKind
from contracts.proof.paper_check import PaperCheck, PaperVerdict
from contracts.proposal import Proposal, ProposalType
from contracts.refusals import LimitReached, Refusal, Why
from menus.checking.sample_contracts import sample_contract
from menus.checking.sample_inputs import SampleInput, sample_inputs
from menus.checking.sample_money import RECEIPT, escrow_states, with_escrow
from values.frozen import replace

LONGEST = {sample.name: sample for sample in sample_inputs()}
TYPICAL, WORST = LONGEST["everyday words"], LONGEST["longest words"]
ROLES = ("buyer", "seller", "mediator")
ME, OTHER = UUID(int=1), UUID(int=2)
NOON = datetime(2026, 9, 30, 12, tzinfo=UTC)
WEEK = NOON + timedelta(days=7)


_LIMIT = LimitReached(Refusal.OFFERS_IN_DAY, 20, WEEK)
_QUOTES = (NoticeKind.QUESTIONED, NoticeKind.DISPUTE_ANSWERED, NoticeKind.APPEALED)
_OF_MONEY = (
    NoticeKind.MONEY_IN_PART, NoticeKind.MONEY_LOCKED, NoticeKind.MONEY_TOO_MUCH, NoticeKind.MONEY_TOO_LATE,
    NoticeKind.PAID_OUT, NoticeKind.REFUNDED, NoticeKind.PAYOUT_FAILED, NoticeKind.PAYOUT_HELD,
)  # fmt: skip
_FAILS = (NoticeKind.PROMPT_FAILED, NoticeKind.PAYOUT_FAILED)
_ALSO_BY_OFFICE = (NoticeKind.PROPOSAL_WITHDRAWN, NoticeKind.DISPUTE_WITHDRAWN)
_MEDIATOR = Party(UUID(int=7), Msisdn("+254733000007"), Role.MEDIATOR, "Mzee Chege", None, None)
_SAYS_WHY = (NoticeKind.NEW_TOTAL, NoticeKind.NEW_DAY, NoticeKind.NEW_PLACE)


def make_numbered_contract(sample: SampleInput, number: int) -> Contract:
    """Return one of several contracts of one caller; `number` decides its id, reference and status."""
    return replace(
        sample_contract(sample, waits=number % 2 == 0), id=UUID(int=number), reference=f"{40718353 + number}"
    )


def make_contract(sample: SampleInput, status: Status, role: str) -> Contract:
    return sample_contract(sample, status=status.value, role=role, waits=False)


def make_delivered_contract(sample: SampleInput, role: str, what: TimeAct = TimeAct.REMIND_RECEIPT) -> Contract:
    return replace(make_contract(sample, Status.ACTIVE, role), delivered_at=NOON, deadline=Deadline(what, WEEK))


def make_part_received_contract(sample: SampleInput, role: str) -> Contract:
    part = Decimal(sample.quantity) - Decimal("0.001" if "." in sample.quantity else "1")
    return replace(
        make_contract(sample, Status.ACTIVE, role),
        received=part,
        part_at=NOON,
        deadline=Deadline(TimeAct.REMIND_REST, WEEK),
    )


def make_stopped_contract(sample: SampleInput, role: str) -> Contract:
    """Return a delivered contract whose clock stands, because the buyer wrote."""
    delivered = make_delivered_contract(sample, role)
    buyer = next(party.phone_id for party in delivered.parties if party.role is Role.BUYER)
    return replace(delivered, deadline=None, clock_stopped_at=NOON, clock_stopped_by=buyer)


def make_undelivered_contract(sample: SampleInput, role: str) -> Contract:
    return replace(make_contract(sample, Status.CONFIRMED, role), deadline=Deadline(TimeAct.EXPIRE, WEEK))


def make_contract_awaiting_rest(sample: SampleInput, role: str) -> Contract:
    return replace(make_part_received_contract(sample, role), deadline=Deadline(TimeAct.COMPLETE_PART, WEEK))


def make_contract_with_proposal(
    sample: SampleInput, role: str, kind: ProposalType, *, by: UUID | None = OTHER
) -> Contract:
    plain = make_contract(sample, Status.CONFIRMED, role)
    terms = (
        replace(plain.terms, quantity=Quantity("40", plain.terms.quantity.unit)) if sample is TYPICAL else plain.terms
    )
    share = sample.amount.minor - 1 if kind is ProposalType.SPLIT else None
    agreed = frozenset({by} if by else ())
    proposal = Proposal(2, kind, terms if kind is ProposalType.AMEND else None, by, agreed, share)
    return replace(plain, proposal=proposal)


def make_disputed_contract(
    sample: SampleInput,
    role: str,
    decision: Decision | None = None,
    reasons: str = "",
    *,
    closed: bool = False,
    appealed: bool = False,
) -> Contract:
    status = "closed" if closed else "decided" if decision else "appealed" if appealed else "open"
    share = sample.amount.minor - 1 if decision is Decision.SPLIT else None
    dispute = Dispute(UUID(int=9), status, ME, "magunia yameloa", decision, share, reasons or None, appealed)
    what = TimeAct.CLOSE_DISPUTE if status == "decided" else TimeAct.ESCALATE_DISPUTE
    deadline = None if closed else Deadline(what, WEEK)
    ended = Status.CANCELLED if decision is Decision.CANCEL else Status.COMPLETED
    return replace(
        make_contract(sample, ended if closed else Status.DISPUTED, role), dispute=dispute, deadline=deadline
    )


def make_disputes(sample: SampleInput) -> list[Contract]:
    """Return open disputes, for each role of the reader: reported by them, by the other side, or by the office; with
    and without a mediator."""
    return [
        replace(contract, dispute=replace(contract.dispute, opened_by=by), parties=parties)
        for role in ROLES
        for contract in [make_disputed_contract(sample, role)]
        for by in (ME, OTHER, None)
        for parties in (contract.parties, (*contract.parties, _MEDIATOR))
        if contract.dispute
    ]


def make_settlements(sample: SampleInput, *, closed: bool = False) -> list[Contract]:
    """Return disputes that one side asks to settle, in each way; with `closed` all have agreed."""
    found = []
    for role in ROLES:
        for kind in ProposalType:
            for by in (OTHER, None) if kind.only_settles and not closed else (OTHER,):
                disputed = make_disputed_contract(sample, role)
                proposed = make_contract_with_proposal(sample, role, kind, by=by).proposal
                if not closed:
                    found.append(replace(disputed, proposal=proposed))
                elif disputed.dispute:
                    dispute = replace(disputed.dispute, status="closed", ended=DisputeEnd.SETTLED, settlement=proposed)
                    status = Status.CONFIRMED if kind is ProposalType.AMEND else Status.COMPLETED
                    found.append(replace(disputed, status=status, dispute=dispute, deadline=None))
    return found


def make_paid_contract(
    sample: SampleInput, role: str, status: Status = Status.CONFIRMED, state: str = "the money is there"
) -> Contract:
    """Return a contract with escrow in a state of its money, by the name that the menus' checker gives it."""
    plain = with_escrow(make_contract(sample, status, role))
    return dict(escrow_states(plain))[state]


def make_contracts_of_money(sample: SampleInput) -> dict[NoticeKind, list[Contract]]:
    """Return contracts in each state that a kind of notice about money may be about."""
    buyer, seller = ROLES[:2]
    unpaid, in_part, there = (
        [make_paid_contract(sample, role, state=state) for role in (buyer, seller)]
        for state in ("asked for the money", "paid in part", "the money is there")
    )
    done = [make_paid_contract(sample, role, Status.COMPLETED, "all is released") for role in (buyer, seller)]
    back = [make_paid_contract(sample, role, Status.CANCELLED, "all goes back") for role in (buyer, seller)]
    mediated = [make_paid_contract(sample, "mediator", state=state) for state in ("paid in part",)]
    return {
        NoticeKind.PAY_NOW: unpaid[:1],
        NoticeKind.WAITS_FOR_MONEY: unpaid[1:],
        NoticeKind.MONEY_IN_PART: in_part,
        NoticeKind.MONEY_LOCKED: there,
        NoticeKind.MONEY_TOO_MUCH: there[:1],
        NoticeKind.MONEY_TOO_LATE: back[:1],
        NoticeKind.PROMPT_FAILED: [unpaid[0], in_part[0]],
        NoticeKind.PAID_OUT: done,
        NoticeKind.REFUNDED: back,
        NoticeKind.PAYOUT_FAILED: [done[1], back[0]],
        NoticeKind.PAYOUT_HELD: [*done, *back],
        NoticeKind.MONEY_MISSING: [*unpaid, *in_part],
        NoticeKind.NOTHING_TO_PAY: [*there, *done, *unpaid[1:]],
        NoticeKind.PROMPTED: unpaid[:1],
        NoticeKind.PROMPTED_ALREADY: unpaid[:1],
        NoticeKind.MEANT_PAY: [unpaid[0], in_part[0]],
        NoticeKind.LESS_THAN_RELEASED: there,
        NoticeKind.NOT_FOR_ESCROW: there,
        NoticeKind.STATUS: [*unpaid, *in_part, *there, *done, *back, *mediated],
    }


def contracts_by_kind(sample: SampleInput) -> dict[NoticeKind, list[Contract]]:
    """Return contracts in each state that a kind of notice may be about, where a new contract is not an example."""
    parts = [make_part_received_contract(sample, role) for role in ROLES]
    said = [make_delivered_contract(sample, role) for role in ROLES]
    ends, changes = (
        [make_contract_with_proposal(sample, role, kind, by=by) for role in ROLES for by in (OTHER, ME)]
        for kind in (ProposalType.CANCEL, ProposalType.AMEND)
    )
    reasons = ("", "Half of it was wet.", "The half of it was wet and could not be sold. " * 20)
    decided = [
        make_disputed_contract(sample, role, decision, why)
        for role in ROLES
        for decision in Decision
        for why in reasons
    ]
    stands = [make_disputed_contract(sample, role, decision, closed=True) for role in ROLES for decision in Decision]
    again = [
        make_disputed_contract(sample, role, decision, why, closed=True, appealed=True)
        for role in ROLES
        for decision in Decision
        for why in reasons
    ]
    office_ends, office_changes = (
        [make_contract_with_proposal(sample, role, kind, by=None) for role in ROLES]
        for kind in (ProposalType.CANCEL, ProposalType.AMEND)
    )  # fmt: skip
    agreed_to = [replace(c, proposal=replace(c.proposal, consented=frozenset({ME}))) for c in office_ends if c.proposal]
    asked = [
        contract for contract in (*ends, *changes, *office_ends, *office_changes) if contract.waits_for(sample.caller)
    ]
    waiting = replace(sample_contract(sample), deadline=Deadline(TimeAct.EXPIRE, WEEK))
    unanswered = replace(
        make_contract(sample, Status.EXPIRED, "seller"),
        parties=tuple(replace(p, signature=Signature.EXPIRED) for p in waiting.parties),
    )
    still = [
        make_disputed_contract(sample, role) if status is Status.DISPUTED else make_contract(sample, status, role)
        for status in Status
        for role in ROLES
    ]
    open_ones, settled = make_disputes(sample), make_settlements(sample, closed=True)
    settle = [found for found in make_settlements(sample) if found.proposal and found.proposal.type.only_settles]
    stopped = [make_stopped_contract(sample, role) for role in ROLES]
    ends_stopped, changes_stopped = (
        [replace(stands, proposal=asks.proposal) for stands in stopped for asks in (found[0], found[1])]
        for found in (ends, changes)
    )
    return {
        NoticeKind.YOU_COMPLAINED: open_ones,
        NoticeKind.DISPUTED: [*open_ones, make_disputed_contract(sample, "witness")],
        NoticeKind.IN_DISPUTE: open_ones,
        NoticeKind.YOU_ANSWERED: open_ones,
        NoticeKind.DISPUTE_ANSWERED: open_ones,
        NoticeKind.DISPUTE_WITHDRAWN: said,
        NoticeKind.ALREADY_WITHDRAWN: said,
        NoticeKind.DISPUTE_ESCALATED: open_ones,
        NoticeKind.NOT_YOUR_REPORT: open_ones,
        NoticeKind.NOT_THE_ARBITER: open_ones,
        NoticeKind.SAID_ENOUGH: open_ones,
        NoticeKind.NO_OPEN_DISPUTE: [*said, *decided],
        NoticeKind.APPEALED: [make_disputed_contract(sample, role, appealed=True) for role in ROLES],
        NoticeKind.COMPLETE_PROPOSED: [c for c in settle if c.proposal and c.proposal.type is ProposalType.COMPLETE],
        NoticeKind.SPLIT_PROPOSED: [c for c in settle if c.proposal and c.proposal.type is ProposalType.SPLIT],
        NoticeKind.SETTLED: settled,
        NoticeKind.YOU_DELIVERED: [said[1], stopped[1]],
        NoticeKind.DELIVERED: [*said, *stopped],
        NoticeKind.QUESTIONED: stopped,
        NoticeKind.CLOCK_STOPPED: stopped,
        NoticeKind.CLOCK_STARTED: [*said, *(make_contract_awaiting_rest(sample, role) for role in ROLES)],
        NoticeKind.MEANT_DELIVERED: [make_contract(sample, Status.CONFIRMED, "seller"), stopped[1]],
        NoticeKind.MEANT_RECEIVED: [make_contract(sample, Status.CONFIRMED, "buyer"), stopped[0]],
        NoticeKind.MEANT_DISPUTE: [make_contract(sample, Status.CONFIRMED, "buyer"), *stopped],
        NoticeKind.RECEIVED: [make_contract(sample, Status.COMPLETED, role) for role in ROLES],
        NoticeKind.RECEIVED_PART: parts,
        NoticeKind.CANCEL_PROPOSED: [
            *(c for c in (*ends, *ends_stopped) if c.waits_for(sample.caller) or c.parties[0].role is Role.MEDIATOR),
            *office_ends,
        ],
        NoticeKind.AMEND_PROPOSED: [
            *(
                c
                for c in (*changes, *changes_stopped)
                if c.waits_for(sample.caller) or c.parties[0].role is Role.MEDIATOR
            ),
            *office_changes,
        ],
        NoticeKind.DELIVERY_REPORTED: [make_contract(sample, Status.CONFIRMED, role) for role in ROLES],
        NoticeKind.RECEIPT_ASKED: [make_contract(sample, Status.CONFIRMED, "buyer")],
        NoticeKind.YOU_ASKED_TO_CANCEL: [
            next(c for c in found if not c.waits_for(sample.caller)) for found in (ends, ends_stopped)
        ],
        NoticeKind.YOU_ASKED_TO_CHANGE: [
            next(c for c in found if not c.waits_for(sample.caller)) for found in (changes, changes_stopped)
        ],
        NoticeKind.ALREADY_PROPOSED: [*(c for c in (*ends, *changes) if c.parties[0].role.binds), *agreed_to[:2]],
        NoticeKind.NOT_YOUR_PART: [make_contract(sample, Status.CONFIRMED, role) for role in ("buyer", "seller")],
        NoticeKind.TOO_MUCH: parts[:1],
        NoticeKind.COUNTED_ALREADY: parts[:1],
        NoticeKind.HOW_MUCH: [*parts[:1], make_contract(sample, Status.CONFIRMED, "buyer")],
        NoticeKind.NO_APPEAL: [*still, *stands],
        NoticeKind.CONFIRMED_BY_OTHER: [
            sample_contract(sample),
            sample_contract(sample, waits=False),
            *ends,
            *changes,
            *ends_stopped,
            *changes_stopped,
            *settle,
        ],
        NoticeKind.PROPOSAL_DECLINED: [make_contract(sample, Status.CONFIRMED, "buyer"), *stopped],
        NoticeKind.PROPOSAL_WITHDRAWN: [make_contract(sample, Status.CONFIRMED, "buyer"), *stopped],
        NoticeKind.MEANT_YES: [waiting, *asked],
        NoticeKind.MEANT_NO: [waiting, *asked],
        NoticeKind.UNSURE: [waiting, *asked],
        NoticeKind.YES_TO_THIS: [waiting, *asked],
        NoticeKind.WRONG_NUMBER: [waiting, *asked, make_contract(sample, Status.CONFIRMED, "buyer")],
        NoticeKind.WAITS_FOR_BUYER: said[1:2],
        NoticeKind.DECIDED: [*decided, *again],
        NoticeKind.DECISION_STANDS: stands,
        NoticeKind.AMENDED: [
            *(make_contract(sample, status, "buyer") for status in (Status.CONFIRMED, Status.COMPLETED)),
            *stopped,
        ],
        NoticeKind.REMIND_ANSWER: [waiting],
        NoticeKind.REMIND_EXPIRY: [make_undelivered_contract(sample, role) for role in ROLES[:2]],
        NoticeKind.REMIND_REST: [make_contract_awaiting_rest(sample, role) for role in ROLES[:2]],
        NoticeKind.COMPLETED_IN_PART: [replace(part, status=Status.COMPLETED) for part in parts],
        NoticeKind.MEDIATE: [make_disputed_contract(sample, "mediator")],
        NoticeKind.REMIND_RECEIPT: [make_delivered_contract(sample, "buyer", TimeAct.COMPLETE)],
        NoticeKind.EXPIRED: [unanswered, make_contract(sample, Status.EXPIRED, "seller")],
        NoticeKind.COMPLETED_BY_TIME: [make_contract(sample, Status.COMPLETED, role) for role in ROLES],
        NoticeKind.NEEDS_PIN: [
            waiting,
            *(make_contract(sample, Status.CONFIRMED, role) for role in ROLES[:2]),
        ],
        NoticeKind.NOT_UNDER_WAY: [waiting, *still],
        NoticeKind.STATUS: [
            *still,
            *said,
            *stopped,
            *parts,
            *ends,
            *changes,
            *decided,
            *open_ones,
            *settle,
            *agreed_to,
            *office_changes,
            *(replace(part, status=Status.COMPLETED, settled=part.received, deadline=None) for part in parts),
        ],
    }


def make_notices(sample: SampleInput, language: str) -> Iterator[Notice]:
    """Yield notices of every kind, for each role and each state of the contract that may change the text."""
    waiting = [
        sample_contract(sample, role=role, named=named) for role in ("buyer", "seller") for named in (True, False)
    ]
    about: dict[NoticeKind, list[tuple[Contract, ...]]] = {
        kind: [(contract,) for contract in found] for kind, found in contracts_by_kind(sample).items()
    }
    about[NoticeKind.STATUS] += [(contract,) for contract in waiting]
    about[NoticeKind.OFFERED] = [(contract,) for contract in (*waiting, *map(with_escrow, waiting))]
    for kind, found in make_contracts_of_money(sample).items():
        about[kind] = [*about.get(kind, ()), *((contract,) for contract in found)]
    about[NoticeKind.CONFIRMED] = [
        (make_contract(sample, Status.CONFIRMED, "seller"),), (make_paid_contract(sample, "seller"),)
    ]  # fmt: skip
    about[NoticeKind.WHICH] = about[NoticeKind.WHICH_DELIVERY] = [
        tuple(make_numbered_contract(sample, number) for number in range(5))
    ]
    about[NoticeKind.LIST] = [
        tuple(make_numbered_contract(sample, number) for number in range(count)) for count in (2, 16)
    ]
    for kind in NoticeKind:
        for contracts in about.get(kind, [(waiting[0],)]):
            other = contracts[0].parties[1].msisdn
            office = (None,) if kind in _ALSO_BY_OFFICE else ()
            for by in (sample.caller, other, *office):
                limit = _LIMIT if kind is NoticeKind.OFFER_NOT_MADE else None
                for words in ("sijapokea", "magunia yalikuwa makavu " * 9, None) if kind in _QUOTES else (None,):
                    for why in (Why.IN_THE_PAST, Why.WRONG_DECIMALS) if kind in _SAYS_WHY else (None,):
                        number = contracts[0].reference
                        money = contracts[0].terms.total if kind in _OF_MONEY else None
                        paper = PaperCheck(PaperVerdict.IN_FORCE, NOON) if kind is NoticeKind.CHECKED else None
                        notice = Notice(
                            kind, None, sample.caller, language, contracts, by, number, why, words, limit=limit,
                            until=WEEK, number=other, paper=paper, money=money,
                            tells_costs=kind is NoticeKind.CONFIRMED and by == sample.caller,
                        )  # fmt: skip
                        yield from _of_money(notice)


def _of_money(notice: Notice) -> Iterator[Notice]:
    """The notice; one about money in each way that it can be told: why it failed, under a receipt, with a paybill."""
    if notice.kind is NoticeKind.PAYOUT_HELD:
        yield from (replace(notice, held=reason) for reason in HoldReason)
    if notice.kind in _FAILS:
        yield from (replace(notice, failed=reason, paybill="123456") for reason in FailReason)
    elif notice.kind in _OF_MONEY:
        yield replace(notice, receipt=RECEIPT, paybill="123456")
    else:
        yield notice
    if notice.kind is NoticeKind.PAY_NOW:
        yield replace(notice, paybill="123456")
